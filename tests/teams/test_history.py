"""Changes of sponsor by a person: the refusals, the rows that tell of them, and plans that wait for their campaign."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.utils import timezone

from cotano.jobs.refusals import Refusal
from teams import history
from teams.models import Rep, SponsorChange, StatusChange
from tests import make

WHY = "Asked by both"


@pytest.fixture
def line(company):
    """A - B - C, and D beside them; all in one territory."""
    a = make.rep("A", company.territory)
    b = make.rep("B", company.territory, sponsor=a)
    c = make.rep("C", company.territory, sponsor=b)
    d = make.rep("D", company.territory)
    return a, b, c, d


def sponsors():
    return dict(Rep.objects.order_by("code").values_list("code", "sponsor__code"))


def below(rep):
    return set(Rep.objects.below(rep.pk).values_list("code", flat=True))


def remove(rep):
    Rep.objects.filter(pk=rep.pk).update(status="removed", removed_on=dt.date(2026, 1, 1))


def change(rep, to, staff, **more):
    return history.change_sponsor(rep, to, by=staff.user, why=WHY, **more)


def test_a_change_moves_the_rep_with_all_below_and_is_a_row(line, staff):
    a, b, _c, d = line
    row = change(b, d, staff, campaign=(2026, 14))
    assert sponsors() == {"A": None, "B": "D", "C": "B", "D": None}
    assert (below(a), below(d)) == (set(), {"B", "C"})
    assert SponsorChange.objects.values_list(
        "rep", "was", "to", "calendar", "year", "number", "state", "cause", "why", "by", "job"
    ).get() == (b.pk, a.pk, d.pk, "UA", 2026, 14, "applied", "person", WHY, staff.user.pk, None)
    assert row.settled_at is not None


def test_a_rep_can_become_a_root(line, staff):
    _a, b, _c, _d = line
    change(b, None, staff)
    assert sponsors()["B"] is None
    assert (below(b), SponsorChange.objects.get().to) == ({"C"}, None)


def test_the_rep_is_read_again_before_it_moves(line, staff):
    _a, b, c, d = line
    change(b, d, staff)
    change(c, d, staff)
    assert [row.was.code for row in SponsorChange.objects.order_by("pk")] == ["A", "B"]
    with pytest.raises(Refusal, match=r"stands there already"):
        change(c, d, staff)


@pytest.mark.parametrize(
    ("rep", "to", "sentence"),
    [
        ("B", "B", "A rep cannot be their own sponsor."),
        ("A", "C", "Rep C (C) stands below Rep A (A)."),
        ("A", "B", "Rep B (B) stands below Rep A (A)."),
        ("B", "A", "Rep B (B) stands there already."),
        ("A", None, "Rep A (A) stands there already."),
        ("B", "gone", "Rep gone (gone) has been removed by the company and cannot be a sponsor."),
        ("gone", "B", "Rep gone (gone) has been removed by the company."),
    ],
)
def test_what_cannot_be_is_refused_and_the_tree_untouched(rep, to, sentence, line, staff, company):
    remove(make.rep("gone", company.territory))
    before = sponsors()
    with pytest.raises(Refusal) as refusal:
        change(Rep.objects.get(code=rep), to and Rep.objects.get(code=to), staff)
    assert refusal.value.sentence == sentence
    assert sponsors() == before
    assert not SponsorChange.objects.exists()


@pytest.mark.parametrize(
    ("why", "sentence"), [(" ", "Say why."), ("\0\u200b", "Say why."), ("x" * 201, "The reason is longer than 200 characters.")]
)
def test_the_reason_is_asked_for(why, sentence, line, staff):
    with pytest.raises(Refusal) as refusal:
        history.change_sponsor(line[1], line[3], by=staff.user, why=why)
    assert refusal.value.sentence == sentence


def test_across_markets_only_where_the_company_allows_it(line, staff, settings):
    _a, b, c, _d = line
    other = make.rep("PL1", make.territories("PL", zone="Europe/Warsaw", currency="PLN")["PL-N-01"], calendar="PL")
    settings.SPONSOR_WITHIN_MARKET = True
    with pytest.raises(Refusal, match=r"^Rep PL1 \(PL1\) is in another market\.$"):
        change(c, other, staff)
    settings.SPONSOR_WITHIN_MARKET = False
    change(b, other, staff)
    assert sponsors()["B"] == "PL1"


def test_only_who_may_and_is_in_charge_of_both(line, manager, company):
    _a, b, _c, d = line
    with pytest.raises(Refusal, match=r"You are not in charge"):
        change(b, d, manager)
    manager.user.user_permissions.add(Permission.objects.get(codename="change_sponsor"))
    manager.user = type(manager.user).objects.get(pk=manager.user.pk)  # permissions are remembered
    stranger = make.rep("S", company.other_territory)
    for rep, to in ((stranger, d), (b, stranger)):
        with pytest.raises(Refusal, match=r"You are not in charge of Rep S \(S\)\."):
            change(rep, to, manager)
    change(b, d, manager)
    assert sponsors()["B"] == "D"


def plan(rep, to, staff, campaign=(2026, 15)):
    return history.plan_change(rep, to, by=staff.user, why=WHY, campaign=campaign)


def test_a_plan_waits_and_is_applied_once(line, staff):
    a, b, _c, d = line
    row = plan(b, d, staff)
    assert (row.state, sponsors()["B"]) == ("planned", "A")
    assert history.planned_campaigns() == [("UA", 2026, 15)]
    assert history.apply_planned("UA", 2026, 14) == 0
    assert history.apply_planned("UA", 2026, 15) == 1
    assert history.apply_planned("UA", 2026, 15) == 0
    assert (sponsors()["B"], below(d), below(a)) == ("D", {"B", "C"}, set())
    assert SponsorChange.objects.values_list("state", "was", "end").get() == ("applied", a.pk, "")
    assert history.planned_campaigns() == []


def test_a_plan_that_has_become_impossible_is_withdrawn_and_says_why(line, staff):
    _a, b, _c, d = line
    plan(b, d, staff)
    remove(d)
    assert history.apply_planned("UA", 2026, 15) == 0
    assert SponsorChange.objects.values_list("state", "end").get() == (
        "withdrawn",
        "Rep D (D) has been removed by the company and cannot be a sponsor.",
    )
    assert sponsors()["B"] == "A"


def test_a_second_plan_for_the_same_campaign_takes_the_place_of_the_first(line, staff, company):
    _a, b, c, d = line
    e = make.rep("E", company.territory)
    plan(c, d, staff)
    plan(c, e, staff)
    plan(c, d, staff, campaign=(2026, 16))
    plan(b, d, staff)
    assert list(SponsorChange.objects.order_by("pk").values_list("rep__code", "to__code", "number", "state")) == [
        ("C", "D", 15, "withdrawn"),
        ("C", "E", 15, "planned"),
        ("C", "D", 16, "planned"),
        ("B", "D", 15, "planned"),
    ]
    assert history.apply_planned("UA", 2026, 15) == 2
    assert sponsors() == {"A": None, "B": "D", "C": "E", "D": None, "E": None}


def test_a_plan_can_be_taken_back(line, staff, manager):
    _a, b, _c, d = line
    row = plan(b, d, staff)
    for who, why in ((manager, "Asked"), (staff, " "), (staff, "x" * 201)):
        with pytest.raises(Refusal):
            history.withdraw_change(row, by=who.user, why=why)
    assert SponsorChange.objects.get().state == "planned"
    history.withdraw_change(row, by=staff.user, why="Asked\nby both")
    with pytest.raises(Refusal, match=r"^This change does not wait for its campaign any more\.$"):
        history.withdraw_change(row, by=staff.user, why="Once more")
    assert history.apply_planned("UA", 2026, 15) == 0
    assert SponsorChange.objects.values_list("state", "settled_by", "end").get() == ("withdrawn", staff.user.pk, "Asked by both")


def test_an_applied_change_is_not_taken_back(line, staff):
    _a, b, _c, d = line
    row = plan(b, d, staff)
    history.apply_planned("UA", 2026, 15)
    with pytest.raises(Refusal):
        history.withdraw_change(row, by=staff.user, why="Too late")
    assert (SponsorChange.objects.get().state, sponsors()["B"]) == ("applied", "D")


def test_twenty_taps_are_one_plan(line, staff):
    _a, b, _c, d = line
    assert len({plan(b, d, staff).pk for _tap in range(20)}) == 1
    history.plan_change(b, d, by=staff.user, why="For another reason", campaign=(2026, 15))
    assert list(SponsorChange.objects.order_by("pk").values_list("state", "end")) == [
        ("withdrawn", "Planned again, for another reason."),
        ("planned", ""),
    ]


def test_what_is_refused_today_is_not_planned_either(line, staff):
    a, _b, c, _d = line
    with pytest.raises(Refusal, match=r"stands below"):
        plan(a, c, staff)


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("sponsor_change_names_others", {"to": "rep"}),
        ("sponsor_change_names_others", {"was": "rep", "to": None}),
        ("sponsor_change_changes", {"was": None, "to": None}),
        ("sponsor_change_settled", {"settled_at": None}),
        ("sponsor_change_campaign", {"state": "planned", "settled_at": None}),
        ("sponsor_change_campaign", {"year": 2026, "number": 100}),
        ("sponsor_change_says_why", {"why": ""}),
    ],
)
def test_the_database_holds_it(constraint, wrong, line, staff):
    _a, b, c, d = line
    wrong = {name: b if value == "rep" else value for name, value in wrong.items()}
    good = {"rep": b, "was": c, "to": d, "calendar": "UA", "state": "applied", "cause": "person", "why": WHY, "by": staff.user}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        SponsorChange.objects.create(**{**good, "settled_at": timezone.now(), **wrong})


def test_rows_are_asked_for_through_who_looks(line, staff, manager, company):
    _a, b, _c, d = line
    stranger = make.rep("S", company.other_territory)
    change(b, d, staff)
    change(stranger, d, staff)
    assert [row.rep.code for row in SponsorChange.objects.managed_by(manager.user)] == ["B"]
    assert SponsorChange.objects.managed_by(staff.user).count() == 2
    assert not SponsorChange.objects.managed_by(b.user).exists()
    assert not StatusChange.objects.managed_by(staff.user).exists()
