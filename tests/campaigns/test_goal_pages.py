"""Goals on the phone: set, withdrawn, suggested and answered; what became of them; the admin takes the company's back."""

import pytest
from django.urls import reverse

from campaigns import goal_page, goals, snapshots
from campaigns.models import Campaign, Goal, GoalChange, GoalSuggestion
from cotano.jobs.models import Audit
from cotano.jobs.refusals import Refusal
from notifications.models import Notification
from teams.models import ActivityCount, Rep
from tests import make
from tests.campaigns.calls import order
from tests.loading import load

PAGE = reverse("campaigns:goals")


def goal(of, measure):
    return reverse("campaigns:goal", args=[of, measure])


def withdrawal(of, measure):
    return reverse("campaigns:goal_withdraw", args=[of, measure])


def of_rep(rep):
    return reverse("campaigns:rep_goals", args=[rep.pk])


def stored():
    rows = Goal.objects.order_by("pk").select_related("rep", "leader")
    return [("team" if row.leader_id else "own", row.measure, row.target) for row in rows]


def changes():
    rows = GoalChange.objects.order_by("pk")
    return [("team" if row.leader_id else "own" if row.rep_id else "place", row.measure, row.before, row.after) for row in rows]


@pytest.fixture
def below(rep, company):
    return make.rep("BELOW", company.territory, sponsor=rep.rep, name="Vera Koval")


def test_my_goals_and_those_of_my_team_with_how_far_they_are(rep, below, company):
    assert "no goal" in rep.get(PAGE).content.decode()
    for of, measure, target in (("own", "orders", "4"), ("team", "orders", "10"), ("team", "activity", "50"), ("own", "calls", "20")):
        assert rep.post(goal(of, measure), {"target": target}).status_code == 302
    ActivityCount.objects.create(rep=rep.rep, day=company.campaign.starts_on, kind="call", n=7)
    for who in (rep.rep, below, below):
        order(who, company.campaign)
    text = rep.get(PAGE).content.decode()
    assert [words in text for words in ("goal 4", "goal 10", "known with the campaign’s first figures")] == [True] * 3
    snapshots.take(company.campaign, cause="orders")
    text = rep.get(PAGE).content.decode()
    told = ("1 of 4", "3 orders in 19 days to go: 1 every 6 days", "3 of 10", "100 % of 50 % · reached", "7 of 20", "As of")
    assert [words in text for words in told] == [True] * len(told)
    assert stored() == [("own", "orders", 4), ("team", "orders", 10), ("team", "activity", 50), ("own", "calls", 20)]


def test_who_has_nobody_below_has_no_team_on_the_page(rep, company):
    assert "My team with me" not in rep.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("measure", "target", "sentence"),
    [
        ("orders", "", "This field is required."),
        ("orders", "x", "Enter a number."),
        ("orders", "0", "Ensure this value is greater than or equal to 0.01."),
        ("orders", "-5", "Ensure this value is greater than or equal to 0.01."),
        ("orders", "1.5", "This is counted in whole numbers."),
        ("orders", "1000000000000", "Ensure that there are no more than 12 digits in total."),
        ("net_sales", "1e11", "Ensure that there are no more than 10 digits before the decimal point."),
        ("net_sales", "NaN", "Enter a number."),
        ("calls", "999999999", "A goal stays below 100,000,000."),
        ("activity", "101", "No more than 100 % can be active."),
    ],
)
def test_a_figure_that_cannot_be_a_goal_comes_back_with_a_sentence(measure, target, sentence, rep, company):
    for of in ("own", "team"):
        response = rep.post(goal(of, measure), {"target": target})
        assert (response.status_code, sentence in response.content.decode(), stored()) == (422, True, [])


@pytest.mark.parametrize("path", [("mine", "orders"), ("own", "love"), ("team", "x" * 60), ("own", "Orders")])
def test_what_is_no_goal_is_not_there(path, rep, company):
    assert [rep.get(goal(*path)).status_code, rep.post(goal(*path), {"target": "5"}).status_code] == [404, 404]
    assert (rep.post(withdrawal(*path)).status_code, rep.get(withdrawal("own", "orders")).status_code) == (404, 405)


