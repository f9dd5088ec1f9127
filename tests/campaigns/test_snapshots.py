"""Taking a campaign's figures: what is written, when, and what never changes again."""

import datetime as dt
import socket

import pytest
import structlog
import time_machine
from celery import current_app
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaigns import figures, snapshots, sponsoring
from campaigns.models import Campaign, Cause, Order, Snapshot, SnapshotMark, SnapshotRun, Total
from cotano.jobs import actions
from leads import reminders
from leads.models import Reminder
from teams import activity, history, touches
from teams.models import ActivityCount, Invitation, Rep, Touch
from tests import make
from tests.campaigns import company as sample

ORDERS = "order_no,kind,returns_order_no,rep_code,year,campaign,placed_on,amount,points\n"


@pytest.fixture
def team(company):
    """A leader with two legs, in two territories; one leg has one below."""
    top = make.rep("top", company.territory)
    left = make.rep("left", company.territory, sponsor=top)
    right = make.rep("right", company.other_territory, sponsor=top)
    low = make.rep("low", company.other_territory, sponsor=right)
    return {"top": top, "left": left, "right": right, "low": low}


def order(rep, campaign, amount=100, *, points=10, late=False, returns=None):
    return Order.objects.create(
        number=f"N{Order.objects.count()}",
        kind="return" if returns else "order",
        returns=returns,
        rep=rep,
        campaign=campaign,
        placed_on=campaign.starts_on,
        amount=-amount if returns else amount,
        points=-points if returns else points,
        currency="UAH",
        is_late=late,
    )


def row(campaign, rep):
    return Snapshot.objects.get(campaign=campaign, rep=rep)


def values(campaign):
    return list(Snapshot.objects.filter(campaign=campaign).order_by("rep").values()), list(
        Total.objects.filter(campaign=campaign).order_by("territory").values()
    )


def load(staff, lines, kind="orders"):
    job = actions.load(staff.user, kind, lines.encode(), name=f"{kind}.csv")
    assert job.state == "done", job.sentence
    return job


def test_own_and_team_figures(company, team):
    campaign = company.campaign
    back = order(team["low"], campaign, 300, points=30)
    order(team["low"], campaign, 300, points=30, returns=back)  # all of it
    order(team["right"], campaign, 50, points=5, late=True)
    kept = order(team["left"], campaign, 200, points=20)
    order(team["left"], campaign, 80, points=8, returns=kept)
    order(team["left"], campaign, 10, points=1)
    activity.count(team["low"], ActivityCount.Kind.CALL, 4)
    run = snapshots.take(campaign, cause=Cause.ASKED)
    assert (run.reps, run.changed, run.cause) == (4, 4, "asked")

    low, left, top = (row(campaign, team[name]) for name in ("low", "left", "top"))
    assert (low.on_file, low.active, low.orders, low.net_sales, low.pv, low.actions, low.idle) == (True, False, 1, 0, 0, 4, 1)
    assert (low.is_weekly, low.first_order, low.depth, low.sponsor) == (True, True, 2, team["right"])
    assert (left.active, left.orders, left.late_orders, left.net_sales, left.pv, left.idle) == (True, 2, 0, 130, 13, 0)
    assert row(campaign, team["right"]).late_orders == 1
    assert (top.people, top.team_active, top.team_orders, top.team_net_sales, top.team_actions, top.gv) == (3, 2, 4, 180, 4, 18)
    assert (top.level_people, top.level_active, top.level_pv) == ([2, 1, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0], [18, 0, 0, 0, 0, 0, 0])
    market = Total.objects.get(campaign=campaign, territory=company.market)
    assert (market.on_file, market.active, market.orders, market.late_orders, market.net_sales) == (4, 2, 4, 1, 180)
    assert (market.pv, market.actions, market.weekly, market.idle1) == (18, 4, 1, 2)


def test_taking_twice_writes_nothing(company, team):
    order(team["low"], company.campaign)
    snapshots.take(company.campaign, cause=Cause.ORDERS)
    before = values(company.campaign)
    again = snapshots.take(company.campaign, cause=Cause.ORDERS)
    assert (again.reps, again.changed, values(company.campaign)) == (4, 0, before)


def test_only_what_differs_is_written(company, team):
    snapshots.take(company.campaign, cause=Cause.ORDERS)
    order(team["left"], company.campaign)
    assert snapshots.take(company.campaign, cause=Cause.ORDERS).changed == 4  # left and top; and who is idle, once orders are known
    order(team["left"], company.campaign)
    assert snapshots.take(company.campaign, cause=Cause.ORDERS).changed == 2


