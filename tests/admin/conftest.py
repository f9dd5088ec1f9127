"""One more manager."""

import pytest

from tests import make
from tests.conftest import Person


@pytest.fixture
def other_manager(company):
    """In charge of the stranger's territory."""
    return Person(make.manager(company.other_territory, name="Other Manager"))
