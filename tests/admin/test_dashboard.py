"""The dashboard of a campaign: figures that were taken, of what one is in charge of, and nothing else."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
import time_machine
from django.db.models import F

from campaigns import admin_dashboard, dashboards, rankings, snapshots
from campaigns import figures as live_figures
from campaigns.goals import set_place_goal
from campaigns.models import Campaign, Cause, DayTotal, Order, SnapshotMark, Total
from cotano.jobs.models import Audit
from teams.models import ActivityCount, Rep, Territory
from tests import make

PAGE = "/admin/campaigns/campaign/dashboard/"
TAKE, EXPORT = f"{PAGE}take/", f"{PAGE}export/"


def order(rep, campaign, amount=100, **more):
    number = f"N{Order.objects.count()}"
    return Order.objects.create(
        number=number, kind="order", rep=rep, campaign=campaign, placed_on=campaign.starts_on, amount=amount, currency="UAH", **more
    )


def act(rep, day, n, kind="call"):
    ActivityCount.objects.create(rep=rep, day=day, kind=kind, n=n)


@pytest.fixture
def closed(company):
    """Three closed campaigns before the cast's own, oldest first, with that one four."""
    return [*make.closed_before(company.before, 3), company.before]


@pytest.fixture
def team(company, closed):
    """Four reps in one territory and one in another: one more orders, and each does more, with every campaign."""
    reps = [make.rep(f"20{n}", company.territory) for n in range(4)]
    reps.append(make.rep("300", company.other_territory))
    for n, campaign in enumerate(closed):
        for place, rep in enumerate(reps[:4]):
            if place < n:
                order(rep, campaign, "1000.50")
            act(rep, campaign.ends_on, 10 * n + 1)
    order(reps[4], closed[0], 20)  # what the company knows begins here
    order(reps[0], company.campaign, 700, points=7, is_late=True)
    order(reps[0], company.campaign, 300)
    order(reps[4], company.campaign, 50)
    act(reps[0], company.campaign.starts_on, 8)
    act(reps[4], company.campaign.starts_on + dt.timedelta(1), 5)
    return reps


@pytest.fixture
def figures(team, company):
    """Taken."""
    snapshots.take(company.campaign, cause=Cause.ASKED)
    return team


def tiles(response):
    return {tile.label: (tile.value, tile.change, tile.before, tile.year_ago) for tile in response.context["tiles"]}


def rows(response):
    return [(row.turn, row.place.code, row.sums.orders) for row in response.context["ranking"].rows]


def test_the_running_campaign_of_the_own_territory(manager, figures, company, closed):
    response = manager.get(PAGE)
    assert (response.status_code, response.context["choice"].place.code) == (200, "UA-N-01")
    assert response.context["choice"].campaign == company.campaign
    found = tiles(response)
    assert found["Reps on file"] == ("4", "0.0 %", "4", "")
    assert found["Active, %"] == ("25.0 %", "\N{MINUS SIGN}50.0", "75.0 %", "")
    assert found["Orders"] == ("2", "\N{MINUS SIGN}33.3 %", "3", "")
    assert found["Average order"] == ("₴500", "\N{MINUS SIGN}50.0 %", "₴1,001", "")
    assert found["Net sales"] == ("₴1,000", "\N{MINUS SIGN}66.7 %", "₴3,002", "")
    assert (found["Volume"][0], found["Late orders"][0], found["Actions in the app"][0]) == ("7", "1", "8")
    one, two = (found[f"I{n}: {n} campaign{'s'[: n - 1]} without an order"] for n in (1, 2))
    assert (one[:2], two[1], found["Weekly users"][0]) == (("2", ""), "", "1")
    notes = {tile.label[:2]: tile.note for tile in response.context["tiles"] if tile.note}
    assert notes == dict.fromkeys(("I1", "I2", "I3"), "if nothing more is ordered")
    assert {tile.tone for tile in response.context["tiles"]} == {""}  # half of a campaign is no bad news
    assert "is still running; figures as of" in response.content.decode()


