"""Goals: whose they are, what they can be, who sets them, and the company's file of them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.urls import reverse

from campaigns import goals, measures, snapshots
from campaigns.models import Calendar, Goal, Order, Snapshot
from cotano.jobs.refusals import Refusal
from teams.models import ActivityCount
from tests import make
from tests.loading import counts, load, rejected, versions

HEADINGS = ["territory_code", "rep_code", "leader_code", "calendar", "year", "campaign", "measure", "goal"]
LIST = reverse("admin:campaigns_goal_changelist")
ADD = reverse("admin:campaigns_goal_add")


def stored():
    rows = Goal.objects.order_by("territory__code", "leader__code", "rep__code", "measure")
    return [
        (g.owner.code, "team" if g.leader else "", g.campaign.number, g.measure, g.target, g.is_company)
        for g in rows.select_related("rep", "leader", "territory", "campaign")
    ]


# ---- the table
@pytest.mark.parametrize(
    ("said", "constraint"),
    [
        ({}, "goal_has_one_owner"),
        ({"rep": 1, "leader": 1}, "goal_has_one_owner"),
        ({"rep": 1, "territory": 1, "is_company": True}, "goal_has_one_owner"),
        ({"territory": 1}, "goal_of_territory_is_the_companys"),
        ({"rep": 1, "target": 0}, "goal_is_positive"),
        ({"rep": 1, "target": -1}, "goal_is_positive"),
        ({"rep": 1, "measure": "activity", "target": Decimal("100.01")}, "goal_fits_measure"),
        ({"rep": 1, "measure": "orders", "target": Decimal("1.5")}, "goal_fits_measure"),
        ({"rep": 1, "measure": "calls", "target": 10**8 + 1}, "goal_fits_measure"),
        ({"rep": 1, "measure": "nonsense"}, "goal_fits_measure"),
    ],
)
def test_what_the_database_refuses(said, constraint, rep, company):
    owners = {"rep": rep.rep, "leader": rep.rep, "territory": company.territory}
    fields = {name: owners.get(name, value) for name, value in said.items()}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Goal.objects.create(**{"campaign": company.campaign, "target": 5, **fields})


def test_one_goal_of_an_owner_campaign_and_measure(rep, company):
    owners = [{"rep": rep.rep}, {"leader": rep.rep}, {"territory": company.territory, "is_company": True}]
    for owner in owners:
        for measure in Goal.Measure.values:
            Goal.objects.create(campaign=company.campaign, measure=measure, target=1, **owner)
        with pytest.raises(IntegrityError, match="once"), transaction.atomic():
            Goal.objects.create(campaign=company.campaign, measure="orders", target=2, **owner)
    assert Goal.objects.count() == 18


# ---- set by hand
@pytest.mark.parametrize(
    ("measure", "target", "sentence"),
    [
        ("orders", 0, "Enter an amount above zero."),
        ("net_sales", -5, "Enter an amount above zero."),
        ("net_sales", 10**12, "A goal stays below 10,000,000,000."),
        ("net_sales", 10**10, "A goal stays below 10,000,000,000."),
        ("orders", 10**12, "A goal stays below 100,000,000."),
        ("orders", Decimal("1.5"), "This is counted in whole numbers."),
        ("activity", 101, "No more than 100 % can be active."),
    ],
)
def test_a_figure_that_cannot_be_a_goal_is_refused_with_a_sentence(measure, target, sentence, rep, company):
    with pytest.raises(Refusal) as refused:
        goals.set_goal(rep.rep, company.campaign, by=rep.user, target=target, measure=measure)
    assert (refused.value.sentence, Goal.objects.count()) == (sentence, 0)


def test_the_reps_own_word_goes_before_the_companys(rep, company):
    Goal.objects.create(rep=rep.rep, campaign=company.campaign, measure="orders", target=9, is_company=True)
    goals.set_goal(rep.rep, company.campaign, by=rep.user, target=4, measure="orders")
    goals.set_goal(rep.rep, company.campaign, by=rep.user, target=7000)
    assert stored() == [
        (rep.rep.code, "", 14, "net_sales", 7000, False),
        (rep.rep.code, "", 14, "orders", 4, False),
    ]


def test_who_is_in_charge_sets_the_goals_of_the_own_territories(rep, company, manager, staff):
    by = manager.user
    by.user_permissions.add(Permission.objects.get(codename="change_goal"))
    by = type(by).objects.get(pk=by.pk)
    elsewhere = company.region.children.exclude(pk=company.territory.pk).get()
    for target in (30, 40):
        goals.set_place_goal(company.territory, company.campaign, by=by, target=target, measure="orders")
    assert stored() == [(company.territory.code, "", 14, "orders", 40, True)]
    refused = []
    for place, campaign, who, target in (
        (elsewhere, company.campaign, by, 5),
        (company.region, company.campaign, by, 5),
        (company.territory, company.before, by, 5),
        (company.territory, company.campaign, rep.user, 5),
        (company.territory, company.campaign, by, 10**12),
    ):
        with pytest.raises(Refusal) as refusal:
            goals.set_place_goal(place, campaign, by=who, target=target, measure="net_sales")
        refused.append(refusal.value.sentence)
    charge, closed = "You are not in charge of this territory.", "This campaign is closed. Its goal stays as it was."
    assert refused == [charge, charge, closed, charge, "A goal stays below 10,000,000,000."]
    abroad = make.territories("PL", zone="Europe/Warsaw", currency="PLN")
    _before, running, _next = make.campaigns(make.calendar(abroad["PL"], "PL"))
    with pytest.raises(Refusal, match=r"^This campaign belongs to another market\.$"):
        goals.set_place_goal(company.territory, running, by=by, target=5, measure="orders")


# ---- what is reached, and proposals
def history(company, rep, other):
    """Three closed campaigns in which `rep` ordered 2, 3, 4 times and `other`, below, once."""
    made = []
    for number in (10, 11, 12):
        starts = company.campaign.starts_on - dt.timedelta(days=21 * (14 - number))
        made.append(
            type(company.campaign).objects.create(
                calendar=company.calendar,
                year=company.campaign.year,
                number=number,
                starts_on=starts,
                ends_on=starts + dt.timedelta(days=20),
                order_deadline=starts + dt.timedelta(days=17),
                closed_at=dt.datetime.combine(starts + dt.timedelta(days=21), dt.time(), dt.UTC),
            )
        )
        for who, n in ((rep, number - 8), (other, 1)):
            for one in range(n):
                name = f"{who.code}-{number}-{one}"
                said = {"kind": "order", "placed_on": starts, "currency": "UAH"}
                Order.objects.create(number=name, rep=who, campaign=made[-1], amount=100, **said)
        ActivityCount.objects.create(rep=rep, day=starts, kind="call", n=number)
        ActivityCount.objects.create(rep=rep, day=starts, kind="comment", n=99)
    return made


@pytest.fixture
def line(rep, company):
    """A rep below the rep, who joined in campaign 11."""
    year = company.campaign.year
    return make.rep("BELOW", company.territory, sponsor=rep.rep, joined=(year, 11))


def test_how_much_of_each_measure_is_reached(rep, line, company, django_assert_num_queries):
    ten, eleven, twelve = history(company, rep.rep, line)

    def figures(campaign, **owner):
        (row,) = measures.reached([campaign], Goal(**owner))
        return [row[measure] for measure in Goal.Measure.values]

    assert figures(twelve, rep=rep.rep) == [None] * 6  # not taken yet
    for one in (ten, eleven, twelve):
        snapshots.take(one, cause="orders")
    for who, kept in ((rep.rep, 5), (line, 2)):
        Snapshot.objects.filter(campaign=twelve, rep=who).update(reminders_due=9, reminders_kept=kept)
    Snapshot.objects.filter(campaign=twelve, rep=rep.rep).update(team_reminders_kept=2)
    assert figures(twelve, rep=rep.rep) == [4, 400, 100, 0, 12, 5]
    assert figures(twelve, leader=rep.rep) == [5, 500, 100, 0, 12, 7]
    assert figures(eleven, leader=rep.rep) == [4, 400, 100, 1, 11, 0]
    assert figures(eleven, rep=rep.rep) == [3, 300, 100, 1, 11, 0]
    assert figures(eleven, rep=line) == [1, 100, 100, 0, 0, 0]
    assert figures(ten, rep=line) == [1, 100, None, 0, 0, 0]  # not yet on file
    assert figures(eleven, territory=company.region) == [4, 400, Decimal(200) / 3, 1, 11, 0]  # the upline stands there too
    for owner in ({"territory": company.region}, {"rep": rep.rep}, {"leader": rep.rep}):
        with django_assert_num_queries(1):
            measures.reached([ten, eleven, twelve], Goal(**owner))
    assert measures.reached([], Goal(rep=rep.rep)) == []


def test_a_goal_is_proposed_from_the_three_campaigns_before_it(rep, line, company):
    for one in (*history(company, rep.rep, line), company.before):  # 10, 11, 12; 13 is closed as well, with nothing in it
        snapshots.take(one, cause="orders")
    said = {"campaign": company.campaign, "rep": rep.rep}
    assert [goals.propose(Goal(measure=measure, **said)) for measure in ("orders", "net_sales", "calls", "recruits", "follow_ups")] == [
        4,
        320,
        12,
        None,
        None,
    ]


# ---- the file
def test_each_line_of_the_file_is_taken_or_named(rep, company):
    year, code = company.campaign.year, rep.rep.code
    make.rep("GONE", company.territory, status="removed", removed_on=company.campaign.starts_on)
    Goal.objects.create(rep=rep.rep, campaign=company.campaign, measure="calls", target=50)
    rows = [
        ["UA", "", "", "", year, 14, "orders", "120000"],
        ["UA-N-01", "", "", "UA", year, 14, "Активность %", "62,5 %"],
        ["", code, "", "", year, 15, "net sales", "8 000,50"],
        ["", "", code, "", year, 14, "рекруты", "3"],
        ["", "", "", "", year, 14, "orders", "3"],
        ["UA", code, "", "", year, 14, "orders", "3"],
        ["UA", "", "", "", year, 14, "steps", "3"],
        ["UA", "", "", "", year, 14, "net_sales", "1000000000000"],
        ["UA", "", "", "", year, 14, "net_sales", "1 000 000 000 000,00"],
        ["UA", "", "", "", year, 14, "calls", "100000001"],
        ["UA", "", "", "", year, 14, "calls", "0"],
        ["UA", "", "", "", year, 14, "calls", "-3"],
        ["UA", "", "", "", year, 14, "calls", "2.5"],
        ["UA", "", "", "", year, 14, "activity", "101"],
        ["UA", "", "", "", year, 14, "activity", "much"],
        ["XX", "", "", "", year, 14, "orders", "3"],
        ["", "NOBODY", "", "", year, 14, "orders", "3"],
        ["", "", "GONE", "", year, 14, "orders", "3"],
        ["UA", "", "", "", year, 99, "orders", "3"],
        ["UA", "", "", "XX", year, 14, "orders", "4"],
        ["", code, "", "XX", year, 14, "orders", "4"],
        ["UA", "", "", "", year, 13, "orders", "3"],
        ["", code, "", "", year, 14, "calls", "60"],
        ["UA", "", "", "", year, 14, "orders", "7"],
        ["UA", "", "", "UA", year, 14, "orders", "7"],
    ]
    job = load("goals", [HEADINGS, *rows])
    assert rejected(job) == [
        (6, "goal_owner", ""),
        (7, "goal_owner", ""),
        (8, "choice", "measure: steps"),
        (9, "goal_large", "1000000000000"),
        (10, "goal_large", "1 000 000 000 000,00"),
        (11, "goal_large", "100000001"),
        (12, "goal_not_positive", ""),
        (13, "goal_not_positive", ""),
        (14, "goal_whole", "2.5"),
        (15, "goal_share", "101"),
        (16, "amount", "much"),
        (17, "territory_unknown", "XX"),
        (18, "rep_unknown", "NOBODY"),
        (19, "rep_removed", "GONE"),
        (20, "campaign_unknown", f"UA {year}-99"),
        (21, "calendar_unclear", ""),
        (22, "calendar_unclear", ""),
        (23, "goal_closed", ""),
        (24, "goal_own", "50"),
        (25, "repeated", "2"),
        (26, "repeated", "2"),
    ]
    assert stored() == [
        ("UA", "", 14, "orders", 120000, True),
        ("UA-N-01", "", 14, "activity", Decimal("62.50"), True),
        (code, "team", 14, "recruits", 3, True),
        (code, "", 14, "calls", 50, False),
        (code, "", 15, "net_sales", Decimal("8000.50"), True),
    ]


def test_the_same_file_again_writes_nothing_and_another_changes_what_differs(company, rep):
    year = company.campaign.year
    file = [HEADINGS, ["UA", "", "", "", year, 14, "orders", 100], ["UA-N", "", "", "", year, 14, "orders", 60]]
    assert counts(load("goals", file)) == (2, 0, 0, 0)
    before = versions(Goal)
    assert counts(load("goals", file)) == (0, 0, 2, 0)
    assert versions(Goal) == before
    file[1][-1] = 110
    assert counts(load("goals", file)) == (0, 1, 1, 0)
    assert [row[4] for row in stored()] == [110, 60]


def test_which_calendar_a_territory_means(company):
    second = Calendar.objects.create(code="MAIL", name="Mail plan", market=company.market)
    make.campaigns(second)
    year = company.campaign.year
    rows = [["UA-N", "", "", "", year, 14, "orders", 5], ["UA-N", "", "", "MAIL", year, 14, "orders", 6]]
    assert rejected(load("goals", [HEADINGS, *rows])) == []
    Calendar.objects.filter(code="UA").update(code="PLAIN")
    rows[0][-2] = "calls"
    assert rejected(load("goals", [HEADINGS, rows[0]])) == [(2, "calendar_unclear", "")]
    found = Goal.objects.order_by("target").values_list("campaign__calendar__code", "target")
    assert list(found) == [("PLAIN", 5), ("MAIL", 6)]


# ---- the admin
def typed(territory, campaign, measure="orders", target="40"):
    return {"territory": territory.pk, "campaign": campaign.pk, "measure": measure, "target": target}


def test_a_manager_sets_a_goal_and_changes_it(manager, company):
    assert manager.post(ADD, typed(company.territory, company.campaign)).status_code == 302
    goal = Goal.objects.get()
    page = reverse("admin:campaigns_goal_change", args=[goal.pk])
    assert manager.post(page, {"target": "45", "measure": "calls", "territory": company.region.pk}).status_code == 302
    assert stored() == [(company.territory.code, "", 14, "orders", 45, True)]
    assert "45" in manager.get(LIST).content.decode()
    assert "from the last three campaigns" in manager.get(page).content.decode()


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("0", "Enter an amount above zero."),
        ("1000000000000", "Ensure that there are no more than 12 digits in total."),
        ("9999999999", "A goal stays below 100,000,000."),
        ("2.5", "This is counted in whole numbers."),
        ("x", "Enter a number."),
    ],
)
def test_a_bad_figure_is_said_on_the_page(target, sentence, manager, company):
    page = manager.post(ADD, typed(company.territory, company.campaign, target=target))
    assert (page.status_code, sentence in page.content.decode(), Goal.objects.count()) == (200, True, 0)


def test_another_territory_a_closed_campaign_and_a_second_goal_are_refused(manager, company):
    closed = manager.post(ADD, typed(company.territory, company.before))
    above = manager.post(ADD, typed(company.region, company.campaign))
    assert [page.content.decode().count("Select a valid choice") for page in (closed, above)] == [1, 1]
    manager.post(ADD, typed(company.territory, company.campaign))
    twice = manager.post(ADD, typed(company.territory, company.campaign, target="50"))
    assert "The territory has this goal in the campaign already: change that one." in twice.content.decode()
    assert [row[4] for row in stored()] == [40]


def test_what_a_rep_wants_is_not_in_the_admin(manager, staff, rep, company):
    goals.set_goal(rep.rep, company.campaign, by=rep.user, target=7777)
    for who in (manager, staff):
        assert "7777" not in who.get(LIST).content.decode().replace(",", "")
    assert list(Goal.objects.visible_to(rep.user).values_list("target", flat=True)) == [7777]
    assert list(Goal.objects.managed_by(manager.user)) == []


def test_a_goal_of_a_closed_campaign_is_only_read(manager, company):
    goal = Goal.objects.create(territory=company.territory, campaign=company.before, measure="orders", target=3, is_company=True)
    page = reverse("admin:campaigns_goal_change", args=[goal.pk])
    assert (manager.get(page).status_code, manager.post(page, {"target": "9"}).status_code) == (200, 403)


def test_the_list_takes_the_same_queries_for_one_goal_and_for_three(manager, company, django_assert_num_queries):
    Goal.objects.create(territory=company.territory, campaign=company.campaign, measure="orders", target=3, is_company=True)
    manager.get(LIST)
    with django_assert_num_queries(8):
        manager.get(LIST)
    for measure in ("calls", "recruits"):
        Goal.objects.create(territory=company.territory, campaign=company.campaign, measure=measure, target=3, is_company=True)
    with django_assert_num_queries(8):
        manager.get(LIST)
