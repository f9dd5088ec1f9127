"""The files of the ladder, of the plan by levels and of the products, and their pages in the admin."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from campaigns import call_first, call_rows, title_steps
from campaigns.ladder import Figures, Requirement, Step, read_ladder, standing
from campaigns.models import CallFirst, Plan, Product, Snapshot, Title, TitleRequirement
from tests import make
from tests.campaigns.calls import snapshot
from tests.loading import counts, load, rejected, versions

TITLES = ["market", "title", "name", "place", "figure", "at_least", "of_title"]
LADDER = [
    ["UA", "REP", "Representative", 1, "", "", ""],
    ["UA", "DIR", "Director", 3, "ветки", 2, "LEAD"],
    ["UA", "DIR", "Director", 3, "GV", 2000, ""],
    ["UA", "LEAD", "Leader", 2, "PV", 100, ""],
    ["UA", "LEAD", "Leader", 2, "Active first level", 3, ""],
]


def titles(*rows):
    return load("titles", [TITLES, *rows])


def asked():
    rows = TitleRequirement.objects.order_by("title__place", "figure").select_related("title", "of_title")
    return [(one.title.code, one.figure, one.at_least, one.of_title and one.of_title.code) for one in rows]


# ---- the ladder
def test_a_ladder_comes_in_whole_and_again_changes_nothing(company, django_assert_num_queries):
    assert counts(titles(*LADDER)) == (5, 0, 0, 0)
    with django_assert_num_queries(2):
        found = read_ladder(company.market.pk)
    assert found == [
        Step("REP", "Representative", 1),
        Step("LEAD", "Leader", 2, (Requirement("pv", 100), Requirement("active_first_level", 3))),
        Step("DIR", "Director", 3, (Requirement("legs_with_title", 2, 2), Requirement("gv", 2000))),
    ]
    before = versions(Title, TitleRequirement)
    assert counts(titles(*LADDER)) == (0, 0, 5, 0)
    assert versions(Title, TitleRequirement) == before


def test_what_changes_is_changed_and_what_has_no_line_is_dropped(company):
    titles(*LADDER)
    job = titles(["", "DIR", "Director", 3, "legs", 3, "LEAD"], ["", "LEAD", "Team leader", 2, "pv", 100, ""])
    assert (counts(job), job.counts["dropped"]) == ((0, 2, 0, 0), 2)
    assert asked() == [("LEAD", "pv", 100, None), ("DIR", "legs_with_title", 3, "LEAD")]
    assert list(Title.objects.order_by("place").values_list("name", flat=True)) == ["Representative", "Team leader", "Director"]
    assert counts(titles(["", "LEAD", "Team leader", 3, "pv", 100, ""], ["", "DIR", "Director", 4, "legs", 3, "LEAD"])) == (0, 2, 0, 0)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([["UA", "A", "A", 1, "legs", 1, "A"]], [(2, "title_above", "A")]),
        ([["UA", "A", "A", 1, "legs", 1, "B"], ["UA", "B", "B", 2, "", "", ""]], [(2, "title_above", "B")]),
        (
            [["UA", "A", "A", 1, "legs", 1, "B"], ["UA", "B", "B", 2, "legs", 1, "A"]],
            [(2, "title_above", "B"), (3, "title_unknown", "A")],
        ),
        ([["UA", "A", "A", 1, "legs", 1, "X"]], [(2, "title_unknown", "X")]),
        ([["UA", "A", "A", 1, "legs", 1, ""]], [(2, "empty", "of_title")]),
        ([["UA", "A", "A", 1, "pv", 1, "B"]], [(2, "title_of_no_legs", "B")]),
        ([["UA", "A", "A", 1, "", 5, ""]], [(2, "empty", "figure")]),
        ([["UA", "A", "A", 1, "pv", -5, ""]], [(2, "number", "at_least: -5")]),
        ([["UA", "A", "A", 1, "pv", 10**12, ""]], [(2, "number", f"at_least: {10**12}")]),
        ([["UA", "A", "A", 0, "", "", ""]], [(2, "number", "place: 0")]),
        ([["UA", "A", "A", 1, "luck", 5, ""]], [(2, "choice", "figure: luck")]),
        ([["XX", "A", "A", 1, "", "", ""]], [(2, "market_unknown", "XX")]),
        ([["UA", "A", "A", 1, "", "", ""], ["UA", "B", "B", 1, "", "", ""]], [(3, "title_place", "A")]),
        (
            [["UA", "A", "A", 1, "pv", 5, ""], ["UA", "A", "Other", 1, "gv", 5, ""]],
            [(2, "title_rejected", "A"), (3, "title_differs", "2")],
        ),
        # the rest of a title falls with one of its lines, and so do the titles that require it
        (
            [["UA", "A", "A", 1, "pv", 5, ""], ["UA", "A", "A", 1, "gv", -5, ""], ["UA", "B", "B", 2, "legs", 1, "A"]],
            [(2, "title_rejected", "A"), (3, "number", "at_least: -5"), (4, "title_unknown", "A")],
        ),
        ([["UA", "A", "A", 1, "pv", 5, ""], ["", "A", "A", 1, "pv", 6, ""]], [(3, "repeated", "2")]),
    ],
)
def test_each_bad_line_is_named(rows, named, company):
    assert rejected(titles(*rows)) == named


def test_a_title_stays_below_those_that_require_it(company):
    titles(*LADDER)
    job = titles(["UA", "LEAD", "Leader", 4, "pv", 100, ""])
    assert (rejected(job), Title.objects.get(code="LEAD").place) == ([(2, "title_needed", "DIR")], 2)


def test_with_several_markets_a_line_names_its_own(company):
    make.territories("PL", zone="Europe/Warsaw", currency="PLN")
    assert rejected(titles(["", "A", "A", 1, "", "", ""], ["PL", "A", "A", 1, "", "", ""])) == [(2, "market_missing", "")]


@pytest.mark.parametrize(
    ("model", "fields", "constraint"),
    [
        (Title, {"code": "B", "name": "B", "place": 0}, "title_place_1_99"),
        (Title, {"code": "", "name": "B", "place": 2}, "title_is_named"),
        (Title, {"code": "A", "name": "B", "place": 2}, "title_code_once"),
        (Plan, {"depth": 8, "percent": 1}, "plan_level_1_7"),
        (Plan, {"depth": 1, "percent": Decimal("100.01")}, "plan_percent_0_100"),
        (Plan, {"depth": 1, "percent": -1}, "plan_percent_0_100"),
        (Product, {"code": "P", "name": "P", "price": -1}, "product_price_not_negative"),
        (Product, {"code": "P", "name": "", "price": 1}, "product_is_named"),
    ],
)
def test_what_the_database_refuses(model, fields, constraint, company):
    Title.objects.create(market=company.market, code="A", name="A", place=1)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model.objects.create(market=company.market, **fields)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"figure": "pv", "at_least": 0}, "requirement_bounded"),
        ({"figure": "pv", "at_least": 10**9 + 1}, "requirement_bounded"),
        ({"figure": "pv", "at_least": 1, "of": "B"}, "requirement_names_title_for_legs"),
        ({"figure": "legs_with_title", "at_least": 1}, "requirement_names_title_for_legs"),
        ({"figure": "legs_with_title", "at_least": 1, "of": "A"}, "requirement_of_another_title"),
        ({"figure": "gv", "at_least": 1}, "requirement_once"),
    ],
)
def test_what_the_database_refuses_of_a_requirement(fields, constraint, company):
    both = {code: Title.objects.create(market=company.market, code=code, name=code, place=n) for n, code in enumerate("AB", start=1)}
    TitleRequirement.objects.create(title=both["A"], figure="gv", at_least=5)
    of = both.get(fields.pop("of", None))
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        TitleRequirement.objects.create(title=both["A"], of_title=of, **fields)


# ---- the plan
def test_a_plan_comes_in_and_bad_shares_are_named(company):
    headings = ["level", "percent", "minimum_pv"]
    rows = [[1, "5,5 %", 100], [2, "3", ""], [3, "101", ""], [4, "-1", ""], [8, "1", ""], [5, "x", ""], [5, 1, -1], [1, 7, 5]]
    job = load("plan", [headings, *rows])
    assert rejected(job) == [
        (4, "percent", "101"),
        (5, "percent", "-1"),
        (6, "number", "depth: 8"),
        (7, "amount", "x"),
        (8, "number", "minimum_pv: -1"),
        (9, "repeated", "2"),
    ]
    stored = Plan.objects.order_by("depth").values_list("depth", "percent", "minimum_pv")
    assert list(stored.all()) == [(1, Decimal("5.50"), 100), (2, 3, 0)]
    assert counts(load("plan", [headings, *rows[:2]])) == (0, 0, 2, 0)
    assert counts(load("plan", [headings, [2, 4, 0]])) == (0, 1, 0, 0)
    assert rejected(load("plan", [headings, [3, 91, 0]])) == [(2, "percent_together", "")]
    assert list(stored.all()) == [(1, Decimal("5.50"), 100), (2, 4, 0)]


# ---- products
def test_products_come_in_are_changed_and_named_when_bad(company):
    headings = ["market", "code", "name", "price", "points"]
    rows = [
        ["UA", "C-1", "Крем", "199,90", 20],
        ["", "C-2", "Помада", "89", ""],
        ["", "C-1", "Крем", "1", 1],
        ["UA", "C-3", "", "89", ""],
        ["UA", "C-3", "Тушь", "-1", ""],
        ["UA", "C-3", "Тушь", "1", "-1"],
        ["XX", "C-3", "Тушь", "1", ""],
    ]
    job = load("products", [headings, *rows])
    assert rejected(job) == [
        (4, "repeated", "2"),
        (5, "empty", "name"),
        (6, "price_negative", "-1"),
        (7, "number", "points: -1"),
        (8, "market_unknown", "XX"),
    ]
    stored = Product.objects.order_by("code").values_list("code", "name", "price", "points")
    assert list(stored.all()) == [("C-1", "Крем", Decimal("199.90"), 20), ("C-2", "Помада", 89, 0)]
    before = versions(Product)
    assert (counts(load("products", [headings, *rows[:2]])), versions(Product)) == ((0, 0, 2, 0), before)
    plain = [["Артикул", "Наименование", "Цена"], ["C-1", "Крем", "210"]]
    assert counts(load("products", plain)) == (0, 1, 0, 0)
    assert stored.all()[0] == ("C-1", "Крем", Decimal(210), 20)  # points that the file does not tell stay


# ---- who is one step away
@pytest.mark.parametrize("together", [25_000, 1, 4])
def test_who_is_one_step_from_the_next_title_is_to_be_called(company, monkeypatch, together):
    monkeypatch.setattr(title_steps, "TOGETHER", together)
    titles(
        ["UA", "REP", "Representative", 1, "", "", ""],
        ["UA", "LEAD", "Leader", 2, "pv", 100, ""],
        ["UA", "LEAD", "Leader", 2, "active_first_level", 2, ""],
        ["UA", "LEAD", "Leader", 2, "recruits", 1, ""],
        ["UA", "DIR", "Director", 3, "gv", 900, ""],
        ["UA", "DIR", "Director", 3, "orders", 2, ""],
        ["UA", "TOP", "Top", 4, "gv", 1, ""],
        ["UA", "TOP", "Top", 4, "legs", 1, "DIR"],
    )
    steps = read_ladder(company.market.pk)
    said = [  # title, pv, gv, orders, active first level, recruits, legs with a representative, a leader, a director
        ("Representative", 100, 0, 1, 2, 0, ()),
        ("representative", 100, 0, 1, 2, 1, ()),
        ("REP", 99, 0, 1, 2, 1, ()),
        ("REP", 99, 0, 1, 1, 1, ()),
        ("Leader", 0, 900, 1, 0, 0, ()),
        ("Leader", 0, 899, 1, 0, 0, ()),
        ("Leader", 0, 899, 2, 0, 0, ()),
        ("Director", 0, 0, 2, 0, 0, (2, 1, 1)),
        ("Director", 0, 1, 2, 0, 0, (2, 1)),
        ("Director", 0, 0, 2, 0, 0, ()),
        ("Top", 0, 0, 2, 0, 0, ()),
        ("Emperor", 100, 0, 1, 2, 0, ()),  # unknown: what is met counts
        ("", 100, 900, 1, 2, 1, ()),
        ("", 0, 0, 0, 0, 0, ()),
        ("", 100, 900, 2, 2, 1, (1,)),
    ]
    expected = []
    for n, (title, pv, gv, orders, active, recruits, legs) in enumerate(said):
        rep = make.rep(f"R{n}", company.territory)
        where = {"campaign": company.campaign, "territory": company.territory, "joined_year": 2020, "joined_number": 1, "on_file": True}
        levels = [active, 0, 0, 0, 0, 0, 0] if active else []
        given = {"level_people": levels, "level_active": levels, "leg_titles": list(legs) or None, **where}
        Snapshot.objects.create(rep=rep, title=title, pv=pv, gv=gv, orders=orders, active=orders > 0, **given)
        for one in range(recruits):
            newcomer = make.rep(f"R{n}-{one}", company.territory, sponsor=rep)
            Snapshot.objects.create(rep=newcomer, sponsor=rep, appointed=True, **where)
        told = standing(steps, Figures(pv, gv, orders, active, recruits, leg_titles=legs), title)
        if told.is_one_step_away:
            expected.append((rep.code, told.missing[0].requirement.pk, told.missing[0].missing))
    with transaction.atomic(), connection.cursor() as cursor:
        call_rows.write(cursor, company.campaign)
    found = CallFirst.objects.filter(requirement__isnull=False).order_by("rep").values_list("rep__code", "requirement", "missing")
    assert list(found) == expected
    assert [code for code, *_step in expected] == ["R0", "R2", "R4", "R6", "R7", "R8", "R11", "R12", "R14"]
    words = {row.rep.code: row.why for row in call_first.read(CallFirst.objects.all(), reader=make.user("Staff")).rows}
    assert [words[code] for code in ("R0", "R2", "R6", "R7", "R8")] == [
        "1 recruit to Leader",
        "1 point of personal volume to Leader",
        "1 point of group volume to Director",
        "1 point of group volume to Top",
        "1 leg with a Director to Top",
    ]


def test_nobody_is_a_step_from_the_first_title_by_having_done_nothing(company):
    titles(["UA", "A", "First", 1, "orders", 2, ""])
    for n in range(3):
        snapshot(company.campaign, make.rep(f"R{n}", company.territory), active=n > 0, orders=n)
    with transaction.atomic(), connection.cursor() as cursor:
        call_rows.write(cursor, company.campaign)
    steps = CallFirst.objects.filter(requirement__isnull=False)
    assert list(steps.values_list("rep__code", "missing")) == [("R1", 1)]


# ---- the admin
@pytest.fixture
def things(company):
    titles(*LADDER)
    return {
        "title": Title.objects.get(code="DIR"),
        "titlerequirement": TitleRequirement.objects.get(figure="gv"),
        "plan": Plan.objects.create(market=company.market, depth=1, percent=60),
        "product": Product.objects.create(market=company.market, code="P", name="Cream", price=5),
    }


def change(name, things):
    return reverse(f"admin:campaigns_{name}_change", args=[things[name].pk])


def test_staff_correct_one_by_one(staff, things, company):
    Plan.objects.create(market=company.market, depth=2, percent=30)
    page = staff.get(change("title", things)).content.decode()
    assert "legs with a title “Leader” ≥ 2; group volume ≥ 2000" in page
    assert staff.post(change("title", things), {"name": "Top"}).status_code == 302
    assert [staff.post(change("titlerequirement", things), {"at_least": n}).status_code for n in (0, "x", 10**12, 2500)] == [
        200,
        200,
        200,
        302,
    ]
    answers = [staff.post(change("plan", things), {"percent": share, "minimum_pv": 10}) for share in ("-1", "101", "71", "70")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 302]
    assert "All levels together would pay more than 100 %." in answers[2].content.decode()
    for thing in things.values():
        thing.refresh_from_db()
    assert (things["title"].name, things["titlerequirement"].at_least, things["plan"].percent) == ("Top", 2500, 70)


def test_managers_read(manager, things):
    for name in things:
        assert (manager.get(change(name, things)).status_code, manager.post(change(name, things), {}).status_code) == (200, 403)


@pytest.mark.parametrize("name", ["title", "titlerequirement", "plan", "product"])
def test_a_list_takes_the_same_queries_for_any_number_of_rows(name, manager, things, company, django_assert_num_queries):
    page = reverse(f"admin:campaigns_{name}_changelist")
    TitleRequirement.objects.exclude(figure="gv").delete()
    Title.objects.exclude(code="DIR").delete()
    manager.get(page)
    with django_assert_num_queries(7):
        manager.get(page)
    titles(*LADDER)
    for n in (2, 3):
        Plan.objects.create(market=company.market, depth=n, percent=1)
        Product.objects.create(market=company.market, code=f"P{n}", name="Cream", price=5)
    with django_assert_num_queries(7):
        manager.get(page)