def test_a_closed_campaign_beside_the_last_one_and_its_r(manager, figures, closed):
    response = manager.get(PAGE, {"campaign": closed[3].pk})
    found = {tile.label: (tile.value, tile.tone) for tile in response.context["tiles"]}
    assert (found["Active, %"], found["Net sales"], found["Reps on file"]) == (("75.0 %", "up"), ("₴3,002", "up"), ("4", ""))
    assert [(row.campaign, row.active_percent, row.actions_per_rep) for row in response.context["page"].rows] == [
        (campaign, 25.0 * n, 10.0 * n + 1) for n, campaign in enumerate(closed)
    ]
    assert "Pearson r = 1.00" in response.content.decode()
    assert {tile.note for tile in response.context["tiles"]} == {""}


def test_the_goals_of_the_territory_with_how_far_they_are(manager, figures, company):
    for measure, target in (("orders", 4), ("activity", 20)):
        set_place_goal(company.territory, company.campaign, by=manager.user, target=target, measure=measure)
    lines = manager.get(PAGE).context["goals"]
    assert [(line.label, line.target, line.told, line.at.percent) for line in lines] == [
        ("Orders", "4", "2", 50),
        ("Activity %", "20 %", "25 %", 125),
    ]
    assert lines[0].to_go.startswith("2 orders in ")


def test_the_pilot_territories_together_beside_the_control_ones(staff, manager, figures, company, closed):
    Territory.objects.filter(code="UA-N-01").update(group="pilot")
    Territory.objects.filter(code="UA-N-02").update(group="control")
    assert [code for code, _name in staff.get(PAGE).context["groups"]] == ["@pilot", "@control"]
    assert [code for code, _name in manager.get(PAGE).context["groups"]] == ["@pilot"]
    found = {code: tiles(staff.get(PAGE, {"territory": code}))["Reps on file"][0] for code in ("@pilot", "@control")}
    assert found == {"@pilot": "4", "@control": "1"}
    assert [manager.get(PAGE, {"territory": code}).status_code for code in ("@pilot", "@control", "@x", "@")] == [200, 404, 404, 404]
    sent = staff.post(EXPORT, {"territory": "@control", "campaign": closed[3].pk, "format": "csv"})
    assert {row["territory_code"] for row in csv.DictReader(io.StringIO(b"".join(sent).decode("utf-8-sig")))} == {"UA-N-02"}


def test_the_same_number_a_year_ago(staff, figures, company, closed):
    Campaign.objects.filter(pk=closed[0].pk).update(year=company.campaign.year - 1, number=company.campaign.number)
    assert tiles(staff.get(PAGE))["Reps on file"] == ("5", "0.0 %", "5", "5")


def test_the_page_agrees_with_counting_on_the_spot(staff, figures, closed):
    live = live_figures.of_campaigns(closed, Rep.objects.all())
    taken = staff.get(PAGE, {"campaign": closed[3].pk}).context["page"].rows
    names = ("campaign", "on_file", "active", "orders", "net_sales", "actions")
    assert [[getattr(row, name) for name in names] for row in taken] == [[getattr(row, name) for name in names] for row in live]


def test_several_territories_are_added_up(company, figures):
    person = make.manager(company.territory)
    person.assignments.create(territory=company.other_territory)
    choice = dashboards.read_choice(person)
    page = dashboards.read_dashboard(choice, last=6)
    assert (choice.place, page.now.on_file, page.now.orders, page.now.net_sales) == (None, 5, 3, 1050)
    assert [one.code for one in choice.inner] == ["UA-N-01", "UA-N-02"]


def test_one_level_below_is_ranked(staff, figures):
    assert rows(staff.get(PAGE)) == [(1, "UA-N", 3)]
    assert rows(staff.get(PAGE, {"territory": "UA-N"})) == [(1, "UA-N-01", 2), (2, "UA-N-02", 1)]
    assert rows(staff.get(PAGE, {"territory": "UA-N", "by": "on_file"})) == [(1, "UA-N-01", 2), (2, "UA-N-02", 1)]
    changes = [row.sales_change for row in staff.get(PAGE, {"territory": "UA-N"}).context["ranking"].rows]
    assert [change and round(change, 1) for change in changes] == [-66.7, None]


