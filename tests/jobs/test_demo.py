"""The demo company, moved to today."""

import csv
import datetime as dt
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from campaigns.models import Campaign, Order
from cotano import demo
from notifications.models import Notification
from pipeline.models import Board, Card, WorkItem
from teams.models import Assignment, Rep, User

NOW = "2026-11-22 00:30+00:00"  # 02:30 of the same day in Kyiv


@pytest.fixture
def loaded(db, settings):
    settings.DEMO = True
    with time_machine.travel(NOW):
        call_command("demo", verbosity=0)


def test_today_is_the_third_day_of_campaign_15(loaded):
    campaign = Campaign.objects.get(year=2026, number=15)
    assert (campaign.starts_on, campaign.closed_at, campaign.calendar.live_from) == (dt.date(2026, 11, 20), None, dt.date(2026, 11, 22))
    assert set(Board.objects.values_list("campaign", flat=True)) == {campaign.pk}
    assert (Rep.objects.count(), Order.objects.count(), Campaign.objects.count()) == (2000, 15795, 51)
    assert (WorkItem.objects.count(), Card.objects.count(), Board.objects.count()) == (4848, 4848, 60)


def test_everybody_can_log_in_and_has_a_place(loaded):
    people = {role: User.objects.get(email=login) for role, login, _password in demo.LOGINS}
    assert all(people[role].check_password(password) for role, _login, password in demo.LOGINS)
    assert (people["rep"].own_rep.code, people["leader"].own_rep.code) == (demo.REP, demo.LEADER)
    assert people["rep"].own_rep.sponsor == people["leader"].own_rep
    assert [people[role].phone for role in ("rep", "leader")] == [people[role].own_rep.phone for role in ("rep", "leader")]
    assert sorted(Assignment.objects.values_list("user__email", "territory__code")) == [
        ("manager@example.com", code) for code in demo.PILOT
    ]
    assert people["analyst"].has_perm("campaigns.see_reports")
    assert not people["analyst"].has_perm("teams.import_rep")
    assert people["staff"].has_perm("pipeline.import_workitem")


def test_only_the_loader_is_told(loaded):
    assert list(Notification.objects.values_list("recipient__email", "kind")) == [("staff@example.com", "job")] * len(demo.FILES)


def test_a_second_time_is_refused(loaded):
    with pytest.raises(CommandError, match="empty database"):
        call_command("demo", verbosity=0)


def test_nobody_gets_a_password_where_it_is_no_demo(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="COTANO_DEMO"):
        call_command("demo", verbosity=0)
    assert User.objects.count() == 0


def test_write_moves_every_date_and_year_alike(tmp_path):
    with time_machine.travel(NOW):
        call_command("demo", "--write", str(tmp_path), stdout=StringIO())
    campaigns = list(csv.DictReader((tmp_path / "campaigns.csv").open()))
    assert {row["year"] for row in campaigns} == {"2024", "2025", "2026"}
    orders = next(csv.DictReader((tmp_path / "orders.csv").open()))
    assert (orders["order_no"], orders["year"], orders["placed_on"]) == ("2018-708309", "2026", "2026-03-13")
    work = next(csv.DictReader((tmp_path / "worklist_day2.csv").open()))
    assert work["call_by"] == "2026-12-03"
    assert sorted(path.name for path in tmp_path.glob("leads*")) == ["leads.xlsx", "leads_cp1251.csv", "leads_utf8.csv"]
