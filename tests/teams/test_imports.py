"""The roster and the territories."""

import pytest

from teams import tree
from teams.models import Rep, Territory
from tests.loading import COMPANY, counts, load, rejected, versions

PLACES = ["code", "parent_code", "name", "kind", "time_zone", "currency", "language", "group"]
ROSTER = ["code", "sponsor_code", "name", "phone", "email", "territory_code", "joined_campaign", "title", "language", "status", "calendar"]


def rep(code, sponsor="", **changed):
    row = {
        "name": f"Rep {code}",
        "phone": "",
        "email": "",
        "territory_code": "UA-N-01",
        "joined_campaign": "2018-03",
        "title": "",
        "language": "",
        "status": "",
        "calendar": "",
        **changed,
    }
    return [code, sponsor, *row.values()]


def roster(*rows):
    return load("roster", [ROSTER, *rows])


def sponsors():
    return dict(Rep.objects.values_list("code", "sponsor__code"))


@pytest.fixture
def places(db):
    load("territories", (COMPANY / "territories.csv").read_bytes())


def test_the_sample_territories(places):
    job = load("territories", (COMPANY / "territories.csv").read_bytes())
    assert counts(job) == (0, 0, 7, 0)
    assert list(Territory.objects.in_tree_order().values_list("code", flat=True)) == [
        "UA",
        "UA-N",
        "UA-N-01",
        "UA-N-02",
        "UA-S",
        "UA-S-01",
        "UA-S-02",
    ]


def test_each_bad_territory_is_named_and_the_others_come_in(db):
    job = load(
        "territories",
        [
            PLACES,
            ["B", "A", "Below", "region", "", "", "", ""],
            ["A", "", "Market", "market", "Europe/Kyiv", "UAH", "uk", ""],
            ["C", "NO", "Lost", "region", "", "", "", ""],
            ["D", "C", "Below lost", "territory", "", "", "", ""],
            ["E", "F", "Ring", "region", "", "", "", ""],
            ["F", "E", "Ring", "region", "", "", "", ""],
            ["G", "E", "Below the ring", "region", "", "", "", ""],
            ["H", "H", "Itself", "region", "", "", "", ""],
            ["I", "", "Zone", "market", "Europe/Atlantis", "UAH", "uk", ""],
            ["J", "", "Money", "market", "Europe/Kyiv", "UA", "uk", ""],
            ["K", "", "Half a market", "market", "Europe/Kyiv", "", "uk", ""],
            ["L", "A", "Kind", "planet", "", "", "", ""],
            ["M", "A", "Language", "region", "", "", "de", ""],
            ["N", "A", "Group", "region", "", "", "", "best"],
            ["O", "A", "Market below", "market", "Europe/Kyiv", "UAH", "uk", ""],
            ["B", "A", "Twice", "region", "", "", "", ""],
            ["", "A", "Nameless", "region", "", "", "", ""],
            ["P", "A", "", "region", "", "", "", ""],
        ],
    )
    assert rejected(job) == [
        (4, "parent_unknown", "NO"),
        (5, "parent_rejected", "C"),
        (6, "parent_cycle", "F"),
        (7, "parent_cycle", "E"),
        (8, "parent_rejected", "E"),
        (9, "parent_cycle", "H"),
        (10, "zone", "Europe/Atlantis"),
        (11, "currency", "UA"),
        (12, "market_incomplete", ""),
        (13, "choice", "kind: planet"),
        (14, "choice", "language: de"),
        (15, "choice", "group: best"),
        (16, "market_below", "A"),
        (17, "repeated", "2"),
        (18, "empty", "code"),
        (19, "empty", "name"),
    ]
    assert list(Territory.objects.in_tree_order().values_list("code", "parent__code")) == [("A", None), ("B", "A")]


def test_the_sample_roster_comes_in_whole_and_again_changes_nothing(places):
    data = (COMPANY / "roster.csv").read_bytes()
    assert counts(load("roster", data)) == (2000, 0, 0, 0)
    before = versions(Rep)
    assert counts(load("roster", data)) == (0, 0, 2000, 0)
    assert versions(Rep) == before
    wanted = {code: sponsor or None for code, sponsor in (line.split(",")[:2] for line in data.decode().splitlines()[1:])}
    assert sponsors() == wanted
    leader = Rep.objects.get(code="40019")
    below, rows = set(), {"40019"}
    while rows:
        rows = {code for code, sponsor in wanted.items() if sponsor in rows}
        below |= rows
    assert set(Rep.objects.below(leader.pk).values_list("code", flat=True)) == below
    assert set(Rep.objects.values_list("calendar", flat=True)) == {"UA"}