def test_who_has_left_stays_in_the_campaigns_before(company, team, staff):
    snapshots.take(company.before, cause=Cause.ASKED)
    snapshots.take(company.campaign, cause=Cause.ASKED)
    roster = (
        "code,sponsor_code,name,territory_code,joined_campaign,status\nright,top,Rep right,UA-N-02,2020-01,removed\n"
        "new,left,New,UA-N-01,2020-01,\n"
    )
    load(staff, roster, "roster")
    snapshots.take_due()
    gone, low = row(company.campaign, team["right"]), row(company.campaign, team["low"])
    assert (gone.on_file, gone.removed, gone.people) == (False, True, 0)
    assert (low.sponsor, low.depth) == (team["top"], 1)
    assert row(company.campaign, team["top"]).team_removed == 1
    assert row(company.campaign, Rep.objects.get(code="new")).sponsor == team["left"]
    was = row(company.before, team["right"])
    assert (was.on_file, was.removed, was.people, row(company.before, team["low"]).depth) == (True, False, 1, 2)
    load(staff, roster.replace("removed", "active"), "roster")
    snapshots.take_due()
    back = row(company.campaign, team["right"])
    assert (back.on_file, back.removed, back.reinstated) == (True, True, True)
    market = Total.objects.get(campaign=company.campaign, territory=company.market)
    assert (market.on_file, market.removed, market.reinstated) == (5, 1, 1)


def test_idle_counts_campaigns_in_a_row_from_the_first_known_orders(company, team):
    following = company.following
    order(team["left"], company.before)
    order(team["right"], company.campaign)
    for campaign in (company.before, company.campaign, following):
        snapshots.take(campaign, cause=Cause.ASKED)
    idle = {name: [row(campaign, rep).idle for campaign in (company.before, company.campaign, following)] for name, rep in team.items()}
    assert idle == {"top": [1, 2, 3], "left": [0, 1, 2], "right": [1, 0, 1], "low": [1, 2, 3]}
    totals = Total.objects.filter(territory=company.market).order_by("campaign__starts_on")
    assert [(total.idle1, total.idle2, total.idle3) for total in totals] == [(3, 0, 0), (1, 2, 0), (1, 1, 2)]


def test_campaigns_before_are_taken_first(company, team):
    order(team["left"], company.before)
    snapshots.take(company.campaign, cause=Cause.ASKED)
    assert row(company.campaign, team["left"]).idle == 1
    assert row(company.campaign, team["low"]).idle == 2
    assert SnapshotRun.objects.filter(campaign=company.before).count() == 1


def test_first_order(company, team):
    order(team["left"], company.before)
    order(team["left"], company.campaign)
    order(team["right"], company.campaign)
    snapshots.take(company.campaign, cause=Cause.ASKED)
    assert set(Snapshot.objects.filter(campaign=company.campaign, first_order=True).values_list("rep__code", flat=True)) == {"right"}
    assert row(company.before, team["left"]).first_order


def test_a_newcomer_is_somebody_of_a_later_roster_contacted_within_a_day(company, staff, upline):
    number = company.campaign.number
    year = company.campaign.year
    lines = "code,sponsor_code,name,territory_code,joined_campaign\n"
    with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(days=2), tick=False):
        load(staff, f"{lines}first,100,First,UA-N-01,{year}-{number}\n", "roster")
    with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(days=1, hours=1), tick=False) as clock:
        load(staff, lines + "".join(f"{code},100,{code},UA-N-01,{year}-{number}\n" for code in ("seen", "late", "alone")), "roster")
        clock.shift(dt.timedelta(hours=23))
        touch(upline.user, "seen")
        clock.shift(dt.timedelta(hours=2))
        touch(upline.user, "late")
    load(staff, f"{lines}today,100,Today,UA-N-01,{year}-{number}\nold,100,Old,UA-N-01,2020-01\n", "roster")
    snapshots.take(company.campaign, cause=Cause.ASKED)
    found = Snapshot.objects.filter(campaign=company.campaign, is_newcomer=True).values_list("rep__code", "answered")
    assert dict(found) == {"seen": True, "late": False, "alone": False, "today": None}
    total = Total.objects.get(campaign=company.campaign, territory=company.territory)
    assert (total.newcomers, total.answered, total.unanswered, total.appointed) == (4, 1, 2, 5)


