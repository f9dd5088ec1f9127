"""The pushes: what encrypting one costs next to the library's own call, how many leave in a second, how late the last ones are."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from pywebpush import webpush

from benchmarks.figures import Figure, versus
from benchmarks.measuring import cost, median, one, result, start
from benchmarks.nudges import people
from cotano import env
from notifications import push, sweep, wire
from notifications.models import Device

SENDERS = 2
SAMPLE = 400
ROUNDS = 5
SECONDS = 15  # of patience beside the sending itself: a tick, a lease
_LATE = """
SELECT percentile_cont(%s) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at) - %s)
FROM notifications_notification WHERE key LIKE 'spike%%'"""


def figures(spike: int, say: Callable[[str], None]) -> list[Figure]:
    """`spike` reminders due at one instant, each to a device of its own person's."""
    say("encrypt, ours and the library's")
    ours, theirs = processor()
    people.users(max(spike // 10, 10))
    with service() as origin:
        people.devices(origin)
        push.private_key()
        people.rows(spike, "spike", state="due", age="interval '0'")
        say(f"{spike:,} due at one instant, {SENDERS} senders")
        os.environ["PUSH_HOSTS"] = origin
        senders = [start("benchmarks.nudges.pushes") for _ in range(SENDERS)]
        done = [result(sender) for sender in senders]
    begins, ends = min(sender["begins"] for sender in done), max(sender["ends"] for sender in done)
    sent, seconds = sum(sender["sent"] for sender in done), sum(sender["seconds"] for sender in done)
    assert sent == spike, f"{sent} of {spike} were sent"  # noqa: S101  a bench
    rate = sent / (ends - begins)
    say(f"{sent:,} in {ends - begins:.1f} s; {seconds:.1f} s of processor")
    late = float(one(_LATE, 0.99, begins))
    return [
        versus(
            "push_cpu_vs_library",
            theirs / ours,
            goal=">= 1.6",
            baseline="webpush() with a session that sends nothing; ms of processor",
            baseline_value=theirs * 1000,
        ),
        Figure("push_cpu_ms", ours * 1000, "ms"),
        Figure("push_per_s", rate, "pushes/s", ">= 2000"),
        Figure("push_per_cpu_s", sent / seconds, "pushes/s"),
        Figure("spike_p99_s", late, "s", f"<= {spike / rate + SECONDS:.0f}"),
        Figure("spike_twice", one("SELECT count(*) FROM notifications_notification WHERE attempts > 1"), "pushes", "== 0"),
    ]


def main() -> dict[str, float]:
    """One sender: sweeps until nothing is due."""
    connection.ensure_connection()
    sent, begins = 0, time.time()
    with cost() as taken:
        while people.left():
            sent += sweep.send_due().pushes[push.Result.TAKEN]
    return {"sent": sent, "seconds": taken.processor, "begins": begins, "ends": time.time()}


class Nowhere:
    """What a push is posted to where only its making is measured."""

    def post(self, *_where: object, **_said: object) -> "Nowhere | wire.Answer":
        """Take it."""
        return wire.Answer(201)


class Session:
    """The same for the library, which expects an answer of requests."""

    status_code, text, headers = 201, "", {}

    def post(self, *_where: object, **_said: object) -> "Session":
        """Take it."""
        return self


def processor() -> tuple[float, float]:
    """Seconds of processor for one push, all but the posting: ours, and the library's."""
    private, keys = push.private_key(), people.subscription()
    endpoint = "https://fcm.googleapis.com/fcm/send/abc"
    settings.PUSH_HOSTS = ["fcm.googleapis.com"]
    device = Device(pk=1, endpoint=endpoint, **keys)
    says = json.dumps({"title": "Олена", "text": "x" * 200, "url": "/leads/1/", "tag": "reminder:1"}).encode()
    message, nowhere, session = push.Message(says, "a" * 32, 3600, "high"), Nowhere(), Session()
    subscription = {"endpoint": endpoint, "keys": keys}
    claims = {"sub": settings.PUSH_CONTACT}
    ours = _each(lambda: push.send(device, message, private, nowhere))
    theirs = _each(lambda: webpush(subscription, says, private, dict(claims), requests_session=session))
    return ours, theirs


def _each(act: Callable[[], object]) -> float:
    act()
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _turn in range(SAMPLE):
            act()
        taken.append((time.process_time() - began) / SAMPLE)
    return median(taken)


@contextmanager
def service() -> Iterator[str]:
    """A push service in a process of its own; yields its origin."""
    command = [sys.executable, "-I", str(Path(__file__).with_name("service.py"))]
    process = subprocess.Popen(command, cwd=env.ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own program
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()