def test_children_come_before_their_sponsors(places):
    assert counts(roster(rep("3", "2"), rep("2", "1"), rep("1"))) == (3, 0, 0, 0)
    assert sponsors() == {"1": None, "2": "1", "3": "2"}


def test_each_bad_rep_is_named_and_the_others_come_in(places):
    job = roster(
        rep("1"),
        rep("2", "77"),
        rep("3", "2"),
        rep("4", "4"),
        rep("5", "6"),
        rep("6", "5"),
        rep("7", "6"),
        rep("8", territory_code="UA-X"),
        rep("9", phone="12"),
        rep("10", phone="3.80671E+11"),
        rep("11", email="a@@b"),
        rep("12", joined_campaign="March"),
        rep("1"),
        rep("14", name=" "),
        rep("15", name="X" * 121),
        rep("16", status="gone"),
        rep("17", language="de"),
        rep("18", "1", phone="067 111 22 33", email="A@Example.com"),
    )
    assert rejected(job) == [
        (3, "sponsor_unknown", "77"),
        (4, "sponsor_rejected", "2"),
        (5, "sponsor_self", ""),
        (6, "sponsor_cycle", "6"),
        (7, "sponsor_cycle", "5"),
        (8, "sponsor_rejected", "6"),
        (9, "territory_unknown", "UA-X"),
        (10, "phone", "12"),
        (11, "phone_spreadsheet", "3.80671E+11"),
        (12, "email", "a@@b"),
        (13, "joined", "March"),
        (14, "repeated", "2"),
        (15, "name", ""),
        (16, "name_long", "120"),
        (17, "choice", "status: gone"),
        (18, "choice", "language: de"),
    ]
    assert sponsors() == {"1": None, "18": "1"}
    assert Rep.objects.values_list("phone", "email", "language").get(code="18") == ("+380671112233", "a@example.com", "uk")


def test_a_ring_with_reps_on_file_leaves_them_where_they_are(places):
    roster(rep("1"), rep("2", "1"), rep("3", "2"))
    job = roster(rep("1", "3"), rep("2", "1", name="New name"), rep("4", "1"))
    assert rejected(job) == [(2, "sponsor_cycle", "3")]
    assert counts(job) == (1, 1, 0, 1)
    assert sponsors() == {"1": None, "2": "1", "3": "2", "4": "1"}


def test_a_new_sponsor_moves_the_rep_with_all_below(places):
    roster(rep("1"), rep("2"), rep("3", "1"), rep("4", "3"))
    assert counts(roster(rep("3", "2"))) == (0, 1, 0, 0)
    assert sponsors()["3"] == "2"
    assert set(Rep.objects.below(Rep.objects.get(code="2").pk).values_list("code", flat=True)) == {"3", "4"}
    assert not Rep.objects.below(Rep.objects.get(code="1").pk).exists()


def test_reps_who_are_not_in_the_file_stay(places):
    roster(rep("1"), rep("2"))
    assert counts(roster(rep("2"))) == (0, 0, 1, 0)
    assert set(sponsors()) == {"1", "2"}


def test_a_column_the_file_does_not_have_leaves_what_is_on_file(places):
    roster(rep("1", phone="0671112233", title="Leader", language="ru"))
    load("roster", [["code", "sponsor_code", "name", "territory_code", "joined_campaign"], ["1", "", "Renamed", "UA-N-01", "2018-03"]])
    assert Rep.objects.values_list("name", "phone", "title", "language").get() == ("Renamed", "+380671112233", "Leader", "ru")


def test_removed_and_back(places):
    roster(rep("1", status="removed"))
    assert Rep.objects.get().removed_on is not None
    roster(rep("1", status="active"))
    assert (Rep.objects.get().status, Rep.objects.get().removed_on) == ("active", None)


def test_without_a_market_above_the_calendar_must_be_given(db):
    load("territories", [PLACES, ["R", "", "Region", "region", "", "", "", ""]])
    job = roster(rep("1", territory_code="R"), rep("2", territory_code="R", calendar="UA"))
    assert rejected(job) == [(2, "no_market_above", "R")]
    assert Rep.objects.get().calendar == "UA"


def test_a_chain_of_5000_is_no_trouble(places):
    job = roster(*(rep(str(n), str(n - 1) if n > 1 else "") for n in range(5000, 0, -1)), rep("x", "y"), rep("y", "x"))
    assert counts(job) == (5000, 0, 0, 2)
    assert Rep.objects.below(Rep.objects.get(code="1").pk).count() == 4999
    assert len(tree.chain(Rep.objects.get(code="5000"))) == 4999
