"""The tree's writes, one by one: what they write, what they refuse. tests/teams/test_tree_machine.py mixes them."""

import pytest
from django.db import connection, transaction

from teams import tree
from teams.models import Rep
from teams.tree import space

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant(company):
    """Makes reps "0", "1", ...; `parents[i]` is the sponsor's number or None. Returns them as written."""

    def planted(parents, *, bulk=False):
        common = {"territory": company.territory, "calendar": "UA", "joined_year": 2018, "joined_number": 1}
        reps = [Rep(code=f"{i}", name=f"Rep {i}", **common, **tree.UNPLACED) for i in range(len(parents))]
        if bulk:
            Rep.objects.bulk_create(reps)
            assert tree.adopt(Rep, [(reps[i].pk, reps[above].pk) for i, above in enumerate(parents) if above is not None]) == len(reps)
        else:
            for rep, above in zip(reps, parents, strict=True):
                rep.sponsor = None if above is None else reps[above]
                rep.save(force_insert=True)
        return reps

    return planted


def written(act, *given):
    """Rows written by `act`, counted by the database itself."""
    with connection.cursor() as cursor:
        count = "SELECT sum(n_tup_ins + n_tup_upd) FROM pg_stat_xact_user_tables WHERE relname LIKE 'teams_%%'"
        cursor.execute(count)
        before = cursor.fetchone()[0]
        answer = act(*given)
        cursor.execute(count)
        return cursor.fetchone()[0] - before, answer


def shown():
    return [(rep.code, rep.depth) for rep in Rep.objects.in_tree_order().with_depth()]


def below(rep):
    return sorted(Rep.objects.below(rep.pk).values_list("code", flat=True))


@pytest.mark.parametrize("bulk", [False, True], ids=["one by one", "in bulk"])
def test_tree_order_puts_parents_before_children_and_branches_together(plant, bulk):
    plant([None, 0, 0, 1, None, 1], bulk=bulk)
    assert shown() == [("0", 0), ("1", 1), ("3", 2), ("5", 2), ("2", 1), ("4", 0)]
    assert not any(tree.check(Rep).values())


def test_a_newcomer_is_one_row(plant):
    reps = plant([None, 0, 1, 1])
    rep = Rep(code="new", name="New", sponsor=reps[1], **{name: getattr(reps[0], name) for name in ("territory", "calendar")})
    rep.joined_year, rep.joined_number = 2018, 1
    assert written(rep.save) == (1, None)
    assert below(reps[1]) == ["2", "3", "new"]


def test_a_branch_that_moves_is_as_many_rows_as_it_has_nodes(plant):
    reps = plant([None, 0, 1, 1, 2, 0])
    assert written(tree.move, Rep, reps[1].pk, reps[5].pk) == (4, 4)
    assert shown() == [("0", 0), ("5", 1), ("1", 2), ("2", 3), ("4", 4), ("3", 3)]
    assert written(tree.move, Rep, reps[1].pk, None) == (4, 4)
    assert shown() == [("0", 0), ("5", 1), ("1", 0), ("2", 1), ("4", 2), ("3", 1)]
    assert written(tree.move, Rep, reps[1].pk, None) == (0, 0)
    assert written(tree.move, Rep, reps[0].pk, reps[4].pk) == (2, 2)
    assert shown() == [("1", 0), ("2", 1), ("4", 2), ("0", 3), ("5", 4), ("3", 1)]
    assert not any(tree.check(Rep).values())


def test_a_leaver_rolls_up(plant):
    reps = plant([None, 0, 1, 1, 2, 0])
    assert written(tree.roll_up, Rep, reps[1].pk) == (4, 4)
    assert shown() == [("0", 0), ("2", 1), ("4", 2), ("3", 1), ("5", 1), ("1", 1)]
    assert tree.roll_up(Rep, reps[1].pk) == 0
    assert tree.roll_up(Rep, reps[0].pk) == 5
    assert shown() == [("0", 0), ("2", 0), ("4", 1), ("3", 0), ("5", 0), ("1", 0)]
    assert not any(tree.check(Rep).values())


@pytest.mark.parametrize(("node", "under"), [(0, 0), (0, 1), (0, 3), (1, 3)])
def test_nobody_comes_below_themselves(plant, node, under):
    reps = plant([None, 0, 1, 2])
    before = shown()
    with pytest.raises(tree.Ring):
        tree.move(Rep, reps[node].pk, reps[under].pk)
    with pytest.raises(tree.Ring):
        tree.adopt(Rep, [(reps[node].pk, reps[under].pk)])
    assert shown() == before


@pytest.mark.parametrize("few", [0, 100])
def test_who_is_not_there_is_refused(plant, monkeypatch, few):
    monkeypatch.setattr("teams.tree.forest.FEW", few)
    rep, nobody = plant([None])[0].pk, 0
    for node, under in ((rep, nobody), (nobody, rep), (nobody, None)):
        with pytest.raises(Rep.DoesNotExist):
            tree.move(Rep, node, under)
        with pytest.raises(Rep.DoesNotExist):
            tree.adopt(Rep, [(node, under)])
    with pytest.raises(Rep.DoesNotExist):
        tree.roll_up(Rep, nobody)


@pytest.mark.parametrize("many", [False, True], ids=["few", "many"])
def test_adopt_turns_a_line_upside_down(plant, monkeypatch, many):
    """Whatever the order of the changes: on the way nobody stands below themselves."""
    monkeypatch.setattr("teams.tree.forest.FEW", 0 if many else 100)
    reps = plant([None, 0, 1, 2, None])
    turned = [(reps[0].pk, reps[1].pk), (reps[1].pk, reps[2].pk), (reps[2].pk, reps[3].pk), (reps[3].pk, reps[4].pk)]
    assert tree.adopt(Rep, turned) >= 4
    assert shown() == [("4", 0), ("3", 1), ("2", 2), ("1", 3), ("0", 4)]
    assert tree.adopt(Rep, turned) == 0
    with pytest.raises(tree.Ring):
        tree.adopt(Rep, [(reps[4].pk, reps[3].pk), (reps[3].pk, reps[0].pk)])
    assert not any(tree.check(Rep).values())


