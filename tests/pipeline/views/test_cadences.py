import datetime as dt

import pytest
import time_machine

from leads import cadences
from leads.cadences import Said
from leads.models import Cadence, Enrolment, Lead, MessageTemplate, Purchase, Step
from tests import make

LISTED = 7  # queries
START = dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC)  # 12:00 in Kyiv


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(START, tick=False) as moved:
        yield moved


@pytest.fixture
def mine(rep):
    return cadences.add_cadence(by=rep.user, name="Mine", reach="own", repeats=False, steps=[Said(5), Said(9)])


def typed(*rows, name="Spring", reach="own", **more):
    columns = zip(*rows, strict=True) if rows else [[], [], [], []]
    return {"name": name, "reach": reach, **dict(zip(("after", "unit", "channel", "text"), map(list, columns), strict=True)), **more}


def test_a_purchase_delivered_today_and_an_earlier_call_that_shifts_the_next_one(rep, lead, company, clock):
    """Scenario 10."""
    cadences.sync_standards()
    purchase = make.purchase(lead)
    rep.post(f"/purchases/{purchase.pk}/mark/", {"mark": "delivered"})
    page = rep.get(f"/leads/{lead.pk}/").content.decode()
    assert [word in page for word in ("6 May", "18 May, 4 July")] == [True, True]
    clock.move_to(START + dt.timedelta(days=1))
    attempt = rep.post(f"/leads/{lead.pk}/attempts/", {"channel": "call"})
    rep.post(attempt["Location"], {"outcome": "call_later"})
    assert Enrolment.objects.get().next_day == dt.date(2026, 5, 7)
    assert "19 May, 5 July" in rep.get(f"/leads/{lead.pk}/").content.decode()
    rep.post(f"/purchases/{purchase.pk}/mark/", {"mark": "delivered", "off": "yes"})
    assert Purchase.objects.get().delivered_on is None
    assert Enrolment.objects.running().count() == 0


def test_the_list_names_those_one_may_use(rep, upline, stranger, mine):
    cadences.sync_standards()
    for person, reach in ((upline, "team"), (upline, "own"), (stranger, "team")):
        cadences.add_cadence(by=person.user, name=f"{person.rep.code} {reach}", reach=reach, repeats=False, steps=[Said(1)])
    page = rep.get("/cadences/").content.decode()
    assert [name in page for name in ("Mine", "100 team", "100 own", "900 team", "2-2-2 after a delivery")] == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert "2 days, 2 weeks, 2 months" in page
    assert "Birthdays" not in page


def test_the_list_asks_the_same_for_one_and_three(rep, mine, django_assert_num_queries):
    with django_assert_num_queries(LISTED):
        rep.get("/cadences/")
    for n in range(2):
        cadences.add_cadence(by=rep.user, name=f"N{n}", reach="own", repeats=False, steps=[Said(1)])
    with django_assert_num_queries(LISTED):
        rep.get("/cadences/")


def test_a_new_one_of_my_own(rep):
    assert rep.get("/cadences/add/").status_code == 200
    said = typed(("2", "days", "call", "Ask how it is"), ("", "days", "", ""), ("3", "weeks", "", ""), once="a", repeats="on")
    for _ in range(2):
        response = rep.post("/cadences/add/", said)
        assert (response.status_code, response["Location"]) == (302, "/cadences/")
    made = Cadence.objects.get(owner=rep.rep)
    assert (made.own_name, made.repeats) == ("Spring", True)
    assert list(made.steps.values_list("place", "after", "unit", "channel", "text")) == [
        (1, 2, "days", "call", "Ask how it is"),
        (2, 3, "weeks", "", ""),
    ]


def test_a_step_offers_its_message_template(rep, lead):
    make.template(rep.rep, "Thanks & more", "Hi {first_name}, thank you")
    assert "<option>Thanks &amp; more</option>" in rep.get("/cadences/add/").content.decode()
    rep.post("/cadences/add/", typed(("2", "days", "", ""), ("3", "days", "", ""), template=["Thanks & more", ""]))
    series = Cadence.objects.get(owner=rep.rep)
    assert list(series.steps.values_list("template", flat=True)) == ["Thanks & more", ""]
    assert rep.get(f"/cadences/{series.pk}/").content.decode().count("<option selected>Thanks &amp; more</option>") == 1
    cadences.start(lead, series, by=rep.user)
    address = f"/leads/{lead.pk}/message/?named=Thanks%20%26%20more"
    assert f'href="{address}" data-sheet' in rep.get(f"/leads/{lead.pk}/").content.decode()
    assert "Hi Oksana, thank you" in rep.peek(address).content.decode()
    MessageTemplate.objects.update(name="Other")
    page = rep.peek(address).content.decode()  # all that there are
    assert [word in page for word in ("Send a message", "Other")] == [True, True]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (typed(*[(str(n + 1), "days", "", "") for n in range(200)]), "at most 30 steps"),
        (typed(), "at least one step"),
        (typed(("x", "days", "", "")), "Enter after how many"),
        (typed(("99999999999999999999", "days", "", "")), ""),
        (typed(("-1", "days", "", "")), "Enter after how many"),
        (typed(("2", "years", "", "")), "two years"),
        (typed(("2", "days", "pigeon", "")), "no such way"),
        (typed(("9", "days", "", ""), ("1", "weeks", "", "")), "later than the one before"),
        (typed(("2", "days", "", ""), name=" "), "This field is required"),
        (typed(("2", "days", "", ""), reach="company"), ""),
    ],
)
def test_what_is_no_cadence_comes_back_filled_in(rep, said, sentence):
    response = rep.post("/cadences/add/", said)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Cadence.objects.filter(owner=rep.rep).exists()


