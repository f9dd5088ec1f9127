"""What the next title still asks of a rep, who could bring it, what the plan would pay."""

from decimal import Decimal

import pytest
from django.urls import reverse

from campaigns import next_title, snapshots
from campaigns.models import Cause, Plan, Snapshot, SnapshotRun, Title, TitleRequirement
from campaigns.next_title import read_block, read_next_title
from tests import make
from tests.campaigns.calls import order, snapshot

PAGE = reverse("campaigns:progress")
HOME = reverse("pipeline:home")


@pytest.fixture
def ladder(company):
    titles = {code: Title.objects.create(market=company.market, code=code, name=f"The {code}", place=n) for n, code in enumerate("ABC", 1)}
    for figure, at_least in (("active_first_level", 2), ("pv", 100), ("recruits", 1)):
        TitleRequirement.objects.create(title=titles["B"], figure=figure, at_least=at_least)
    TitleRequirement.objects.create(title=titles["C"], figure="legs_with_title", at_least=2, of_title=titles["B"])
    SnapshotRun.objects.create(campaign=company.campaign, cause=Cause.NIGHTLY, reps=0, changed=0)
    return titles


def recruits(rep, company, *names, **fields):
    return [make.rep(f"{rep.rep.code}-{name}", company.territory, sponsor=rep.rep, name=name, **fields) for name in names]


def wants(found):
    return [(want.figure, want.has, want.at_least, want.width, want.is_met) for want in found.wants]


def test_what_is_there_what_is_missing_and_who_could_help(rep, company, ladder):
    anna, boris, vera = recruits(rep, company, "Anna", "Boris", "Vera")
    snapshot(company.campaign, rep.rep, pv=250, level_active=[1, 0, 0, 0, 0, 0, 0], level_people=[3, 0, 0, 0, 0, 0, 0])
    snapshot(company.campaign, anna, active=True)
    snapshot(company.campaign, boris, idle=3)
    snapshot(company.campaign, vera, idle=1, appointed=True)
    found = read_next_title(rep.rep, company.campaign)
    assert (found.standing.title.name, found.standing.next.name, found.missing, found.estimate) == ("The A", "The B", 1, None)
    assert wants(found) == [("active_first_level", 1, 2, 50, False), ("pv", 250, 100, 100, True), ("recruits", 1, 1, 100, True)]
    assert found.helpers == [vera, boris]
    text = rep.get(PAGE).content.decode()
    assert [word in text for word in ("Next title: The B", "now The A", "1 of 2", "1 requirement is still open", "Vera")] == [True] * 5


def test_legs_are_counted_with_the_figures_and_who_could_climb_is_named(rep, company, ladder, monkeypatch):
    anna, boris, vera = recruits(rep, company, "Anna", "Boris", "Vera")
    type(anna).objects.filter(pk=anna.pk).update(title="the b")  # as the roster writes it
    deep = make.rep("deep", company.territory, sponsor=boris, title="C")
    type(anna).objects.filter(pk=rep.rep.pk).update(title="B")
    rep.rep.refresh_from_db()
    snapshots.take(company.campaign, cause=Cause.NIGHTLY)
    assert wants(read_next_title(rep.rep, company.campaign)) == [("legs_with_title", 2, 2, 100, True)]
    type(anna).objects.filter(pk=deep.pk).update(title="A")
    order(vera, company.campaign)
    order(make.rep("low", company.territory, sponsor=vera), company.campaign)
    order(make.rep("lower", company.territory, sponsor=vera), company.campaign)
    make.rep("joined", company.territory, sponsor=vera, joined=(company.campaign.year, company.campaign.number))
    snapshots.take(company.campaign, cause=Cause.NIGHTLY)
    found = read_next_title(rep.rep, company.campaign)
    assert (wants(found), found.missing) == ([("legs_with_title", 1, 2, 50, False)], 1)
    assert (found.helpers, found.climbers) == ([], [vera])  # who lacks nothing but the volume of the title
    assert [word in rep.get(HOME).content.decode() for word in ("One step from a title", "Vera")] == [True] * 2
    monkeypatch.setattr(next_title, "LARGE", 3)
    assert read_next_title(rep.rep, company.campaign).climbers == []


