"""Calendars and campaigns in the admin: a year by a rule, one by one, deadlines of territories, the switch."""

import datetime as dt

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from campaigns import calendars
from campaigns.models import Calendar, Campaign, GroupDeadline, Order
from cotano.jobs.refusals import Refusal
from tests import make

TODAY = "2026-03-03 08:00Z"  # day 3 of campaign 14
NO_GROUPS = {"group_deadlines-TOTAL_FORMS": 0, "group_deadlines-INITIAL_FORMS": 0}
YEAR = {"year": 2027, "rule": "2 x 21 + 1x14", "first_day": "2026-04-12", "first_number": 1, "days_before_end": 2}


@pytest.fixture(autouse=True)
def _day_3():
    with time_machine.travel(TODAY):
        yield


def page(name, *ids):
    return reverse(f"admin:campaigns_{name}", args=ids)


def says(response):
    return [str(message) for message in response.context["messages"]]


def errors(response):
    return [error for found in response.context["errors"] for error in found]


# ---- the rule


def test_a_rule_is_terms_of_a_count_and_a_length():
    assert calendars.lengths("16 x 21 + 2x14") == [21] * 16 + [14] * 2
    assert calendars.lengths("26×14") == [14] * 26
    assert calendars.lengths("52 * 7") == [7] * 52
    assert calendars.lengths("1 х 60") == [60]  # the Cyrillic letter


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("", "Write the rule like 16 x 21 + 2 x 14: how many campaigns, of how many days."),
        ("17", "Write the rule like 16 x 21 + 2 x 14: how many campaigns, of how many days."),
        ("-1 x 21", "Write the rule like 16 x 21 + 2 x 14: how many campaigns, of how many days."),
        ("17 x 21 +", "Write the rule like 16 x 21 + 2 x 14: how many campaigns, of how many days."),
        ("9999 x 21", "Write the rule like 16 x 21 + 2 x 14: how many campaigns, of how many days."),
        ("17 x 0", "A campaign lasts from 1 to 60 days."),
        ("1 x 61", "A campaign lasts from 1 to 60 days."),
        ("0 x 21", "There is a term with no campaigns in the rule."),
        ("53 x 7", "A calendar has at most 52 campaigns in a year."),
        ("52 x 7 + 1 x 1", "A calendar has at most 52 campaigns in a year."),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_a_sentence(rule, sentence):
    with pytest.raises(Refusal) as refused:
        calendars.lengths(rule)
    assert refused.value.sentence == sentence


# ---- a year


def test_a_year_is_shown_before_it_is_saved(staff, company):
    address = page("calendar_year", company.calendar.pk)
    form = staff.get(address).context["form"]
    assert form.initial == {"year": 2027, "first_day": dt.date(2026, 4, 12), "first_number": 1, "days_before_end": 4, "rule": "17 x 21"}
    shown = staff.post(address, YEAR)
    assert (shown.status_code, Campaign.objects.count()) == (200, 3)
    days = [
        ("UA 2027-01", dt.date(2026, 4, 12), dt.date(2026, 5, 2), dt.date(2026, 4, 30)),
        ("UA 2027-02", dt.date(2026, 5, 3), dt.date(2026, 5, 23), dt.date(2026, 5, 21)),
        ("UA 2027-03", dt.date(2026, 5, 24), dt.date(2026, 6, 6), dt.date(2026, 6, 4)),
    ]
    assert [(str(one), one.starts_on, one.ends_on, one.order_deadline) for one in shown.context["planned"]] == days
    assert shown.context["gaps"] == []
    saved = staff.post(address, {**YEAR, "save": "yes"}, follow=True)
    assert says(saved) == ["3 campaigns are saved."]
    made = Campaign.objects.filter(year=2027).select_related("calendar").order_by("number")
    assert [(str(one), one.starts_on, one.ends_on, one.order_deadline) for one in made] == days
    assert LogEntry.objects.get().object_id == str(company.calendar.pk)


