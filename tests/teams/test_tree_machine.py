"""The tree against a dictionary of parents: whatever is done to it, in whatever order, in a wide space of labels and in a narrow one."""

from itertools import pairwise

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from teams import tree
from teams.models import Territory
from teams.tree import moves, space
from tests import sizes

SEEN = settings(
    max_examples=sizes.COMPANIES,
    stateful_step_count=2 * sizes.STEPS,
    deadline=None,
    derandomize=not sizes.FULL,
    database=None,
    suppress_health_check=list(HealthCheck),
)
NUMBERS = st.integers(0, 99)
MOST = 25


class Forest(RuleBasedStateMachine):
    """What can happen to a tree. Instances stay as they were loaded: whatever they are asked, they answer as things are now."""

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.parents, self.stale, self.rolled, self.made = {}, {}, {}, 0

    def teardown(self):
        connection.check_constraints()
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    # ---- the naive telling
    def pick(self, number):
        return None if number is None else list(self.parents)[number % len(self.parents)]

    def above(self, node):
        line = []
        while (node := self.parents[node]) is not None:
            line.append(node)
        return line

    def below(self, node):
        return {one for one in self.parents if node in self.above(one)}

    def children(self, node):
        return {one for one, parent in self.parents.items() if parent == node}

    def would_ring(self, node, under):
        return under is not None and node in (under, *self.above(under))

    # ---- what happens
    def new(self, parent, **labels):
        self.made += 1
        return Territory(code=f"T{self.made}", name="T", kind="region", parent_id=parent, **labels)

    def know(self, node):
        self.parents[node.pk] = node.parent_id
        self.stale[node.pk] = node

    @precondition(lambda self: len(self.parents) < MOST)
    @rule(parent=st.none() | NUMBERS, way=st.sampled_from(["save", "insert_node", "insert_at"]))
    def insert(self, parent, way):
        parent = self.pick(parent) if self.parents else None
        node, target = self.new(parent), self.stale.get(parent)
        if way == "save":
            node.save()
        elif way == "insert_node":
            Territory.objects.insert_node(node, target, save=True)
        else:
            node.insert_at(target, save=True)
        self.know(node)

    @precondition(lambda self: self.parents)
    @rule(node=NUMBERS, under=st.none() | NUMBERS, way=st.sampled_from(["move", "move_to", "save", "stale save"]))
    def move(self, node, under, way):
        node, under = self.pick(node), self.pick(under)
        given = self.stale[node] if way == "stale save" else Territory.objects.get(pk=node)

        def act():
            if way == "move":
                tree.move(Territory, node, under)
            elif way == "move_to":
                given.move_to(self.stale.get(under))
            else:
                given.parent_id = under
                given.save()

        if self.would_ring(node, under):
            with pytest.raises(tree.Ring):
                act()
            if way == "stale save":
                self.stale[node] = Territory.objects.get(pk=node)
            return
        act()
        self.parents[node] = under

    @precondition(lambda self: self.parents)
    @rule(node=NUMBERS)
    def leave(self, node):
        node = self.pick(node)
        self.rolled[node] = self.children(node)
        below = len(self.below(node))
        assert tree.roll_up(Territory, node) >= (below + (self.parents[node] is not None) if below else 0)
        for child in self.rolled[node]:
            self.parents[child] = self.parents[node]

    @precondition(lambda self: self.rolled)
    @rule(number=NUMBERS)
    def reinstate(self, number):
        node = list(self.rolled)[number % len(self.rolled)]
        for child in self.rolled.pop(node) & self.parents.keys():
            if node in self.parents and not self.would_ring(child, node):
                tree.move(Territory, child, node)
                self.parents[child] = node

    @precondition(lambda self: self.parents)
    @rule(node=NUMBERS)
    def delete_a_leaf(self, node):
        node = self.pick(node)
        assume(not self.children(node))
        Territory.objects.get(pk=node).delete()
        for known in (self.parents, self.stale, self.rolled):
            known.pop(node, None)

    @rule(way=st.sampled_from(["relabel", "rebuild", "partial_rebuild", "widen_tight"]))
    def renumber(self, way):
        if way == "relabel":
            tree.relabel(Territory)
            assert tree.relabel(Territory) == 0
        elif way == "widen_tight":
            tree.widen_tight(Territory)
        else:
            getattr(Territory.objects, way)(*[1] * (way == "partial_rebuild"))

    @precondition(lambda self: self.parents)
    @rule(node=NUMBERS, label=st.sampled_from(["lft", "rght", "tree_id", "level"]), by=st.integers(-5, 5))
    def break_and_mend(self, node, label, by):
        node = Territory.objects.get(pk=self.pick(node))
        setattr(node, label, getattr(node, label) + by)
        assume(node.lft < node.rght)
        Territory.objects.filter(pk=node.pk).update(**{label: getattr(node, label)})
        tree.relabel(Territory)

    @precondition(lambda self: self.parents)
    @rule(pairs=st.lists(st.tuples(NUMBERS, st.none() | NUMBERS), max_size=6), new=st.integers(0, 3), few=st.booleans())
    def adopt(self, pairs, new, few):
        rows = Territory.objects.bulk_create(self.new(None, **tree.UNPLACED) for _ in range(new if len(self.parents) < MOST else 0))
        links = {self.pick(node): self.pick(under) for node, under in pairs}
        for number, row in enumerate(rows):
            links[row.pk] = self.pick(pairs[number][1]) if number < len(pairs) else None
            self.know(row)
        before, self.parents = self.parents, {**self.parents, **links}
        ring = any(self._on_ring(node) for node in self.parents)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("teams.tree.forest.FEW", 99 if few else -1)
            if ring:
                self.parents = before
                with pytest.raises(tree.Ring), transaction.atomic():
                    tree.adopt(Territory, links.items())
                tree.adopt(Territory)  # the new ones, as roots
            else:
                tree.adopt(Territory, links.items())
                assert tree.adopt(Territory, links.items()) == 0

    def _on_ring(self, node):
        met = set()
        while node is not None and node not in met:
            met.add(node)
            node = self.parents[node]
        return node is not None

    # ---- how it looks then
    @invariant()
    def the_index_is_right(self):
        connection.check_constraints()
        assert {name: n for name, n in tree.check(Territory).items() if n} == {}
        rows = list(Territory.objects.in_tree_order().with_depth())
        assert {row.pk: row.parent_id for row in rows} == self.parents
        assert all(row.depth == len(self.above(row.pk)) for row in rows)
        for one, following in pairwise(rows):  # a branch lies together
            assert following.parent_id in (None, one.pk, *self.above(one.pk))
        assert all(0 < row.lft < row.rght < space.TOP for row in rows)

    @invariant()
    @precondition(lambda self: self.parents)
    def every_answer_is_right(self):
        everybody = list(self.parents)
        chosen = {everybody[0], everybody[self.made % len(everybody)], everybody[-1]}
        for pk in chosen:
            self._ask(pk, everybody[(self.made * 7) % len(everybody)])
        some = Territory.objects.filter(pk__in=chosen)
        below, above = set().union(*map(self.below, chosen)), {one for pk in chosen for one in self.above(pk)}
        assert [ids(some.get_descendants()), ids(some.get_descendants(include_self=True))] == [below, below | chosen]
        assert [ids(some.get_ancestors()), ids(some.get_ancestors(include_self=True))] == [above, above | chosen]
        assert ids(Territory.objects.at_or_below(some)) == below | chosen
        assert ids(Territory.objects.root_nodes()) == self.children(None)

    def _ask(self, pk, other):
        stale, fresh, reads = self.stale[pk], Territory.objects.get(pk=pk), Territory.objects
        above, below, children = self.above(pk), self.below(pk), self.children(pk)
        assert ids(reads.below(pk)) == below
        assert ids(reads.children_of(pk)) == children
        assert tree.above(Territory, pk) == tree.chain(stale) == above
        assert tree.is_below(Territory, pk, other) == (other in above)
        assert [one.pk for one in stale.get_ancestors()] == above[::-1]
        assert [one.pk for one in stale.get_ancestors(ascending=True, include_self=True)] == [pk, *above]
        assert [ids(stale.get_descendants()), ids(stale.get_descendants(include_self=True))] == [below, below | {pk}]
        assert ids(stale.get_children()) == children
        assert ids(stale.get_family()) == {pk, *above} | below
        assert ids(stale.get_leafnodes(include_self=True)) == {one for one in below | {pk} if not self.children(one)}
        assert (stale.get_descendant_count(), stale.is_leaf_node()) == (len(below), not children)
        assert stale.get_root().pk == [pk, *above][-1]
        assert stale.is_descendant_of(self.stale[other]) == self.stale[other].is_ancestor_of(stale) == (other in above)
        siblings = self.children(self.parents[pk])
        assert [ids(fresh.get_siblings()), ids(fresh.get_siblings(include_self=True))] == [siblings - {pk}, siblings]
        order = [one.pk for one in reads.in_tree_order() if one.pk in siblings]
        place = order.index(pk)
        next_one, one_before = fresh.get_next_sibling(), fresh.get_previous_sibling()
        assert (next_one and next_one.pk) == (order[place + 1] if place + 1 < len(order) else None)
        assert (one_before and one_before.pk) == (order[place - 1] if place else None)


def ids(rows):
    found = [row.pk for row in rows]
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_whatever_happens_the_tree_is_what_the_links_say(db, monkeypatch, narrow):
    if narrow:  # so few labels that they are laid out anew all the time
        for name, value in {"TOP": 2**8, "SPACING": 2, "AHEAD": 2, "TIGHT": 2, "SHARE": 2}.items():
            monkeypatch.setattr(space, name, value)
        monkeypatch.setattr(moves, "NARROW", 2)
    run_state_machine_as_test(Forest, settings=SEEN)
