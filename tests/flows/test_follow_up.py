"""Calling, noting how it went, being reminded: on a phone, in a browser."""

import datetime as dt
import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from leads import actions, reminders
from leads.models import Attempt, Comment, Lead, Reminder
from notifications import actions as notifications
from notifications import push
from notifications.models import Device, Notification
from teams.models import Session
from tests import make
from tests.flows.test_pages import LONG, faults
from tests.notifications.fake_push import Browser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lead(rep, board):
    """Somebody with everything a lead's page shows."""
    lead = make.card(board, "Oksana Melnyk", phone="067 111 22 33", email="oksana@example.com", tags=["vip"]).lead
    Lead.objects.filter(pk=lead.pk).update(note="Two kids, likes the honey cream.", birthday=dt.date(1990, 3, 8))
    make.work_item(lead, reason="Two campaigns without an order", call_by=timezone.localdate())
    actions.comment_on(lead, by=rep.user, text=f"{LONG} " * 3)
    attempt = actions.log_attempt(lead, by=rep.user, channel="viber")
    actions.give_outcome(attempt, by=rep.user, outcome="no_answer")
    return lead


@pytest.fixture
def told(rep, lead):
    """An inbox with all kinds of rows."""
    now = timezone.now()
    acts = {"done": "/reminders/1/done/", "snooze": "/reminders/1/snooze/"}
    for n, (kind, subject, title, days) in enumerate(
        [("reminder", "lead:0", LONG, 0), ("job", "job:1", "34 people from the company", 0), ("summary", "", "Campaign 13 closed", 1)]
    ):
        notifications.schedule(
            key=f"k{n}",
            subject=subject,
            recipient=rep.user,
            kind=kind,
            title=title,
            text="Asked for the price list",
            url="/",
            due_at=now - dt.timedelta(days=days, minutes=n),
            acts=acts if n == 0 else None,
        )


# The test machine has no dialler: a call is made by leaving the address alone.
NO_DIALLER = """document.addEventListener("click", (event) => {
  if (event.target.closest("a[href^='tel:']")) event.preventDefault();
}, true);"""


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_the_pages_are_without_fault(phone, rep, lead, told, language):
    rep.user.language = language
    rep.user.save(update_fields=["language"])
    reminders.set_reminder(lead, by=rep.user, day=timezone.localdate() + dt.timedelta(days=1), time=dt.time(10))
    attempt = actions.log_attempt(lead, by=rep.user, channel="call")
    page = phone(rep)
    addresses = {
        "lead": lead.get_absolute_url(),
        "outcome": reverse("pipeline:outcome", args=[attempt.pk]),
        "reminder": reverse("pipeline:reminder", args=[lead.pk]),
        "inbox": reverse("notifications:inbox"),
        "profile": reverse("pipeline:profile"),
    }
    found = {}
    for name, address in addresses.items():
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(address)
        if wrong := faults(page):
            found[name] = wrong
        page.complaints.clear()
    assert found == {}


def test_a_call_its_outcome_and_the_next_reminder_are_three_taps(phone, rep, lead):
    page = phone(rep)
    page.add_init_script(NO_DIALLER)
    page.goto(lead.get_absolute_url())
    page.get_by_role("navigation", name="Contact").get_by_role("link", name="Call").tap()
    expect(page.locator("dialog[open]")).to_contain_text("How did it go?", timeout=6000)
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="No answer").tap()
    expect(page.locator("dialog[open]")).to_contain_text("When next?")
    expect(page.locator("dialog .tile", has_text="Tomorrow")).to_be_focused()
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("dialog").get_by_role("button", name="Tomorrow").tap()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".toast")).to_contain_text("Oksana Melnyk: reminder for")
    expect(page.locator(".tile.set")).to_contain_text("Tomorrow")
    expect(page.locator(".tl li").first).to_contain_text("Reminder for")
    expect(page.locator(".tl li").nth(1)).to_contain_text("Call · No answer")
    assert list(Attempt.objects.order_by("-pk").values_list("channel", "outcome")[:1]) == [("call", "no_answer")]
    assert Reminder.objects.get(state="open").time == dt.time(10)
    assert page.complaints == []


