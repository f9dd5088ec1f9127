"""Staff take lists out of the admin."""

import csv
import io

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Order
from cotano.jobs import exports
from cotano.jobs.models import Audit, Export
from cotano.lib import clock
from leads.models import Lead
from notifications.models import Notification
from pipeline.models import WorkItem
from teams.models import Rep, User
from tests import make
from tests.conftest import Person
from tests.loading import counts, load

REPS, ORDERS, ITEMS = (reverse(f"admin:{name}_export") for name in ("teams_rep", "campaigns_order", "pipeline_workitem"))


def take(who, url, form="csv"):
    response = who.post(url, {"format": form})
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def rows(file):
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"))))


@pytest.fixture
def team(rep, upline, stranger, company):
    """Three reps and one with a hostile name, with orders."""
    make.rep("=1", company.territory, sponsor=rep.rep, name="=Evil", login=False, phone="+380671112233")
    for n, one in enumerate((rep, upline, stranger)):
        Order.objects.create(
            number=f"N{n}",
            kind="order",
            rep=one.rep,
            campaign=company.campaign,
            placed_on=company.campaign.starts_on,
            amount=10,
            currency="UAH",
        )


@pytest.fixture
def exporter(company):
    """A manager of the first territory who may take lists out."""
    user = make.manager(company.territory, name="Elena Exporter")
    user.user_permissions.add(*Permission.objects.filter(codename__startswith="export_"))
    return Person(User.objects.get(pk=user.pk))


def test_the_roster_goes_out_and_comes_in_again(staff, team):
    file = take(staff, REPS)
    assert [row["code"] for row in rows(file)] == [f"'{code}" if code == "=1" else code for code in ("100", "101", "=1", "900")]
    assert rows(file)[2] == {
        "code": "'=1",
        "sponsor_code": "101",
        "name": "'=Evil",
        "phone": "'+380671112233",
        "email": "",
        "territory_code": "UA-N-01",
        "joined_campaign": "2020-01",
        "title": "",
        "language": "en",
        "status": "active",
        "calendar": "UA",
    }
    before = list(Rep.objects.order_by("code").values_list("code", "name", "phone", "sponsor__code"))
    for form in ("csv", "xlsx"):
        assert counts(load("roster", take(staff, REPS, form))) == (0, 0, 4, 0)
    assert list(Rep.objects.order_by("code").values_list("code", "name", "phone", "sponsor__code")) == before


def test_orders_go_out_and_come_in_again(staff, team):
    Order.objects.create(
        number="R1",
        kind="return",
        rep=Rep.objects.get(code="101"),
        returns=Order.objects.get(number="N0"),
        campaign=Order.objects.get(number="N0").campaign,
        placed_on=Order.objects.get(number="N0").placed_on,
        amount=-4,
        currency="UAH",
    )
    for form in ("csv", "xlsx"):
        assert counts(load("orders", take(staff, ORDERS, form))) == (0, 0, 4, 0)
    assert rows(take(staff, ORDERS))[0]["amount"] == "-4.00"


def test_work_lists_say_what_came_of_them(staff, rep):
    lead = make.lead(rep.rep, "Private", phone="0671112233")
    make.work_item(lead, done_at=timezone.now())
    Lead.objects.update(contacted_at=timezone.now())
    today = f"{clock.today(staff.user.zone, timezone.now())}"
    [row] = rows(take(staff, ITEMS))
    assert (row["person_code"], row["done_on"], row["last_contact_on"]) == (f"P{lead.pk}", today, "")
    Lead.objects.update(source="company")
    assert rows(take(staff, ITEMS))[0]["last_contact_on"] == today
    assert b"Private" not in take(staff, ITEMS)
    assert WorkItem.objects.count() == 1


def test_search_and_filters_of_the_list_hold(staff, team, company):
    assert [row["code"] for row in rows(take(staff, f"{REPS}?q=Olena"))] == ["101"]
    assert [row["code"] for row in rows(take(staff, f"{REPS}?territory={company.other_territory.code}"))] == ["900"]
    assert [row["order_no"] for row in rows(take(staff, f"{ORDERS}?q=N1"))] == ["N1"]
    page = staff.get(f"{reverse('admin:teams_rep_changelist')}?q=Olena").content.decode()
    assert f'href="{REPS}?q=Olena"' in page


@pytest.mark.parametrize("query", ["territory=nowhere", "leads__name__contains=x", "status__exact=%00"])
def test_a_filter_there_is_not_leads_nowhere(query, staff, team):
    assert staff.post(f"{REPS}?{query}", {"format": "csv"}).status_code in (302, 400)
    assert Export.objects.count() == 0


def test_a_manager_takes_out_the_own_territories_alone(exporter, team):
    assert [row["code"] for row in rows(take(exporter, REPS))] == ["100", "101", "'=1"]
    assert [row["order_no"] for row in rows(take(exporter, ORDERS))] == ["N1", "N0"]


def test_a_sponsor_whom_one_may_not_see_is_not_named(exporter, team, stranger):
    Rep.objects.filter(code="101").update(sponsor=stranger.rep)
    assert [row["sponsor_code"] for row in rows(take(exporter, REPS)) if row["code"] == "101"] == [""]


def test_it_is_written_down(staff, team):
    take(staff, REPS)
    export = Export.objects.get()
    assert (export.kind, export.params) == ("roster", {})
    assert list(Audit.objects.values_list("by", "whose", "what", "subject")) == [(staff.user.pk, None, "exported", f"export:{export.pk}")]


@pytest.mark.parametrize("who", ["manager", "analyst"])
def test_others_may_not(who, cast, team):
    assert [cast[who].post(url, {"format": "csv"}).status_code for url in (REPS, ORDERS, ITEMS)] == [403] * 3
    assert "export_link" not in cast[who].get(reverse("admin:teams_rep_changelist")).content.decode()


def test_the_page_asks_for_a_format(staff, team):
    page = staff.get(REPS).content.decode()
    assert '<option value="csv">CSV</option>' in page
    assert "Columns: code, sponsor_code, name" in page
    assert staff.post(REPS, {"format": "pdf"}).status_code == 422


def test_many_rows_are_made_later_and_fetched_by_who_asked(staff, team, settings, analyst):
    settings.EXPORT_AT_ONCE = 2
    response = staff.post(f"{REPS}?status__exact=active", {"format": "csv"})
    export = Export.objects.get()
    assert (response["Location"], export.params) == (exports.page(export), {"status__exact": ["active"]})
    exports.make(export.pk)
    assert Notification.objects.get().recipient == staff.user
    fetch = reverse("pipeline:export_file", args=[export.pk])
    assert [row["code"] for row in rows(b"".join(staff.get(fetch).streaming_content))] == ["100", "101", "'=1", "900"]
    assert analyst.get(fetch).status_code == 404
    settings.SECOND_FACTOR = True
    assert staff.get(fetch)["Location"] == reverse("mfa_index")
    settings.SECOND_FACTOR = False
    User.objects.filter(pk=staff.user.pk).update(is_superuser=False)
    assert staff.get(fetch).status_code == 404
