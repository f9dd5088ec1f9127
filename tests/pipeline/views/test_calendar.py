"""The calendar, a day of it, and the link for calendar programs."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from campaigns.models import GroupDeadline
from cotano.lib import clock
from leads import actions as follow_up
from leads import reminders
from leads.models import ImportantDate, Lead, Reminder
from pipeline import feeds
from pipeline.agenda import DAY_PAGE, PER_DAY, PER_MINUTE, read_agenda, read_day
from pipeline.models import Feed
from teams.models import Rep, User
from tests import make

CALENDAR = reverse("pipeline:calendar")
LINK = reverse("pipeline:calendar_link")
KYIV = "Europe/Kyiv"


def today():
    return timezone.localdate(timezone=dt.timezone(dt.timedelta(hours=2)))


def put(rep, day, hour=10, minute=0, *, lead=None, title=""):
    """A reminder or task at this wall-clock time in Kyiv."""
    time = dt.time(hour, minute)
    return Reminder.objects.create(
        owner=rep.rep, lead=lead, title=title, by=rep.user, day=day, time=time, zone=KYIV, due_at=clock.instant(day, time, KYIV)
    )


def entries(day):
    """(time, titles, others) of the minutes of a day."""
    return [(f"{minute.time:%H:%M}", [entry.title for entry in minute.entries], minute.others) for minute in day.minutes]


def on(agenda, date):
    return next(day for week in agenda.weeks for day in week if day.date == date)


def test_reminders_and_tasks_stand_on_their_day(rep, board):
    day = dt.date(2030, 5, 15)
    olena, burl = make.lead(rep.rep, "Olena"), make.lead(rep.rep, "Burl")
    follow_up.comment_on(burl, by=rep.user, text="Back from vacation")
    put(rep, day, 17, lead=burl)
    put(rep, day, 9, 30, lead=olena)
    put(rep, day, 12, title="Order catalogues")
    put(rep, dt.date(2030, 5, 18), lead=olena)
    put(rep, dt.date(2030, 5, 31), lead=olena)
    ended = put(rep, day, 11, lead=olena)
    reminders.finish_reminder(ended, by=rep.user)
    page = read_agenda(rep.rep, day)
    assert entries(on(page, day)) == [("09:30", ["Olena"], 0), ("12:00", ["Order catalogues"], 0), ("17:00", ["Burl"], 0)]
    assert on(page, day).minutes[2].entries[0].note == "Back from vacation"
    assert [found.date for found in page.planned] == [day, dt.date(2030, 5, 18)]
    assert entries(on(page, dt.date(2030, 5, 31))) == [("10:00", ["Olena"], 0)]
    shown = rep.get(CALENDAR, {"day": "2030-05-15"}).content.decode()
    assert re.findall(r"<time>(\d\d:\d\d)</time>", shown) == ["09:30", "12:00", "17:00", "10:00"]
    assert "May 2030" in shown


def test_a_month_is_whole_weeks_from_monday(rep):
    for date, first, last in [
        (dt.date(2026, 2, 14), dt.date(2026, 1, 26), dt.date(2026, 3, 1)),
        (dt.date(2026, 6, 1), dt.date(2026, 6, 1), dt.date(2026, 7, 5)),
        (dt.date(2026, 5, 31), dt.date(2026, 4, 27), dt.date(2026, 5, 31)),
        (dt.date(2021, 2, 1), dt.date(2021, 2, 1), dt.date(2021, 2, 28)),
    ]:
        page = read_agenda(rep.rep, date)
        assert (page.weeks[0][0].date, page.weeks[-1][-1].date) == (first, last)
        assert {len(week) for week in page.weeks} == {7}
        assert page.week[date.weekday()].date == date
        assert [day.date for day in page.coming] == [date + dt.timedelta(days=n) for n in range(7)]


def test_one_minute_is_gathered_and_a_day_is_bounded(rep, company):
    day = dt.date(2030, 5, 15)
    for n in range(7):
        put(rep, day, title=f"Task {n}")
    for n in range(PER_DAY + 3):
        put(rep, day, 12, n, title=f"Later {n}")
    page = read_agenda(rep.rep, day)
    assert entries(on(page, day))[0] == ("10:00", ["Task 0", "Task 1", "Task 2"], 6)
    assert on(page, day).minutes[0].hidden == 7 - PER_MINUTE
    assert len(on(page, day).minutes) == PER_DAY
    assert on(page, day).more == 4
    shown = rep.get(CALENDAR, {"day": "2030-05-15"}).content.decode()
    assert "10:00 Task 0 (+6)" in shown
    assert "4 more" in shown
    assert "4 more on this day" in shown


def test_a_day_in_full_by_pages(rep, company):
    day = dt.date(2030, 5, 15)
    for n in range(DAY_PAGE + 3):
        put(rep, day, title=f"Task {n}")
    first = read_day(rep.rep, day)
    rest = read_day(rep.rep, day, after=first.more)
    assert [entry.title for entry in first.entries + rest.entries] == [f"Task {n}" for n in range(DAY_PAGE + 3)]
    assert rest.more == ""
    shown = rep.peek(reverse("pipeline:day", args=["2030-05-15"]), {"after": first.more}).content.decode()
    assert (shown.count("<time>"), "<html" in shown) == (3, False)


@pytest.mark.parametrize("after", ["x", "-", "1-", "9" * 30, "9999999999999999-999999999999999999", "1-1\0"])
def test_a_place_that_no_page_gave_is_harmless(rep, company, after):
    assert rep.get(reverse("pipeline:day", args=["2030-05-15"]), {"after": after}).status_code == 200


@pytest.mark.parametrize(
    ("date", "status"), [("2030-05-15", 200), ("2030-02-31", 404), ("9999-12-31", 404), ("0001-01-01", 404), ("x", 404)]
)
def test_only_dates_have_pages(rep, date, status):
    assert rep.get(reverse("pipeline:day", args=[date])).status_code == status
    assert rep.get(CALENDAR, {"day": date}).status_code == 200


def test_birthdays_and_dates_of_people_who_may_be_contacted(rep, board):
    olena, burl, silent = (make.lead(rep.rep, name) for name in ("Olena", "Burl", "Silent"))
    Lead.objects.filter(pk=olena.pk).update(birthday=dt.date(1990, 5, 15))
    Lead.objects.filter(pk=burl.pk).update(birthday=dt.date(1992, 2, 29))
    Lead.objects.filter(pk=silent.pk).update(birthday=dt.date(1990, 5, 15))
    follow_up.stop_contact(silent, by=rep.user)
    ImportantDate.objects.create(lead=burl, name="Wedding", month=5, day=15)
    may = on(read_agenda(rep.rep, dt.date(2030, 5, 1)), dt.date(2030, 5, 15))
    assert [(entry.title, entry.note) for entry in may.whole] == [("Olena", "Birthday, turns 40"), ("Burl", "Wedding")]
    for year, day in ((2030, 28), (2032, 29)):
        page = read_agenda(rep.rep, dt.date(year, 2, 10))
        found = [date.date for week in page.weeks for date in week if date.whole]
        assert found == [dt.date(year, 2, day)]
    assert [entry.title for entry in read_day(rep.rep, dt.date(2030, 2, 28)).whole] == ["Burl"]
    assert read_day(rep.rep, dt.date(2032, 2, 28)).whole == []


def test_the_campaigns_days(rep, company):
    page = read_agenda(rep.rep, company.campaign.order_deadline)
    assert [entry.title for entry in on(page, company.campaign.order_deadline).whole] == ["Order deadline"]
    page = read_agenda(rep.rep, company.campaign.ends_on)
    assert [entry.title for entry in on(page, company.campaign.ends_on).whole] == ["Campaign 14 ends"]
    shown = rep.get(CALENDAR).content.decode()
    assert "Campaign 14 until" in shown


def test_the_deadline_is_that_of_the_reps_territory(rep, stranger, company):
    own = company.campaign.order_deadline - dt.timedelta(days=2)
    GroupDeadline.objects.create(campaign=company.campaign, territory=company.territory, order_deadline=own)
    assert rep.get(CALENDAR).status_code == 200
    for person, day in ((rep, own), (stranger, company.campaign.order_deadline)):
        assert [entry.title for entry in on(read_agenda(person.rep, day), day).whole] == ["Order deadline"]
        assert [entry.title for entry in read_day(person.rep, day).whole] == ["Order deadline"]
    assert f"DTSTART;VALUE=DATE:{own:%Y%m%d}" in rep.client.get(feed_url(rep)).content.decode()


def test_another_persons_days_are_not_shown(rep, stranger, company):
    put(rep, today(), title="Secret task")
    lead = make.lead(rep.rep, "Secret lead")
    Lead.objects.filter(pk=lead.pk).update(birthday=today().replace(year=1990, day=min(today().day, 28)))
    assert "Secret" not in stranger.get(CALENDAR).content.decode()
    assert "Secret" not in stranger.get(reverse("pipeline:day", args=[f"{today():%Y-%m-%d}"])).content.decode()


def test_an_empty_week_says_what_to_do(rep):
    assert "Nothing is planned" in rep.get(CALENDAR).content.decode()
    assert "Nothing is planned" in rep.get(CALENDAR, {"day": "2040-05-15"}).content.decode()


def test_hostile_titles_are_only_text(rep, company):
    put(rep, today(), title="<script>alert(1)</script>")
    assert "<script>alert" not in rep.get(CALENDAR).content.decode()


@pytest.mark.parametrize("n", [1, 3])
def test_queries(n, rep, board, django_assert_num_queries):
    for k, lead in enumerate(make.leads(rep.rep, n)):
        put(rep, today(), 10, k, lead=lead)
        Lead.objects.filter(pk=lead.pk).update(birthday=today().replace(year=1990, day=min(today().day, 28)))
        ImportantDate.objects.create(lead=lead, name="Wedding", month=today().month, day=1)
    rep.get(CALENDAR)
    with django_assert_num_queries(9):
        rep.get(CALENDAR)
    with django_assert_num_queries(9):
        rep.get(reverse("pipeline:day", args=[f"{today():%Y-%m-%d}"]))


# ---- the link


def feed_url(rep):
    return reverse("pipeline:feed", args=[feeds.renew_feed(rep.rep, by=rep.user)])


def unfolded(response):
    return response.content.decode().replace("\r\n ", "").split("\r\n")


def titles(response):
    return [line.partition(":")[2] for line in unfolded(response) if line.startswith("SUMMARY")]


def test_a_calendar_program_reads_without_a_log_in(client, rep, company):
    lead = make.lead(rep.rep, "Olena, Marchenko", phone="067 111 22 33")
    follow_up.comment_on(lead, by=rep.user, text="Secret words")
    put(rep, today() + dt.timedelta(days=1), lead=lead)
    put(rep, today() + dt.timedelta(days=2), title="Order catalogues")
    put(rep, today() + dt.timedelta(days=3), title="Done already")
    Reminder.objects.filter(title="Done already").update(state="done", ended_at=timezone.now())
    put(rep, today() + dt.timedelta(days=400), title="Too far")
    Lead.objects.filter(pk=lead.pk).update(birthday=(today() + dt.timedelta(days=4)).replace(year=1988))
    answer = client.get(feed_url(rep))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert titles(answer)[:2] == ["Olena\\, Marchenko", "Order catalogues"]
    assert sorted(titles(answer)[2:]) == sorted(
        [
            *(f"Order deadline (Campaign {n})" for n in (14, 15)),
            *(f"Campaign {n} ends" for n in (14, 15)),
            f"Olena\\, Marchenko (Birthday\\, turns {(today() + dt.timedelta(days=4)).year - 1988})",
        ]
    )
    body = answer.content.decode()
    assert re.search(r"Secret|0671112233|Too far|Done already", body) is None
    assert f"URL:http://testserver{lead.get_absolute_url()}" in body
    assert "Set-Cookie" not in answer


def test_a_wall_clock_time_is_right_on_both_sides_of_the_clock_change(client, rep, company):
    with time_machine.travel(dt.datetime(2027, 3, 20, 12, tzinfo=dt.UTC)):
        put(rep, dt.date(2027, 3, 27), title="Winter")
        put(rep, dt.date(2027, 3, 29), title="Summer")
        lines = unfolded(client.get(feed_url(rep)))
    assert [line for line in lines if line.startswith("DTSTART:")] == ["DTSTART:20270327T080000Z", "DTSTART:20270329T070000Z"]


def test_a_name_with_line_breaks_writes_no_second_event(client, rep, company):
    lead = make.lead(rep.rep, "Olena")
    Lead.objects.filter(pk=lead.pk).update(name="Olena\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:Evil")
    put(rep, today(), lead=lead)
    before = titles(client.get(feed_url(rep)))
    assert before[0] == "Olena\\nEND:VEVENT\\nBEGIN:VEVENT\\nSUMMARY:Evil"
    assert "Evil" not in before


def test_a_new_link_ends_the_old_one_and_is_shown_once(client, rep):
    old = feed_url(rep)
    shown = rep.post(LINK)
    new = re.search(r'value="http://testserver([^"]+\.ics)"', shown.content.decode())[1]
    assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)
    again = rep.get(LINK).content.decode()
    assert ".ics" not in again
    assert "There is a link" in again
    assert Feed.objects.get().digest not in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    rep.post(reverse("pipeline:calendar_link_end"))
    assert client.get(new).status_code == 404
    assert Feed.objects.count() == 0


@pytest.mark.parametrize("what", ["switched off", "removed"])
def test_who_may_not_log_in_has_no_link(client, rep, what):
    url = feed_url(rep)
    if what == "removed":
        Rep.objects.filter(pk=rep.rep.pk).update(status="removed", removed_on="2024-01-01")
    else:
        User.objects.filter(pk=rep.user.pk).update(is_active=False)
    assert client.get(url).status_code == 404


def test_asked_too_often_it_computes_nothing(client, rep, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(feeds, "ASKS", 2)
    url = feed_url(rep)
    assert [client.get(url).status_code for _time in range(2)] == [200, 200]
    with django_assert_num_queries(1):
        assert client.get(url).status_code == 429
    assert client.get(feed_url(rep)).status_code == 200


def test_the_feed_speaks_the_persons_language_not_the_programs(client, rep, company):
    User.objects.filter(pk=rep.user.pk).update(language="uk")
    url = feed_url(rep)
    assert client.get(url, headers={"Accept-Language": "en"}).content == client.get(url, headers={"Accept-Language": "ru"}).content


def test_post_to_the_feed_is_refused(client, rep):
    assert client.post(feed_url(rep)).status_code == 405