def test_an_outcome_on_the_board_moves_the_card_there(phone, rep, board, stages, lead):
    page = phone(rep)
    page.add_init_script(NO_DIALLER)
    page.goto(board.get_absolute_url())
    page.get_by_role("link", name="Call Oksana Melnyk").tap()
    page.locator("dialog[open]").get_by_role("button", name=re.compile("^Ordered")).tap(timeout=6000)
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(f"#s-{stages['ordered'].pk} .card b")).to_have_text(["Oksana Melnyk"])
    expect(page.locator(f"#s-{stages['prospects'].pk} .card")).to_have_count(0)
    assert page.complaints == []


def test_a_stage_is_changed_from_the_leads_page(phone, rep, lead):
    page = phone(rep)
    page.goto(lead.get_absolute_url())
    page.get_by_role("link", name="Stage").tap()
    page.get_by_role("button", name=re.compile("^Offer sent")).tap()
    expect(page.get_by_role("link", name="Stage")).to_contain_text("Offer sent")
    expect(page.locator(".tl li").first).to_contain_text("Moved to Offer sent")
    page.get_by_role("button", name="Undo", exact=True).tap()
    expect(page.get_by_role("link", name="Stage")).to_contain_text("Prospects")
    assert page.complaints == []


def test_a_comment_is_written_without_leaving_the_page(phone, rep, lead):
    page = phone(rep)
    page.goto(lead.get_absolute_url())
    for words in ("Call after six", "And bring the catalogue"):
        page.get_by_role("textbox", name="Comment").fill(words)
        page.keyboard.press("Enter")
        expect(page.locator(".tl .say").first).to_have_text(words)
        expect(page.get_by_role("textbox", name="Comment")).to_have_value("")
    assert page.complaints == []


def test_a_reminder_is_picked_done_and_gone(phone, rep, lead):
    page = phone(rep)
    page.goto(lead.get_absolute_url())
    page.get_by_role("link", name="Pick").tap()
    page.locator("dialog").get_by_label("Date").fill("2020-01-01")
    page.get_by_role("button", name="Remind me then").tap()
    expect(page.locator("dialog[open]")).to_contain_text("This time has already passed.")
    page.locator("dialog").get_by_label("Date").fill((timezone.localdate() + dt.timedelta(days=5)).isoformat())
    page.get_by_role("button", name="Remind me then").tap()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("button", name="Done", exact=True).tap()
    expect(page.locator(".tl li").first).to_contain_text("· done")
    expect(page.get_by_role("button", name="Done", exact=True)).to_have_count(0)
    assert Reminder.objects.get().state == "done"


def test_older_entries_come_below(phone, rep, lead):
    at = timezone.now() - dt.timedelta(days=2)
    Comment.objects.bulk_create([Comment(lead=lead, by=rep.user, text=f"comment {n}", at=at) for n in range(40)])
    page = phone(rep)
    page.goto(lead.get_absolute_url())
    page.get_by_role("link", name="Show older").tap()
    expect(page.locator(".tl > li")).to_have_count(43)
    expect(page.locator(".tl > li").last).to_contain_text("Added to the contacts")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_comment_survives_an_ended_log_in(phone, rep, lead, scripts):
    page = phone(rep, java_script_enabled=scripts)
    page.goto(lead.get_absolute_url())
    page.get_by_role("textbox", name="Comment").fill("A long thought")
    Session.objects.all().delete()
    page.get_by_role("button", name="Send").click()
    page.get_by_label(re.compile("e-mail", re.IGNORECASE)).first.fill(rep.user.email)
    page.get_by_text("I have a password").click()
    page.get_by_label("Password").first.fill(make.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Comment")).to_have_value("A long thought")


def test_everything_works_without_javascript(phone, rep, lead):
    page = phone(rep, java_script_enabled=False)
    page.goto(lead.get_absolute_url())
    page.get_by_role("button", name="I called").click()
    page.get_by_role("button", name="No answer").click()
    page.get_by_role("button", name="Tomorrow").click()
    expect(page.locator(".tile.set")).to_contain_text("Tomorrow")
    page.get_by_role("textbox", name="Comment").fill("Call after six")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".tl .say").first).to_have_text("Call after six")
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.locator(".tl li", has_text="· done")).to_have_count(1)


# ---- push