def test_days_between_are_a_warning_and_past_campaigns_come_in_closed(staff, company):
    address = page("calendar_year", company.calendar.pk)
    shown = staff.post(address, {**YEAR, "first_day": "2026-04-15"})
    assert [str(gap) for gap in shown.context["gaps"]] == ["3 days between UA 2026-15 and UA 2027-01 belong to no campaign."]
    past = {**YEAR, "year": 2025, "rule": "17 x 21", "first_day": "2024-01-01"}
    staff.post(address, {**past, "save": "yes"})
    assert Campaign.objects.filter(year=2025, closed_at__isnull=False).count() == 17


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"first_day": "2026-04-11"}, "It overlaps with campaign UA 2026-15."),
        ({"rule": "9 x 60", "first_day": "2025-01-01"}, "It overlaps with campaign UA 2026-13."),
        ({"year": 2026, "first_number": 13}, "Campaign UA 2026-13 is there already."),
        ({"first_number": 98}, "Numbers of campaigns go from 1 to 99."),
        ({"days_before_end": 14}, "The order deadline would be before the first day of the shortest campaign."),
        ({"year": 2026, "rule": "50 x 7"}, "A calendar has at most 52 campaigns in a year."),
        ({"rule": "17 x 0"}, "A campaign lasts from 1 to 60 days."),
        ({"first_day": "2201-01-01"}, "Choose a day from 1990 to 2200."),
        ({"first_day": "2026-02-31"}, "Enter a valid date."),
        ({"year": 1}, "Ensure this value is greater than or equal to 1990."),
    ],
)
@pytest.mark.parametrize("button", [{}, {"save": "yes"}])
def test_a_wrong_year_is_refused_with_a_sentence(staff, company, wrong, sentence, button):
    answer = staff.post(page("calendar_year", company.calendar.pk), {**YEAR, **wrong, **button})
    found = [error for field in answer.context["form"].errors.values() for error in field]
    assert (answer.status_code, found, Campaign.objects.count()) == (422, [sentence], 3)


def test_an_extra_number_fits_in(staff, company):
    said = {"calendar": company.calendar.pk, "year": 2026, "number": 27, "starts_on": "2026-04-14", "ends_on": "2026-04-20"}
    saved = staff.post(page("campaign_add"), {**said, "order_deadline": "2026-04-20", **NO_GROUPS}, follow=True)
    assert says(saved)[0] == "2 days between UA 2026-15 and UA 2026-27 belong to no campaign."
    assert Campaign.objects.get(number=27).days == 7


# ---- one by one


def dates(campaign, **other):
    said = {name: getattr(campaign, name).isoformat() for name in calendars.DATES}
    return {**said, "own_grace_days": "", **NO_GROUPS, **other}


def test_a_coming_campaign_is_changed_as_far_as_its_neighbours_let_it(staff, company):
    coming = company.following
    address = page("campaign_change", coming.pk)
    assert errors(staff.post(address, dates(coming, starts_on="2026-03-21"))) == ["It overlaps with campaign UA 2026-14."]
    assert errors(staff.post(address, dates(coming, ends_on="2026-03-21"))) == ["A campaign lasts from 1 to 60 days."]
    assert errors(staff.post(address, dates(coming, order_deadline="2026-04-12"))) == ["The order deadline must lie inside the campaign."]
    assert errors(staff.post(address, dates(coming, own_grace_days="31"))) == ["Ensure this value is less than or equal to 30."]
    assert errors(staff.post(address, dates(coming, ends_on=""))) == ["This field is required."]
    saved = staff.post(address, dates(coming, starts_on="2026-03-24", own_grace_days="3"), follow=True)
    assert says(saved)[0] == "2 days between UA 2026-14 and UA 2026-15 belong to no campaign."
    coming.refresh_from_db()
    assert (coming.starts_on, coming.own_grace_days, coming.late_until) == (dt.date(2026, 3, 24), 3, coming.ends_on + dt.timedelta(3))


def test_a_running_campaign_keeps_its_first_day_and_does_not_end_before_today(staff, company):
    running = company.campaign
    address = page("campaign_change", running.pk)
    staff.post(address, dates(running, starts_on="2026-02-28"))
    running.refresh_from_db()
    assert running.starts_on == dt.date(2026, 3, 1)
    assert errors(staff.post(address, dates(running, ends_on="2026-03-02", order_deadline="2026-03-02"))) == [
        "A campaign cannot end before today."
    ]
    assert staff.post(address, dates(running, ends_on="2026-03-03", order_deadline="2026-03-03")).status_code == 302


def test_a_closed_campaign_keeps_its_dates_and_may_get_days_for_late_orders(staff, company):
    closed = company.before
    before = dates(closed)
    staff.post(page("campaign_change", closed.pk), dates(closed, ends_on="2026-02-20", number=5, own_grace_days="7"))
    closed.refresh_from_db()
    assert (dates(closed), closed.number, closed.own_grace_days) == (before, 13, 7)
    closed.ends_on = dt.date(2026, 2, 20)
    with pytest.raises(Refusal):
        calendars.change_campaign(closed, by=staff.user)


