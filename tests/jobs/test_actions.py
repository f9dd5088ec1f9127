"""A job is a row: it waits, is taken up by one worker, ends once, whatever dies."""

import datetime as dt
import socket
import threading
from importlib import import_module

import pytest
import time_machine
from celery import current_app
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from cotano.jobs import actions, kinds, running, tasks
from cotano.jobs.models import Job, JobPiece, Verdict
from cotano.jobs.outcome import full
from cotano.jobs.refusals import Refusal
from notifications.models import Notification
from teams.models import Territory, User
from tests.together import at_once

FILE = b"code,parent_code,name,kind,time_zone,currency,language\nUA,,Ukraine,market,Europe/Kyiv,UAH,uk\nXX,ZZ,Lost,region,,,\n"


@pytest.fixture
def user(db):
    return User.objects.create_user(email="a@example.com", name="A")


@pytest.fixture
def draft(user):
    return actions.keep_upload(user, "territories", FILE, name="C:\\files\\places.csv")


@pytest.fixture
def waiting(draft, user):
    return actions.confirm(draft, by=user)


def stand(job):
    return Job.objects.values_list("state", "attempts").get(pk=job.pk)


def test_an_upload_is_kept_whole_in_pieces(user):
    data = b"x" * (2**20) + b"yz"
    job = actions.keep_upload(user, "territories", data, name="a.csv")
    assert [bytes(piece) for piece in JobPiece.objects.order_by("n").values_list("data", flat=True)] == [data[: 2**20], b"yz"]
    assert (job.size, len(job.sha256), job.state, job.private) == (len(data), 64, "draft", False)


def test_a_dry_run_leaves_nothing_but_the_draft(draft):
    outcome = running.check(draft)
    assert (outcome.counts, outcome.lines, outcome.ignored) == (full({"created": 1, "rejected": 1}), 2, [])
    assert (Territory.objects.count(), Verdict.objects.count(), stand(draft)) == (0, 0, ("draft", 0))
    assert draft.file_name == "places.csv"


def test_only_its_owner_confirms_a_draft_and_once(draft, user):
    other = User.objects.create_user(email="b@example.com", name="B")
    with pytest.raises(Refusal):
        actions.confirm(draft, by=other)
    actions.confirm(draft, by=user)
    actions.carry_out(draft.pk)
    actions.confirm(draft, by=user)
    assert stand(draft) == ("done", 1)


def test_every_line_has_a_verdict_and_the_owner_is_told_once(waiting, user):
    job = actions.carry_out(waiting.pk)
    assert actions.carry_out(waiting.pk) is None
    assert list(Verdict.objects.order_by("line").values_list("line", "outcome", "reason", "detail", "label")) == [
        (2, "c", "", "", ""),
        (3, "r", "parent_unknown", "ZZ", "XX Lost"),
    ]
    assert (job.counts["created"], Job.objects.get().counts) == (1, job.counts)
    [told] = Notification.objects.all()
    assert (told.recipient, told.kind, told.key, told.title) == (user, "job", f"job:{job.pk}", "places.csv is loaded")
    assert told.text == "1 new, 0 changed, 0 unchanged, 1 rejected"


def test_a_file_that_cannot_be_used_fails_with_its_sentence(user):
    job = actions.confirm(actions.keep_upload(user, "territories", b"%PDF-1.4"), by=user)
    actions.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.state, "not a CSV file but a PDF" in job.sentence) == ("failed", True)
    assert Notification.objects.get().text == job.sentence


def test_a_job_that_breaks_is_tried_three_times_and_leaves_nothing(waiting, monkeypatch):
    def broken(self, run):
        run.sql(
            "INSERT INTO teams_user (password, is_superuser, email, name, language, zone, theme, is_staff, is_active, date_joined)"
            " VALUES ('', false, 'half@example.com', 'Half', 'en', 'UTC', '', false, true, now())"
        )
        raise ZeroDivisionError

    monkeypatch.setattr(type(kinds.get("territories")), "apply", broken)
    start = timezone.now()
    stands = []
    for minute in range(4):
        with time_machine.travel(start + dt.timedelta(minutes=minute)):
            actions.carry_out(waiting.pk)
            stands.append(stand(waiting))
    assert stands == [("waiting", 1), ("waiting", 2), ("failed", 3), ("failed", 3)]
    assert User.objects.count() == 1
    assert "interrupted" in Notification.objects.get().text


def test_a_worker_that_died_is_followed_by_another(waiting):
    with time_machine.travel(timezone.now() - dt.timedelta(minutes=5)):
        actions._claim(waiting.pk)
    assert stand(waiting) == ("running", 1)
    assert actions.take_up() == [waiting.pk]
    actions.carry_out(waiting.pk)
    assert stand(waiting) == ("done", 2)


