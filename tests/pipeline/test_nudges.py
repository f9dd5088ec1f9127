"""Each rule alone: whom it tells what, when it is silent, when it is taken back."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Calendar, Campaign, Goal, NudgeRule, NudgeRun, Title, TitleRequirement
from leads import actions as leads
from leads import cadences, purchases, reminders
from leads.cadences import Said
from leads.models import Attempt, Cadence, ImportantDate, Lead, Purchase
from notifications.models import Notification, Preference
from pipeline import actions, nudging
from teams import touches
from teams.models import Rep, User
from tests import make
from tests.campaigns import calls
from tests.loading import load

KYIV = ZoneInfo("Europe/Kyiv")
HEADINGS = ["code", "sponsor_code", "name", "territory_code", "joined_campaign", "status"]
START = dt.datetime(2026, 10, 5, 12, tzinfo=KYIV)  # day 3 of 21; the order deadline is day 17, 19 October


def at(day, hour=6, minute=0):
    return START.replace(hour=hour, minute=minute) + dt.timedelta(days=day)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(START, tick=False) as moved:
        yield moved


def round_at(clock, day, hour=6):
    clock.move_to(at(day, hour))
    return nudging.offer_due().offered


def said(user, mute=None):
    rows = Notification.objects.filter(recipient=user, kind="nudge").order_by("pk")
    return list((rows.filter(mute=mute) if mute else rows).values_list("title", "why"))


def of(topic, state=None):
    rows = Notification.objects.filter(kind="nudge", mute=topic)
    return rows.filter(state=state) if state else rows


def only(*topics):
    """Of all rules these alone."""
    for topic in ("newcomer", "step", "call_by", "deadline", "birthday", "goal", "title", "stale", "no_step"):
        if topic not in topics:
            NudgeRule.objects.create(topic=topic, is_on=False)


# ---- stale cards
def test_a_card_nobody_touched_for_seven_days(rep, board, clock):
    only("stale")
    card = make.card(board)
    assert round_at(clock, 7) == 0  # six days and 18 hours
    assert round_at(clock, 8) == 1
    assert said(rep.user) == [("Oksana Melnyk", "No contact and no move for 7 days, and no next step.")]
    [nudge] = of("stale")
    assert (nudge.url, nudge.due_at, nudge.state) == (card.lead.get_absolute_url(), at(8, 9), "held")
    assert nudge.acts == {"snooze": f"/leads/{card.lead_id}/reminder/"}
    assert round_at(clock, 9) == 0  # of one cause once


@pytest.mark.parametrize("why", ["contact", "move", "reminder", "cadence", "won", "do_not_contact"])
def test_what_makes_a_card_not_stale_and_takes_the_nudge_back(rep, board, stages, clock, why):
    only("stale")
    card, by = make.card(board, phone="067 111 22 33"), rep.user
    assert round_at(clock, 8) == 1
    clock.move_to(at(8, 8))
    card.refresh_from_db()
    match why:
        case "contact":
            leads.give_outcome(leads.log_attempt(card.lead, by=by, channel="call"), by=by, outcome=Attempt.Outcome.CALL_LATER)
        case "move":
            actions.move_card(card, to=stages["contacted"], version=card.version, by=by)
        case "reminder":
            leads_reminder(card.lead, by)
        case "cadence":
            cadences.start(card.lead, cadences.add_cadence(by=by, name="X", reach="own", repeats=False, steps=[Said(9)]), by=by)
        case "won":
            actions.move_card(card, to=stages["ordered"], version=card.version, by=by)
        case _:
            leads.stop_contact(card.lead, by=by)
    clock.move_to(at(8, 9))
    assert nudging.tell().withdrawn == 1
    assert of("stale").get().state == "cancelled"
    assert round_at(clock, 9) == 0


def leads_reminder(lead, by):
    reminders.set_reminder(lead, by=by, day=at(12).date(), time=dt.time(10))


def test_no_answer_is_no_contact(rep, board, clock):
    only("stale")
    card = make.card(board, phone="067 111 22 33")
    clock.move_to(at(5, 12))
    leads.give_outcome(leads.log_attempt(card.lead, by=rep.user, channel="call"), by=rep.user, outcome=Attempt.Outcome.NO_ANSWER)
    assert round_at(clock, 8) == 1


def test_a_new_silence_is_a_new_cause(rep, board, stages, clock):
    only("stale")
    card = make.card(board)
    assert round_at(clock, 8) == 1
    actions.move_card(card, to=stages["contacted"], version=card.version, by=rep.user)
    assert [round_at(clock, day) for day in (9, 15, 16)] == [0, 0, 1]


def test_three_a_day_the_oldest_first(rep, board, clock):
    only("stale")
    for n in range(5):
        clock.move_to(START + dt.timedelta(minutes=n))
        make.card(board, f"Lead {n}")
    assert [round_at(clock, 8), round_at(clock, 9), round_at(clock, 10)] == [3, 2, 0]
    assert [title for title, _ in said(rep.user)] == [f"Lead {n}" for n in range(5)]


def test_the_stages_own_limit_goes_before_the_markets(rep, board, stages, company, clock):
    only("stale")
    NudgeRule.objects.create(market=company.market, topic="stale", days=3, most=8)
    make.card(board, "By market")
    stage = stages["contacted"]
    type(stage).objects.filter(pk=stage.pk).update(days=5)
    make.card(board, "By stage", stage=stage)
    assert [round_at(clock, 3), round_at(clock, 4), round_at(clock, 5), round_at(clock, 6)] == [0, 1, 0, 1]
    assert [title for title, _ in said(rep.user)] == ["By market", "By stage"]


# ---- no next step
def test_once_a_week_how_many_have_no_next_step(rep, board, clock):
    only("no_step")
    make.cards(board, 2)
    assert [round_at(clock, day) for day in (1, 3, 4, 8)] == [0, 1, 0, 1]
    assert said(rep.user)[0] == (
        "2 people without a next step",
        "On your board 2 open cards have neither a reminder nor a follow-up ahead.",
    )


# ---- calls the company asks for
def test_the_day_before_the_company_wants_the_call(rep, lead, clock):
    only("call_by")
    make.work_item(lead, call_by=at(3).date(), reason="New catalogue")
    assert [round_at(clock, 1), round_at(clock, 2), round_at(clock, 3)] == [0, 1, 0]
    assert said(rep.user) == [("Oksana Melnyk", "The company asks to call by tomorrow: New catalogue.")]
    leads.give_outcome(leads.log_attempt(lead, by=rep.user, channel="call"), by=rep.user, outcome=Attempt.Outcome.INTERESTED)
    clock.move_to(at(3, 9))
    assert nudging.tell().withdrawn == 1


# ---- the deadline
def test_customers_who_usually_buy(rep, company, clock):
    only("deadline")
    regular, once, back = (make.lead(rep.rep, name) for name in ("Regular", "Once", "Back"))
    pasts = [calls.past(company, 1), company.before]
    for lead, campaigns in ((regular, pasts), (once, pasts[:1]), (back, pasts)):
        for campaign in campaigns:
            Purchase.objects.create(rep=rep.rep, lead=lead, campaign=campaign, item="Cream", price=1, currency="UAH", by=rep.user)
    make.purchase(back)
    assert [round_at(clock, 10), round_at(clock, 11), round_at(clock, 12)] == [0, 1, 0]
    assert said(rep.user) == [
        ("1 customer has not bought yet", "Usually order, not in yet: Regular. The deadline is 19 October."),
    ]
    make.purchase(regular)
    clock.move_to(at(12, 9))
    assert nudging.tell().withdrawn == 1


def test_a_leader_hears_who_of_the_first_level_is_not_in(rep, upline, company, clock):
    only("deadline")
    others = [make.rep(f"20{n}", company.territory, sponsor=upline.rep, login=False) for n in range(3)]
    for campaign in (calls.past(company, 1), company.before):
        for one in (rep.rep, *others):
            calls.snapshot(campaign, one, active=True)
    calls.order(others[0], company.campaign)
    assert [round_at(clock, 10), round_at(clock, 11)] == [0, 1]
    assert said(upline.user) == [
        ("3 of your team are not in yet", "Usually order, not in yet: Olena Marchenko, Rep 201 and 1 more. The deadline is 19 October."),
    ]
    for one in (rep.rep, *others[1:]):
        calls.order(one, company.campaign)
    clock.move_to(at(11, 9))
    assert nudging.tell().withdrawn == 1


# ---- goals and titles
def test_a_goal_within_reach(rep, company, clock):
    only("goal")
    Goal.objects.create(rep=rep.rep, campaign=company.campaign, measure="net_sales", target=1000)
    row = calls.snapshot(company.campaign, rep.rep, net_sales=799)
    assert round_at(clock, 1) == 0
    type(row).objects.filter(pk=row.pk).update(net_sales=800)
    assert [round_at(clock, 2), round_at(clock, 3)] == [1, 0]
    assert said(rep.user) == [("Your goal is within reach", "Missing: ₴200, with 17 days left.")]
    type(row).objects.filter(pk=row.pk).update(net_sales=1000)
    clock.move_to(at(3, 9))
    assert nudging.tell().withdrawn == 1


@pytest.mark.parametrize(("day", "n"), [(17, 1), (18, 0)])
def test_a_goal_needs_two_days(rep, company, clock, day, n):
    only("goal")
    Goal.objects.create(rep=rep.rep, campaign=company.campaign, measure="orders", target=9)
    calls.snapshot(company.campaign, rep.rep, orders=7)
    assert round_at(clock, day) == n


def test_one_step_from_a_title(rep, company, clock):
    only("title")
    gold = Title.objects.create(market=company.market, code="G", name="Gold", place=1)
    for figure, at_least in (("pv", 100), ("orders", 2)):
        TitleRequirement.objects.create(title=gold, figure=figure, at_least=at_least)
    row = calls.snapshot(company.campaign, rep.rep, pv=120, orders=1)
    assert [round_at(clock, 1), round_at(clock, 2)] == [1, 0]
    assert said(rep.user) == [("One step from Gold", "Only one thing is missing: 1 order to Gold.")]
    type(row).objects.filter(pk=row.pk).update(orders=2)
    clock.move_to(at(2, 9))
    assert nudging.tell().withdrawn == 1


# ---- cadences and days of the year
def test_a_step_is_told_on_its_day_and_no_more_after_a_call(rep, clock, company):
    only("step")
    cadences.sync_standards()
    lead = make.lead(rep.rep, phone="067 111 22 33")
    bought = make.purchase(lead)
    purchases.deliver(Purchase.objects.filter(pk=bought.pk), by=rep.user, on=START.date())
    assert [round_at(clock, 1), round_at(clock, 2), round_at(clock, 3)] == [0, 1, 0]
    assert said(rep.user) == [("Oksana Melnyk", "2-2-2 after a delivery (Cream).")]
    leads.give_outcome(leads.log_attempt(lead, by=rep.user, channel="call"), by=rep.user, outcome=Attempt.Outcome.INTERESTED)
    clock.move_to(at(3, 9))
    assert nudging.tell().withdrawn == 1
    assert [round_at(clock, 16), round_at(clock, 17)] == [0, 1]


def test_a_step_with_a_template_offers_the_message(rep, clock):
    only("step")
    one, other = make.lead(rep.rep), make.lead(rep.rep, "Other")
    for lead, template in ((one, "Thanks {id}"), (other, "")):
        said = {"name": lead.name, "reach": "own", "repeats": False, "steps": [Said(1, template=template)]}
        cadences.start(lead, cadences.add_cadence(by=rep.user, **said), by=rep.user)
    assert round_at(clock, 1) == 2
    message = f"/leads/{one.pk}/message/?named=Thanks+%7Bid%7D"
    assert of("step").get(title="Other").acts == {"snooze": f"/leads/{other.pk}/reminder/"}
    assert of("step").exclude(title="Other").get().acts == {"snooze": f"/leads/{one.pk}/reminder/", "message": message}
    clock.move_to(at(1, 9))
    nudging.tell()
    assert f'href="{message}"' in rep.get("/inbox/").content.decode()


def test_letters_with_many_accents_are_cut_as_the_column_counts(rep, clock):
    only("step")
    accents = ("q" + "\u0302" * 3) * 50
    cadences.start(
        make.lead(rep.rep),
        cadences.add_cadence(by=rep.user, name="x", reach="own", repeats=False, steps=[Said(1, text=accents)]),
        by=rep.user,
    )
    assert round_at(clock, 1) == 1
    assert len(of("step").get().why) == 200


def test_a_step_comes_at_the_hour_the_person_likes_on_their_clock(rep, clock):
    only("step")
    lead = make.lead(rep.rep)
    Lead.objects.filter(pk=lead.pk).update(hour=18, zone="Europe/London")
    cadences.start(lead, cadences.add_cadence(by=rep.user, name="X", reach="own", repeats=False, steps=[Said(1)]), by=rep.user)
    assert round_at(clock, 1) == 1
    assert of("step").get().due_at == at(1, 20)


def test_whom_a_rep_calls_hot_is_followed_up_by_the_next_morning(rep, clock):
    only("step")
    cadences.sync_standards()
    lead, cold = make.lead(rep.rep, "Hot"), make.lead(rep.rep, "Let be")
    Lead.objects.filter(pk__in=[lead.pk, cold.pk]).update(hotness=5, contacted_at=START)
    Lead.objects.filter(pk=cold.pk).update(do_not_contact_at=START)
    assert round_at(clock, 1) == 0
    assert list(lead.enrolments.values_list("cadence__standard", "next_day")) == [("hot5", at(7).date())]
    assert [round_at(clock, 6), round_at(clock, 7)] == [0, 1]
    assert said(rep.user) == [("Hot", "Very hot: every 7 days.")]
    Lead.objects.filter(pk=lead.pk).update(hotness=3)
    round_at(clock, 8)
    rows = lead.enrolments.order_by("pk").values_list("cadence__standard", "next_day", "ended_as")
    assert list(rows) == [("hot5", None, "anew"), ("hot3", at(30).date(), "")]
    cadences.stop(lead.enrolments.running().get(), by=rep.user)
    round_at(clock, 9)
    assert lead.enrolments.running().count() == 0
    assert cold.enrolments.count() == 0


@pytest.mark.parametrize(
    ("born", "today", "n"),
    [
        (dt.date(1990, 2, 28), dt.date(2027, 2, 28), 1),
        (dt.date(1992, 2, 29), dt.date(2027, 2, 28), 1),
        (dt.date(1992, 2, 29), dt.date(2027, 3, 1), 0),
        (dt.date(1992, 2, 29), dt.date(2028, 2, 28), 0),
        (dt.date(1992, 2, 29), dt.date(2028, 2, 29), 1),
        (dt.date(1990, 3, 1), dt.date(2028, 2, 29), 0),
    ],
)
def test_birthdays_the_29th_of_february_as_well(rep, clock, born, today, n):
    only("birthday")
    cadences.sync_standards()
    lead = make.lead(rep.rep)
    Lead.objects.filter(pk=lead.pk).update(birthday=born)
    clock.move_to(dt.datetime.combine(today, dt.time(6), KYIV))
    assert nudging.offer_due().offered == n


def test_other_days_of_the_year_and_a_market_without_birthdays(rep, clock):
    only("birthday")
    cadences.sync_standards()
    lead = make.lead(rep.rep)
    Lead.objects.filter(pk=lead.pk).update(birthday=dt.date(1990, 10, 6))
    ImportantDate.objects.create(lead=lead, name="Wedding", month=10, day=6)
    assert [round_at(clock, 1), round_at(clock, 1)] == [2, 0]
    assert {why for _, why in said(rep.user)} == {
        "Birthday today: a good day for a few words.",
        "Wedding today: a good day for a few words.",
    }
    cadences.switch(Cadence.objects.get(standard="birthday"), is_on=False)
    assert round_at(clock, 366) == 0


# ---- newcomers
def joined(company, sponsor, code="500", **fields):
    return make.rep(
        code, company.territory, sponsor=sponsor, joined=(company.campaign.year, company.campaign.number), login=False, **fields
    )


@pytest.fixture
def history(company):
    """The company's first roster is in."""
    only("newcomer")
    load(
        "roster",
        [["code", "sponsor_code", "name", "territory_code", "joined_campaign", "status"], ["999", "", "First", "UA-N-01", "2018-03", ""]],
    )