def test_reps_and_legs_are_ranked_by_page(manager, figures, company, monkeypatch):
    monkeypatch.setattr(rankings, "PAGE", 3)
    first = manager.get(PAGE, {"rank": "reps"})
    assert [(row.turn, row.row.rep.code, row.row.net_sales) for row in first.context["ranking"].rows] == [
        (1, "200", 1000),
        (2, "201", 0),
        (3, "202", 0),
    ]
    second = manager.get(PAGE, {"rank": "reps", "after": first.context["ranking"].more_after})
    assert [(row.turn, row.row.rep.code) for row in second.context["ranking"].rows] == [(4, "203")]
    assert second.context["ranking"].more_after == ""
    legs = manager.get(PAGE, {"rank": "legs"}).context["ranking"].rows
    assert [(row.row.rep.code, row.row.gv) for row in legs] == [("200", 7), ("201", 0), ("202", 0)]


def test_a_rep_who_went_elsewhere_is_not_named(manager, figures, company):
    Rep.objects.filter(code="200").update(territory=company.other_territory)
    shown = manager.get(PAGE, {"rank": "reps"}).context["ranking"].rows
    assert [row.row.rep.code for row in shown] == ["201", "202", "203"]


def test_reps_of_a_large_territory_are_not_put_in_order(staff, figures, monkeypatch):
    monkeypatch.setattr(rankings, "RANKED", 4)
    assert [kind for kind, _title in staff.get(PAGE).context["kinds"]] == ["places"]
    assert [kind for kind, _title in staff.get(PAGE, {"territory": "UA-N-01"}).context["kinds"]] == ["reps", "legs"]


def test_actions_per_rep_and_day(staff, figures, company):
    response = staff.get(PAGE, {"territory": "UA-N"})
    days = response.context["days"]
    assert days.days == [company.campaign.starts_on + dt.timedelta(n) for n in range(3)]
    assert [(line.place.code, line.values, line.colour) for line in days.lines] == [
        ("UA-N-02", [0.0, 5.0, 0.0], 1),
        ("UA-N-01", [2.0, 0.0, 0.0], 2),
    ]
    assert days.average.values == [8 / 5, 1.0, 0.0]
    one = Territory.objects.get(code="UA-N-01")
    chosen = staff.get(PAGE, {"territory": "UA-N", "line": one.pk}).context["days"]
    assert [line.place.code for line in chosen.drawn] == ["UA-N-01"]
    found = staff.get(PAGE, {"territory": "UA-N", "q": "territory 02"}).context["days"]
    assert [line.place.code for line in found.lines] == ["UA-N-02"]


def test_days_are_compared_with_the_same_days_of_the_last_campaign(staff, team, company):
    act(team[0], company.before.starts_on, 4)
    act(team[0], company.before.starts_on + dt.timedelta(5), 90)  # later than today is in this one
    act(team[0], company.before.starts_on, 77, kind="earlier")
    snapshots.take(company.campaign, cause=Cause.ASKED)
    (line, _other) = sorted(staff.get(PAGE, {"territory": "UA-N"}).context["days"].lines, key=lambda line: line.place.code)
    assert line.change == 100.0
    assert DayTotal.objects.get(campaign=company.before, territory=company.market, day=company.before.starts_on).actions == 4


def test_days_follow_what_was_counted_later_and_go_when_it_goes(figures, company):
    day = company.campaign.starts_on
    ActivityCount.objects.filter(rep=figures[0], day=day).update(n=F("n") + 1)
    snapshots.take(company.campaign, cause=Cause.ASKED)
    found = DayTotal.objects.filter(campaign=company.campaign, day=day).order_by("territory__code")
    assert list(found.values_list("territory__code", "actions", "people")) == [("UA", 9, 1), ("UA-N", 9, 1), ("UA-N-01", 9, 1)]
    ActivityCount.objects.filter(rep=figures[0], day=day).delete()
    snapshots.take(company.campaign, cause=Cause.ASKED)
    assert found.count() == 0


def test_retention_by_class(staff, figures, company):
    Rep.objects.filter(code="203").update(joined_year=company.before.year, joined_number=company.before.number)
    Rep.objects.filter(code="202").update(removed_on=company.campaign.starts_on, status="removed")
    snapshots.take(company.campaign, cause=Cause.ASKED)
    shown = staff.get(PAGE).context["page"].classes
    assert [(row.year, row.number, row.on_file, row.active, row.joined) for row in shown][-1] == (2020, 1, 3, 2, None)


