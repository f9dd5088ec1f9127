"""The rules against a slow, plain telling of them, on small generated companies."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest
import time_machine

from campaigns.models import Campaign, Goal
from leads import cadences
from leads.models import Cadence, Enrolment, Lead, Purchase, Reminder
from notifications.models import Notification, Preference
from pipeline import actions, nudging
from pipeline.models import Card, WorkItem
from teams.models import Rep, User
from tests import make, sizes
from tests.campaigns import calls

KYIV = ZoneInfo("Europe/Kyiv")
NOW = dt.datetime(2026, 10, 17, 6, tzinfo=KYIV)  # day 15 of 21; the deadline is day 17
TODAY = NOW.date()
SEEDS = range(sizes.NUDGED)


def person(dice, rep, name, board, stages, standard, campaigns):
    """Somebody in any state."""
    lead = make.lead(rep, name)
    ago = NOW - dt.timedelta(days=dice.choice([1, 6, 7, 8, 30]), minutes=dice.choice([-5, 0, 5]))
    Lead.objects.filter(pk=lead.pk).update(
        contacted_at=dice.choice([None, ago]),
        birthday=dice.choice([None, None, dt.date(1990, 10, 17), dt.date(1990, 10, 18)]),
        do_not_contact_at=dice.choice([None] * 6 + [NOW]),
    )
    if dice.random() < 0.8:
        card = actions.put_on_board(lead, board, stage=dice.choice(stages))
        since = NOW - dt.timedelta(days=dice.choice([1, 2, 7, 9, 20]), minutes=dice.choice([-5, 0, 5]))
        Card.objects.filter(pk=card.pk).update(entered_stage_at=since, created_at=since)
    if dice.random() < 0.3:
        due = NOW + dt.timedelta(days=dice.choice([-2, 2]))
        Reminder.objects.create(owner=rep, lead=lead, by=rep.user, day=due.date(), time=due.time(), zone="UTC", due_at=due)
    if dice.random() < 0.3:
        day = TODAY + dt.timedelta(days=dice.choice([-8, -3, 0, 1]))
        Enrolment.objects.create(lead=lead, cadence=standard, by=rep.user, started_on=day, since=day, next_day=day)
    if dice.random() < 0.4:
        make.work_item(lead, call_by=dice.choice([None, TODAY, TODAY + dt.timedelta(days=1), TODAY + dt.timedelta(days=2)]))
    for campaign in campaigns:
        if dice.random() < 0.5:
            said = {"item": "Cream", "price": 1, "currency": "UAH", "by": rep.user}
            Purchase.objects.create(rep=rep, lead=lead, campaign=campaign, **said)


def generate(seed, company):
    """Reps in two time zones with people in all states."""
    dice = random.Random(seed)
    cadences.sync_standards()
    past = [calls.past(company, 1), company.before]
    standard = Cadence.objects.get(standard="222")
    reps = []
    for n in range(6):
        rep = make.rep(f"{seed}{n}", company.territory, sponsor=dice.choice([None, *reps[:2]]))
        User.objects.filter(pk=rep.user_id).update(zone=dice.choice(["Europe/Kyiv", "Europe/Warsaw"]), is_active=dice.random() > 0.1)
        if dice.random() < 0.2:
            Preference.objects.create(user=rep.user, muted=dice.sample(["stale", "call_by", "step", "deadline"], 2))
        board = actions.ensure_board(rep, company.campaign)
        stages = list(board.stages.all())
        for campaign in (*past, company.campaign):
            calls.snapshot(campaign, rep, active=dice.random() < 0.7, net_sales=dice.choice([100, 799, 800, 950, 1000]))
        if dice.random() < 0.5:
            calls.order(rep, company.campaign)
        if dice.random() < 0.7:
            Goal.objects.create(rep=rep, campaign=company.campaign, measure="net_sales", target=1000)
        for k in range(8):
            person(dice, rep, f"Lead {n} {k}", board, stages, standard, [*past, company.campaign])
        reps.append(rep)
    return reps, past


# ---- the plain telling
def may(lead):
    return lead.do_not_contact_at is None and lead.refusal_id is None


def has_next(lead):
    ahead = any(one.state == "open" and one.due_at >= NOW for one in lead.reminders.all())
    return ahead or any(one.ended_at is None for one in lead.enrolments.all())


def open_cards(rep):
    for card in Card.objects.filter(board__rep=rep, closed_at=None).select_related("stage", "lead", "board__campaign"):
        if card.stage.end == "" and card.board.campaign.closed_at is None and may(card.lead) and not has_next(card.lead):
            yield card


def stale(rep):
    found = []
    for card in open_cards(rep):
        since = max(filter(None, (card.entered_stage_at, card.lead.contacted_at)))
        if since < NOW - dt.timedelta(days=card.stage.days or 7):
            found.append((since, card.pk, ("stale", f"lead:{card.lead_id}")))
    return [one for _since, _pk, one in sorted(found)[:3]]


def no_step(rep):
    old = [card for card in open_cards(rep) if card.created_at < NOW - dt.timedelta(days=2)]
    return [("no_step", f"board:{old[0].board_id}")] if old else []


def call_by(rep):
    found = []
    for item in WorkItem.objects.filter(rep=rep, done_at=None).select_related("lead"):
        lead, day = item.lead, item.call_by
        won = Card.objects.filter(lead=lead, closed_at=None).exclude(stage__end="").exists()
        ahead = any(one.state == "open" and one.due_at >= NOW for one in lead.reminders.all())
        if may(lead) and day and TODAY <= day <= TODAY + dt.timedelta(days=1) and lead.contacted_at is None and not won and not ahead:
            found.append((day, item.pk, ("call_by", f"lead:{lead.pk}")))
    return [one for _day, _pk, one in sorted(found)[:3]]


def step(rep):
    due = Enrolment.objects.filter(lead__owner=rep, ended_at=None).select_related("lead")
    found = [one for one in due if may(one.lead) and TODAY - dt.timedelta(days=7) < one.next_day <= TODAY]
    return [("step", f"lead:{one.lead_id}") for one in sorted(found, key=lambda one: (one.next_day, one.pk))[:8]]


def birthday(rep):
    born = [lead for lead in rep.leads.all() if lead.birthday and (lead.birthday.month, lead.birthday.day) == (10, 17) and may(lead)]
    return [("birthday", f"lead:{lead.pk}") for lead in sorted(born, key=lambda lead: lead.pk)[:5]]


def buyers(rep, campaign, past):
    for lead in rep.leads.all():
        bought = {purchase.campaign_id for purchase in lead.purchases.all() if purchase.removed_at is None}
        if may(lead) and len(bought & {one.pk for one in past}) >= 2 and campaign.pk not in bought:
            return [("deadline", f"campaign:{campaign.pk}")]
    return []


def team(rep, campaign, past):
    for below in rep.recruits.filter(status="active"):
        active = sum(below.snapshots.filter(campaign=one, active=True).exists() for one in past)
        if active >= 2 and not below.orders.filter(campaign=campaign, kind="order").exists():
            return [("deadline", f"campaign:{campaign.pk}")]
    return []


def goal(rep, campaign):
    found = []
    for one in Goal.objects.filter(rep=rep, campaign=campaign):
        sales = rep.snapshots.get(campaign=campaign).net_sales
        if one.target * 80 / 100 <= sales < one.target:
            found.append(("goal", f"goal:{one.pk}"))
    return found


def told(rep, campaign, past):
    if not rep.user.is_active:
        return []
    muted = Preference.of(rep.user).muted
    every = [*stale(rep), *no_step(rep), *call_by(rep), *step(rep), *birthday(rep), *goal(rep, campaign)]
    every += [*buyers(rep, campaign, past), *team(rep, campaign, past)]
    return sorted(one for one in every if one[0] not in muted)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_rule_says_what_its_plain_telling_says(company_then, seed):
    reps, past = generate(seed, company_then)
    with time_machine.travel(NOW, tick=False):
        offered = nudging.offer_due().offered
        campaign = Campaign.objects.get(pk=company_then.campaign.pk)
        reps = list(Rep.objects.filter(pk__in=[rep.pk for rep in reps]).select_related("user"))
        expected = {rep.code: told(rep, campaign, past) for rep in reps}
        found = {rep.code: sorted(rep.user.notifications.filter(kind="nudge").values_list("mute", "subject")) for rep in reps}
        assert found == expected
        assert offered == sum(map(len, expected.values())) > 0
        assert nudging.gone(list(Notification.objects.filter(kind="nudge"))) == set()  # what was said just now still holds
        assert nudging.offer_due().offered == 0


@pytest.fixture
def company_then(request):
    with time_machine.travel(dt.datetime(2026, 10, 5, 12, tzinfo=KYIV), tick=False):
        yield request.getfixturevalue("company")
