"""The sponsor tree in the admin, level by level; a rep put under another sponsor."""

import pytest
from django.urls import reverse

from campaigns import rep_tree
from teams.models import Assignment, Rep, SponsorChange
from tests import make

TREE = "/admin/teams/rep/tree/"


def move(rep):
    return reverse("admin:teams_rep_move", args=[rep.pk])


def names(response):
    return [rep.name for rep in response.context["branch"].rows]


@pytest.fixture
def line(rep, upline, stranger, company):
    """Iryna > Olena > Stepan (another territory) > Anna; Iryna > Borys. Petro is a stranger with Vira below, who is of the territory."""
    stepan = make.rep("300", company.other_territory, sponsor=rep.rep, name="Stepan Other", login=False)
    anna = make.rep("301", company.territory, sponsor=stepan, name="Anna First", login=False)
    borys = make.rep("302", company.territory, sponsor=upline.rep, name="Borys Second", login=False)
    vira = make.rep("303", company.territory, sponsor=stranger.rep, name="Віра Третя", login=False)
    return {"stepan": stepan, "anna": anna, "borys": borys, "vira": vira}


def test_staff_see_the_tops_and_one_level_at_a_time(staff, line, upline, rep):
    assert names(staff.get(TREE)) == ["Iryna Tkachenko", "Petro Stranger"]
    response = staff.get(TREE, {"of": upline.rep.pk})
    assert [(one.name, one.below) for one in response.context["branch"].rows] == [("Olena Marchenko", 2), ("Borys Second", 0)]
    response = staff.get(TREE, {"of": line["stepan"].pk})
    assert (names(response), [one.name for one in response.context["branch"].way]) == (
        ["Anna First"],
        ["Iryna Tkachenko", "Olena Marchenko"],
    )


def test_a_managers_tree_leaves_others_out(manager, line, upline, rep):
    assert names(manager.get(TREE)) == ["Iryna Tkachenko", "Віра Третя"]
    assert names(manager.get(TREE, {"of": rep.rep.pk})) == ["Anna First"]
    response = manager.get(TREE, {"of": line["anna"].pk})
    text = response.content.decode()
    assert [one and one.name for one in response.context["branch"].way] == ["Iryna Tkachenko", "Olena Marchenko", None]
    assert ("Stepan" in text, "Petro" in text, "outside your territories" in text) == (False, False, True)


@pytest.mark.parametrize("who", ["stepan", "nobody"])
def test_the_level_below_a_foreign_rep_is_not_there(manager, line, who):
    pk = line["stepan"].pk if who == "stepan" else 10**12
    assert manager.get(TREE, {"of": pk}).status_code == 404


@pytest.mark.parametrize("query", ["of=x", "of=-1", "after=x", "after=999999999999999999", "of=99999999999999999999999", "q=%00"])
def test_nonsense_is_the_top_or_nobody(staff, line, query):
    assert staff.get(f"{TREE}?{query}").status_code == 200


def test_who_has_no_territory_sees_nobody(other_manager, line):
    Assignment.objects.filter(user=other_manager.user).delete()
    assert names(other_manager.get(TREE)) == []


@pytest.mark.parametrize("who", ["staff", "manager"])
def test_pages_lose_and_double_nobody(cast, who, upline, company, monkeypatch):
    monkeypatch.setattr(rep_tree, "PAGE", 2)
    for n in range(5):
        leg = make.rep(f"40{n}", company.territory, sponsor=upline.rep, name=f"Leg {n}", login=False)
        make.rep(f"41{n}", company.territory, sponsor=leg, name="Below", login=False)
    seen, after = [], ""
    while after is not None:
        response = cast[who].get(TREE, {"of": upline.rep.pk, "after": after})
        seen += names(response)
        after = response.context["branch"].more_after
    assert seen == ["Olena Marchenko", "Leg 0", "Leg 1", "Leg 2", "Leg 3", "Leg 4"]


