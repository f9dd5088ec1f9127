import pytest

from campaigns.models import NudgeRule
from leads import cadences
from leads.models import Cadence, Enrolment

STEPS = {"steps-TOTAL_FORMS": "2", "steps-INITIAL_FORMS": "0", "steps-MIN_NUM_FORMS": "0", "steps-MAX_NUM_FORMS": "30"}


def step(n, after, unit="days", **more):
    return {
        f"steps-{n}-{name}": value
        for name, value in {"after": after, "unit": unit, "channel": "", "template": "", "text": "", **more}.items()
    }


def test_staff_set_a_rule_for_a_market_once(staff, company):
    said = {"market": company.market.pk, "topic": "stale", "is_on": "on", "days": "10", "most": "2"}
    assert staff.post("/admin/campaigns/nudgerule/add/", said).status_code == 302
    assert staff.post("/admin/campaigns/nudgerule/add/", said).status_code == 200
    assert list(NudgeRule.objects.values_list("topic", "days", "most")) == [("stale", 10, 2)]
    rule = NudgeRule.objects.get()
    assert staff.post(f"/admin/campaigns/nudgerule/{rule.pk}/change/", {"days": "", "most": "3"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.is_on, rule.days, rule.most, rule.market_id) == (False, None, 3, company.market.pk)


@pytest.mark.parametrize("wrong", [{"days": "0"}, {"days": "61"}, {"most": "9"}, {"topic": "x"}, {"market": "999999"}])
def test_a_rule_that_cannot_be(staff, company, wrong):
    said = {"market": company.market.pk, "topic": "stale", "is_on": "on", "days": "10", "most": "2"}
    assert staff.post("/admin/campaigns/nudgerule/add/", {**said, **wrong}).status_code == 200
    assert not NudgeRule.objects.exists()


def test_staff_make_a_cadence_of_the_company(staff, company):
    said = {"own_name": "After a fair", "market": company.market.pk, "start": "hand", "hotness": "", "is_on": "on", **STEPS}
    assert staff.post("/admin/leads/cadence/add/", {**said, **step(0, 2), **step(1, 1, "weeks", text="Ask")}).status_code == 302
    made = Cadence.objects.get(own_name="After a fair")
    assert list(made.steps.values_list("place", "after", "unit", "text")) == [(1, 2, "days", ""), (2, 1, "weeks", "Ask")]


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        ({}, {**step(0, 9), **step(1, 1, "weeks")}),
        ({}, {**step(0, 9999)}),
        ({}, {}),
        ({"own_name": ""}, step(0, 1)),
        ({"start": "hotness"}, step(0, 1)),
        ({"start": "delivery"}, step(0, 1)),
        ({}, {**{k: v for n in range(31) for k, v in step(n, n + 1).items()}, "steps-TOTAL_FORMS": "31"}),
    ],
)
def test_a_cadence_that_cannot_be(staff, company, said, steps):
    cadences.sync_standards()
    form = {"own_name": "X", "market": "", "start": "hand", "hotness": "", "is_on": "on", **STEPS}
    assert staff.post("/admin/leads/cadence/add/", {**form, **said, **steps}).status_code == 200
    assert not Cadence.objects.filter(own_name="X").exists()


def test_staff_change_2_2_2_and_whoever_is_in_it_goes_on_by_it(staff, rep, lead):
    cadences.sync_standards()
    standard = Cadence.objects.get(standard="222")
    enrolment = cadences.start(lead, standard, by=rep.user)
    ids = list(standard.steps.order_by("place").values_list("pk", flat=True))
    kept = {f"steps-{n}-{name}": value for n, pk in enumerate(ids) for name, value in (("id", pk), ("cadence", standard.pk))}
    said = {"own_name": "", "is_on": "on", **STEPS, "steps-TOTAL_FORMS": "3", "steps-INITIAL_FORMS": "3", **kept}
    steps = {**step(0, 4), **step(1, 2, "weeks"), **step(2, 2, "months"), "steps-2-DELETE": "on"}
    response = staff.post(f"/admin/leads/cadence/{standard.pk}/change/", {**said, **steps})
    assert response.status_code == 302, response.content.decode()
    enrolment.refresh_from_db()
    assert (enrolment.next_day - enrolment.since).days == 4
    assert standard.steps.count() == 2


def test_out_of_use_everybody_leaves(staff, rep, lead):
    cadences.sync_standards()
    standard = Cadence.objects.get(standard="hot5")
    cadences.start(lead, standard, by=rep.user)
    [pk] = standard.steps.values_list("pk", flat=True)
    one = {"steps-TOTAL_FORMS": "1", "steps-INITIAL_FORMS": "1", "steps-0-id": pk, "steps-0-cadence": standard.pk, **step(0, 7)}
    assert staff.post(f"/admin/leads/cadence/{standard.pk}/change/", {"own_name": "", **STEPS, **one}).status_code == 302
    assert Enrolment.objects.get().ended_as == "gone"


def test_what_reps_make_is_not_there(staff, rep):
    mine = cadences.add_cadence(by=rep.user, name="Mine", reach="own", repeats=False, steps=[cadences.Said(1)])
    assert staff.get(f"/admin/leads/cadence/{mine.pk}/change/").status_code == 404
    assert "Mine" not in staff.get("/admin/leads/cadence/").content.decode()
