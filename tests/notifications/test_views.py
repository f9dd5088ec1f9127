"""The inbox, a browser's subscription, the service worker."""

import datetime as dt
import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.templatetags.static import static
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leads import reminders
from notifications import actions, push, sweep
from notifications.models import Device, Notification
from notifications.views import KEPT
from tests import make
from tests.notifications.conftest import NOON
from tests.notifications.fake_push import Browser

ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"


@pytest.fixture
def rep(rep, clock):
    """The clock stands, and the log-in is of that moment."""
    rep.client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return rep


def rows(page):
    """The inbox as text: a heading or an entry each."""
    found = re.findall(r"<h2>[^<]+</h2>|<li>.*?</li>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def subscription(**other):
    browser = Browser()
    return {"endpoint": ENDPOINT, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}, **other}


def send(person, url, said):
    return person.client.post(url, json.dumps(said), content_type="application/json", headers={"User-Agent": "Android Chrome/140"})


# ---- inbox


def test_the_inbox_is_by_day_newest_first(rep, tell):
    tell(rep.user, key="a", title="Olena", text="Call after six")
    tell(rep.user, key="b", title="Import", kind="job", subject="job:1", url="/imports/1/", due_at=NOON - dt.timedelta(hours=1))
    tell(rep.user, key="c", subject="lead:2", title="Burl", due_at=NOON - dt.timedelta(hours=15))  # midnight is at 21:00 UTC
    tell(rep.user, key="d", title="Older", due_at=NOON - dt.timedelta(days=9))
    tell(rep.user, key="e", title="Tomorrow", due_at=NOON + dt.timedelta(days=1))
    page = rep.get("/inbox/").content.decode()
    assert rows(page) == [
        "Today",
        "Olena new 15:00 · Call after six",
        "Import new 14:00",
        "Burl new 00:00",
        "25 April",
        "Older new 15:00",
    ]
    assert "4 new" in page


def test_an_empty_inbox_says_what_comes_here(rep):
    assert "Nothing here yet" in rep.get("/inbox/").content.decode()


def test_withdrawn_ones_are_not_there(rep, tell):
    tell(rep.user, key="a")
    Notification.objects.update(state="cancelled")
    assert rows(rep.get("/inbox/").content.decode()) == []


def test_fifty_at_a_time_none_twice_none_missing(rep, tell):
    for number in range(120):
        tell(rep.user, key=f"k{number}", title=f"N{number:03}")
    seen, before = [], ""
    for size in (50, 50, 20):
        page = (rep.peek if before else rep.get)("/inbox/", {"before": before} if before else {}).content.decode()
        titles = re.findall(r"<b>(N\d+)</b>", page)
        assert len(titles) == size
        assert ("<html" in page) == (not before)
        seen += titles
        more = re.search(r'href="\?before=([\d-]+)"', page)
        before = more[1] if more else ""
    assert before == ""
    assert sorted(seen) == [f"N{number:03}" for number in range(120)]
    assert "<html" in rep.get("/inbox/", {"before": "1-1"}).content.decode()


@pytest.mark.parametrize("before", ["x", "1", "1-2-3", "99999999999999999-1", "9" * 99, "-1-1", "²-1", "\0"])
def test_a_place_nobody_gave_does_no_harm(rep, before):
    assert rep.get("/inbox/", {"before": before}).status_code == 200


def test_the_statements_do_not_grow(rep, tell):
    def queries():
        rep.get("/inbox/")
        with CaptureQueriesContext(connection) as captured:
            rep.get("/inbox/")
        return len(captured)

    tell(rep.user, key="a", acts={"done": "/reminders/1/done/", "snooze": "/reminders/1/snooze/"})
    one = queries()
    tell(rep.user, key="b")
    tell(rep.user, key="c", kind="job", subject="job:1")
    assert queries() == one