@pytest.fixture
def line(company, history, clock):
    """far (active) <- idle <- sponsor: the nearest active upline of the sponsor's recruit is far."""
    clock.move_to(START + dt.timedelta(hours=1))
    far = make.rep("600", company.territory)
    idle = make.rep("601", company.territory, sponsor=far)
    sponsor = make.rep("602", company.territory, sponsor=idle)
    User.objects.filter(pk__in=[far.user_id, sponsor.user_id]).update(last_login=START)
    calls.order(far, company.before)
    return far, idle, sponsor


def test_sponsor_active_upline_and_manager_are_told_once_after_24_hours(company, line, manager, clock):
    """Scenario 16."""
    far, _idle, sponsor = line
    newcomer = joined(company, sponsor, name="Nina New")
    clock.move_to(START + dt.timedelta(hours=24, minutes=59))
    assert nudging.offer_due().offered == 0
    clock.move_to(START + dt.timedelta(hours=25))
    assert nudging.offer_due().offered == 3
    told = {one.recipient_id: one.url for one in of("newcomer")}
    assert told == {
        sponsor.user_id: f"/team/reps/{newcomer.pk}/",
        far.user_id: f"/team/reps/{newcomer.pk}/",
        manager.user.pk: f"/admin/teams/rep/{newcomer.pk}/change/",
    }
    assert nudging.tell().sent == 3
    for hours in (26, 30, 48, 70):
        clock.move_to(START + dt.timedelta(hours=hours))
        assert (nudging.offer_due().offered, nudging.tell().sent) == (0, 0)
    assert said(sponsor.user) == [("Nina New is new", "Joined more than 24 hours ago, and nobody of the team has spoken with them yet.")]
    touches.log_touch(Rep.objects.get(pk=newcomer.pk), by=sponsor.user, channel="call", outcome="reached")
    of("newcomer").update(state="done")
    assert nudging.take_back() == 3


