"""My team on the phone: legs, levels, pages, search, the way up; nobody outside one's own downline."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns import snapshots, team
from campaigns.models import Cause, Order
from teams.models import Rep
from tests import make

TEAM = reverse("campaigns:team")


def of(rep):
    return reverse("campaigns:team_of", args=[rep.pk])


def order(rep, campaign, number, amount=100, **fields):
    return Order.objects.create(
        number=number,
        kind="order" if amount >= 0 else "return",
        rep=rep,
        campaign=campaign,
        placed_on=campaign.starts_on,
        amount=amount,
        currency="UAH",
        **fields,
    )


@pytest.fixture
def line(rep, upline, company):
    """Iryna (the upline) > Olena (the rep) > Anna > Borys > Vira, and Halyna beside Olena; one of Anna's was removed."""
    anna = make.rep("201", company.territory, sponsor=rep.rep, name="Anna First", login=False, phone="+380671112233")
    borys = make.rep("202", company.territory, sponsor=anna, name="Borys Second", login=False)
    vira = make.rep("203", company.other_territory, sponsor=borys, name="Віра Третя-Коваль", login=False)
    halyna = make.rep("204", company.territory, sponsor=upline.rep, name="Halyna Beside", login=False)
    gone = make.rep("205", company.territory, sponsor=anna, name="Gone", login=False, status="removed", removed_on=dt.date(2024, 1, 1))
    return {"anna": anna, "borys": borys, "vira": vira, "halyna": halyna, "gone": gone}


def shown(response):
    return [(row.rep.name, row.steps, row.people, row.active) for row in response.context["rows"].rows]


def names(response):
    return [row.rep.name for row in response.context["rows"].rows]


def test_my_legs_with_people_and_active(rep, line, company):
    order(line["anna"], company.campaign, "1")
    order(line["vira"], company.campaign, "2")
    order(line["borys"], company.before, "3")
    response = rep.get(TEAM)
    assert shown(response) == [("Anna First", 1, 2, 1)]
    size = response.context["size"]
    assert (size.people, size.active, size.percent) == (3, 2, 67)
    assert [(level.number, level.people, level.active) for level in size.levels] == [(1, 1, 1), (2, 1, 0), (3, 1, 1)]
    assert [row.ordered for row in response.context["rows"].rows] == [True]


def test_an_order_that_was_sent_back_makes_nobody_active(rep, line, company):
    first = order(line["anna"], company.campaign, "1")
    order(line["borys"], company.campaign, "2")
    order(line["anna"], company.campaign, "1R", amount=-100, returns=first)
    assert rep.get(TEAM).context["size"].active == 1


def test_active_means_the_campaign_of_the_reps_own_calendar(rep, line, company):
    Rep.objects.filter(pk=line["anna"].pk).update(calendar="XX")
    order(line["anna"], company.campaign, "1")
    assert rep.get(TEAM).context["size"].active == 0


@pytest.mark.parametrize(("level", "found"), [("1", ["Anna First"]), ("2", ["Borys Second"]), ("3", ["Віра Третя-Коваль"]), ("4", [])])
def test_a_level_seen_from_me(rep, line, level, found):
    assert names(rep.get(TEAM, {"deep": level})) == found


@pytest.mark.parametrize("level", ["0", "-1", "x", "99999999999999999999", "31", "²"])
def test_a_level_that_cannot_be_is_the_first(rep, line, level):
    assert names(rep.get(TEAM, {"deep": level})) == ["Anna First"]


def test_one_level_down_with_the_way_back_up(rep, line):
    response = rep.get(of(line["borys"]))
    assert shown(response) == [("Віра Третя-Коваль", 3, 0, 0)]
    assert [one.name for one in response.context["way"].reps] == ["Anna First", "Borys Second"]
    assert response.context["upline"] is None
    assert [level.number for level in response.context["size"].levels] == [3]


def test_a_long_way_up_is_shortened(rep, line, company):
    last = line["vira"]
    for n in range(6):
        last = make.rep(f"30{n}", company.territory, sponsor=last, name=f"Deep {n}", login=False)
    way = rep.get(of(last)).context["way"]
    assert ([one.name for one in way.reps], way.skipped) == (["Deep 1", "Deep 2", "Deep 3", "Deep 4", "Deep 5"], True)


def test_my_upline_by_name_alone(rep, upline, line):
    response = rep.get(TEAM)
    assert [one.name for one in response.context["upline"][0]] == ["Iryna Tkachenko"]
    text = response.content.decode()
    assert ("Iryna Tkachenko" in text, f"({upline.rep.code})" in text, "Halyna" in text) == (True, False, False)


