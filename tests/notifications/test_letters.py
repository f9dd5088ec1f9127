"""Codes leave by text message or e-mail, from a worker, and are kept no longer than they are on their way."""

import datetime as dt
import socket

import pytest
import time_machine
from django.core import mail
from django.test import Client
from redis.exceptions import ConnectionError as BrokerAway

from notifications import actions, letters, sms, sweep, tasks
from notifications.models import Letter, Preference
from teams.models import User
from tests.notifications.conftest import NOON
from tests.notifications.fake_sms import FakeSms

PHONE, TEXT = "+380671112233", "Ваш код: 123456"


@pytest.fixture
def provider(settings):
    with FakeSms() as fake:
        settings.SMS = fake.settings
        yield fake


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


def test_a_text_message_is_posted_with_the_token_and_gone(db, provider):
    letters.post(Letter.Way.SMS, PHONE, TEXT)
    assert letters.send_waiting() == 1
    ((headers, path, message),) = provider.got
    assert (path, message) == ("/send?account=7", {"from": "Cotano", "to": PHONE, "text": TEXT})
    assert (headers["Authorization"], headers["Content-Type"]) == ("Bearer secret-token", "application/json")
    assert Letter.objects.count() == 0
    assert letters.send_waiting() == 0


def test_an_e_mail_leaves_by_the_mail_server(db, settings):
    letters.post(Letter.Way.EMAIL, "olena@example.com", TEXT, subject="Your code")
    letters.send_waiting()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body, sent.from_email) == (["olena@example.com"], "Your code", TEXT, settings.DEFAULT_FROM_EMAIL)


def test_a_letter_to_nobody_goes_nowhere(db, provider):
    letters.post(Letter.Way.SMS, "", TEXT)
    letters.post(Letter.Way.EMAIL, "", TEXT)
    assert letters.send_waiting() == 2
    assert (provider.asked, mail.outbox, Letter.objects.count()) == (0, [], 0)


@pytest.mark.parametrize("status", [302, 400, 401, 500])
def test_a_provider_that_refuses_is_asked_three_times_half_a_minute_apart(db, provider, clock, status):
    provider.status = status
    letters.post(Letter.Way.SMS, PHONE, TEXT)
    for asked in (1, 2, 3):
        letters.send_waiting()
        letters.send_waiting()
        assert provider.asked == asked
        clock.shift(dt.timedelta(seconds=31))
    letters.send_waiting()
    assert (provider.asked, Letter.objects.count()) == (3, 0)


def test_a_code_that_came_too_late_is_not_sent(db, provider, clock):
    letters.post(Letter.Way.SMS, PHONE, TEXT)
    clock.shift(dt.timedelta(minutes=10))
    letters.send_waiting()
    assert (provider.asked, Letter.objects.count()) == (0, 0)


def test_one_that_cannot_be_sent_does_not_hold_up_the_next(db, settings, capfd):
    settings.SMS = {"gateway": "none", "url": "", "token": "", "from": ""}
    letters.post(Letter.Way.SMS, PHONE, TEXT)
    letters.post(Letter.Way.EMAIL, "olena@example.com", TEXT)
    assert letters.send_waiting() == 1
    assert len(mail.outbox) == 1


def test_the_log_names_neither_phone_nor_words(db, provider, caplog):
    provider.status = 500
    letters.post(Letter.Way.SMS, PHONE, TEXT)
    letters.send_waiting()
    assert "status 500" in caplog.text
    assert not any(word in caplog.text for word in (PHONE, PHONE[1:], "123456", "secret-token"))