def test_three_workers_that_died_are_enough(waiting):
    Job.objects.update(state="running", attempts=3, lease_until=timezone.now() - dt.timedelta(minutes=5))
    actions.carry_out(waiting.pk)
    assert stand(waiting) == ("failed", 3)
    assert Notification.objects.count() == 1


def test_a_fresh_lease_is_left_alone(waiting):
    actions._claim(waiting.pk)
    assert (actions.take_up(), actions.carry_out(waiting.pk)) == ([], None)


def test_drafts_are_forgotten_after_a_day(draft, waiting, user):
    draft = actions.keep_upload(user, "territories", FILE)
    Job.objects.filter(pk=draft.pk).update(created_at=timezone.now() - dt.timedelta(hours=25))
    actions.take_up()
    assert list(Job.objects.values_list("pk", flat=True)) == [waiting.pk]


@pytest.mark.parametrize("state", ["gone", "frozen"])
def test_without_the_broker_the_row_waits(draft, user, state, monkeypatch, django_capture_on_commit_callbacks):
    with socket.create_server(("127.0.0.1", 0)) as broker:  # it takes connections and never answers
        monkeypatch.setattr(current_app.conf, "broker_write_url", f"redis://127.0.0.1:{broker.getsockname()[1]}/0")
        if state == "gone":
            broker.close()
        with django_capture_on_commit_callbacks(execute=True):
            actions.confirm(draft, by=user)
    assert stand(draft) == ("waiting", 0)


def test_the_bell_rings_after_the_commit(draft, user, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(tasks.carry_out, "apply_async", lambda given, **_how: rung.extend(given))
    with django_capture_on_commit_callbacks(execute=True):
        actions.confirm(draft, by=user)
        assert rung == []
    assert rung == [draft.pk]


def test_progress_is_kept_in_the_cache(waiting, user):
    assert running.progress(waiting) is None
    actions.carry_out(waiting.pk)
    assert running.progress(waiting) == running.Progress(3, 3)
    assert running.Progress(1, 3).percent == 33


@pytest.mark.django_db(transaction=True)
def test_of_workers_at_the_same_moment_one_carries_it_out():
    user = User.objects.create_user(email="a@example.com", name="A")
    job = actions.keep_upload(user, "territories", FILE, state="waiting")
    ended, failed = at_once(*[lambda: actions.carry_out(job.pk) is not None] * 4)
    assert (sorted(ended), failed) == ([False, False, False, True], [])
    assert (stand(job), Verdict.objects.count(), Notification.objects.count()) == (("done", 1), 2, 1)


@pytest.mark.django_db(transaction=True)
def test_a_job_under_way_is_not_taken_up_even_when_its_lease_is_over():
    user = User.objects.create_user(email="a@example.com", name="A")
    job = actions.keep_upload(user, "territories", FILE, state="running")
    Job.objects.update(lease_until=timezone.now() - dt.timedelta(hours=1), attempts=1)
    with transaction.atomic():
        Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        taken = []

        def other():
            try:
                taken.append(actions.take_up())
            finally:
                connection.close()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(20)
    assert taken == [[]]


@pytest.mark.parametrize("name", ["territories", "campaigns", "roster", "orders", "activity", "worklist"])
def test_there_is_a_command_for_each_of_the_companys_files(name):
    assert import_module(f"cotano.management.commands.import_{name}").Command.kind == name


def test_a_command_loads_as_an_upload_does_and_prints_reasons(db, tmp_path, capsys):
    file = tmp_path / "places.csv"
    file.write_bytes(FILE)
    call_command("import_territories", file, "--dry-run")
    assert Territory.objects.count() == 0
    call_command("import_territories", file, "--json")
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == [
        "1 created, 0 updated, 0 unchanged, 0 duplicate, 1 rejected, 0 suppressed, 0 left out",
        "line 3: XX Lost: There is no territory ZZ.",
    ]
    assert printed[2].startswith('{"kind": "territories", "dry_run": false, "counts": {"created": 1')
    job = Job.objects.get()
    assert (job.state, job.owner.name, job.owner.is_active) == ("done", "Cotano", False)
    assert Notification.objects.count() == 0


def test_a_command_ends_with_the_sentence_of_a_refused_file(user, tmp_path):
    file = tmp_path / "places.csv"
    file.write_bytes(b"code\n1\n")
    for words in ([], ["--dry-run"]):
        with pytest.raises(CommandError, match="columns are missing: name, kind"):
            call_command("import_territories", file, *words)
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_territories", tmp_path / "none.csv")
    with pytest.raises(CommandError, match="nobody logs in"):
        call_command("import_territories", file, "--user", "x@example.com")