@pytest.mark.parametrize(("outcome", "n"), [("reached", 0), ("no_answer", 2)])
def test_only_who_was_reached_was_contacted(company, line, clock, outcome, n):
    newcomer = joined(company, line[2])
    touches.log_touch(newcomer, by=line[2].user, channel="call", outcome=outcome)
    clock.move_to(START + dt.timedelta(hours=26))
    assert nudging.offer_due().offered == n


def test_without_an_active_upline_the_manager_alone_with_the_sponsor(company, line, manager, clock):
    User.objects.filter(pk=line[0].user_id).update(last_login=START - dt.timedelta(days=31))
    joined(company, line[2])
    clock.move_to(START + dt.timedelta(hours=26))
    nudging.offer_due()
    assert set(of("newcomer").values_list("recipient", flat=True)) == {line[2].user_id, manager.user.pk}


def test_who_joined_campaigns_ago_is_no_newcomer(company, line, clock):
    make.rep("501", company.territory, sponsor=line[2], joined=(2018, 3), login=False)
    clock.move_to(START + dt.timedelta(hours=26))
    assert nudging.offer_due().offered == 0


def test_loading_a_companys_history_sends_nobody_anything(db, clock):
    with time_machine.travel(START, tick=False):
        places = make.territories()
        make.campaigns(make.calendar(places["UA"]))
        make.manager(places["UA-N"])
        lines = [[f"{n}", f"{n - 1}" if n else "", f"Rep {n}", "UA-N-01", "2026-14", ""] for n in range(40)]
        load("roster", [HEADINGS, *lines])
        for n, rep in enumerate(Rep.objects.all()):
            Rep.objects.filter(pk=rep.pk).update(user=make.user(f"User {n}"))
    for hours in (1, 24, 25, 26, 48):
        clock.move_to(START + dt.timedelta(hours=hours))
        nudging.offer_due()
        nudging.tell()
    assert Notification.objects.filter(kind="nudge").count() == 0