def test_everybody_sees_their_own(rep, upline, tell):
    tell(rep.user, title="Mine")
    upline.client.force_login(upline.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Mine" not in upline.get("/inbox/").content.decode()


def test_read_all(rep, upline, tell):
    tell(rep.user)
    tell(upline.user)
    answer = rep.post("/inbox/read/")
    assert (answer.status_code, answer["Location"]) == (302, "/inbox/")
    assert Notification.objects.visible_to(rep.user).unread().count() == 0
    assert Notification.objects.visible_to(upline.user).unread().count() == 1


def test_read_all_is_taken_back_for_just_those(rep, tell, clock):
    earlier = tell(rep.user, key="a")
    actions.mark_one_read(earlier)
    clock.shift(1)
    tell(rep.user, key="b")
    page = rep.client.post("/inbox/read/", follow=True).content.decode()
    [undo] = re.findall(r'action="(/inbox/read/\d+/undo/)"', page)
    assert rep.post(undo)["Location"] == "/inbox/"
    assert list(Notification.objects.visible_to(rep.user).unread().values_list("key", flat=True)) == ["b"]
    for odd in ("0", "9" * 30):
        assert rep.post(f"/inbox/read/{odd}/undo/").status_code in (302, 404)
    assert rep.get(undo).status_code == 405


def test_what_came_about_one_thing_on_one_day_stands_together(rep, tell):
    for key, subject in (("a", "lead:1"), ("b", "job:2"), ("c", "lead:1"), ("d", ""), ("e", "")):
        tell(rep.user, key=key, subject=subject, title=f"Title {key}", kind="notice")
    page = rep.get("/inbox/").content.decode()
    assert re.findall(r"Title \w", page) == ["Title e", "Title d", "Title c", "Title a", "Title b"]
    assert page.count("<details>") == 1
    assert "1 earlier" in page


def test_opening_one_reads_it_and_leads_there(rep, upline, tell):
    one = tell(rep.user, kind="job", subject="job:1", url="/imports/1/")
    upline.client.force_login(upline.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert upline.post(f"/inbox/{one.pk}/").status_code == 404
    answer = rep.post(f"/inbox/{one.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, "/imports/1/")
    assert Notification.objects.get().read_at == NOON


def test_one_that_has_not_arrived_cannot_be_opened(rep, tell):
    one = tell(rep.user, due_at=NOON + dt.timedelta(days=1))
    assert rep.post(f"/inbox/{one.pk}/").status_code == 404


def test_a_due_reminder_is_done_from_the_inbox_and_offers_nothing_afterwards(rep, clock):
    lead = make.lead(rep.rep)
    reminder = reminders.set_reminder(lead, by=rep.user, day=NOON.date(), time=dt.time(17))
    clock.move_to(reminder.due_at)
    sweep.send_due()
    page = rep.get("/inbox/").content.decode()
    assert rows(page) == ["Today", "Oksana Melnyk new 17:00 Done Tomorrow 10:00"]
    answer = rep.post(re.search(r'action="(/reminders/\d+/done/)"', page)[1], {"next": "/inbox/"})
    assert answer["Location"] == "/inbox/"
    assert rows(rep.get("/inbox/").content.decode()) == ["Today", "Oksana Melnyk 17:00"]


@pytest.mark.parametrize("url", ["/inbox/read/", "/inbox/1/", "/push/devices/", "/push/devices/delete/"])
def test_get_is_refused(rep, url):
    assert rep.get(url).status_code == 405


@pytest.mark.parametrize("url", ["/inbox/read/", "/inbox/1/", "/push/devices/", "/push/devices/delete/"])
def test_needs_a_log_in_and_the_forms_token(rep, client, url):
    assert client.post(url)["Location"].startswith("/accounts/login/?next=")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert strict.post(url).status_code == 403


def test_the_inbox_only_reads(rep):
    assert rep.post("/inbox/").status_code == 405


# ---- subscriptions


def test_a_browser_subscribes(rep):
    said = subscription()
    answer = send(rep, "/push/devices/", said)
    assert answer.status_code == 201
    assert list(Device.objects.values("user", "endpoint", "p256dh", "auth", "label")) == [
        {"user": rep.user.pk, "endpoint": ENDPOINT, **said["keys"], "label": "Android · Chrome"}
    ]


def test_a_plain_form_does_too(rep):
    said = subscription()
    assert rep.post("/push/devices/", {"endpoint": said["endpoint"], **said["keys"]}).status_code == 201


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        "x",
        {},
        {"endpoint": ENDPOINT},
        {"endpoint": 5, "keys": 7},
        {"endpoint": ENDPOINT, "keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        subscription(endpoint="https://127.0.0.1/x"),
        subscription(endpoint="http://fcm.googleapis.com/x"),
        subscription(endpoint="https://evil.example/x"),
        subscription(endpoint=f"{ENDPOINT}\0"),
        subscription(endpoint=ENDPOINT + "a" * 5000),
    ],
)
def test_what_is_no_subscription_is_refused_with_a_sentence(rep, said):
    answer = send(rep, "/push/devices/", said)
    assert (answer.status_code, json.loads(answer.content)) == (
        422,
        {"sentence": "This browser's push service is not one we can send to."},
    )
    assert Device.objects.count() == 0


@pytest.mark.parametrize("body", ["", "{", "[" * 4000, '{"endpoint": "\\ud800"}', "\xff"])
def test_a_broken_body_is_refused(rep, body):
    assert rep.client.post("/push/devices/", body, content_type="application/json").status_code == 422


def test_another_log_in_in_the_same_browser_takes_the_device_over(rep, upline):
    said = subscription()
    send(rep, "/push/devices/", said)
    upline.client.force_login(upline.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    send(upline, "/push/devices/", said)
    assert list(Device.objects.values_list("user", flat=True)) == [upline.user.pk]


def test_a_browser_unsubscribes(rep, upline):
    send(rep, "/push/devices/", subscription())
    upline.client.force_login(upline.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert send(upline, "/push/devices/delete/", {"endpoint": ENDPOINT}).status_code == 204
    assert Device.objects.count() == 1
    assert send(rep, "/push/devices/delete/", {"endpoint": ENDPOINT}).status_code == 204
    assert Device.objects.count() == 0
    assert send(rep, "/push/devices/delete/", {}).status_code == 422


def test_logging_out_ends_the_pushes_to_this_browser(rep):
    send(rep, "/push/devices/", subscription())
    rep.post("/accounts/logout/")
    assert Device.objects.count() == 0


# ---- the service worker and the manifest


def test_the_service_worker_comes_from_the_root_and_fresh(client):
    answer = client.get("/sw.js")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    assert answer["Service-Worker-Allowed"] == "/"
    assert "/static/icons/icon\\u002D192.png" in answer.content.decode()


def test_the_worker_keeps_files_that_exist_and_the_page_without_network(client):
    says = client.get("/sw.js").content.decode()
    kept = re.search(r"const FILES = \[(.*?)OFFLINE\]", says, re.DOTALL)[1]
    assert re.findall(r'"([^"]+)"', kept) == [static(name).replace("-", "\\u002D") for name in KEPT]
    assert [name for name in KEPT if finders.find(name) is None] == []
    assert 'const OFFLINE = "/offline/";' in says
    page = client.get("/offline/")
    assert "There is no network" in page.content.decode()
    assert "Set-Cookie" not in page


def test_another_language_is_another_worker(client):
    english, ukrainian = (client.get("/sw.js", headers={"Accept-Language": code}).content for code in ("en", "uk"))
    assert english != ukrainian


def test_the_manifest(client):
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    says = json.loads(answer.content)
    assert {name: says[name] for name in ("name", "start_url", "scope", "display")} == {
        "name": "Cotano",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
    }
    assert [icon["sizes"] for icon in says["icons"]] == ["192x192", "512x512", "512x512"]


def test_the_profile_carries_the_button(rep):
    page = rep.get("/profile/").content.decode()
    assert f'data-push data-key="{push.public_key()}" data-url="/push/devices/"' in page


def test_letters_that_no_text_has_are_no_endpoint(rep):
    for url in ("/push/devices/", "/push/devices/delete/"):
        assert send(rep, url, subscription(endpoint="\ud800")).status_code == 422


def test_the_list_of_devices_says_where_reminders_ring(rep, upline):
    for label, person in (("Android · Chrome", rep), ("Windows · Edge", rep), ("iPhone · Safari", upline)):
        Device.objects.create(user=person.user, endpoint=f"{ENDPOINT}/{label}", p256dh="", auth="", label=label)
    page = rep.get("/profile/devices/").content.decode()
    assert ["Android · Chrome" in page, "Windows · Edge" in page, "iPhone · Safari" in page] == [True, True, False]
    mine, theirs = Device.objects.get(label__startswith="Android"), Device.objects.get(user=upline.user)
    assert rep.post(f"/push/devices/{mine.pk}/delete/")["Location"] == "/profile/devices/"
    assert rep.post(f"/push/devices/{theirs.pk}/delete/").status_code == 404
    assert rep.get(f"/push/devices/{theirs.pk}/delete/").status_code == 405
    assert set(Device.objects.values_list("label", flat=True)) == {"Windows · Edge", "iPhone · Safari"}