@pytest.mark.parametrize(
    ("typed", "found"), [("anna", ["Anna First"]), ("третя", ["Віра Третя"]), ("302", ["Borys Second"]), ("stepan", []), ("petro", [])]
)
def test_a_manager_finds_the_own_reps(manager, line, typed, found):
    assert names(manager.get(TREE, {"q": typed})) == found


@pytest.mark.parametrize("who", ["staff", "manager"])
def test_the_same_queries_for_one_and_for_three(cast, who, upline, company, django_assert_max_num_queries):
    def queries():
        with django_assert_max_num_queries(30) as seen:
            cast[who].get(TREE, {"of": upline.rep.pk})
        return len(seen)

    queries()
    one = queries()
    for n in range(2):
        make.rep(f"40{n}", company.territory, sponsor=upline.rep, login=False)
    assert queries() == one


def test_move_says_what_it_means_and_moves(staff, line, rep, upline, company):
    found = staff.get(move(line["stepan"]), {"q": "borys"})
    assert names(found) == ["Borys Second"]
    response = staff.get(move(line["stepan"]), {"to": line["borys"].pk})
    assert "1 person below moves along." in response.content.decode()
    said = {"to": line["borys"].pk, "why": "They work together", "campaign": company.campaign.pk}
    assert staff.post(move(line["stepan"]), said).status_code == 302
    assert Rep.objects.get(pk=line["stepan"].pk).sponsor_id == line["borys"].pk
    assert list(SponsorChange.objects.values_list("rep", "to", "why", "by", "state")) == [
        (line["stepan"].pk, line["borys"].pk, "They work together", staff.user.pk, "applied")
    ]
    assert names(staff.get(TREE, {"of": line["borys"].pk})) == ["Stepan Other"]


def test_a_coming_campaign_plans_it(staff, line, company):
    said = {"to": line["borys"].pk, "why": "Asked by letter", "campaign": company.following.pk}
    assert staff.post(move(line["stepan"]), said).status_code == 302
    assert Rep.objects.get(pk=line["stepan"].pk).sponsor_id != line["borys"].pk
    assert SponsorChange.objects.get().state == "planned"


def test_without_a_sponsor_is_a_top(staff, line):
    assert staff.post(move(line["borys"]), {"to": "0", "why": "A company appointed rep"}).status_code == 302
    assert Rep.objects.get(pk=line["borys"].pk).sponsor_id is None


@pytest.mark.parametrize(
    ("rep_name", "to", "sentence"),
    [("stepan", "anna", "stands below"), ("stepan", "stepan", "their own sponsor"), ("anna", "stepan", "stands there already")],
)
def test_what_cannot_be_is_refused_with_a_sentence(staff, line, rep_name, to, sentence):
    before = list(Rep.objects.order_by("pk").values_list("pk", "sponsor"))
    for response in (
        staff.get(move(line[rep_name]), {"to": line[to].pk}),
        staff.post(move(line[rep_name]), {"to": line[to].pk, "why": "x"}),
    ):
        assert sentence in response.content.decode()
    assert response.status_code == 422
    assert list(Rep.objects.order_by("pk").values_list("pk", "sponsor")) == before


@pytest.mark.parametrize(
    "said", [{}, {"to": "x"}, {"to": "0"}, {"why": "x"}, {"to": "0", "why": "x" * 5000}, {"to": "0", "why": "x", "campaign": "0"}]
)
def test_a_bad_form_moves_nobody(staff, line, said):
    assert staff.post(move(line["borys"]), said).status_code == 422
    assert SponsorChange.objects.count() == 0


def test_a_campaign_that_is_over_is_refused(staff, line, company):
    assert staff.post(move(line["borys"]), {"to": "0", "why": "x", "campaign": company.before.pk}).status_code == 422


def test_who_may_not_move(manager, analyst, line):
    assert [person.get(move(line["borys"])).status_code for person in (manager, analyst)] == [403, 403]
    assert manager.post(move(line["borys"]), {"to": "0", "why": "x"}).status_code == 403
