"""What a spreadsheet would run as a formula stays a text; nothing else changes."""

import pytest

from cotano.jobs.cells import unguarded
from cotano.lib.cells import guarded

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠x"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_guarded_and_comes_back_as_it_was(text):
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("value", ["Olena", "", "O'Neil", "'quoted", " =1", "a=1", 5, -5, None, 1.5])
def test_everything_else_stays(value):
    assert guarded(value) == value


def test_an_apostrophe_of_ones_own_stays():
    assert unguarded("'quoted") == "'quoted"