def test_my_own_address_among_the_reps_is_my_team(rep, line):
    assert rep.get(of(rep.rep))["Location"] == TEAM


@pytest.mark.parametrize("who", ["upline", "halyna", "stranger", "nobody"])
def test_the_team_of_who_is_not_below_me_is_not_there(rep, upline, stranger, line, who):
    pk = {"upline": upline.rep.pk, "halyna": line["halyna"].pk, "stranger": stranger.rep.pk, "nobody": 10**12}[who]
    assert rep.get(reverse("campaigns:team_of", args=[pk])).status_code == 404


def test_who_is_no_rep_goes_elsewhere(manager, line, company):
    assert manager.get(TEAM)["Location"] == reverse("admin:index")


def test_the_wrong_index_opens_nothing(rep, stranger, line):
    """The way goes by the sponsors: a stranger whose place in the index lies by mistake in the line is not opened."""
    over = line["vira"]
    Rep.objects.filter(pk=stranger.rep.pk).update(tree_id=over.tree_id, lft=over.rght - 2, rght=over.rght - 1)
    assert rep.get(of(stranger.rep)).status_code == 404


def test_removed_reps_are_not_in_the_lists(rep, line):
    assert names(rep.get(of(line["anna"]))) == ["Borys Second"]


def test_without_recruits_one_is_asked_to_invite(stranger, company):
    text = stranger.get(TEAM).content.decode()
    assert ("No recruits yet" in text, text.count(reverse("campaigns:invite"))) == (True, 2)
    assert 'id="q"' not in text


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("anna", ["Anna First"]),
        ("FIR an", ["Anna First"]),
        ("коваль", ["Віра Третя-Коваль"]),
        ("ВІРА трет", ["Віра Третя-Коваль"]),
        ("nna", []),
        ("202", ["Borys Second"]),
        ("067 111 22 33", ["Anna First"]),
        ("+38 (067) 111-22", ["Anna First"]),
        ("00380671112233", ["Anna First"]),
        ("38067111", ["Anna First"]),
        ("Olena", []),
        ("Halyna", []),
        ("Iryna", []),
        ("Gone", []),
        ("100", []),
        ("%", []),
        ("_", []),
        ("'", []),
        ("\\", []),
        ("a':* | b", []),
        ("\x00", ["Anna First"]),
        ("x" * 5000, []),
        ("  ", ["Anna First"]),
    ],
)
@pytest.mark.parametrize("large", [False, True])
def test_search_in_my_downline(rep, line, monkeypatch, typed, found, large):
    if large:
        monkeypatch.setattr(team, "COUNTED", 1)
    assert names(rep.get(TEAM, {"q": typed})) == ([] if typed == "\x00" else found)


def test_search_says_the_level_and_under_whom(rep, line):
    response = rep.peek(TEAM, {"q": "віра"})
    assert shown(response) == [("Віра Третя-Коваль", 3, 0, 0)]
    text = response.content.decode()
    assert ("<html" in text, "Level 3" in text, "under Borys Second" in text) == (False, True, True)


def test_a_large_team_is_not_searched_for_one_letter(rep, line, monkeypatch):
    monkeypatch.setattr(team, "COUNTED", 2)
    text = rep.get(TEAM, {"q": "an"}).content.decode()
    assert "at least three letters" in text


def test_a_large_team_is_not_counted_to_the_end(rep, line, monkeypatch):
    monkeypatch.setattr(team, "COUNTED", 2)
    monkeypatch.setattr(team, "LEG_COUNTED", 1)
    response = rep.get(TEAM)
    size = response.context["size"]
    assert (size.is_cut, size.active, [level.people for level in size.levels]) == (True, None, [None] * team.LEVELS)
    assert shown(response) == [("Anna First", 1, 2, None)]
    text = response.content.decode()
    assert (text.count("more than 2 people"), text.count("more than 1 people")) == (1, 1)


def test_who_is_active_is_counted_up_to_a_bound(rep, line, monkeypatch):
    monkeypatch.setattr(team, "ACTIVE_COUNTED", 1)
    response = rep.get(TEAM)
    assert (response.context["size"].active, response.context["size"].levels[0].people) == (None, 1)
    assert shown(response) == [("Anna First", 1, 2, None)]