SUBSCRIBE = """(() => {
  const sub = %s;
  PushManager.prototype.subscribe = async function (options) {
    window.asked = { visible: options.userVisibleOnly, key: options.applicationServerKey.length };
    return { endpoint: sub.endpoint, toJSON: () => sub };
  };
})()"""
HANG = "PushManager.prototype.subscribe = () => new Promise(() => {});"
SHOWN = """async () => {
  const { ready } = navigator.serviceWorker;
  for (;;) {
    const all = await (await ready).getNotifications();
    if (all.length) return all.map((one) => [one.title, one.body, one.tag, one.actions.map((act) => act.title)]);
    await new Promise(requestAnimationFrame);
  }
}"""
PRESS = """async (action) => {
  const [shown] = await self.registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification: shown, action });
  self.dispatchEvent(event);
}"""


@pytest.fixture
def subscription():
    browser = Browser()
    return {"endpoint": "https://fcm.googleapis.com/fcm/send/abc", "keys": {"p256dh": browser.p256dh, "auth": browser.auth}}


@pytest.fixture
def profile(phone, rep, subscription):
    """The profile in a browser whose push service says yes."""
    page = phone(rep, permissions=["notifications"], service_workers="allow")
    page.add_init_script(SUBSCRIBE % json.dumps(subscription))
    page.goto(reverse("pipeline:profile"))
    return page


def test_notifications_are_turned_on_with_one_tap(profile, rep, subscription):
    profile.get_by_role("button", name="Turn on").tap()
    expect(profile.get_by_text("On. Reminders come to this phone at their minute.")).to_be_visible()
    assert list(Device.objects.values_list("user", "endpoint")) == [(rep.user.pk, subscription["endpoint"])]
    assert profile.evaluate("window.asked") == {"visible": True, "key": 65}
    assert profile.complaints == []


def test_a_push_service_that_hangs_is_given_up_with_a_sentence(phone, rep):
    page = phone(rep, permissions=["notifications"], service_workers="allow")
    page.add_init_script(HANG)
    page.clock.install()
    page.goto(reverse("pipeline:profile"))
    page.get_by_role("button", name="Turn on").tap()
    expect(page.get_by_text("One moment")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    for _ in range(3):
        page.clock.run_for(10_001)
    expect(page.get_by_text("The phone's push service did not answer.")).to_be_visible()
    expect(page.get_by_role("button", name="Turn on")).to_be_enabled()


def test_an_iphone_is_told_what_to_do_first(phone, rep):
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
    page = phone(rep, user_agent=agent)
    page.add_init_script("delete window.PushManager;")
    page.goto(reverse("pipeline:profile"))
    expect(page.get_by_text("Choose “Add to Home Screen”.")).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize(("button", "state"), [("done", "done"), ("snooze", "cancelled")])
def test_a_push_is_shown_and_its_buttons_work(profile, rep, lead, live_server, button, state):
    reminder = reminders.set_reminder(lead, by=rep.user, day=timezone.localdate() + dt.timedelta(days=3), time=dt.time(10))
    says = push.message(Notification.objects.get(key=f"reminder:{reminder.pk}")).payload.decode()
    profile.get_by_role("button", name="Turn on").tap()
    expect(profile.get_by_role("button", name="Turn off")).to_be_visible()
    wire = profile.context.new_cdp_session(profile)
    known = []
    wire.on("ServiceWorker.workerRegistrationUpdated", lambda event: known.extend(event["registrations"]))
    wire.send("ServiceWorker.enable")
    while not known:
        profile.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    registration = [one["registrationId"] for one in known if one["scopeURL"].startswith(live_server.url)][-1]
    for _ in range(2):  # the same one again takes the place of the first
        wire.send("ServiceWorker.deliverPushMessage", {"origin": live_server.url, "registrationId": registration, "data": says})
    [[title, body, tag, titles]] = profile.evaluate(SHOWN)
    assert (title, body.startswith("Олександра"), tag, titles) == (
        "Oksana Melnyk",
        True,
        f"reminder:{reminder.pk}",
        ["Done", "Tomorrow 10:00"],
    )
    [worker] = profile.context.service_workers
    profile.context.clear_cookies()  # the button needs no log-in
    with profile.context.expect_event("response", lambda answer: f"/{button}/" in answer.url) as answered:
        worker.evaluate(PRESS, button)
    assert answered.value.status == 204
    reminder.refresh_from_db()
    assert reminder.state == state
    assert Reminder.objects.filter(state="open").count() == (1 if button == "snooze" else 0)
