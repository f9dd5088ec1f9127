"""Who may see whom, role by role. The matrix (tests/test_matrix.py) holds the pages to it, the oracle generated companies."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Goal, Order
from leads.models import Lead, Reminder
from notifications import actions as notifications
from notifications.models import Notification
from pipeline.models import Board, Card, WorkItem
from teams import rights, tree
from teams.models import Assignment, Rep, Territory, User
from teams.rights import Role
from teams.roles import sync_roles
from tests import make
from tests.loading import load


@pytest.fixture
def family(company):
    """A line five deep and its side line: 1 over 2 (over 3 over 4) and 5; 9 stands elsewhere. By code."""
    one = make.rep("1", company.territory)
    two = make.rep("2", company.territory, sponsor=one)
    three = make.rep("3", company.other_territory, sponsor=two)
    four = make.rep("4", company.other_territory, sponsor=three)
    five = make.rep("5", company.territory, sponsor=one)
    nine = make.rep("9", company.other_territory)
    return {rep.code: Rep.objects.select_related("user").get(pk=rep.pk) for rep in (one, two, three, four, five, nine)}


def fresh(user):
    """The same person in another request."""
    return User.objects.get(pk=user.pk)


def codes(reps):
    return sorted(reps.values_list("code", flat=True))


def by_permission(name, *codenames):
    who = make.user(name, is_staff=True)
    who.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return fresh(who)


def switch_off(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


def remove(rep):
    Rep.objects.filter(pk=rep.pk).update(status="removed", removed_on=dt.date(2024, 1, 1))


# ---- reps
@pytest.mark.parametrize(
    ("who", "sees"),
    [("1", ["1", "2", "3", "4", "5"]), ("2", ["2", "3", "4"]), ("3", ["3", "4"]), ("4", ["4"]), ("5", ["5"]), ("9", ["9"])],
)
def test_a_rep_sees_oneself_and_the_line_below(who, sees, family):
    user = family[who].user
    assert codes(Rep.objects.visible_to(user)) == codes(Rep.objects.line_of(user)) == sees
    assert sorted(code for code, rep in family.items() if rights.may_see_rep(user, rep)) == sees
    assert codes(Rep.objects.managed_by(user)) == []
    assert list(Territory.objects.visible_to(user)) == []


def test_in_downline_walks_the_sponsors(family):
    def below(top, rep):
        return rights.in_downline(family[top].pk, family[rep].pk)

    assert [below("1", "2"), below("1", "4"), below("2", "4"), below("2", "5"), below("2", "1"), below("1", "1"), below("9", "4")] == [
        *(True, True, True),
        *(False, False, False, False),
    ]


def test_a_wrong_index_opens_no_page(family):
    over = family["2"]
    Rep.objects.filter(code="9").update(tree_id=over.tree_id, lft=over.rght - 2, rght=over.rght - 1)
    assert rights.may_see_rep(family["1"].user, Rep.objects.get(code="9")) is False


def test_in_downline_takes_one_query(family, django_assert_num_queries):
    with django_assert_num_queries(1):
        rights.in_downline(family["1"].pk, family["4"].pk)


def test_a_list_reads_the_bounds_in_its_own_statement(family, django_assert_num_queries):
    with django_assert_num_queries(1):
        list(Rep.objects.line_of(family["1"].user))
    with django_assert_num_queries(1):
        list(Lead.objects.visible_to(family["1"].user))


def test_a_new_sponsor_counts_from_the_next_request_on(family):
    boss, other = family["2"].user, family["5"].user
    with transaction.atomic():
        tree.lock(Rep)
        Rep.objects.filter(code="3").update(sponsor=family["5"])
        tree.relabel(Rep)
    moved = Rep.objects.get(code="4")
    assert (codes(Rep.objects.visible_to(boss)), codes(Rep.objects.visible_to(other))) == (["2"], ["3", "4", "5"])
    assert (rights.may_see_rep(boss, moved), rights.may_see_rep(other, moved)) == (False, True)


@pytest.mark.parametrize("end", [switch_off, lambda user: remove(user.rep)], ids=["switched off", "removed"])
@pytest.mark.parametrize("stale", [True, False], ids=["this request", "the next one"])
def test_a_rep_who_is_gone_sees_nothing(end, stale, family, company):
    user = family["1"].user
    lead = make.lead(family["1"])
    make.work_item(lead)
    Goal.objects.create(rep=family["1"], campaign=company.campaign, target=1)
    Order.objects.create(
        number="1", kind="order", rep=family["1"], campaign=company.campaign, placed_on=company.campaign.starts_on, amount=1, currency="UAH"
    )
    make.card(make.actions.ensure_board(family["1"], company.campaign))
    kinds = (Rep, Lead, Board, Card, Goal, Order, WorkItem)
    assert [kind.objects.visible_to(user).count() for kind in kinds] == [5, 2, 1, 1, 1, 1, 1]
    end(user)
    asks = user if stale else fresh(user)
    assert [kind.objects.visible_to(asks).count() for kind in kinds] == [0] * 7
    assert Board.objects.owned_by(asks).count() == 0
    assert (rights.own_rep_id(asks), rights.roles_of(asks) - (rights.roles_of(user) if stale else frozenset())) == (None, frozenset())
    assert fresh(user).own_rep is None
    assert rights.is_own(fresh(user), Rep.objects.get(code="1")) is False
    assert rights.may_see_rep(fresh(user), family["2"]) is False


def test_a_removed_rep_keeps_the_line_above_together(family):
    remove(family["2"])
    assert codes(Rep.objects.visible_to(family["1"].user)) == ["1", "2", "3", "4", "5"]
    assert rights.may_see_rep(family["1"].user, family["4"]) is True


def test_people_belong_to_the_rep_alone(family, company, manager, staff, analyst):
    lead = make.lead(family["3"])
    make.work_item(lead)
    card = make.card(make.actions.ensure_board(family["3"], company.campaign))
    Reminder.objects.create(
        owner=family["3"],
        lead=lead,
        by=family["3"].user,
        day=dt.date(2030, 1, 1),
        time=dt.time(10),
        zone="UTC",
        due_at=dt.datetime(2030, 1, 1, 10, tzinfo=dt.UTC),
    )
    kinds = (Lead, Reminder, Board, Card, WorkItem)
    assert [kind.objects.visible_to(family["3"].user).count() for kind in kinds] == [2, 1, 1, 1, 1]
    for user in (family["1"].user, family["2"].user, family["4"].user, family["9"].user, manager.user, staff.user, analyst.user):
        assert [kind.objects.visible_to(user).count() for kind in kinds] == [0] * 5
    assert card.lead_id in Lead.objects.visible_to(family["3"].user).values_list("pk", flat=True)


def test_orders_are_seen_up_the_line_and_goals_too(family, company):
    for code in ("2", "3", "5", "9"):
        rep = family[code]
        Order.objects.create(
            number=code, kind="order", rep=rep, campaign=company.campaign, placed_on=company.campaign.starts_on, amount=1, currency="UAH"
        )
        Goal.objects.create(rep=rep, campaign=company.campaign, target=1)

    def seen(kind, user):
        return sorted(kind.objects.visible_to(user).values_list("rep__code", flat=True))

    boss = make.manager(company.territory)
    assert [(seen(Order, user), seen(Goal, user)) for user in (family["2"].user, family["3"].user, boss)] == [
        (["2", "3"], ["2", "3"]),
        (["3"], ["3"]),
        (["2", "5"], []),
    ]


# ---- in charge
def test_a_manager_sees_the_own_territories_with_all_below(family, company):
    low, high = make.manager(company.territory), make.manager(company.region, "Regional Manager")
    assert (codes(Rep.objects.visible_to(low)), codes(Rep.objects.visible_to(high))) == (["1", "2", "5"], ["1", "2", "3", "4", "5", "9"])
    assert codes(Territory.objects.visible_to(high)) == codes(rights.territories_of(high)) == ["UA-N", "UA-N-01", "UA-N-02"]
    assert [rights.may_see_rep(low, family[code]) for code in "1239"] == [True, True, False, False]
    assert [rights.may_see_rep(high, family[code]) for code in "1239"] == [True] * 4
    assert (rights.roles_of(low), rights.roles_of(high)) == ({Role.TERRITORY_MANAGER}, {Role.REGIONAL_MANAGER})


def test_a_manager_without_territories_sees_nobody(family, company):
    boss = make.manager(company.territory)
    boss.assignments.all().delete()
    assert (codes(Rep.objects.visible_to(boss)), codes(Rep.objects.managed_by(boss)), list(Territory.objects.visible_to(boss))) == (
        *([], []),
        [],
    )
    assert rights.may_see_rep(boss, family["1"]) is False
    assert rights.roles_of(boss) == frozenset()


def test_two_managers_of_one_territory_see_the_same(family, company):
    first, second = make.manager(company.territory), make.manager(company.territory, "Second Manager")
    assert codes(Rep.objects.visible_to(first)) == codes(Rep.objects.visible_to(second)) == ["1", "2", "5"]
    first.assignments.all().delete()
    assert (codes(Rep.objects.visible_to(fresh(first))), codes(Rep.objects.visible_to(second))) == ([], ["1", "2", "5"])


def test_two_territories_of_one_manager_add_up_and_no_rep_comes_twice(family, company):
    boss = make.manager(company.territory)
    Assignment.objects.create(user=boss, territory=company.region)
    assert codes(Rep.objects.visible_to(boss)) == ["1", "2", "3", "4", "5", "9"]
    assert rights.roles_of(boss) == {Role.TERRITORY_MANAGER, Role.REGIONAL_MANAGER}


def test_a_manager_who_is_also_a_rep_has_both_and_mixes_nothing(family, company):
    both = family["2"].user  # the line leads into the other territory
    Assignment.objects.create(user=both, territory=company.territory)
    assert codes(Rep.objects.line_of(both)) == ["2", "3", "4"]
    assert codes(Rep.objects.managed_by(both)) == ["1", "2", "5"]
    assert codes(Rep.objects.visible_to(both)) == ["1", "2", "3", "4", "5"]
    assert [rights.may_see_rep(both, family[code]) for code in "134"] == [True, True, True]
    assert rights.may_see_rep(both, family["9"]) is False
    make.lead(family["5"])
    assert Lead.objects.visible_to(both).count() == 0
    assert rights.roles_of(both) == {Role.REP, Role.LEADER, Role.TERRITORY_MANAGER}


def test_a_manager_who_is_a_removed_rep_keeps_the_territory_alone(family, company):
    both = family["2"].user
    Assignment.objects.create(user=both, territory=company.territory)
    remove(family["2"])
    assert (codes(Rep.objects.line_of(both)), codes(Rep.objects.visible_to(both))) == ([], ["1", "2", "5"])


def test_a_switched_off_manager_sees_nobody(family, company):
    boss = make.manager(company.territory)
    switch_off(boss)
    for asks in (boss, fresh(boss)):
        assert (codes(Rep.objects.visible_to(asks)), list(Territory.objects.visible_to(asks))) == ([], [])
        assert rights.may_see_rep(asks, family["1"]) is False
        assert rights.roles_of(asks) == frozenset()


def test_a_new_territory_counts_from_the_next_request_on(family, company):
    boss = make.manager(company.territory)
    Assignment.objects.filter(user=boss).update(territory=company.other_territory)
    assert codes(Rep.objects.visible_to(boss)) == ["3", "4", "9"]
    Rep.objects.filter(code="1").update(territory=company.other_territory)
    assert codes(Rep.objects.visible_to(boss)) == ["1", "3", "4", "9"]
    assert rights.may_see_rep(boss, Rep.objects.get(code="1")) is True


@pytest.mark.parametrize(
    ("permissions", "roles"),
    [
        (("see_company", "see_reports", "import_rep"), {Role.STAFF}),
        (("see_company", "import_workitem"), {Role.STAFF}),
        (("see_company", "import_territory"), {Role.STAFF}),
        (("see_company", "import_order"), {Role.STAFF}),
        (("see_company", "see_reports"), {Role.ANALYST}),
        (("see_company",), {Role.SUPPORT}),
        (("see_reports", "import_rep"), set()),
    ],
)
def test_staff_analysts_and_support_are_known_by_their_permissions(permissions, roles, family, company):
    who = by_permission("Somebody", *permissions)
    assert rights.roles_of(who) == roles
    assert len(codes(Rep.objects.visible_to(who))) == len(codes(Rep.objects.managed_by(who))) == (6 if roles else 0)
    assert len(codes(Territory.objects.visible_to(who))) == (4 if roles else 0)
    assert rights.may_see_rep(who, family["9"]) is bool(roles)
    switch_off(who)
    assert (codes(Rep.objects.visible_to(fresh(who))), rights.may_see_rep(fresh(who), family["9"])) == ([], False)


@pytest.mark.parametrize(("group", "role"), [("Staff", Role.STAFF), ("Analyst", Role.ANALYST), ("Support", Role.SUPPORT)])
def test_every_group_of_the_company_is_a_role(group, role, db):
    sync_roles()
    who = make.user("Somebody", is_staff=True)
    who.groups.add(Group.objects.get(name=group))
    assert rights.roles_of(fresh(who)) == {role}


def test_a_role_that_is_taken_away_is_gone_on_the_next_request(family):
    who = by_permission("Somebody", "see_company")
    who.user_permissions.clear()
    assert codes(Rep.objects.visible_to(fresh(who))) == []


@pytest.mark.parametrize(
    ("code", "roles"), [("1", {Role.REP, Role.LEADER}), ("3", {Role.REP, Role.LEADER}), ("4", {Role.REP}), ("5", {Role.REP})]
)
def test_a_leader_is_a_rep_with_a_downline(code, roles, family):
    assert rights.roles_of(family[code].user) == roles


# ---- nobody
@pytest.mark.parametrize("who", ["nobody", "a log-in without a rep"])
def test_nobody_sees_nothing(who, family, company):
    user = AnonymousUser() if who == "nobody" else make.user("Loose End")
    make.lead(family["1"])
    for rows in (Rep, Lead, Board, Card, Order, Goal, WorkItem, Territory, Reminder):
        assert rows.objects.visible_to(user).count() == 0
    assert (rights.roles_of(user), rights.own_rep_id(user), rights.may_see_rep(user, family["1"])) == (frozenset(), None, False)
    assert list(rights.territories_of(user)) == []
    assert Rep.objects.filter(user=None).exists() is False
    loose = make.rep("77", company.territory, login=False)
    assert rights.is_own(user, loose) is False


# ---- who may log in
def test_the_roles_have_these_words():
    assert set(Role.values) == {
        *("rep", "leader", "territory_manager", "regional_manager", "staff", "analyst", "support", "api_client"),
    }


@pytest.mark.parametrize(
    ("fields", "removed", "may"),
    [
        ({}, False, True),
        ({}, True, False),
        ({"is_active": False}, False, False),
        ({"is_staff": True}, True, True),
        ({"is_superuser": True}, True, True),
        ({"is_staff": True, "is_active": False}, False, False),
    ],
)
def test_who_has_nothing_left_to_see_may_not_come_in(fields, removed, may, family):
    User.objects.filter(pk=family["1"].user_id).update(**fields)
    if removed:
        remove(family["1"])
    assert rights.may_come_in(fresh(family["1"].user)) is may


def test_a_log_in_without_a_rep_may_come_in(db):
    assert rights.may_come_in(make.user("Loose End")) is True


# ---- what cannot be
def test_a_territory_with_reps_assignments_or_parts_is_not_deleted(company, family, manager):
    for territory in (company.territory, company.region, company.market):
        with pytest.raises(ProtectedError):
            Territory.objects.get(pk=territory.pk).delete()


def test_a_rep_with_recruits_is_not_deleted(family):
    with pytest.raises(ProtectedError):
        family["1"].delete()


def test_no_territory_lies_in_itself(company):
    with pytest.raises(IntegrityError), transaction.atomic():
        Territory.objects.filter(pk=company.region.pk).update(parent=company.region)


def test_a_file_with_a_ring_of_territories_changes_nothing(company):
    rows = [
        ["code", "parent_code", "name", "kind"],
        ["UA-N", "UA-N-01", "North", "region"],
        ["UA-N-01", "UA-N", "Territory 01", "territory"],
    ]
    job = load("territories", rows)
    assert job.counts["rejected"] >= 1
    assert Territory.objects.get(code="UA-N").parent == company.market
    boss = make.manager(company.territory)
    assert codes(Territory.objects.visible_to(boss)) == ["UA-N-01"]


def test_a_ring_in_broken_data_ends(company, family):
    Territory.objects.filter(pk=company.region.pk).update(parent=company.territory)
    boss = make.manager(company.other_territory)
    assert rights.may_see_rep(boss, family["1"]) is False


# ---- what it costs
def test_the_rights_cost_a_rep_nothing_and_a_manager_one_query(family, company):
    def queries(make_rows):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            list(make_rows())
        return len(seen)

    boss = fresh(make.manager(company.territory))
    boss.has_perm("teams.see_company")  # Django's own two
    assert queries(lambda: Lead.objects.visible_to(family["1"].user)) == 1
    assert queries(lambda: Rep.objects.line_of(family["1"].user)) == 1
    assert queries(lambda: Rep.objects.managed_by(boss)) == 2
    assert queries(lambda: Order.objects.managed_by(boss)) == 1  # the territories are known by then
    staff, leaf = fresh(make.staff()), fresh(family["4"].user)
    leaf.has_perm("teams.see_company")
    assert queries(lambda: Rep.objects.managed_by(staff)) == 1
    assert queries(lambda: [rights.may_see_rep(leaf, family["9"])]) == 3  # who they are, the line above the other, their territories


def test_the_file_that_removes_a_rep_takes_back_what_was_told(rep, stranger, company):
    def told(user):
        return Notification.objects.visible_to(user).for_inbox().count()

    for person in (rep, stranger):
        notifications.schedule(
            key="lead:1", subject="lead:1", recipient=person.user, kind="notice", title="Olena", url="/leads/1/", due_at=timezone.now()
        )
    headings = ["code", "sponsor_code", "name", "territory_code", "joined_campaign", "calendar", "status"]
    rows = [[code, sponsor, "Somebody", place, "2020-01", "UA", "removed"] for code, sponsor, place in [("101", "100", "UA-N-01")]]
    assert (told(rep.user), told(stranger.user)) == (1, 1)
    load("roster", [headings, *rows])
    assert (told(rep.user), told(stranger.user)) == (0, 1)
    assert rep.get("/")["Location"] == "/accounts/login/?next=/"
