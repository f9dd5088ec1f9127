"""What is due goes out, once."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications import actions, push, sweep, traffic, wire
from notifications.models import Device, Notification, Traffic
from notifications.tasks import send_due
from teams.models import User
from tests.notifications.conftest import NOON
from tests.notifications.fake_push import Browser, FakePush
from tests.together import at_once

State = Notification.State
MINUTE = dt.timedelta(minutes=1)


def states():
    return dict(Notification.objects.values_list("key", "state"))


def test_only_what_is_due_is_sent(user, tell, clock):
    tell(user, key="a", due_at=NOON)
    tell(user, key="b", due_at=NOON + MINUTE)
    assert sweep.send_due().done == 1
    assert states() == {"a": "done", "b": "due"}
    clock.shift(60)
    assert sweep.send_due().done == 1
    assert sweep.send_due().done == 0


def test_the_push_arrives_as_written(user, tell, clock, service):
    service.device(user)
    acts = {"done": "/reminders/7/done/", "snooze": "/reminders/7/snooze/"}
    tell(user, key="reminder:7", subject="lead:3", title="Олена Бондар", text="Передзвонити «після 18»", url="/leads/3/", acts=acts)
    assert sweep.send_due().pushes == {push.Result.TAKEN: 1}
    [(path, says, headers)] = service.got
    assert says["acts"].pop() == {"name": "call", "title": "Дзвінок", "url": "/leads/3/"}
    tokens = [act.pop("token") for act in says["acts"]]
    assert path == "/phone"
    assert says == {
        "title": "Олена Бондар",
        "text": "Передзвонити «після 18»",
        "url": "/leads/3/",
        "tag": "reminder:7",
        "lang": "uk",
        "acts": [{"name": name, "title": says["acts"][n]["title"], "url": url} for n, (name, url) in enumerate(acts.items())],
    }
    assert [push.act_user(token, url) for token, url in zip(tokens, acts.values(), strict=True)] == [user, user]
    assert {name: headers[name] for name in ("TTL", "Urgency", "Content-Encoding")} == {
        "TTL": "43200",
        "Urgency": "high",
        "Content-Encoding": "aes128gcm",
    }
    assert len(headers["Topic"]) == 32
    assert headers["Authorization"].startswith("vapid t=")
    [row] = Notification.objects.all()
    assert (row.state, row.sent_at, row.lease_until) == ("done", NOON, None)


def test_every_device_of_the_person_gets_it_and_nobody_elses(user, tell, clock, service):
    service.device(user, "phone")
    service.device(user, "desk")
    service.device(User.objects.create_user(email="iryna@example.com", name="Iryna"), "other")
    tell(user)
    sweep.send_due()
    assert sorted(path for path, _, _ in service.got) == ["/desk", "/phone"]


def test_nothing_is_pushed_to_a_log_in_that_has_ended(user, tell, clock, service):
    service.device(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    tell(user)
    assert sweep.send_due().done == 1
    assert service.asked == []


def test_withdrawn_and_moved_ones_are_not_sent(user, tell, clock, service):
    service.device(user)
    tell(user, key="a")
    tell(user, key="b")
    actions.cancel(key="a")
    tell(user, key="b", due_at=NOON + MINUTE)
    sweep.send_due()
    assert service.asked == []
    assert states() == {"a": "cancelled", "b": "due"}


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(user, tell, clock, service, status):
    service.device(user)
    service.answers["/phone"] = status
    tell(user)
    assert sweep.send_due().done == 1
    assert Device.objects.count() == 0
    assert states() == {"reminder:1": "done"}


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 403, 413])
def test_a_refusal_is_final_and_no_redirect_is_followed(user, tell, clock, service, status):
    service.device(user)
    service.answers["/phone"] = status
    tell(user)
    assert sweep.send_due().done == 1
    assert service.asked == ["/phone"]
    assert Device.objects.count() == 1


def test_a_busy_service_is_asked_again_later_and_the_other_device_is_left_in_peace(user, tell, clock, service):
    service.device(user, "phone")
    service.device(user, "desk")
    service.answers["/phone"] = 503
    tell(user)
    assert sweep.send_due().later == 1
    assert sweep.send_due().later == 0  # not before its time
    assert Notification.objects.visible_to(user).unread().count() == 1  # in the inbox it stands all the while
    service.answers["/phone"] = 201
    clock.shift(30)
    assert sweep.send_due().done == 1
    assert sorted(service.asked) == ["/desk", "/phone", "/phone"]
    assert sorted(path for path, _, _ in service.got) == ["/desk", "/phone"]


def test_after_five_tries_it_is_given_up_and_stays_in_the_inbox(user, tell, clock, service):
    service.device(user)
    service.answers["/phone"] = 429
    tell(user)
    waits = [30, 120, 480, 1920]
    for seconds in waits:
        assert sweep.send_due().later == 1
        clock.shift(seconds - 1)
        assert sweep.send_due().later == 0
        clock.shift(1)
    assert sweep.send_due().dead == 1
    clock.shift(36000)
    sweep.send_due()
    assert len(service.asked) == 5
    assert Notification.objects.visible_to(user).for_inbox().count() == 1


def test_a_service_that_is_away_is_asked_again(user, tell, clock, service):
    service.device(user)
    tell(user)
    service.server.shutdown()
    service.server.server_close()
    assert sweep.send_due().later == 1


def test_a_service_that_asks_for_time_gets_it(user, tell, clock, service):
    service.device(user)
    service.answers["/phone"] = 429
    service.headers["Retry-After"] = "600"
    tell(user, key="a")
    assert sweep.send_due().later == 1
    assert Notification.objects.get().lease_until == NOON + 10 * MINUTE
    clock.shift(599)
    tell(user, key="b")
    assert sweep.send_due().later == 1  # not even asked
    assert service.asked == ["/phone"]
    service.answers.clear()
    clock.shift(31)
    assert sweep.send_due().done == 2


def test_a_service_that_never_answers_gets_a_rest_and_holds_up_nobody(user, tell, clock, settings, monkeypatch):
    origin = "https://fcm.googleapis.com"
    asked = []
    monkeypatch.setattr(wire, "addresses", lambda to: asked.append(to.host) or (_ for _ in ()).throw(wire.Unreachable("name")))
    monkeypatch.setattr(sweep, "SENDERS", 1)
    browser = Browser()
    settings.PUSH_HOSTS = ["fcm.googleapis.com"]
    for number in range(8):
        Device.objects.create(user=user, endpoint=f"{origin}/{number}", p256dh=browser.p256dh, auth=browser.auth)
    tell(user)
    assert sweep.send_due().pushes == {push.Result.LATER: 8}
    assert len(asked) == push.FAILURES
    assert push.origins.rest(origin) == push.REST


def test_a_worker_that_died_leaves_its_rows_to_the_next(user, tell, clock, service):
    service.device(user)
    tell(user)
    assert len(sweep._claim(sweep.REMINDERS)) == 1  # and dies
    assert sweep.send_due().done == 0
    clock.shift(119)
    assert sweep.send_due().done == 0
    clock.shift(1)
    assert sweep.send_due().done == 1
    assert service.asked == ["/phone"]


def test_a_row_that_kills_its_worker_five_times_is_given_up(user, tell, clock):
    tell(user)
    for _ in range(5):
        assert sum(len(sweep._claim(line)) for line in sweep.LINES) == 1
        clock.shift(120)
        result = sweep.Sweep()
        sweep._take_back(result)
    assert result.dead == 1
    assert states() == {"reminder:1": "dead"}


def test_a_row_that_takes_its_worker_with_it_takes_no_other_with_it_for_long(user, tell, clock):
    rows = [tell(user, key=f"reminder:{number}") for number in range(40)]
    poison = rows[7].pk

    def work():
        """A worker that does all it finds, until it comes to number 7."""
        for line in sweep.LINES:
            while batch := sweep._claim(line):
                if any(one.pk == poison for one in batch):
                    return
                deliver(batch)

    for _ in range(12):
        work()
        clock.shift(121)
        sweep._take_back(sweep.Sweep())
    assert states() == {f"reminder:{number}": "dead" if number == 7 else "done" for number in range(40)}
    assert max(Notification.objects.exclude(key="reminder:7").values_list("attempts", flat=True)) == 3


def test_a_row_of_which_no_push_can_be_made_is_given_up_alone(user, tell, clock, service, monkeypatch):
    service.device(user)
    for key in "abc":
        tell(user, key=key)
    message = push.message
    monkeypatch.setattr(push, "message", lambda one: message(one) if one.key != "b" else 1 / 0)
    assert sweep.send_due().done == 2
    for _ in range(4):
        clock.shift(2000)
        sweep.send_due()
    assert states() == {"a": "done", "b": "dead", "c": "done"}
    assert sorted(says["tag"] for _, says, _ in service.got) == ["a", "c"]


def test_what_was_given_up_can_be_sent_again_unless_its_like_waits(user, tell, clock, service):
    service.device(user)
    tell(user, key="a")
    tell(user, key="b")
    Notification.objects.update(state="dead", attempts=5, crashes=2)
    tell(user, key="b", due_at=NOON + dt.timedelta(days=2))
    clock.shift(2 * 24 * 3600 - 1)
    assert actions.replay(Notification.objects.values_list("pk", flat=True)) == 1
    assert sweep.send_due().done == 1
    assert [says["tag"] for _, says, _ in service.got] == ["a"]
    assert sorted(Notification.objects.values_list("key", "state")) == [("a", "done"), ("b", "dead"), ("b", "due")]


def test_what_was_given_up_and_is_withdrawn_is_not_sent_again(user, tell, clock):
    tell(user)
    Notification.objects.update(state="dead")
    actions.cancel(key="reminder:1")
    assert actions.replay(Notification.objects.values_list("pk", flat=True)) == 0
    assert states() == {"reminder:1": "done"}


def test_a_reminder_that_comes_due_goes_before_the_nudges_that_wait(user, tell, clock, service, monkeypatch):
    monkeypatch.setattr(sweep, "OTHERS", 2)
    monkeypatch.setattr(sweep, "LINES", list(sweep._lines()))
    service.device(user)
    for number in range(6):
        tell(user, key=f"nudge:{number}", kind="nudge", mute="stale")
    send = push.send

    def send_and_remind(device, says, *rest):
        if "nudge:1" in says.payload.decode():
            clock.shift(1)  # a minute a reminder was waiting for
        return send(device, says, *rest)

    monkeypatch.setattr(push, "send", send_and_remind)
    tell(user, key="reminder:1", due_at=NOON + dt.timedelta(seconds=1))
    sweep.send_due()
    tags = [says["tag"] for _, says, _ in service.got]
    assert sorted(tags[:2]) == ["nudge:0", "nudge:1"]
    assert tags[2] == "reminder:1"
    assert len(tags) == 7


def test_what_was_told_is_counted_by_hour_kind_and_how_late(user, tell, clock):
    for key, late in (("a", 0), ("b", 5), ("c", 6), ("d", 31), ("e", 4000)):
        tell(user, key=key, due_at=NOON - dt.timedelta(seconds=late))
    tell(user, key="n", kind="notice")
    sweep.send_due()
    tell(user, key="f")
    sweep.send_due()
    assert traffic.read_told(NOON) == [traffic.Told("notice", 1, 0, 0, 5), traffic.Told("reminder", 6, 0, 0, None)]
    assert Traffic.objects.values_list("hour", "in_5", "in_10", "in_60", "beyond").get(kind="reminder") == (NOON, 3, 1, 1, 1)


def deliver(batch, ends=float("inf")):
    result = sweep.Sweep()
    with sweep.ThreadPoolExecutor(2) as pool, wire.Lines() as wires:
        sweep._deliver(batch, sweep.Hands(pool, wires, ends, result))
    return result


def test_a_frozen_worker_that_wakes_up_does_nothing(user, tell, clock, service):
    service.device(user)
    tell(user)
    frozen = sweep._claim(sweep.REMINDERS)
    clock.shift(300)
    assert deliver(frozen).lost == 1  # nobody has taken over yet: its lease is dead all the same
    assert service.asked == []
    assert sweep.send_due().done == 1
    sent_at = Notification.objects.get().sent_at
    clock.shift(60)
    assert deliver(frozen).lost == 1
    assert service.asked == ["/phone"]
    assert Notification.objects.get().sent_at == sent_at


def test_what_is_withdrawn_between_claim_and_sending_is_not_sent(user, tell, clock, service):
    service.device(user)
    tell(user, key="a")
    tell(user, key="b")
    claimed = sweep._claim(sweep.REMINDERS)
    actions.cancel(key="a")
    tell(user, key="b", due_at=NOON + MINUTE)
    assert deliver(claimed).lost == 2
    assert service.asked == []
    assert states() == {"a": "cancelled", "b": "due"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [201, 503])
def test_what_is_replaced_while_the_push_is_on_its_way_is_not_finished(settings, tell, clock, status):
    user = User.objects.create_user(email="oksana@example.com", name="Oksana")

    def replace():
        tell(user, due_at=NOON + MINUTE)
        connection.close()

    with FakePush(answers={"/phone": status}, before_answer=replace) as service:
        settings.PUSH_HOSTS = [service.origin]
        service.device(user)
        tell(user)
        assert sweep.send_due().lost == 1
    assert list(Notification.objects.values_list("state", "due_at", "lease_until")) == [("due", NOON + MINUTE, None)]


def test_out_of_time_gives_back_what_was_claimed(user, tell, clock, service):
    service.device(user)
    tell(user)
    deliver(sweep._claim(sweep.REMINDERS), ends=0)
    assert list(Notification.objects.values_list("state", "attempts", "lease_until")) == [("due", 0, None)]


def test_older_than_a_day_stands_in_the_inbox_without_a_push(user, tell, clock, service):
    service.device(user)
    tell(user, key="old", due_at=NOON - dt.timedelta(hours=24))
    tell(user, key="late", due_at=NOON - dt.timedelta(hours=24) + MINUTE)
    assert sweep.send_due().done == 2
    assert [says["tag"] for _, says, _ in service.got] == ["late"]
    assert Notification.objects.visible_to(user).for_inbox().count() == 2


@pytest.mark.parametrize("kind", ["nudge", "digest"])
def test_a_suggestion_that_is_late_by_an_hour_wakes_nobody(user, tell, clock, service, kind):
    service.device(user)
    said = {"kind": kind, "mute": "stale" if kind == "nudge" else ""}
    tell(user, key="old", due_at=NOON - dt.timedelta(hours=1), **said)
    tell(user, key="late", due_at=NOON - dt.timedelta(hours=1) + MINUTE, **said)
    assert sweep.send_due().done == 2
    assert [says["tag"] for _, says, _ in service.got] == ["late"]


def test_reminders_go_first(user, tell, clock, service, monkeypatch):
    monkeypatch.setattr(sweep, "GROUP", 1)
    service.device(user)
    tell(user, key="job:1", kind="job", due_at=NOON - 3 * MINUTE)
    tell(user, key="reminder:2", due_at=NOON - MINUTE)
    tell(user, key="reminder:1", due_at=NOON - 2 * MINUTE)
    sweep.send_due()
    assert [says["tag"] for _, says, _ in service.got] == ["reminder:1", "reminder:2", "job:1"]


def test_more_than_one_batch(user, tell, clock, monkeypatch):
    monkeypatch.setattr(sweep, "LINES", [sweep.Line(line.claim, 3) for line in sweep.LINES])
    for number in range(8):
        tell(user, key=f"reminder:{number}")
    assert sweep.send_due().done == 8


def test_the_statements_of_a_sweep_do_not_grow_with_the_batch(user, tell, clock):
    def sweep_of(size):
        for number in range(size):
            tell(user, key=f"reminder:{number}")
        with CaptureQueriesContext(connection) as queries:
            assert sweep.send_due().done == size
        return len(queries)

    assert sweep_of(1) == sweep_of(30)


def test_the_task_and_the_command_send(user, tell, clock, capsys):
    tell(user, key="a")
    send_due()
    tell(user, key="b")
    call_command("run_sweep", "--once")
    assert states() == {"a": "done", "b": "done"}
    assert capsys.readouterr().out == "done 1, again later 0, given up 0, withdrawn meanwhile 0\n"


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_everything_exactly_once(settings, tell, clock):
    people = [User.objects.create_user(email=f"rep{number}@example.com", name="Rep") for number in range(3)]
    with FakePush() as service:
        settings.PUSH_HOSTS = [service.origin]
        for number, person in enumerate(people):
            service.device(person, f"phone-{number}")
        for number in range(60):
            tell(people[number % 3], key=f"reminder:{number}")
        push.private_key()
        results, _failed = at_once(sweep.send_due, sweep.send_due)
        assert sorted(says["tag"] for _, says, _ in service.got) == sorted(f"reminder:{number}" for number in range(60))
    assert sum(result.done for result in results) == 60
    assert Notification.objects.filter(state=State.DONE).count() == 60


@pytest.mark.django_db(transaction=True)
def test_many_sweeps_over_many_rows_without_devices(tell, clock):
    user = User.objects.create_user(email="oksana@example.com", name="Oksana")
    for number in range(300):
        tell(user, key=f"reminder:{number}")
    results, _failed = at_once(*[sweep.send_due] * 4)
    assert sum(result.done for result in results) == 300
    assert list(Notification.objects.values_list("attempts", flat=True).distinct()) == [1]