def test_who_came_by_an_invitation_is_a_newcomer_in_two_campaigns(company, upline):
    now = timezone.now()
    for code, number in (("now", 0), ("last", -1), ("earlier", -2)):
        rep = make.rep(code, company.territory, sponsor=upline.rep, joined=(company.campaign.year, company.campaign.number + number))
        Invitation.objects.create(
            digest=code,
            sponsor=upline.rep,
            territory=company.territory,
            created_by=upline.user,
            expires_at=now,
            used_at=now,
            used_by=rep.user,
        )
    make.rep("roster", company.territory, sponsor=upline.rep, joined=(company.campaign.year, company.campaign.number))
    snapshots.take(company.campaign, cause=Cause.ASKED)
    newcomers = Snapshot.objects.filter(campaign=company.campaign, is_newcomer=True)
    assert set(newcomers.values_list("rep__code", flat=True)) == {"now", "last"}


def touch(by, code):
    touches.log_touch(Rep.objects.get(code=code), by=by, channel=Touch.Channel.CALL, outcome=Touch.Outcome.REACHED)


def test_somebody_of_another_calendar_in_between_keeps_the_team_whole(company, team):
    make.calendar(company.market, code="MAIL")
    middle = make.rep("middle", company.territory, sponsor=team["top"], calendar="MAIL")
    below = make.rep("below", company.territory, sponsor=middle)
    order(below, company.campaign, 70)
    snapshots.take(company.campaign, cause=Cause.ASKED)
    between = row(company.campaign, middle)
    assert (between.on_file, between.orders, between.people, between.team_net_sales) == (False, 0, 1, 70)
    assert (row(company.campaign, team["top"]).people, row(company.campaign, below).depth) == (4, 2)
    assert Total.objects.get(campaign=company.campaign, territory=company.market).on_file == 5


def test_a_closed_campaign_keeps_everything_but_late_orders(company, team, staff):
    campaign, low = company.before, team["low"]
    order(low, campaign, 40)
    snapshots.take(campaign, cause=Cause.CLOSED)
    snapshots.take(company.campaign, cause=Cause.NIGHTLY)
    before = values(campaign)
    history.change_sponsor(low, team["left"], by=staff.user, why="asked for")
    Rep.objects.filter(pk=low.pk).update(title="Gold", territory=company.territory)
    make.rep("new", company.territory, sponsor=low, joined=(campaign.year, campaign.number + 1))
    assert snapshots.take(campaign, cause=Cause.ASKED).changed == 0
    assert values(campaign) == before

    job = load(staff, f"{ORDERS}L1,order,,low,{campaign.year},{campaign.number},{campaign.starts_on},60.50,6\n")
    snapshots.take_due()
    late = SnapshotRun.objects.filter(campaign=campaign).latest("pk")
    assert (late.cause, late.job, late.changed) == (Cause.LATE, job, 3)  # low, right, top
    assert str(row(campaign, low).net_sales) == "100.50"
    assert (row(campaign, low).sponsor, row(campaign, low).title) == (team["right"], "")
    assert str(row(campaign, team["right"]).team_net_sales) == "100.50"
    assert row(campaign, team["left"]).people == 0
    assert row(company.campaign, team["left"]).people == 2  # the one that runs is of today's tree


def test_who_was_off_file_when_a_campaign_was_frozen_stays_so(company, team, staff):
    gone = Rep.objects.filter(pk=team["low"].pk)
    gone.update(status="removed", removed_on=company.before.starts_on)
    order(team["left"], company.before)
    snapshots.take(company.before, cause=Cause.CLOSED)
    gone.update(status="active", removed_on=None)
    order(team["right"], company.before)
    assert snapshots.take(company.before, cause=Cause.ORDERS).changed == 2  # right and top
    assert not Snapshot.objects.filter(campaign=company.before, rep=team["low"]).exists()


def test_a_late_order_changes_who_is_idle_in_the_campaigns_after(company, team, staff):
    order(team["top"], company.before)
    snapshots.take(company.campaign, cause=Cause.NIGHTLY)
    assert row(company.campaign, team["low"]).idle == 2
    load(staff, f"{ORDERS}L1,order,,low,{company.before.year},{company.before.number},{company.before.starts_on},60.50,6\n")
    assert snapshots.take_due() == 2
    assert row(company.campaign, team["low"]).idle == 1
    assert SnapshotMark.objects.count() == 0