def test_without_figures_staff_may_have_them_taken(staff, manager, team, company):
    text = staff.get(PAGE).content.decode()
    assert ("No figures yet" in text, "Take now" in text) == (True, True)
    text = manager.get(PAGE).content.decode()
    assert ("No figures yet" in text, "Take now" in text) == (True, False)
    assert manager.post(TAKE).status_code == 403
    assert staff.post(TAKE).status_code == 302
    assert staff.post(TAKE).status_code == 302  # waits already
    assert list(SnapshotMark.objects.values_list("campaign", "cause")) == [(company.campaign.pk, "asked")]
    snapshots.take_due()
    assert Total.objects.get(campaign=company.campaign, territory=company.market).on_file == 5


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_holds_the_own_territories_alone_and_is_written_down(manager, figures, company, form):
    Territory.objects.filter(code="UA-N-01").update(name="=2+3")
    response = manager.post(EXPORT, {"format": form})
    body = b"".join(response.streaming_content)
    assert (response.status_code, Audit.objects.filter(by=manager.user, what="exported").count()) == (200, 1)
    if form == "csv":
        found = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
        assert {row["territory_code"] for row in found} == {"UA-N-01"}
        assert (found[0]["territory"], found[0]["on_file"], Decimal(found[0]["net_sales"])) == ("'=2+3", "4", 1000)
        assert len(found) == 5


def test_the_file_has_one_of_the_formats(manager, figures):
    assert manager.post(EXPORT, {"format": "exe"}).status_code == 422
    assert manager.get(EXPORT).status_code == 405


def test_only_the_own_territories(manager, other_manager, rep, figures):
    assert manager.get(PAGE, {"territory": "UA-N-02"}).status_code == 404
    assert manager.post(EXPORT, {"territory": "UA-N-02", "format": "csv"}).status_code == 404
    assert manager.get(PAGE, {"territory": "UA"}).status_code == 404
    assert tiles(other_manager.get(PAGE))["Reps on file"][0] == "1"
    assert rep.client.get(PAGE, follow=True).status_code == 403
    manager.user.groups.clear()
    assert [manager.get(PAGE).status_code, manager.post(EXPORT).status_code] == [403, 403]


@pytest.mark.parametrize(
    "said",
    [
        {"campaign": "x"},
        {"campaign": "99999999999999999999"},
        {"calendar": "NO"},
        {"last": "7"},
        {"rank": "x", "by": "y", "after": "z"},
        {"rank": "reps", "by": "orders", "after": "50_12.50_3"},
        {"rank": "reps", "by": "orders", "after": "50_999999999999_999999999999999999"},
        {"rank": "places", "after": "99"},
        {"line": "x", "q": "\x00"},
    ],
)
def test_nonsense_in_the_address_is_no_error_of_ours(manager, figures, said):
    assert manager.get(PAGE, said).status_code == 200


def test_the_page_takes_the_same_queries_however_many_there_are(staff, manager, company, team, django_assert_num_queries):
    for n in range(3):
        snapshots.take(company.campaign, cause=Cause.ASKED)
        for person, at_company, at_reps in ((staff, 8, 9), (manager, 12, 12)):
            person.get(PAGE)
            with django_assert_num_queries(at_company):
                person.get(PAGE)
            with django_assert_num_queries(at_reps):
                person.get(PAGE, {"territory": "UA-N-01", "rank": "reps"})
        for k in range(n + 1):
            make.rep(f"9{n}{k}", company.territory)


def test_the_time_of_the_figures_stands_on_the_page(manager, team, company):
    night = dt.datetime.combine(company.campaign.starts_on + dt.timedelta(2), dt.time(1, 10), dt.UTC)
    with time_machine.travel(night, tick=False):
        snapshots.take(company.campaign, cause=Cause.NIGHTLY)
        manager = type(manager)(manager.user)
        assert "figures as of 03:10." in manager.get(PAGE).content.decode()
    with time_machine.travel(night + dt.timedelta(1), tick=False):
        manager = type(manager)(manager.user)
        assert f"figures as of {night.day} {night:%B %Y} 03:10." in manager.get(PAGE).content.decode()


@pytest.mark.parametrize(("value", "said"), [(65.39, "65.4 %"), (1109 / 20, "55.5 %"), (60.0, "60.0 %"), (100 / 3, "33.3 %")])
def test_a_share_is_rounded_as_in_the_tables(value, said):
    assert admin_dashboard.said_as(value, admin_dashboard.SHARE, None) == said
