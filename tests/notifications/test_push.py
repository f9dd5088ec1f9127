"""Keys, tokens, devices."""

import base64
import json
import time

import pytest
from py_vapid import Vapid02

from notifications import push, sweep
from notifications.models import Device, Notification, PushKey
from teams.models import User
from tests.notifications.fake_push import Browser
from tests.together import at_once

ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"


def keys(**other):
    browser = Browser()
    return {"endpoint": ENDPOINT, "p256dh": browser.p256dh, "auth": browser.auth, **other}


def claims(header):
    token = header.split("t=")[1].split(",")[0].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))


def test_the_key_pair_is_made_once_and_kept(db):
    assert push.public_key() == push.public_key()
    assert PushKey.objects.count() == 1
    assert len(base64.urlsafe_b64decode(push.public_key() + "=")) == 65


@pytest.mark.django_db(transaction=True)
def test_two_first_uses_at_once_get_one_pair():
    assert at_once(*[push.public_key] * 4) == ([push.public_key()] * 4, [])


def test_the_token_is_signed_for_the_origin_and_kept_until_an_hour_before_its_end(db, clock, settings):
    settings.PUSH_CONTACT = "mailto:push@example.com"
    private = push.private_key()
    first = push.authorization("https://fcm.googleapis.com", private)
    assert Vapid02.verify(first)
    assert claims(first) == {"aud": "https://fcm.googleapis.com", "sub": "mailto:push@example.com", "exp": int(time.time()) + 12 * 3600}
    assert claims(push.authorization("https://web.push.apple.com", private))["aud"] == "https://web.push.apple.com"
    clock.shift(11 * 3600)
    assert push.authorization("https://fcm.googleapis.com", private) == first
    clock.shift(1)
    assert claims(push.authorization("https://fcm.googleapis.com", private))["exp"] == int(time.time()) + 12 * 3600


def test_a_registration_is_kept(user):
    given = keys(label="Android · Chrome")
    push.subscribe(user, **given)
    assert list(Device.objects.values("user", "endpoint", "p256dh", "auth", "label")) == [{"user": user.pk, **given}]


def test_the_same_browser_again_moves_to_the_new_log_in(user):
    other = User.objects.create_user(email="iryna@example.com", name="Iryna")
    push.subscribe(user, **keys())
    again = keys()
    push.subscribe(other, **again)
    assert list(Device.objects.values_list("user", "auth")) == [(other.pk, again["auth"])]


def test_an_eleventh_device_takes_the_place_of_the_oldest(user, clock):
    for number in range(11):
        push.subscribe(user, **keys(endpoint=f"{ENDPOINT}{number}"))
        clock.shift(1)
    assert sorted(Device.objects.values_list("endpoint", flat=True)) == sorted(f"{ENDPOINT}{number}" for number in range(1, 11))


def test_unsubscribing_is_for_ones_own(user):
    push.subscribe(user, **keys())
    other = User.objects.create_user(email="iryna@example.com", name="Iryna")
    assert push.unsubscribe(other, endpoint=ENDPOINT) == 0
    assert push.unsubscribe(user, endpoint=ENDPOINT) == 1


GOOD = Browser()
OFF_THE_CURVE = base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode()


@pytest.mark.parametrize(
    "bad",
    [
        {"endpoint": "http://127.0.0.1/"},
        {"endpoint": "https://127.0.0.1/"},
        {"endpoint": "https://evil.example/"},
        {"endpoint": f"https://fcm.googleapis.com/{'a' * 1000}"},
        {"p256dh": ""},
        {"p256dh": GOOD.p256dh[:-4]},
        {"p256dh": OFF_THE_CURVE},
        {"p256dh": GOOD.p256dh + "!!!!"},
        {"p256dh": "я" * 87},
        {"auth": ""},
        {"auth": GOOD.auth[:-3]},
        {"auth": GOOD.auth + "AAAA"},
        {"auth": "+/" + GOOD.auth[2:]},
    ],
)
def test_what_cannot_be_pushed_to_is_not_registered(user, bad):
    with pytest.raises(push.BadSubscription):
        push.subscribe(user, **keys(**bad))
    assert Device.objects.count() == 0


def test_a_device_with_broken_keys_holds_up_nobody(user, tell, clock, service):
    service.device(user, "phone")
    Device.objects.create(user=user, endpoint=f"{service.origin}/broken", p256dh="AAAA", auth="AAAA")
    Device.objects.create(user=user, endpoint="https://no-longer-listed.example/", p256dh=GOOD.p256dh, auth=GOOD.auth)
    tell(user)
    assert sweep.send_due().done == 1
    assert [path for path, _, _ in service.got] == ["/phone"]


def test_what_is_done_on_a_page_is_a_button_without_a_token(user):
    acts = {"message": "/leads/3/message/?named=A", "unknown": "/"}
    row = Notification(recipient=user, kind="nudge", key="step:1", subject="lead:3", title="A", text="B", url="/leads/3/", acts=acts)
    assert json.loads(push.message(row).payload)["acts"] == [
        {"name": "message", "title": "Повідомлення", "url": "/leads/3/message/?named=A"},
        {"name": "call", "title": "Дзвінок", "url": "/leads/3/"},
    ]


def test_the_largest_push_fits(user, tell, clock, service):
    service.device(user)
    tell(user, title="🙂" * 200, text="🙂" * 500, url="/leads/1/", acts={"done": "/reminders/1/done/", "snooze": "/reminders/1/snooze/"})
    assert sweep.send_due().done == 1
    assert len(service.got) == 1


def test_a_buttons_token_opens_one_address_for_one_person_for_three_days(user, clock):
    token = push.act_token(user, "/reminders/1/done/")
    assert push.act_user(token, "/reminders/1/done/") == user
    assert push.act_user(token, "/reminders/2/done/") is None
    assert push.act_user(token + "x", "/reminders/1/done/") is None
    assert push.act_user("", "/reminders/1/done/") is None
    clock.shift(3 * 24 * 3600 + 1)
    assert push.act_user(token, "/reminders/1/done/") is None


def test_a_buttons_token_ends_with_the_log_in(user):
    token = push.act_token(user, "/reminders/1/done/")
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert push.act_user(token, "/reminders/1/done/") is None