def test_a_return_counts_against_the_campaign_of_its_order(company, team, staff):
    day = company.before.starts_on
    load(staff, f"{ORDERS}A,order,,low,{company.before.year},{company.before.number},{day},60,6\n")
    snapshots.take_due()
    assert row(company.before, team["low"]).active
    load(staff, f"{ORDERS}B,return,A,low,{company.campaign.year},{company.campaign.number},{company.campaign.starts_on},-60,-6\n")
    snapshots.take_due()
    assert not row(company.before, team["low"]).active
    assert (row(company.before, team["low"]).net_sales, row(company.campaign, team["low"]).net_sales) == (60, -60)


def test_a_planned_sponsor_leaves_the_campaign_before_as_it_was(company, team, staff):
    snapshots.take(company.campaign, cause=Cause.NIGHTLY)
    sponsoring.change_sponsor(team["low"], team["left"], by=staff.user, why="asked for", campaign=company.following)
    order(team["low"], company.campaign, 40)
    with time_machine.travel(dt.datetime.combine(company.following.starts_on, dt.time(0, 1), dt.UTC), tick=False):
        assert sponsoring.apply_started() == 1
        snapshots.take(company.following, cause=Cause.NIGHTLY)
    assert (row(company.campaign, team["right"]).team_net_sales, row(company.campaign, team["left"]).people) == (40, 0)
    assert (row(company.following, team["right"]).people, row(company.following, team["left"]).people) == (0, 1)
    assert SnapshotRun.objects.filter(campaign=company.campaign).latest("pk").cause == Cause.CLOSED


def test_a_campaign_that_has_ended_is_frozen_once(company, team):
    snapshots.take(company.campaign, cause=Cause.NIGHTLY)
    assert snapshots.take_due() == 0
    with time_machine.travel(dt.datetime.combine(company.following.starts_on, dt.time(0, 1), dt.UTC), tick=False) as clock:
        assert not snapshots.is_frozen(company.campaign)
        assert (snapshots.take_due(), snapshots.take_due()) == (2, 0)  # and the one that has begun
        assert snapshots.is_frozen(company.campaign)
        assert snapshots.freeze(company.campaign) is None
        clock.shift(dt.timedelta(days=1))
        assert (snapshots.take_due(), snapshots.take_due()) == (1, 0)  # who joined last was answered by now, or not


def test_many_files_make_one_pass(company, team, staff):
    for n in range(5):
        load(staff, f"{ORDERS}L{n},order,,low,{company.campaign.year},{company.campaign.number},{company.campaign.starts_on},60.50,6\n")
    assert SnapshotMark.objects.count() == 5
    assert snapshots.take_due() == 1
    assert (SnapshotMark.objects.count(), SnapshotRun.objects.get(campaign=company.campaign).cause) == (0, "orders")


def test_a_file_that_is_still_coming_in_is_waited_for(company, team, staff):
    assert (snapshots.take_due(), snapshots.take_due()) == (1, 0)  # the campaign has begun
    job = load(staff, f"{ORDERS}L1,order,,low,{company.campaign.year},{company.campaign.number},{company.campaign.starts_on},60.50,6\n")
    type(job).objects.filter(pk=job.pk).update(state="running")
    assert snapshots.take_due() == 0
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=11), tick=False):
        assert snapshots.take_due() == 1


def test_a_file_that_says_nothing_new_marks_nothing(company, team, staff):
    line = f"{ORDERS}L1,order,,low,{company.campaign.year},{company.campaign.number},{company.campaign.starts_on},60.50,6\n"
    roster = "code,sponsor_code,name,territory_code,joined_campaign\nleft,top,Rep left,UA-N-01,2020-01\n"
    load(staff, line)
    snapshots.take_due()
    load(staff, line)
    load(staff, roster, "roster")
    assert SnapshotMark.objects.count() == 0


def test_a_file_rings_for_a_worker_and_needs_none(company, team, staff, monkeypatch, django_capture_on_commit_callbacks):
    line = f"{ORDERS}L1,order,,low,{company.campaign.year},{company.campaign.number},{company.campaign.starts_on},60.50,6\n"
    with socket.create_server(("127.0.0.1", 0)) as broker:
        monkeypatch.setattr(current_app.conf, "broker_write_url", f"redis://127.0.0.1:{broker.getsockname()[1]}/0")
        broker.close()  # nobody answers there
        with structlog.testing.capture_logs() as logs, django_capture_on_commit_callbacks(execute=True):
            load(staff, line)
    assert [entry["task"] for entry in logs if entry["event"] == "broker away"] == ["campaigns.take_due"]
    assert SnapshotMark.objects.count() == 1


