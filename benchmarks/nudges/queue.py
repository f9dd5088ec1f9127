"""The queue: what a claim reads, what telling costs without and with a task for each message."""

import time
from collections.abc import Callable

from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.db import connection, transaction
from django.utils import timezone

from benchmarks.figures import Figure, smaller, versus
from benchmarks.measuring import cost, one, result, start
from benchmarks.nudges import people
from notifications import sweep
from notifications.models import Device, Notification

SHARE = 20  # one of so many rows is due
SAMPLE = 1_000  # messages with a task each, at most
WORKERS = 2
_BUFFERS = ("Shared Hit Blocks", "Shared Read Blocks")
_SELECT = """SELECT id FROM notifications_notification WHERE state = 'due' AND due_at <= now() AND kind = 'reminder' AND crashes = 0
ORDER BY due_at LIMIT 500 FOR UPDATE SKIP LOCKED"""


def figures(size: int, say: Callable[[str], None]) -> list[Figure]:
    """`size` rows of history and a twentieth of that due, to people without devices."""
    due = max(size // SHARE, 20)
    people.users(max(size // 100, 10))
    say(f"{size:,} rows, {due:,} due")
    people.rows(size // 10, "early", state="done", age=people.DAY_OLD)
    people.rows(due, "due", state="due", age=people.JUST_DUE)
    young = buffers()
    people.rows(size - size // 10, "late", state="done", age=people.DAY_OLD)
    old = buffers()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_indexonlyscan = off")
        scanned = buffers()
    say("tell them, a batch each time")
    told = one_worker()
    say("tell as many, two workers at once")
    people.rows(due, "twice", state="due", age=people.JUST_DUE)
    began = time.perf_counter()
    workers = [start("benchmarks.nudges.queue") for _ in range(WORKERS)]
    done = [result(worker) for worker in workers]
    wall = max(worker["ends"] for worker in done) - min(worker["begins"] for worker in done)
    say(f"{sum(worker['told'] for worker in done):,} in {wall:.1f} s (with starting {time.perf_counter() - began:.1f} s)")
    say("a task for each message")
    task = a_task_each(min(SAMPLE, due))
    batch = told["seconds"] / told["told"]
    return [
        versus("claim_buffers_vs_scan", scanned / old, goal=">= 20", baseline="a scan of the table", baseline_value=scanned),
        smaller("claim_buffers", old, "pages", baseline="with a tenth of the history", baseline_value=young),
        Figure("cpu_ms_per_nudge", batch * 1000, "ms", "<= 0.1"),
        Figure("noop_per_s", sum(worker["told"] for worker in done) / wall, "nudges/s", ">= 10000"),
        Figure("noop_per_cpu_s", 1 / batch, "nudges/s"),
        versus(
            "batch_vs_task",
            task / batch,
            goal=">= 50",
            baseline="a Celery task for each message; ms of processor each",
            baseline_value=task * 1000,
        ),
    ]


def main() -> dict[str, float]:
    """One worker: claims and tells until nothing is due."""
    connection.ensure_connection()
    return one_worker()


def one_worker() -> dict[str, float]:
    """Sweep until nothing is due: how many were told, seconds of processor on both sides, from when until when."""
    done, begins = 0, time.time()
    with cost() as taken:
        while told := sweep.send_due().done:
            done += told
    return {"told": done, "seconds": taken.processor, "begins": begins, "ends": time.time()}


def buffers() -> int:
    """Pages that the question of a claim touches."""
    [plan] = one(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {_SELECT}")
    return sum(plan["Plan"][name] for name in _BUFFERS)


def a_task_each(n: int) -> float:
    """What a message costs that is a task of its own, which locks its row, looks for devices and notes that it is done: seconds.

    The broker is this process's memory: a real one costs more.
    """
    people.rows(n, "task", state="due", age=people.JUST_DUE)
    app = Celery("bench", broker="memory://", set_as_current=False)
    app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=1, task_acks_late=True, worker_hijack_root_logger=False)

    @app.task
    def tell(pk: int) -> None:
        with transaction.atomic():
            row = Notification.objects.select_for_update(skip_locked=True).filter(pk=pk, state="due").first()
            if row and not Device.objects.filter(user=row.recipient_id).exists():
                Notification.objects.filter(pk=pk).update(state="done", sent_at=timezone.now())

    waiting = list(Notification.objects.filter(state="due").values_list("pk", flat=True)[:n])
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR"), cost() as taken:
        for pk in waiting:
            tell.delay(pk)
        while people.left():
            time.sleep(0.02)
    return taken.processor / n
