"""What a stage asks of a person first."""

import datetime as dt

import pytest
from django.utils import timezone

from leads.models import Lead, Reminder
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


def test_nobody_is_added_past_a_condition(rep, board, stages):
    Stage.objects.filter(pk=stages["offer"].pk).update(needs=["phone"])
    stage = Stage.objects.get(pk=stages["offer"].pk)
    with pytest.raises(actions.NotReady, match="Burl still needs: a phone"):
        make.card(board, "Burl", stage=stage)
    assert Lead.objects.count() == 0
    assert make.card(board, "Burl", stage=stage, phone="067 111 22 33").stage == stage
