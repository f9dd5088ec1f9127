"""An index of the time before sparse labels becomes one, whatever state it is in."""

import pytest
from django.apps import apps as now
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from teams import tree
from teams.models import Territory
from tests import make

LABELS = ("teams", "0010_sparse_labels")


@pytest.mark.django_db
def test_old_labels_are_made_again():
    places = make.territories()
    dense = {"UA": (1, 8, 1, 0), "UA-N": (2, 7, 1, 1), "UA-N-01": (3, 4, 1, 2), "UA-N-02": (0, 1, 0, 0)}  # the last one never placed
    for code, labels in dense.items():
        Territory.objects.filter(code=code).update(**dict(zip(("lft", "rght", "tree_id", "level"), labels, strict=True)))
    migration = MigrationLoader(connection).get_migration(*LABELS)
    (make_again,) = (step.code for step in migration.operations if hasattr(step, "code"))
    make_again(now, connection.schema_editor())
    assert set(tree.check(Territory).values()) == {0}
    assert list(Territory.objects.in_tree_order().values_list("code", flat=True)) == list(dense)
    assert Territory.objects.get(code="UA-N-02").rght - places["UA"].lft > 2**50


@pytest.mark.django_db
def test_new_trees_come_after_all_known_ones():
    make.territories()
    known = Territory.objects.get(code="UA").tree_id
    assert Territory.objects.create(code="X", name="X", kind="region").tree_id > known
