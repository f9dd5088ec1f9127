"""What a stage asks of a person first."""

import datetime as dt

import pytest
from django.utils import timezone

from leads.models import Check, Lead, Reminder
from pipeline import actions, needs
from pipeline.models import Stage
from tests import make

GIVEN = {
    "phone": {"phone": "+380671112233"},
    "email": {"email": "o@example.com"},
    "birthday": {"birthday": dt.date(1990, 5, 1)},
    "kind": {"kind": Lead.Kind.CUSTOMER},
    "tag": {"tags": ["vip"]},
    "note": {"note": "likes green"},
    "contact": {"contacted_at": timezone.now()},
}


@pytest.mark.parametrize("need", GIVEN)
def test_is_missing_until_it_is_there(need, rep, board, stages):
    lead = make.lead(rep.rep)
    stages["offer"].needs = [need]
    assert needs.missing(lead, stages["offer"]) == [need]
    for name, value in GIVEN[need].items():
        setattr(lead, name, value)
    assert needs.missing(lead, stages["offer"]) == []


def test_a_reminder_is_missing_until_one_is_set(rep, stages):
    lead = make.lead(rep.rep)
    stages["offer"].needs = ["reminder"]
    assert needs.missing(lead, stages["offer"]) == ["reminder"]
    now = timezone.now()
    Reminder.objects.create(lead=lead, owner=rep.rep, by=rep.user, day=now.date(), time=dt.time(10), zone="UTC", due_at=now)
    assert needs.missing(lead, stages["offer"]) == []


def test_a_checklist_is_missing_until_every_point_of_it_is_ticked(rep, stages):
    lead = make.lead(rep.rep)
    stages["offer"].needs = ["checklist"]
    for done, missing in (((), True), ((True, False), True), ((True, True), False)):
        Check.objects.filter(lead=lead).delete()
        for place, is_done in enumerate(done):
            Check.objects.create(lead=lead, text=f"Point {place}", place=place, done_at=timezone.now() if is_done else None)
        assert needs.missing(lead, stages["offer"]) == (["checklist"] if missing else [])


def test_nobody_is_added_past_a_condition(rep, board, stages):
    Stage.objects.filter(pk=stages["offer"].pk).update(needs=["phone"])
    stage = Stage.objects.get(pk=stages["offer"].pk)
    with pytest.raises(actions.NotReady, match="Burl still needs: a phone"):
        make.card(board, "Burl", stage=stage)
    assert Lead.objects.count() == 0
    assert make.card(board, "Burl", stage=stage, phone="067 111 22 33").stage == stage
