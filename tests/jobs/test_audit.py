"""Rows about who saw whom: only ever added, and told to the person concerned."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from cotano.jobs import audit
from cotano.jobs.models import Audit
from tests import make

SHARED = Audit.What.BOARD_SHARED
SEEN = Audit.What.BOARD_SEEN


@pytest.fixture
def looker(db):
    return make.user("Iryna Tkachenko")


@pytest.fixture
def owner(db):
    return make.user("Olena Marchenko")


def rows():
    return list(Audit.objects.order_by("pk").values_list("by", "whose", "what", "subject"))


def test_a_row_says_who_did_what_with_whose_and_when(looker, owner):
    audit.record(by=looker, whose=owner.pk, what="board_shared", subject="board:71")
    audit.record(by=looker, whose=None, what="rep_page_seen", subject="rep:5")
    assert rows() == [(looker.pk, owner.pk, "board_shared", "board:71"), (looker.pk, None, "rep_page_seen", "rep:5")]
    assert abs(Audit.objects.first().at - timezone.now()) < dt.timedelta(minutes=1)


def test_looking_is_written_once_a_day_for_each_person_and_thing(looker, owner):
    with time_machine.travel(dt.datetime(2026, 5, 4, 20, 30, tzinfo=dt.UTC), tick=False) as clock, timezone.override("Europe/Kyiv"):
        for _again in range(3):
            audit.record(by=looker, whose=owner.pk, what=SEEN, subject="board:71")
        audit.record(by=looker, whose=owner.pk, what=SEEN, subject="board:72")
        audit.record(by=owner, whose=looker.pk, what=SEEN, subject="board:71")
        assert Audit.objects.count() == 3
        clock.shift(3600)  # past midnight on the reader's clock
        audit.record(by=looker, whose=owner.pk, what=SEEN, subject="board:71")
    assert [str(row.day) for row in Audit.objects.filter(by=looker, subject="board:71").order_by("pk")] == ["2026-05-04", "2026-05-05"]


def test_doing_is_written_every_time(looker, owner):
    for _again in range(2):
        audit.record(by=looker, whose=owner.pk, what=SHARED, subject="board:71")
    assert len(rows()) == 2


def test_an_export_is_a_row_for_each_person_in_it_but_oneself(looker, owner):
    third = make.user("Petro Stranger")
    audit.record_export(by=looker, subject="job:7", whose=[owner.pk, third.pk, owner.pk, looker.pk])
    audit.record_export(by=looker, subject="job:8", whose=[looker.pk])
    audit.record_export(by=looker, subject="territory:0")
    assert rows() == [
        (looker.pk, owner.pk, "exported", "job:7"),
        (looker.pk, third.pk, "exported", "job:7"),
        (looker.pk, looker.pk, "exported", "job:8"),
        (looker.pk, None, "exported", "territory:0"),
    ]
    assert list(Audit.objects.visible_to(owner).values_list("subject", flat=True)) == ["job:7"]
    assert not Audit.objects.visible_to(looker).exists()


@pytest.mark.parametrize(
    ("what", "subject"), [("made up", "board:1"), (SHARED, "board"), (SHARED, "Oksana Melnyk"), (SHARED, "+380671112233")]
)
def test_only_known_kinds_and_ids_are_written(what, subject, looker):
    with pytest.raises((ValueError, IntegrityError)), transaction.atomic():
        audit.record(by=looker, whose=None, what=what, subject=subject)
    assert rows() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE jobs_audit SET what = 'exported'",
        "DELETE FROM jobs_audit",
        "TRUNCATE jobs_audit",
        "TRUNCATE jobs_audit CASCADE",
        "DROP TABLE jobs_audit",
    ],
)
def test_the_apps_role_can_only_add_and_read(statement, looker, owner):
    audit.record(by=looker, whose=owner.pk, what=SHARED, subject="board:71")
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert rows() == [(looker.pk, owner.pk, SHARED, "board:71")]


def test_the_rights_are_those_two_and_no_more(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT privilege_type FROM information_schema.table_privileges WHERE table_name = 'jobs_audit' AND grantee = current_user"
        )
        assert sorted(right for (right,) in cursor.fetchall()) == ["INSERT", "SELECT"]


def test_a_person_named_in_a_row_cannot_be_deleted(looker, owner):
    audit.record(by=looker, whose=owner.pk, what=SHARED, subject="board:71")
    for person in (looker, owner):
        with pytest.raises(ProtectedError):
            person.delete()


def test_one_sees_what_others_did_with_ones_own(looker, owner):
    audit.record(by=looker, whose=owner.pk, what=SEEN, subject="board:71")
    audit.record(by=owner, whose=owner.pk, what=SHARED, subject="board:71")
    assert [row.what for row in Audit.objects.visible_to(owner)] == [SEEN]
    assert not Audit.objects.visible_to(looker).exists()
    owner.is_active = False
    assert not Audit.objects.visible_to(owner).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_the_tests_themselves_begin_with_an_empty_table(turn, transactional_db):
    who = make.user("Somebody")
    audit.record(by=who, whose=None, what=SHARED, subject="board:1")
    assert len(rows()) == 1