def test_a_goal_is_withdrawn_and_what_it_was_is_kept(rep, below, company):
    for target in ("4", "4", "5"):
        rep.post(goal("own", "orders"), {"target": target})
    rep.post(goal("team", "orders"), {"target": "9"})
    assert "Withdraw the goal" in rep.get(goal("own", "orders")).content.decode()
    for _tap in range(2):
        assert rep.post(withdrawal("own", "orders")).status_code == 302
    assert stored() == [("team", "orders", 9)]
    assert changes() == [("own", "orders", None, 4), ("own", "orders", 4, 5), ("team", "orders", None, 9), ("own", "orders", 5, None)]
    text = rep.get(PAGE).content.decode()
    assert [words in text for words in ("What was changed", "4 → 5", "5 → –")] == [True] * 3


def test_the_companys_goal_is_not_the_reps_to_withdraw(rep, company):
    Goal.objects.create(rep=rep.rep, campaign=company.campaign, measure="orders", target=8, is_company=True)
    text = rep.get(goal("own", "orders")).content.decode()
    assert ["The company has set this goal." in text, "Withdraw the goal" in text] == [True, False]
    response = rep.post(withdrawal("own", "orders"))
    assert (response.status_code, "set by somebody else" in response.content.decode(), stored()) == (409, True, [("own", "orders", 8)])
    rep.post(goal("own", "orders"), {"target": "9"})
    assert (rep.post(withdrawal("own", "orders")).status_code, stored()) == (302, [])


def test_what_the_last_three_campaigns_suggest(rep, company):
    for n in range(10):
        order(rep.rep, company.before, amount=100 + n)
    snapshots.take(company.before, cause="orders")
    text = rep.get(goal("own", "orders")).content.decode()
    assert ["Your last three campaigns suggest 11." in text, 'value="11"' in text] == [True, True]


def test_a_goal_for_the_next_campaign(rep, below, company):
    following = Campaign.objects.get(starts_on__gt=company.campaign.ends_on)
    answer = rep.post(f"{goal('own', 'orders')}?next=1", {"target": "7"})
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?next=1")
    assert list(Goal.objects.values_list("campaign", "target")) == [(following.pk, 7)]
    text = rep.get(PAGE, {"next": "1"}).content.decode()
    assert [words in text for words in ("goal 7", f"Campaign {following.number}", "It begins on", "to go")] == [True, True, True, False]
    assert "goal 7" not in rep.get(PAGE).content.decode()
    assert rep.post(f"{withdrawal('own', 'orders')}?next=1")["Location"] == f"{PAGE}?next=1"
    assert stored() == []
    GoalChange.objects.all().delete()
    following.delete()
    assert "Next campaign" not in rep.get(PAGE).content.decode()
    assert (rep.get(PAGE, {"next": "1"}).status_code, rep.get(f"{goal('own', 'orders')}?next=1").status_code) == (200, 404)


def test_a_form_is_about_the_campaign_that_its_page_showed(rep, below, company):
    following = Campaign.objects.get(starts_on__gt=company.campaign.ends_on)
    page = f"{goal('own', 'orders')}?next=1"
    assert f'name="campaign" value="{following.pk}"' in rep.get(page).content.decode()
    assert rep.post(page, {"target": "7", "campaign": company.campaign.pk})["Location"] == PAGE  # it was the next one when it was shown
    assert list(Goal.objects.values_list("campaign", "target")) == [(company.campaign.pk, 7)]
    withdraw = f"{withdrawal('own', 'orders')}?next=1"
    assert rep.post(withdraw, {"campaign": company.campaign.pk})["Location"] == PAGE
    assert stored() == []
    assert [rep.post(page, {"target": "7", "campaign": said}).status_code for said in (company.before.pk, "x", "9" * 30)] == [404] * 3


def test_between_campaigns_there_is_nothing_to_set(rep, company):
    Campaign.objects.filter(pk=company.campaign.pk).delete()
    assert "No campaign runs today." in rep.get(PAGE).content.decode()
    assert rep.post(goal("own", "orders"), {"target": "5"}).status_code == 404