# ---- what all rules have in common
def test_before_the_company_goes_live_nothing_is_offered(rep, board, clock):
    make.card(board)
    Calendar.objects.update(live_from=at(9).date())
    assert [round_at(clock, 8), round_at(clock, 9)] == [0, 2]


def test_who_has_muted_a_kind_is_not_asked_for_it(rep, board, clock):
    make.card(board)
    Preference.objects.create(user=rep.user, muted=["stale"])
    round_at(clock, 8)
    assert [of("stale").count(), of("no_step").count()] == [0, 1]


def test_a_day_is_gone_through_once_from_five_oclock_on_of_each_zone(rep, upline, company, clock):
    User.objects.filter(pk=upline.user.pk).update(zone="America/New_York")
    clock.move_to(at(1, 4, 59))
    assert nudging.offer_due().slots == 1  # 21:59 of the day before in New York
    clock.move_to(at(1, 5))
    assert [nudging.offer_due().slots, nudging.offer_due().slots] == [1, 0]
    clock.move_to(at(1, 12))
    assert nudging.offer_due().slots == 1
    assert set(NudgeRun.objects.values_list("zone", "day")) == {("Europe/Kyiv", at(1).date()), ("America/New_York", at(1).date())}


def test_what_fails_in_one_market_stops_no_other_one(rep, upline, board, clock, monkeypatch):
    make.card(board)
    User.objects.filter(pk=upline.user.pk).update(zone="America/New_York")
    real = nudging.of_leads.follow_hot

    def fails(slot):
        if slot.zone == "America/New_York":
            raise ValueError
        return real(slot)

    monkeypatch.setattr(nudging.of_leads, "follow_hot", fails)
    clock.move_to(at(8, 12))
    assert nudging.offer_due().slots == 1
    assert set(NudgeRun.objects.values_list("zone", flat=True)) == {"Europe/Kyiv"}
    monkeypatch.setattr(nudging.of_leads, "follow_hot", real)
    assert nudging.offer_due().slots == 1


