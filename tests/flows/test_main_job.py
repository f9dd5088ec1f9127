"""The main job on real files, from an empty database: staff load the company, a rep works on a phone, the campaign closes."""

import datetime as dt
import os
import subprocess
import sys

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.models import Calendar, Campaign, Order
from cotano import demo, env
from cotano.lib import clock
from cotano.test_settings import child_environment
from leads.models import Attempt, Lead, Reminder
from notifications import sweep
from notifications.models import Notification
from pipeline import rollover
from pipeline.models import Board, Card, WorkItem
from teams.models import Assignment, Rep, Territory
from teams.roles import sync_roles
from tests import make
from tests.conftest import Person
from tests.notifications.fake_push import FakePush

pytestmark = pytest.mark.django_db(transaction=True)
ZONE = "Europe/Kyiv"
UPLOADS = [  # where, file, lines taken
    ("teams/territory", "territories.csv", 7),
    ("campaigns/campaign", "campaigns.csv", 51),
    ("teams/rep", "roster.csv", 2000),
    ("campaigns/order", "orders.csv", 15537 + 258),
    ("campaigns/order", "app_activity.csv", 5799),
    ("pipeline/workitem", "worklist_day1.csv", 4848),
]
WAIT = 60_000  # milliseconds for a worker to load a file


@pytest.fixture
def worker():
    """A real Celery worker on this test's database and broker."""
    command = [sys.executable, "-m", "celery", "-q", "-A", "cotano", "worker", "-l", "warning", "-c", "1", "-n", f"flow{os.getpid()}@%h"]
    process = subprocess.Popen(command, cwd=env.ROOT, env=child_environment(connection.settings_dict["NAME"]))
    yield process
    process.terminate()
    process.wait(30)


@pytest.fixture
def service(settings):
    with FakePush() as fake:
        settings.PUSH_HOSTS = [fake.origin]
        yield fake


@pytest.fixture
def files(tmp_path):
    """The sample company moved to today, as `manage.py demo --write` writes it."""
    demo.write(tmp_path, clock.today(ZONE, timezone.now()))
    return tmp_path


def upload(page, where, file, *, resource=None):
    """Through the admin's pages: choose, check, load; returns the job page's text once it is done."""
    page.goto(f"/admin/{where}/import/")
    if resource:
        page.select_option("select[name=resource]", label=resource)
    page.set_input_files("input[name=import_file]", file)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Load this file").click()
    expect(page.locator("#job progress")).to_have_count(0, timeout=WAIT)
    return counts(page)


def counts(page):
    """new, changed, unchanged, rejected as the job page shows them."""
    return [int("".join(filter(str.isdigit, cell))) for cell in page.locator("#job table").first.locator("td").all_inner_texts()[:4]]


