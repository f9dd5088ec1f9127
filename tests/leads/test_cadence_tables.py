import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from leads.models import Cadence, Enrolment, Step
from notifications.models import Notification
from notifications.topics import EXPLAINED, Topic
from tests import make

DAY = dt.date(2026, 10, 5)


def _refused(name, make_it):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make_it()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cadence_has_owner", {"reach": "own", "own_name": "Mine"}),
        ("cadence_is_named", {}),
        ("cadence_is_named", {"standard": "222", "own_name": "Both"}),
        ("cadence_hotness", {"own_name": "Hot", "start": "hotness"}),
        ("cadence_hotness", {"own_name": "Hot", "start": "hotness", "hotness": 6}),
        ("cadence_hotness", {"own_name": "Hot", "hotness": 3}),
    ],
)
def test_a_cadence_that_cannot_be(db, name, said):
    _refused(name, lambda: Cadence.objects.create(**said))


def test_of_what_begins_by_itself_there_is_one_a_market(company):
    Cadence.objects.all().delete()
    Cadence.objects.create(own_name="First", start="delivery")
    Cadence.objects.create(own_name="There", start="delivery", market=company.market)
    Cadence.objects.create(own_name="Off", start="delivery", is_on=False)
    _refused("cadence_start_once", lambda: Cadence.objects.create(own_name="Second", start="delivery"))


def test_a_cadence_has_thirty_steps_within_two_years(db):
    cadence = Cadence.objects.create(own_name="Long")
    Step.objects.create(cadence=cadence, place=30, after=24, unit="months")
    _refused("step_place_is_small", lambda: Step.objects.create(cadence=cadence, place=31, after=1))
    _refused("step_within_two_years", lambda: Step.objects.create(cadence=cadence, place=2, after=25, unit="months"))


def test_a_lead_is_in_a_cadence_once_at_a_time(rep):
    lead, cadence = make.lead(rep.rep), Cadence.objects.create(own_name="One")
    said = {"lead": lead, "cadence": cadence, "started_on": DAY, "since": DAY}
    first = Enrolment.objects.create(**said, next_day=DAY)
    _refused("enrolment_runs_once", lambda: Enrolment.objects.create(**said, next_day=DAY))
    _refused("enrolment_runs_or_ended", lambda: Enrolment.objects.filter(pk=first.pk).update(next_day=None))
    _refused("enrolment_ended_has_reason", lambda: Enrolment.objects.create(**said, ended_at=make.user("X").date_joined))


def test_a_nudge_is_told_once_for_its_cause(rep):
    said = {"recipient": rep.user, "key": "stale:1:2026-10-05", "title": "T", "url": "/", "due_at": rep.user.date_joined}
    Notification.objects.create(**said, kind="nudge", mute="stale", state="cancelled")
    _refused("notification_nudges_once", lambda: Notification.objects.create(**said, kind="nudge", mute="stale", state="held"))
    _refused("notification_nudge_has_rule", lambda: Notification.objects.create(**{**said, "key": "x"}, kind="nudge"))
    _refused("notification_nudges_are_held", lambda: Notification.objects.create(**said, kind="notice", state="held"))


def test_every_topic_is_explained():
    assert list(EXPLAINED) == list(Topic)