def test_orders_are_late_by_the_deadline_of_the_territory(staff, company, rep):
    campaign = company.campaign
    Order.objects.create(number="A", kind="order", rep=rep.rep, campaign=campaign, placed_on="2026-03-03", amount=1, currency="UAH")
    row = {"group_deadlines-TOTAL_FORMS": 1, "group_deadlines-0-territory": company.territory.pk, "group_deadlines-0-campaign": campaign.pk}
    address, place = page("campaign_change", campaign.pk), "group_deadlines-0-order_deadline"
    assert (
        "The order deadline must lie inside the campaign."
        in staff.post(address, {**dates(campaign), **row, place: "2026-03-22"}).content.decode()
    )
    assert staff.post(address, {**dates(campaign), **row, place: "2026-03-02"}).status_code == 302
    assert (GroupDeadline.objects.get().territory, Order.objects.get().is_late) == (company.territory, True)


def test_who_may_not_change_calendars_is_refused_by_the_action_too(manager, company):
    for act in (
        lambda: calendars.generate_year(company.calendar, by=manager.user, year=2027, rule="1 x 7", first_day=dt.date(2027, 1, 1)),
        lambda: calendars.change_campaign(company.following, by=manager.user),
        lambda: calendars.go_live(company.calendar, by=manager.user, day=None),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.status == 403


# ---- calendars and the switch


def test_staff_add_a_calendar_and_change_its_name_and_grace_days_only(staff, company):
    said = {"code": "UA-M", "name": "Mail plan", "market": company.market.pk, "grace_days": 3}
    assert staff.post(page("calendar_add"), said).status_code == 302
    made = Calendar.objects.get(code="UA-M")
    assert (made.market, made.grace_days, made.live_from) == (company.market, 3, None)
    again = {"name": "Renamed", "grace_days": 5, "code": "XX", "market": company.region.pk, "live_from": "2030-01-02"}
    assert staff.post(page("calendar_change", made.pk), again).status_code == 302
    made.refresh_from_db()
    assert (made.code, made.name, made.market, made.grace_days, made.live_from) == ("UA-M", "Renamed", company.market, 5, None)
    assert staff.post(page("calendar_add"), {**said, "code": "UA-R", "market": company.region.pk}).status_code == 200
    assert not Calendar.objects.filter(code="UA-R").exists()


def test_a_calendar_goes_live_only_after_a_second_look(staff, company, rep):
    calendar = company.calendar
    address = page("calendar_live", calendar.pk)
    asked = staff.post(address, {"live_from": "2026-04-01"})
    calendar.refresh_from_db()
    assert (asked.context["told"], asked.context["first"], calendar.live_from) == (2, company.following, dt.date(2020, 1, 1))
    done = staff.post(address, {"live_from": "2026-04-01", "sure": "yes"}, follow=True)
    calendar.refresh_from_db()
    assert (says(done), calendar.live_from) == (["The calendar is live from that day on."], dt.date(2026, 4, 1))
    assert says(staff.post(address, {"live_from": "", "sure": "yes"}, follow=True)) == ["Nothing is sent for this calendar."]
    calendar.refresh_from_db()
    assert calendar.live_from is None
    assert staff.post(address, {"live_from": "soon", "sure": "yes"}).status_code == 422


def test_the_pages_take_the_same_queries_for_one_campaign_and_for_many(staff, company, django_assert_num_queries):
    address = page("calendar_year", company.calendar.pk)
    staff.post(address, YEAR)
    for rule in ("1 x 21", "17 x 21"):
        with django_assert_num_queries(7):
            assert staff.post(address, {**YEAR, "rule": rule}).status_code == 200
    with django_assert_num_queries(7):
        staff.post(page("calendar_live", company.calendar.pk), {"live_from": "2026-04-01"})
    make.rep("M1", company.territory)
    with django_assert_num_queries(7):
        staff.post(page("calendar_live", company.calendar.pk), {"live_from": "2026-04-01"})


@pytest.mark.parametrize("typed", ["x", "1e3", "\0", "9" * 30])
def test_a_territory_that_is_none_is_refused_beside_it(staff, company, typed):
    campaign = company.following
    row = {"group_deadlines-TOTAL_FORMS": 1, "group_deadlines-0-territory": typed, "group_deadlines-0-campaign": campaign.pk}
    answer = staff.post(page("campaign_change", campaign.pk), {**dates(campaign), **NO_GROUPS, **row})
    assert (answer.status_code, GroupDeadline.objects.count()) == (200, 0)
    assert answer.context["inline_admin_formsets"][0].formset.errors[0].keys() >= {"territory"}