def test_what_is_wrong_with_one_campaign_keeps_no_other_waiting(company, team, monkeypatch):
    snapshots.mark([company.before.pk, company.campaign.pk])
    take = snapshots.taking.take

    def broken(campaign, **named):
        if campaign == company.before:
            raise ValueError
        return take(campaign, **named)

    monkeypatch.setattr(snapshots.taking, "take", broken)
    assert snapshots.take_due() == 1
    assert list(SnapshotMark.objects.values_list("campaign", flat=True)) == [company.before.pk]


def test_every_night_the_running_campaigns_are_taken(company, team):
    assert snapshots.take_nightly() == 1
    assert list(SnapshotRun.objects.values_list("campaign", "cause")) == [(company.campaign.pk, "nightly")]


def test_reminders_kept(company, rep):
    lead = make.lead(rep.rep)
    zone = rep.user.zone
    with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(days=2), tick=False) as clock:
        today = company.calendar.today()
        for kept in (True, False):
            reminder = reminders.set_reminder(
                make.lead(rep.rep, f"Lead {kept}"), by=rep.user, day=today + dt.timedelta(days=1), time=dt.time(9)
            )
            if kept:
                reminders.finish_reminder(reminder, by=rep.user)
        withdrawn = reminders.set_reminder(lead, by=rep.user, day=today + dt.timedelta(days=1), time=dt.time(9))
        reminders.remove_reminder(withdrawn, by=rep.user)
        clock.shift(dt.timedelta(days=2))
        reminders.set_reminder(lead, by=rep.user, day=today + dt.timedelta(days=3), time=dt.time(9))
    snapshots.take(company.campaign, cause=Cause.ASKED)
    found = row(company.campaign, rep.rep)
    assert (zone, found.reminders_due, found.reminders_kept) == ("Europe/Kyiv", 2, 1)
    Reminder.objects.update(zone="Mars/Base")  # one that is no more counts as UTC, and stops nobody's figures
    snapshots.take(company.campaign, cause=Cause.ASKED)
    found.refresh_from_db()
    assert (found.reminders_due, found.reminders_kept) == (2, 1)


def test_staff_take_figures_by_a_command(company, team, capsys):
    call_command("take_snapshots")
    call_command("take_snapshots", campaign=[f"UA:{company.before.year}-{company.before.number}"])
    assert capsys.readouterr().out.splitlines() == [f"{company.campaign}: 4 rows, 4 changed", f"{company.before}: 4 rows, 4 changed"]
    for wrong in ("14", "UA:2026-98", "XX:2026-01"):
        with pytest.raises(CommandError):
            call_command("take_snapshots", campaign=[wrong])


def test_the_pilots_figures_come_out(db):
    sample.load()
    assert snapshots.take_due() == Campaign.objects.filter(number__range=(3, 14), year=2018).count() == 12
    truth = sample.truth()
    of_pilot = Total.objects.filter(
        territory__group="pilot", territory__kind="territory", campaign__year=2018, campaign__number__range=(9, 14)
    )
    shares, per_rep = [], []
    for number in range(9, 15):
        found = list(of_pilot.filter(campaign__number=number))
        on_file = sum(total.on_file for total in found)
        shares.append(100 * sum(total.active for total in found) / on_file)
        per_rep.append(sum(total.actions for total in found) / on_file)
    assert [round(share, 1) for share in shares] == truth["pilot_active_percent"] == [55.4, 55.5, 62.1, 63.6, 65.1, 66.8]
    assert [round(actions, 1) for actions in per_rep] == truth["pilot_actions_per_rep"]
    assert round(figures.pearson(list(zip(per_rep, shares, strict=True))), 3) == truth["pearson_r"] == 0.967


def test_snapshots_and_live_figures_agree(db):
    sample.load()
    snapshots.take_due()
    campaigns = list(Campaign.objects.filter(runs__isnull=False).select_related("calendar__market").order_by("starts_on"))
    live = figures.of_campaigns(campaigns, Rep.objects.all())
    totals = Total.objects.filter(territory__kind="market").order_by("campaign__starts_on")
    assert [(one.on_file, one.active, one.orders, one.net_sales, one.actions) for one in live] == [
        (one.on_file, one.active, one.orders, one.net_sales, one.actions) for one in totals
    ]