@pytest.mark.parametrize("n", [1, 3])
def test_queries(n, rep, below, company, django_assert_num_queries):
    for measure in list(Goal.Measure.values)[:n]:
        goals.set_goal(rep.rep, company.campaign, by=rep.user, target=5, measure=measure)
        GoalSuggestion.objects.create(rep=rep.rep, campaign=company.campaign, measure=measure, target=2, by=rep.user)
    with django_assert_num_queries(8):
        page = goal_page.read_goals(rep.rep)
    assert (len(page.suggestions), len(page.changes), len(page.team)) == (n, n, 6)


# ---- suggested from above
def test_a_goal_is_suggested_told_once_and_taken(rep, upline, company):
    goals.set_goal(rep.rep, company.campaign, by=rep.user, target=3, measure="calls")
    assert "goal 3" in upline.get(of_rep(rep.rep)).content.decode()
    assert Audit.objects.values_list("by", "whose", "what").get() == (upline.user.pk, rep.user.pk, "rep_page_seen")
    for _tap in range(2):
        assert upline.post(of_rep(rep.rep), {"measure": "orders", "target": "12"}).status_code == 302
    assert "no answer yet" in upline.get(of_rep(rep.rep)).content.decode()
    told = Notification.objects.get(recipient=rep.user)
    assert (told.title, told.text, told.url) == (f"{upline.user.name} suggests a goal", "Orders: 12", PAGE)
    suggestion = GoalSuggestion.objects.get()
    assert "Make it mine" in rep.get(PAGE).content.decode()
    for _tap in range(2):
        assert rep.post(reverse("campaigns:goal_answer", args=[suggestion.pk]), {"take": "1"}).status_code == 302
    assert stored() == [("own", "calls", 3), ("own", "orders", 12)]
    assert ["Make it mine" in rep.get(PAGE).content.decode(), "taken" in upline.get(of_rep(rep.rep)).content.decode()] == [False, True]
    told.refresh_from_db()
    assert told.state == "cancelled"


def test_no_thanks_leaves_the_goal_and_another_suggestion_may_follow(rep, upline, company):
    goals.suggest_goal(rep.rep, company.campaign, by=upline.user, target=12, measure="orders")
    rep.post(reverse("campaigns:goal_answer", args=[GoalSuggestion.objects.get().pk]), {"leave": "1"})
    assert (stored(), GoalSuggestion.objects.get().taken) == ([], False)
    goals.suggest_goal(rep.rep, company.campaign, by=upline.user, target=12, measure="orders")
    assert (GoalSuggestion.objects.get().taken, Notification.objects.filter(recipient=rep.user).count()) == (None, 2)


def test_nobody_but_the_line_above_suggests_and_nobody_but_the_rep_answers(rep, upline, stranger, manager, staff, company):
    path = of_rep(rep.rep)
    for who in (stranger, rep):
        assert (who.get(path).status_code, who.post(path, {"measure": "orders", "target": "5"}).status_code) == (404, 404)
    for who in (rep, stranger, manager, staff):
        with pytest.raises(Refusal, match="You are not in charge"):
            goals.suggest_goal(rep.rep, company.campaign, by=who.user, target=5, measure="orders")
    suggestion = goals.suggest_goal(rep.rep, company.campaign, by=upline.user, target=5, measure="orders")
    answer = reverse("campaigns:goal_answer", args=[suggestion.pk])
    assert [who.post(answer, {"take": "1"}).status_code for who in (upline, stranger)] == [404, 404]
    with pytest.raises(Refusal, match="Only the rep"):
        goals.answer_suggestion(suggestion, by=upline.user, take=True)
    for who, set_it in ((upline, goals.set_goal), (upline, goals.set_team_goal)):
        with pytest.raises(Refusal, match="Only the rep"):
            set_it(rep.rep, company.campaign, by=who.user, target=5, measure="orders")
    assert stored() == []


