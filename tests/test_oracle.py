"""Who sees whom, told a second time and naively, against what the database answers: generated companies in which things happen."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from leads.models import Lead
from pipeline import actions, shares
from pipeline.lead_page import leads_for_page
from pipeline.models import Board, Share
from teams import rights, tree
from teams.models import Assignment, Rep, Territory, User
from tests import make, sizes

PLACES = {"UA": None, "UA-N": "UA", "UA-N-01": "UA-N", "UA-N-02": "UA-N"}
SEEN = settings(
    max_examples=sizes.COMPANIES,
    stateful_step_count=sizes.STEPS,
    deadline=None,
    derandomize=not sizes.FULL,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class Naive:
    """The company as lists. People are numbers; a rep's things have the rep's number."""

    def __init__(self):
        self.sponsor, self.place, self.on_file, self.active, self.assigned, self.shared = [], [], [], [], [], set()

    def here(self, who):
        return self.active[who] and self.on_file[who]

    def below(self, top):
        found = set()
        while more := {who for who, sponsor in enumerate(self.sponsor) if sponsor in found | {top}} - found:
            found |= more
        return found

    def line(self, who):
        return {who} | self.below(who) if self.here(who) else set()

    def within(self, place, top):
        return place is not None and (place == top or self.within(PLACES[place], top))

    def managed(self, who):
        if not self.active[who]:
            return set()
        return {rep for rep, place in enumerate(self.place) if any(self.within(place, top) for top in self.assigned[who])}

    def people(self, who):
        return {who} if self.here(who) else set()

    def boards(self, who):
        return self.people(who) | {owner for owner, helper in self.shared if helper == who and self.here(who) and self.here(owner)}


class Company(RuleBasedStateMachine):
    """What can happen in a company; after every step everybody sees exactly what the naive telling says."""

    base = None  # the places and the campaign, made once by the test

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.naive, self.reps = Naive(), []
        self.recruit(None, "UA-N-01")

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def pick(self, number):
        return number % len(self.reps)

    @precondition(lambda self: len(self.reps) < sizes.REPS)
    @rule(sponsor=st.none() | st.integers(0, 99), place=st.sampled_from(sorted(PLACES)))
    def recruit(self, sponsor, place):
        above = None if sponsor is None else self.pick(sponsor)
        rep = make.rep(f"R{len(self.reps)}", self.base.places[place], sponsor=None if above is None else self.reps[above])
        make.lead(rep, f"Lead {rep.code}")
        make.card(actions.ensure_board(rep, self.base.campaign))
        self.reps.append(rep)
        for known, value in (("sponsor", above), ("place", place), ("on_file", True), ("active", True), ("assigned", set())):
            getattr(self.naive, known).append(value)

    @rule(who=st.integers(0, 99), to=st.none() | st.integers(0, 99))
    def change_sponsor(self, who, to):
        who, to = self.pick(who), None if to is None else self.pick(to)
        assume(to not in {who, *self.naive.below(who)})
        tree.lock(Rep)
        Rep.objects.filter(pk=self.reps[who].pk).update(sponsor=None if to is None else self.reps[to])
        tree.relabel(Rep)
        self.naive.sponsor[who] = to

    @rule(who=st.integers(0, 99), place=st.sampled_from(sorted(PLACES)))
    def change_territory(self, who, place):
        who = self.pick(who)
        Rep.objects.filter(pk=self.reps[who].pk).update(territory=self.base.places[place])
        self.naive.place[who] = place

    @rule(who=st.integers(0, 99))
    def switch_off_or_on(self, who):
        who = self.pick(who)
        self.naive.active[who] = not self.naive.active[who]
        User.objects.filter(pk=self.reps[who].user_id).update(is_active=self.naive.active[who])

    @rule(who=st.integers(0, 99))
    def remove_or_take_back(self, who):
        who = self.pick(who)
        self.naive.on_file[who] = on_file = not self.naive.on_file[who]
        Rep.objects.filter(pk=self.reps[who].pk).update(
            status="active" if on_file else "removed", removed_on=None if on_file else dt.date(2024, 1, 1)
        )

    @rule(who=st.integers(0, 99), place=st.sampled_from(sorted(PLACES)))
    def assign_or_unassign(self, who, place):
        who = self.pick(who)
        rows = Assignment.objects.filter(user=self.reps[who].user_id, territory=self.base.places[place])
        if place in self.naive.assigned[who]:
            rows.delete()
        else:
            Assignment.objects.create(user_id=self.reps[who].user_id, territory=self.base.places[place])
        self.naive.assigned[who] ^= {place}

    @rule(owner=st.integers(0, 99), helper=st.integers(0, 99))
    def share_or_revoke(self, owner, helper):
        owner, helper = self.pick(owner), self.pick(helper)
        assume(self.naive.here(owner) and self.naive.here(helper))
        users = [User.objects.get(pk=self.reps[who].user_id) for who in (owner, helper)]
        if (owner, helper) in self.naive.shared:
            for share in Share.objects.given_by(users[0]).holding().filter(helper=self.reps[helper]):
                shares.revoke_share(share, by=users[0])
            self.naive.shared.remove((owner, helper))
            return
        assume(helper not in {owner, *self.naive.below(owner)})
        board = Board.objects.get(rep=self.reps[owner])
        shares.share_board(board, with_=users[1], may_comment=False, by=users[0])
        self.naive.shared.add((owner, helper))

    @invariant()
    def everybody_sees_what_the_naive_telling_says(self):
        number = {rep.pk: n for n, rep in enumerate(self.reps)}
        now = {rep.pk: rep for rep in Rep.objects.select_related("user")}
        for who, rep in enumerate(self.reps):
            user = now[rep.pk].user

            def numbers(rows, field):
                found = list(rows.values_list(field, flat=True))
                assert len(found) == len(set(found)) or field != "pk"
                return {number[pk] for pk in found}

            assert numbers(Rep.objects.line_of(user), "pk") == self.naive.line(who)
            assert numbers(Rep.objects.managed_by(user), "pk") == self.naive.managed(who)
            assert numbers(Rep.objects.visible_to(user), "pk") == self.naive.line(who) | self.naive.managed(who)
            assert numbers(Lead.objects.visible_to(user), "owner") == self.naive.people(who)
            assert numbers(Board.objects.owned_by(user), "rep") == self.naive.people(who)
            assert numbers(Board.objects.visible_to(user), "rep") == self.naive.boards(who)
            assert numbers(leads_for_page(user), "owner") == self.naive.boards(who)
            assert set(Territory.objects.visible_to(user).values_list("code", flat=True)) == {
                place
                for place in PLACES
                if self.naive.active[who] and any(self.naive.within(place, top) for top in self.naive.assigned[who])
            }
        other = len(number) // 2  # one of them, by the way that single pages go
        seen = {n for n, rep in enumerate(self.reps) if rights.may_see_rep(now[rep.pk].user, now[self.reps[other].pk])}
        assert seen == {n for n in range(len(self.reps)) if other in self.naive.line(n) | self.naive.managed(n)}
        under = {n for n, rep in enumerate(self.reps) if rights.in_downline(rep.pk, self.reps[other].pk)}
        assert under == {n for n in range(len(self.reps)) if other in self.naive.below(n)}


@pytest.fixture
def base(company):
    """Places by code, and the campaign that runs."""
    company.places = {one.code: one for one in Territory.objects.all()}
    return company


def test_everybody_sees_what_the_naive_telling_says(base, monkeypatch):
    monkeypatch.setattr(Company, "base", base)
    run_state_machine_as_test(Company, settings=SEEN)
