"""Money and moments in the reader's words."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from cotano.lib import due, money

KYIV = ZoneInfo("Europe/Kyiv")
NOW = dt.datetime(2026, 11, 10, 12, 0, tzinfo=KYIV)


@pytest.mark.parametrize(
    ("at", "tone", "words"),
    [
        (dt.datetime(2026, 11, 8, 10, 0, tzinfo=KYIV), "due", "Overdue 2 days"),
        (dt.datetime(2026, 11, 9, 23, 59, tzinfo=KYIV), "due", "Overdue 1 day"),
        (dt.datetime(2026, 11, 10, 10, 0, tzinfo=KYIV), "due", "Overdue since 10:00"),
        (dt.datetime(2026, 11, 10, 17, 0, tzinfo=KYIV), "soon", "Today 17:00"),
        (dt.datetime(2026, 11, 11, 0, 0, tzinfo=KYIV), "soon", "Tomorrow 00:00"),
        (dt.datetime(2026, 11, 12, 0, 0, tzinfo=KYIV), "", "12 November"),
        (dt.datetime(2027, 1, 2, 9, 0, tzinfo=KYIV), "", "2 January 2027"),
    ],
)
def test_a_reminder_says_when_on_the_persons_own_clock(at, tone, words):
    with translation.override("en"):
        assert due.due(at.astimezone(dt.UTC), NOW.astimezone(dt.UTC), KYIV) == due.Due(tone, words)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "said"),
    [
        ("4640.40", "UAH", "en", "₴4,640"),
        ("4640.50", "UAH", "uk", "4 641 ₴"),
        ("-300", "EUR", "ru", "-300 €"),
        ("0", "KZT", "en", "₸0"),
        ("1000000", "XYZ", "en", "XYZ1,000,000"),
    ],
)
def test_money_is_written_in_the_readers_way(amount, currency, language, said):
    assert (
        money.whole(Decimal(amount), currency, language).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
        == said
    )