@pytest.mark.parametrize("said", [{}, {"measure": "orders"}, {"measure": "love", "target": "5"}, {"measure": "orders", "target": "-1"}])
def test_a_bad_suggestion_comes_back(said, rep, upline, company):
    assert (upline.post(of_rep(rep.rep), said).status_code, GoalSuggestion.objects.count()) == (422, 0)


def test_to_a_removed_rep_nothing_is_suggested(rep, upline, company):
    Rep.objects.filter(pk=rep.rep.pk).update(status="removed", removed_on=company.campaign.starts_on)
    response = upline.post(of_rep(rep.rep), {"measure": "orders", "target": "5"})
    assert (response.status_code, GoalSuggestion.objects.count()) in ((409, 0), (404, 0))


def test_after_the_close_nothing_is_set_taken_or_withdrawn(rep, upline, company):
    suggestion = goals.suggest_goal(rep.rep, company.campaign, by=upline.user, target=5, measure="orders")
    kept = goals.set_goal(rep.rep, company.campaign, by=rep.user, target=5, measure="calls")
    Campaign.objects.filter(pk=company.campaign.pk).update(closed_at=company.before.closed_at)
    for act in (
        lambda: goals.answer_suggestion(suggestion, by=rep.user, take=True),
        lambda: goals.withdraw_goal(kept, by=rep.user),
        lambda: goals.set_team_goal(rep.rep, company.campaign, by=rep.user, target=5, measure="calls"),
        lambda: goals.suggest_goal(rep.rep, company.campaign, by=upline.user, target=6, measure="orders"),
    ):
        with pytest.raises(Refusal, match="This campaign is closed"):
            act()
    assert stored() == [("own", "calls", 5)]


# ---- in the admin
def test_a_manager_takes_back_a_goal_of_the_own_territory_and_its_history_stays(manager, company):
    place = goals.set_place_goal(company.territory, company.campaign, by=manager.user, target=40, measure="orders")
    goals.set_place_goal(company.territory, company.campaign, by=manager.user, target=50, measure="orders")
    page = reverse("admin:campaigns_goal_change", args=[place.pk])
    assert "40 → 50" in manager.get(page).content.decode()
    delete = reverse("admin:campaigns_goal_delete", args=[place.pk])
    assert (manager.get(delete).status_code, manager.post(delete, {"post": "yes"}).status_code) == (200, 302)
    assert (Goal.objects.count(), changes()[-1]) == (0, ("place", "orders", 50, None))
    listed = manager.get(reverse("admin:campaigns_goalchange_changelist")).content.decode()
    assert [f">{figure}.00<" in listed for figure in (40, 50)] == [True, True]
    assert manager.post(delete, {"post": "yes"}).status_code == 404


def test_what_the_company_wants_of_a_rep_is_taken_back_by_staff_alone(manager, staff, analyst, rep, company):
    load("goals", [["rep_code", "year", "campaign", "measure", "goal"], [rep.rep.code, company.campaign.year, 14, "orders", 9]])
    assert changes() == [("own", "orders", None, 9)]
    delete = reverse("admin:campaigns_goal_delete", args=[Goal.objects.get().pk])
    assert [who.post(delete, {"post": "yes"}).status_code for who in (analyst, manager)] == [403, 403]
    with pytest.raises(Refusal):
        goals.withdraw_goal(Goal.objects.get(), by=manager.user)
    assert (staff.post(delete, {"post": "yes"}).status_code, Goal.objects.count()) == (302, 0)


def test_a_goal_elsewhere_or_of_a_closed_campaign_stays(manager, staff, company):
    said = {"measure": "orders", "target": 3, "is_company": True}
    above = Goal.objects.create(territory=company.region, campaign=company.campaign, **said)
    closed = Goal.objects.create(territory=company.territory, campaign=company.before, **said)
    paths = [reverse("admin:campaigns_goal_delete", args=[one.pk]) for one in (above, closed)]
    assert [manager.post(path, {"post": "yes"}).status_code for path in paths] == [404, 403]
    assert (staff.post(paths[1], {"post": "yes"}).status_code, Goal.objects.count()) == (403, 2)