def test_a_provider_that_is_away(db, settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.SMS = {"gateway": "http", "url": f"http://127.0.0.1:{probe.getsockname()[1]}/", "token": "t", "from": "C"}
        with pytest.raises(sms.NotSent, match="ConnectionRefusedError"):
            sms.send(PHONE, TEXT)


def test_the_demo_shows_it_on_the_terminal(settings, capfd):
    settings.SMS = {"gateway": "console", "url": "", "token": "", "from": ""}
    sms.send(PHONE, TEXT)
    assert capfd.readouterr().out == f"[cotano] SMS to {PHONE}: {TEXT}\n"


def test_without_the_broker_the_row_stands(db, monkeypatch, django_capture_on_commit_callbacks, provider):
    def away():
        raise BrokerAway

    monkeypatch.setattr(tasks.send_letters, "delay", away)
    with django_capture_on_commit_callbacks(execute=True):
        letters.post(Letter.Way.SMS, PHONE, TEXT)
    tasks.send_letters()
    assert provider.asked == 1


def digest(tell, user, **fields):
    return tell(user, key="digest:1", kind="digest", title="Сьогодні: 3", text="Олена · Іван · Марко", url="/", **fields)


def test_a_digest_goes_by_mail_where_there_is_no_device(user, tell, clock, settings, client):
    settings.SITE_URL = "https://cotano.example"
    digest(tell, user)
    sweep.send_due()
    letters.send_waiting()
    (sent,) = mail.outbox
    token = Preference.objects.get(user=user).token
    end = f"https://cotano.example/mails/{token}/off/"
    assert (sent.to, sent.subject) == (["oksana@example.com"], "Сьогодні: 3")
    assert sent.body.split("\n\n")[1:3] == ["Олена · Іван · Марко", "https://cotano.example/"]
    assert sent.body.endswith(end)
    assert sent.extra_headers == {"List-Unsubscribe": f"<{end}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    assert Letter.objects.count() == 0


def test_no_digest_by_mail_for_who_has_a_device_or_wants_none_or_has_no_address(user, tell, clock, service):
    wants_none = User.objects.create_user(email="iryna@example.com", name="Iryna")
    Preference.objects.create(user=wants_none, by_email=False)
    for person in (user, wants_none, User.objects.create_user(phone="+380671112233", name="Marko")):
        digest(tell, person)
    service.device(user)
    assert sweep.send_due().done == 3
    assert Letter.objects.count() == 0
    assert len(service.got) == 1


def test_a_withdrawn_digest_is_not_mailed(user, tell, clock):
    digest(tell, user)
    claimed = [one for line in sweep.LINES for one in sweep._claim(line)]
    actions.cancel(key="digest:1")
    sweep._finish(claimed, sweep.Sweep(), mail=True)
    assert Letter.objects.count() == 0


def test_a_mail_program_ends_the_mails_by_one_post(user, client):
    preference = Preference.objects.create(user=user, remind_by_email=True)
    address = f"/mails/{preference.token}/off/"
    assert "Send no more mails" in client.get(address).content.decode()
    preference.refresh_from_db()
    assert preference.by_email  # a link that is looked at changes nothing
    answer = Client(enforce_csrf_checks=True).post(address, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer["Location"]) == (302, address)
    preference.refresh_from_db()
    assert (preference.by_email, preference.remind_by_email) == (False, False)
    assert "You get no more mails" in client.get(address).content.decode()
    assert client.get("/mails/another/off/").status_code == 404


def test_reminders_go_by_mail_to_those_who_asked_and_have_no_device(user, tell, clock, service, settings):
    settings.SITE_URL = "https://cotano.example"
    people = [User.objects.create_user(email=f"{name}@example.com", name=name) for name in ("asked", "device", "not", "never")]
    Preference.objects.create(user=people[0], remind_by_email=True, by_email=False)
    Preference.objects.create(user=people[1], remind_by_email=True)
    Preference.objects.create(user=people[2])
    service.device(people[1])
    for person in people:
        for n, text in enumerate(("Call after six", "")):
            tell(person, key=f"reminder:{n}", kind="reminder", title="Олена", text=text, url="/leads/1/")
        tell(person, key="job:1", kind="job", title="File", url="/")
        digest(tell, person)
    tell(people[0], key="reminder:9", kind="reminder", title="Late", url="/", due_at=NOON - sweep.LATE)
    assert sweep.send_due().done == 17
    letters.send_waiting()
    sent = sorted((one.to[0], one.subject) for one in mail.outbox)
    assert sent == [("asked@example.com", "Олена")] * 2 + [("never@example.com", "Сьогодні: 3"), ("not@example.com", "Сьогодні: 3")]
    first = next(one for one in mail.outbox if one.to == ["asked@example.com"])
    assert first.body.split("\n\n")[:3] == ["Олена", "Call after six", "https://cotano.example/leads/1/"]
    assert sweep.send_due().done == 0


def test_whose_only_device_has_left_gets_this_reminder_by_mail(user, tell, clock, service):
    asked = User.objects.create_user(email="asked@example.com", name="Asked")
    for person in (asked, user):
        Preference.objects.create(user=person, remind_by_email=True)
        service.device(person, f"left-{person.pk}")
        service.answers[f"/left-{person.pk}"] = 410
    service.device(user, "still there")
    for person in (asked, user):
        tell(person, key="reminder:1", kind="reminder", title="Олена", url="/leads/1/")
    assert sweep.send_due().done == 2
    letters.send_waiting()
    assert [one.to for one in mail.outbox] == [["asked@example.com"]]


def test_an_old_digest_is_of_no_use(user, tell, clock, settings):
    digest(tell, user)
    sweep.send_due()
    clock.shift(letters.MAIL_ENDS.total_seconds())
    letters.send_waiting()
    assert (mail.outbox, Letter.objects.count()) == ([], 0)