def test_mine_is_changed_and_removed(rep, lead, mine):
    enrolment = cadences.start(lead, mine, by=rep.user)
    assert 'value="Mine"' in rep.get(f"/cadences/{mine.pk}/").content.decode()
    rep.post(f"/cadences/{mine.pk}/", typed(("7", "days", "", ""), name="New"))
    enrolment.refresh_from_db()
    assert (enrolment.next_day, Step.objects.filter(cadence=mine).count()) == (dt.date(2026, 5, 11), 1)
    assert rep.post(f"/cadences/{mine.pk}/remove/").status_code == 302
    enrolment.refresh_from_db()
    assert enrolment.ended_as == "gone"
    assert rep.get(f"/cadences/{mine.pk}/").status_code == 404


def test_the_companys_is_read_and_not_changed(rep):
    cadences.sync_standards()
    standard = Cadence.objects.get(standard="222")
    page = rep.get(f"/cadences/{standard.pk}/").content.decode()
    assert "2 weeks" in page
    assert "<input" not in page.split("<main")[1]
    assert rep.post(f"/cadences/{standard.pk}/", typed(("1", "days", "", ""))).status_code == 404
    assert rep.post(f"/cadences/{standard.pk}/remove/").status_code == 404


def test_a_lead_goes_in_with_the_days_seen_before(rep, lead, mine):
    assert "9 May, 13 May" in rep.peek(f"/leads/{lead.pk}/cadences/").content.decode()
    response = rep.tap(f"/leads/{lead.pk}/cadences/", {"cadence": mine.pk})
    assert (response.status_code, "Mine: next on 9 May" in response.content.decode()) == (200, True)
    assert rep.post(f"/leads/{lead.pk}/cadences/", {"cadence": mine.pk})["Location"] == lead.get_absolute_url()
    assert Enrolment.objects.count() == 1
    page = rep.get(f"/leads/{lead.pk}/").content.decode()
    assert "then 13 May" in page


@pytest.mark.parametrize("cadence", ["", "0", "x", "999999", "99999999999999999999999"])
def test_no_such_cadence(rep, lead, mine, cadence):
    assert rep.post(f"/leads/{lead.pk}/cadences/", {"cadence": cadence}).status_code == 422


def test_not_for_somebody_who_is_let_be(rep, lead, mine):
    rep.post(f"/leads/{lead.pk}/do-not-contact/", {"stop": "yes"})
    assert rep.post(f"/leads/{lead.pk}/cadences/", {"cadence": mine.pk}).status_code == 409


def test_later_skip_and_end(rep, lead, mine):
    enrolment = cadences.start(lead, mine, by=rep.user)
    base = f"/follow-ups/{enrolment.pk}"
    rep.post(f"{base}/later/")
    enrolment.refresh_from_db()
    assert enrolment.next_day == dt.date(2026, 5, 5)
    rep.post(f"{base}/skip/", {"place": "1"})
    rep.post(f"{base}/skip/", {"place": "1"})
    enrolment.refresh_from_db()
    assert (enrolment.place, enrolment.next_day) == (2, dt.date(2026, 5, 13))
    rep.post(f"{base}/skip/", {"place": "99"})
    assert rep.tap(f"{base}/stop/").status_code == 200
    assert rep.post(f"{base}/later/").status_code == 409


def test_many_go_in_by_tag_and_how_hot_they_are(rep, upline, mine):
    for person, name, tags, hotness in ((rep, "A", ["fair"], 5), (rep, "B", ["fair"], 1), (rep, "C", [], 5), (upline, "D", ["fair"], 5)):
        Lead.objects.filter(pk=make.lead(person.rep, name).pk).update(tags=tags, hotness=hotness)
    assert rep.get(f"/cadences/{mine.pk}/people/").status_code == 200
    page = rep.client.post(f"/cadences/{mine.pk}/people/", {"tag": "fair", "hotness": "5"}, follow=True).content.decode()
    assert "1 person is followed up: Mine" in page
    rep.post(f"/cadences/{mine.pk}/people/", {"tag": "", "hotness": "5"})
    assert list(Enrolment.objects.order_by("lead__name").values_list("lead__name", flat=True)) == ["A", "C"]


@pytest.mark.parametrize("said", [{}, {"hotness": "6"}, {"hotness": "x"}, {"tag": "x" * 31}])
def test_nobody_named_is_nobody(rep, mine, said):
    assert rep.post(f"/cadences/{mine.pk}/people/", said).status_code == 422
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize("act", ["stop", "skip", "later"])
def test_a_follow_up_of_somebody_else_is_not_there(rep, stranger, upline, lead, mine, act):
    enrolment = cadences.start(lead, mine, by=rep.user)
    for person in (stranger, upline):
        assert person.post(f"/follow-ups/{enrolment.pk}/{act}/").status_code == 404
    assert rep.get(f"/follow-ups/{enrolment.pk}/{act}/").status_code == 405