def test_a_zone_that_is_no_more(rep, board, clock):
    make.card(board)
    User.objects.filter(pk=rep.user.pk).update(zone="Europe/Atlantis")
    assert round_at(clock, 8, hour=8) == 2
    assert of("stale").get().due_at == dt.datetime(2026, 10, 13, 9, tzinfo=dt.UTC)


def test_a_closed_campaign_is_silent(rep, board, clock):
    make.card(board)
    Campaign.objects.filter(pk=board.campaign_id).update(closed_at=timezone.now())
    assert round_at(clock, 8) == 0


def test_what_nobody_has_read_is_taken_back_when_its_reason_is_gone(rep, board, clock):
    only("stale")
    card = make.card(board)
    round_at(clock, 8)
    clock.move_to(at(8, 9))
    assert nudging.tell().sent == 1
    Notification.objects.filter(kind="nudge").update(state="done")
    assert nudging.take_back() == 0
    leads.stop_contact(card.lead, by=rep.user)
    Notification.objects.update(read_at=None)
    assert nudging.take_back() == 1
    assert rep.get("/inbox/").content.count(b"No contact and no move") == 0


def test_the_words_are_the_recipients(rep, board, clock):
    only("stale")
    User.objects.filter(pk=rep.user.pk).update(language="uk")
    make.card(board)
    assert round_at(clock, 8) == 1