def test_nothing_is_told_without_a_ladder_a_row_or_a_higher_title(rep, company):
    assert (read_next_title(rep.rep, company.campaign), "Next title" in rep.get(PAGE).content.decode()) == (None, False)
    top = Title.objects.create(market=company.market, code="TOP", name="Top", place=1)
    assert read_next_title(rep.rep, company.campaign) is None
    SnapshotRun.objects.create(campaign=company.campaign, cause=Cause.NIGHTLY, reps=0, changed=0)
    snapshot(company.campaign, rep.rep)
    found = read_next_title(rep.rep, company.campaign)
    assert (found.standing.title.name, found.standing.next, found.wants, found.helpers) == (top.name, None, [], [])
    assert "There is no higher one." in rep.get(PAGE).content.decode()


def test_the_estimate_says_that_it_is_one(rep, company):
    SnapshotRun.objects.create(campaign=company.campaign, cause=Cause.NIGHTLY, reps=0, changed=0)
    for depth, percent, minimum in ((1, 5, 0), (2, 3, 500)):
        Plan.objects.create(market=company.market, depth=depth, percent=percent, minimum_pv=minimum)
    snapshot(company.campaign, rep.rep, pv=100, level_pv=[1000, 2000, 0, 0, 0, 0, 0])
    found = read_next_title(rep.rep, company.campaign)
    assert (found.standing.next, found.estimate.total) == (None, Decimal("50.00"))
    text = rep.get(PAGE).content.decode()
    assert [word in text for word in ("Estimate", "50.00", "promises nothing")] == [True] * 3


def test_the_same_queries_for_one_and_for_three(rep, company, ladder, django_assert_num_queries):
    snapshot(company.campaign, rep.rep)
    for names in (["Anna"], ["Boris", "Vera"]):
        for one in recruits(rep, company, *names):
            snapshot(company.campaign, one)
        rep.rep.refresh_from_db()
        with django_assert_num_queries(6):
            found = read_next_title(rep.rep, company.campaign)
    assert len(found.helpers) == 3
    assert Snapshot.objects.count() == 4


# ---- on Home
def test_home_names_what_is_missing_and_three_who_could_fill_it(rep, company, ladder):
    snapshot(company.campaign, rep.rep, pv=250)
    for one in recruits(rep, company, "Anna", "Boris", "Vera", "Yana"):
        snapshot(company.campaign, one, idle=1)
    text = rep.get(HOME).content.decode()
    words = ("Next title: The B", "now The A", "0 of 2", "0 of 1", "Anna", "Boris", "Vera", "Invite to my team")
    assert [word in text for word in words] == [True] * len(words)
    section = text[text.index('aria-labelledby="next-title"') :]
    section = section[: section.index("</section>")]
    assert ["Yana" in text, "250 of 100" in text, "My order" in section] == [False, False, False]
    Snapshot.objects.filter(rep=rep.rep).update(pv=50)
    text = rep.get(HOME).content.decode()
    section = text[text.index('aria-labelledby="next-title"') :]
    assert ["50 of 100" in text, "My order" in section[: section.index("</section>")]] == [True, True]


def test_home_is_silent_at_the_top_without_figures_and_without_a_ladder(rep, company, ladder, django_assert_num_queries):
    assert read_block(rep.rep, company.campaign) is None  # no row yet
    snapshot(company.campaign, rep.rep)
    with django_assert_num_queries(4):
        assert read_block(rep.rep, company.campaign).standing.next.name == "The B"
    type(rep.rep).objects.filter(pk=rep.rep.pk).update(title="C")
    rep.rep.refresh_from_db()
    assert (read_block(rep.rep, company.campaign), "Next title" in rep.get(HOME).content.decode()) == (None, False)
    TitleRequirement.objects.all().delete()
    Title.objects.all().delete()
    with django_assert_num_queries(1):
        assert read_block(rep.rep, company.campaign) is None