def test_a_chain_of_5000_levels_is_legal(plant):
    """Slower at worst: it loads, moves, shows, is added up and rolls up."""
    reps = plant([None, *range(4999)], bulk=True)
    top, middle, low = reps[0], reps[2500], reps[4999]
    assert tree.above(Rep, low.pk) == [rep.pk for rep in reps[4998::-1]]
    assert low.get_ancestors().count() == top.get_descendant_count() == 4999
    assert Rep.objects.on_level(top.pk, 4000).get() == reps[4000]
    with pytest.raises(tree.Ring):
        tree.move(Rep, top.pk, low.pk)
    assert tree.move(Rep, middle.pk, None) == 2500
    assert tree.is_below(Rep, low.pk, top.pk) is False
    assert tree.move(Rep, top.pk, low.pk) == 2500
    assert [rep.depth for rep in Rep.objects.filter(pk__in=[middle.pk, low.pk, top.pk]).with_depth().order_by("pk")] == [2500, 0, 2499]
    assert tree.roll_up(Rep, middle.pk) == 4999
    assert tree.rollup(Rep, "SELECT id, 1 FROM teams_rep", ["n"]).size.max() == 4998
    assert tree.relabel(Rep) > 0
    assert set(tree.check(Rep).values()) == {0}


def test_adopt_of_many_leaves_the_others_labels_alone(plant, monkeypatch):
    monkeypatch.setattr("teams.tree.forest.FEW", 0)
    reps = plant([None, 0, 0, 1, 1, 2])
    assert written(tree.adopt, Rep, [(reps[3].pk, reps[2].pk), (reps[5].pk, reps[1].pk)]) == (2, 2)
    assert shown() == [("0", 0), ("1", 1), ("4", 2), ("5", 2), ("2", 1), ("3", 2)]


def test_relabelling_writes_changed_rows_only(plant):
    plant([None, 0, 0, 1])
    assert tree.relabel(Rep) == 4
    order = shown()
    assert written(tree.relabel, Rep) == (0, 0)
    Rep.objects.filter(code="3").update(level=7)
    assert written(tree.relabel, Rep) == (1, 1)
    assert shown() == order


def test_a_ring_is_not_relabelled(plant):
    reps = plant([None, 0, 1])
    Rep.objects.filter(code="1").update(sponsor=reps[2])
    with pytest.raises(tree.Ring), transaction.atomic():
        tree.relabel(Rep)
    assert tree.check(Rep)["ring"] == 2
    Rep.objects.filter(code="1").update(sponsor=reps[0])


def test_a_used_up_gap_is_widened_where_it_is(plant, monkeypatch):
    monkeypatch.setattr(space, "TOP", 2**20)
    monkeypatch.setattr(space, "SPACING", 2**4)
    reps = plant([None, 0, 0])
    for number in range(300):  # each takes a 64th of what is left
        Rep.objects.create(
            code=f"n{number}", name="N", sponsor=reps[1], territory=reps[0].territory, calendar="UA", joined_year=2018, joined_number=1
        )
    assert Rep.objects.below(reps[1].pk).count() == 300
    assert Rep.objects.below(reps[2].pk).count() == 0
    assert not any(tree.check(Rep).values())


@pytest.mark.parametrize("model", tree.models())
def test_labels_are_no_part_of_a_key(db, model):
    """PostgreSQL takes the columns of unique indexes for the key: who points to the node would wait until their writer has ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
               WHERE i.indrelid = %s::regclass AND i.indisunique""",
            [model._meta.db_table],
        )
        keys = {name for (name,) in cursor.fetchall()}
    assert {"id", "code"} <= keys
    assert keys.isdisjoint({"lft", "rght", "tree_id", "level", model._mptt_meta.parent_attr + "_id"})


def test_a_full_space_is_said_to_be_full(plant, monkeypatch):
    monkeypatch.setattr(space, "TOP", 16)
    with pytest.raises(OverflowError):
        plant([None, *[0] * 8])


def test_tight_parents_get_a_larger_gap_at_night(plant, monkeypatch):
    reps = plant([None, 0, 1])
    Rep.objects.filter(pk=reps[1].pk).update(rght=Rep.objects.get(pk=reps[2].pk).rght + 5)
    assert tree.widen_tight(Rep) == 1
    one, two = (Rep.objects.get(pk=reps[i].pk) for i in (1, 2))
    assert one.rght - two.rght >= space.TIGHT
    assert tree.widen_tight(Rep) == 0
    assert not any(tree.check(Rep).values())


def test_what_was_written_in_bulk_is_placed_before_it_is_moved(plant, company):
    reps = plant([None])
    Rep.objects.bulk_create(
        [Rep(code="x", name="X", territory=company.territory, calendar="UA", joined_year=2018, joined_number=1, **tree.UNPLACED)]
    )
    with pytest.raises(tree.NotPlaced):
        tree.move(Rep, Rep.objects.get(code="x").pk, reps[0].pk)
    assert tree.check(Rep)["unplaced"] == 1
    assert tree.adopt(Rep) == 1
    assert not any(tree.check(Rep).values())


def test_a_writer_of_everything_holds_the_forest():
    tree.lock(Rep)
    with connection.cursor() as cursor:
        cursor.execute("SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()")
        assert cursor.fetchall() == [("ExclusiveLock",)]