def test_a_large_team_is_told_by_what_was_taken(rep, line, company, monkeypatch):
    order(line["anna"], company.campaign, "1", points=30)
    order(line["vira"], company.campaign, "2", points=12)
    snapshots.take(company.campaign, cause=Cause.ASKED)
    monkeypatch.setattr(team, "COUNTED", 2)
    monkeypatch.setattr(team, "ACTIVE_COUNTED", 1)
    monkeypatch.setattr(team, "LEG_COUNTED", 1)
    response = rep.get(TEAM)
    size = response.context["size"]
    assert (size.is_cut, size.people, size.active, size.taken.orders, size.taken.gv) == (False, 3, 2, 2, 42)
    assert [(level.number, level.people, level.active) for level in size.levels] == [(1, 1, 1), (2, 1, 0), (3, 1, 1)]
    assert shown(response) == [("Anna First", 1, 2, 1)]
    text = response.content.decode()
    assert ("more than" in text, "As of" in text, "1 order · group volume 42" in text) == (False, True, True)


def test_a_small_team_is_counted_on_the_spot(rep, line, company):
    snapshots.take(company.campaign, cause=Cause.ASKED)
    make.rep("206", company.territory, sponsor=line["anna"], name="New", login=False)
    response = rep.get(TEAM)
    assert (response.context["size"].people, shown(response)) == (4, [("Anna First", 1, 3, 0)])


def test_teams_of_several_calendars_are_added_up(rep, line, company, monkeypatch):
    other = make.campaigns(make.calendar(company.market, "MAIL"), number=14)[1]
    Rep.objects.filter(code="203").update(calendar="MAIL")
    order(line["vira"], other, "2", points=12)
    for campaign in (company.campaign, other):
        snapshots.take(campaign, cause=Cause.ASKED)
    monkeypatch.setattr(team, "ACTIVE_COUNTED", 1)
    size = rep.get(TEAM).context["size"]
    assert (size.people, size.active, size.taken.gv) == (3, 1, 12)
    assert [(level.people, level.active) for level in size.levels] == [(1, 0), (1, 0), (1, 1)]


def test_below_the_seventh_level_is_offered_without_numbers(rep, company, monkeypatch):
    above = rep.rep
    for n in range(8):
        above = make.rep(f"50{n}", company.territory, sponsor=above, name=f"Deep {n}", login=False)
    snapshots.take(company.campaign, cause=Cause.ASKED)
    monkeypatch.setattr(team, "ACTIVE_COUNTED", 1)
    response = rep.get(TEAM)
    assert [level.people for level in response.context["size"].levels] == [1] * 7 + [None, None]
    assert response.status_code == 200


@pytest.mark.parametrize("level", ["1", "2"])
def test_pages_lose_and_double_nobody(rep, company, monkeypatch, level):
    monkeypatch.setattr(team, "PAGE", 2)
    above = rep.rep if level == "1" else make.rep("300", company.territory, sponsor=rep.rep, name="Leg", login=False)
    made = [
        make.rep(f"40{n}", company.territory, sponsor=above, name=name, login=False).pk for n, name in enumerate(["B", "A", "A", "C", "A"])
    ]
    seen, after = [], ""
    for _page in range(4):
        rows = rep.get(TEAM, {"deep": level, "after": after}).context["rows"]
        seen += [row.rep for row in rows.rows]
        after = rows.more_after
        if after is None:
            break
    assert len(seen) == 5
    assert {one.pk for one in seen} == set(made)
    if level == "1":
        assert [one.name for one in seen] == ["A", "A", "A", "B", "C"]


@pytest.mark.parametrize("after", ["0", "x", "999999999999999999", "stranger"])
def test_a_page_after_nobody_of_the_level_is_the_first_or_empty(rep, line, stranger, after):
    after = str(stranger.rep.pk) if after == "stranger" else after
    assert names(rep.get(TEAM, {"after": after})) == ["Anna First"]
    assert rep.get(TEAM, {"deep": "2", "after": after}).status_code == 200


@pytest.mark.parametrize(("query", "queries"), [({}, 14), ({"deep": "2"}, 14), ({"q": "Leg"}, 10)])
def test_the_same_queries_for_one_and_for_three(rep, company, django_assert_num_queries, query, queries):
    legs = [make.rep("300", company.territory, sponsor=rep.rep, name="Leg 0", login=False)]
    make.rep("310", company.territory, sponsor=legs[0], name="Leg 0 below", login=False)
    rep.get(TEAM, query)
    with django_assert_num_queries(queries):
        rep.get(TEAM, query)
    for n in (1, 2):
        legs.append(make.rep(f"30{n}", company.territory, sponsor=rep.rep, name=f"Leg {n}", login=False))
        make.rep(f"31{n}", company.territory, sponsor=legs[0], name=f"Leg {n} below", login=False)
    with django_assert_num_queries(queries):
        rep.get(TEAM, query)
