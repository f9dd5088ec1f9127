import datetime as dt

import pytest
import time_machine

from leads import learned
from leads.models import Attempt
from tests import make

START = dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC)  # 12:00 in Kyiv


def tries(hour, answered, missed=0):
    day = dt.datetime(2026, 3, 2, hour, 20, tzinfo=dt.UTC)
    return [(day + dt.timedelta(days=n), n < answered) for n in range(answered + missed)]


@pytest.mark.parametrize(
    ("attempts", "hour"),
    [
        (tries(10, 9), None),
        (tries(10, 10), 10),
        (tries(10, 10, 10) + tries(15, 8, 1), 15),
        (tries(10, 10) + tries(15, 1), 10),
        (tries(10, 0, 30) + tries(15, 10, 20), 15),
        (tries(23, 10), None),
        (tries(10, 5) + tries(12, 5), 10),
        ([], None),
    ],
)
def test_the_hour_at_which_most_answer(attempts, hour):
    assert learned.learn(attempts, "UTC") == hour


def test_on_the_reps_clock_whatever_the_season():
    summer = [(at.replace(month=7), answered) for at, answered in tries(9, 10)]
    assert (learned.learn(tries(10, 10), "Europe/Kyiv"), learned.learn(summer, "Europe/Kyiv")) == (12, 12)
    assert learned.learn(tries(10, 10), "Europe/Atlantis") == 10


@pytest.fixture
def called(rep):
    """Attempts of the rep, written as they would be by now."""

    def write(lead, attempts):
        Attempt.objects.bulk_create(
            Attempt(lead=lead, by=rep.user, channel="call", at=at, outcome="interested" if ok else "no_answer", outcome_at=at)
            for at, ok in attempts
        )

    return write


def test_the_persons_own_hour_goes_before_that_of_all(rep, lead, called, django_assert_num_queries):
    other = make.lead(rep.rep, "Other")
    called(other, tries(7, 10))
    with django_assert_num_queries(2):
        assert learned.best_hour(lead, rep.user) == learned.Hour(9, of_lead=False)
    called(lead, tries(13, 10))
    with django_assert_num_queries(1):
        assert learned.best_hour(lead, rep.user) == learned.Hour(15, of_lead=True)


def test_it_is_one_more_tile_beside_the_presets(rep, lead, called):
    with time_machine.travel(START, tick=False):
        assert b"Often answers" not in rep.get(f"/leads/{lead.pk}/reminder/").content
        called(lead, tries(13, 10))
        page = rep.get(f"/leads/{lead.pk}/reminder/").content.decode()
        assert "Often answers" in page
        assert 'name="time" value="15:00"' in page
        rep.post(f"/leads/{lead.pk}/reminder/", {"day": "2026-05-04", "time": "15:00"})
        assert lead.reminders.get().due_at == dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def test_when_todays_hour_is_over_it_is_tomorrows(rep, lead, called):
    with time_machine.travel(START + dt.timedelta(hours=4), tick=False):
        called(lead, tries(13, 10))
        assert (
            'value="2026-05-05"><input type="hidden" name="time" value="15:00"' in rep.get(f"/leads/{lead.pk}/reminder/").content.decode()
        )