def test_the_main_job(browser, phone, live_server, worker, service, files):
    sync_roles()
    staff = make.user("Stefan Staff", is_staff=True, zone=ZONE)
    staff.groups.add(Group.objects.get(name="Staff"))

    # ---- staff load the company
    desk = phone(viewport={"width": 1280, "height": 900}, is_mobile=False, has_touch=False)
    desk.goto("/admin/")
    desk.fill("input[name=login]", staff.email)
    desk.get_by_text("I have a password").click()
    desk.fill("input[name=password]", make.PASSWORD)
    desk.keyboard.press("Enter")
    expect(desk).to_have_title("Overview | Cotano")
    for where, name, lines in UPLOADS:
        resource = {"orders.csv": "Orders", "app_activity.csv": "App activity"}.get(name)
        assert (name, upload(desk, where, files / name, resource=resource)) == (name, [lines, 0, 0, 0])
    assert (Rep.objects.count(), Order.objects.filter(kind="order").count(), Order.objects.filter(kind="return").count()) == (
        2000,
        15537,
        258,
    )
    assert Lead.objects.count() == Card.objects.count() == WorkItem.objects.count() == 4848
    assert upload(desk, "teams/rep", files / "roster.csv") == [0, 0, 2000, 0]
    assert set(Notification.objects.values_list("kind", "recipient")) == {("job", staff.pk)}
    desk.goto("/admin/campaigns/calendar/")
    desk.locator("#result_list th a").first.click()
    desk.get_by_role("link", name="Go live").click()
    desk.fill("input[name=live_from]", clock.today(ZONE, timezone.now()).isoformat())
    desk.get_by_role("button", name="Continue").click()
    desk.get_by_role("button", name="Go live").click()
    expect(desk.locator(".messagelist")).to_have_text("The calendar is live from that day on.")
    assert Calendar.objects.get().live_from == clock.today(ZONE, timezone.now())

    # ---- a manager sees the own territories, with the figures of the pilot
    manager = make.user("Maria Manager", is_staff=True, zone=ZONE)
    manager.groups.add(Group.objects.get(name="Manager"))
    Assignment.objects.bulk_create(Assignment(user=manager, territory=place) for place in Territory.objects.filter(code__in=demo.PILOT))
    chief = Person(manager)
    office = phone(chief, viewport={"width": 1280, "height": 900}, is_mobile=False, has_touch=False)
    office.goto("/admin/teams/rep/")
    expect(office.locator(".paginator").first).to_contain_text("1000")
    stranger = Rep.objects.filter(territory__code="UA-N-02").first()
    assert chief.get(f"/admin/teams/rep/{stranger.pk}/change/").status_code == 404
    office.goto("/admin/campaigns/campaign/activity/")
    expect(office.locator(".verdict")).to_have_text("Pearson r = 0.97")
    table = office.locator("details table tbody tr")
    assert [row.locator("td").nth(2).inner_text() for row in table.all()] == ["55.4", "55.5", "62.1", "63.6", "65.1", "66.8"]

    # ---- a rep opens Home on a phone: it is already full
    row = Rep.objects.get(code=demo.LEADER)
    row.user = make.user("Olena", zone=ZONE)
    Rep.objects.filter(pk=row.pk).update(user=row.user)
    rep = Person(row.user, row)
    service.device(rep.user)
    page = phone(rep)
    page.goto("/")
    expect(page.get_by_text("Day 3 of 21")).to_be_visible()
    expect(page.get_by_text("usual order not in yet").first).to_be_visible()
    board = Board.objects.get(rep=row)
    theirs = board.cards.count()
    page.get_by_role("link", name="Boards").tap()
    page.locator("main a.row").first.tap()
    expect(page.locator(".tabs a").first).to_contain_text(str(theirs))

    # ---- adds a lead in two taps and a name
    page.get_by_role("link", name="Add a lead").tap()
    expect(page.locator("input[name=name]")).to_be_focused()
    page.keyboard.type("Grace Fosdick")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Grace Fosdick")
    expect(page.locator("input[name=name]")).to_have_value("")
    assert Card.objects.get(lead__name="Grace Fosdick").board == board

    # ---- imports the contacts, with a preview and the question of the board
    page.goto("/contacts/import/")
    page.set_input_files("input[type=file]", files / "leads_utf8.csv")
    expect(page.locator(".cols2 li").first).to_have_text("New 300")
    page.locator("input[name=board]").nth(1).check()
    page.locator("button[form=confirm]").tap()
    expect(page.get_by_text("300 people added")).to_be_visible(timeout=WAIT)
    assert board.cards.count() == theirs + 301

    # ---- opens a lead, calls, notes how it went, writes, sets a reminder
    lead = Lead.objects.get(owner=row, name="Данна Єрченко")
    page.goto(lead.get_absolute_url())
    page.evaluate("document.querySelector('.acts .main').addEventListener('click', (e) => e.preventDefault())")  # no dialler here
    page.locator(".acts .main").tap()
    page.get_by_role("button", name="Call later").tap()
    attempt = Attempt.objects.get(lead=lead)
    expect(page.locator(".tl")).to_contain_text("Call later", ignore_case=True)
    attempt.refresh_from_db()
    assert (attempt.channel, attempt.outcome) == ("call", "call_later")
    page.goto(lead.get_absolute_url())
    page.fill("form.cbar [name=text]", "Likes the honey cream")
    page.locator("form.cbar button").last.tap()
    expect(page.locator(".tl .say")).to_have_text("Likes the honey cream")
    page.locator(".tile", has_text="Tomorrow").tap()
    expect(page.locator("#main .chip").first).to_contain_text("Tomorrow 10:00")
    reminder = Reminder.objects.get(lead=lead, state="open")
    assert reminder.due_at == clock.instant(clock.today(ZONE, timezone.now()) + dt.timedelta(days=1), clock.MORNING, ZONE)

    # ---- moves the card by "Move to..."
    page.locator("#main a.row", has_text="Stage").tap()
    page.get_by_role("button", name="Offer sent").tap()
    expect(page.locator("#main a.row", has_text="Stage")).to_contain_text("Offer sent")
    assert Card.objects.get(lead=lead).stage.standard == "offer"

    # ---- at the due minute, and not before, it comes: encrypted, with the name and the last comment
    sweep.send_due()  # that the file is loaded comes at once
    assert [told["title"] for _path, told, _headers in service.got] == ["leads_utf8.csv is loaded"]
    service.got.clear()
    with time_machine.travel(reminder.due_at - dt.timedelta(seconds=1), tick=False):
        sweep.send_due()
    assert service.got == []
    with time_machine.travel(reminder.due_at, tick=False):
        sweep.send_due()
        sweep.send_due()
        [(_path, told, _headers)] = service.got
        assert (told["title"], told["text"]) == ("Данна Єрченко", "Likes the honey cream")
        page.goto("/inbox/")
        expect(page.locator(".inbox li").first).to_contain_text("Данна Єрченко")
        page.locator(".inbox li").first.get_by_role("button", name="Tomorrow 10:00").tap()
        expect(page.locator(".inbox li").first.get_by_role("button", name="Tomorrow 10:00")).to_have_count(0)
    snoozed = Reminder.objects.get(lead=lead, state="open")
    assert snoozed.due_at == reminder.due_at + dt.timedelta(days=1)
    with time_machine.travel(snoozed.due_at, tick=False):
        sweep.send_due()
        assert len(service.got) == 2
        page.goto(lead.get_absolute_url())
        page.get_by_role("button", name="Done", exact=True).tap()
        expect(page.get_by_role("button", name="Done", exact=True)).to_have_count(0)
    with time_machine.travel(snoozed.due_at + dt.timedelta(days=3), tick=False):
        sweep.send_due()
    assert len(service.got) == 2

    # ---- the next day's work list: who is gone is done, says the company
    before = set(WorkItem.objects.filter(rep=row, done_at=None).values_list("person_code", flat=True))
    upload(desk, "pipeline/workitem", files / "worklist_day2.csv")
    after = set(WorkItem.objects.filter(rep=row, done_at=None).values_list("person_code", flat=True))
    gone = WorkItem.objects.filter(rep=row, done_at__isnull=False)
    assert {item.person_code for item in gone} == before - after != set()
    assert set(Card.objects.filter(lead__in=gone.values("lead")).values_list("closed_as", flat=True)) == {"by_company"}

    # ---- a stranger's door is no door; a second tap is one effect
    other = Person(make.user("Petro", zone=ZONE))
    card = Card.objects.get(lead=lead)
    assert other.post(f"/cards/{card.pk}/move/", {"to": card.stage_id, "version": card.version}).status_code == 404
    assert other.post(f"/leads/{lead.pk}/comment/", {"text": "mine"}).status_code == 404

    # ---- the campaign closes: what is open goes on, the rep is told once
    campaign = Campaign.objects.get(pk=board.campaign_id)
    following = Campaign.objects.get(calendar=campaign.calendar, year=campaign.year, number=16)
    standing = board.cards.filter(closed_at=None).count()
    with time_machine.travel(clock.instant(following.starts_on, dt.time(0, 1), ZONE), tick=False):
        rollover.close_ended()
        rollover.close_ended()
        sweep.send_due()
        new = Board.objects.get(rep=row, campaign=following)
        assert new.cards.count() == standing
        assert Card.objects.get(board=new, lead=lead).stage.standard == "offer"
        assert Notification.objects.filter(kind="summary").count() == 1
        page.goto("/inbox/")
        expect(page.locator(".inbox li").first).to_contain_text(f"{standing} cards moved on to campaign 16")
        page.goto(new.get_absolute_url())
        expect(page.get_by_text("Day 1 of 21")).to_be_visible()
        page.goto(board.get_absolute_url())
        expect(page.locator(".addrow")).to_have_count(0)
    assert page.complaints == desk.complaints == office.complaints == []
