"""The activity page: figures of what one may see, and nothing else."""

import csv
import io

import openpyxl
import pytest

from campaigns import snapshots
from campaigns.models import Order
from teams.models import ActivityCount, Territory
from tests import make

PAGE = "/admin/campaigns/campaign/activity/"


@pytest.fixture
def closed(company):
    """Four closed campaigns before the cast's own, oldest first, with that one five."""
    return [*make.closed_before(company.before, 4), company.before]


@pytest.fixture
def team(company, closed):
    """Four reps: one more orders, and each does more, with every campaign."""
    reps = [make.rep(f"20{n}", company.territory) for n in range(4)]
    for n, campaign in enumerate(closed):
        for place, rep in enumerate(reps):
            if place < n:
                number = f"{n}-{place}"
                Order.objects.create(
                    number=number, kind="order", rep=rep, campaign=campaign, placed_on=campaign.starts_on, amount="1000.50", currency="UAH"
                )
            ActivityCount.objects.create(rep=rep, day=campaign.ends_on, kind="call", n=10 * n + 1)
    return reps


def take(campaigns):
    for campaign in campaigns:
        snapshots.take(campaign, cause="orders")


@pytest.fixture
def taken(team, closed):
    """Their figures."""
    take(closed)
    return team


def test_the_last_closed_campaigns_with_their_r(manager, taken, closed):
    response = manager.get(PAGE)
    assert [(row.campaign, row.active_percent, row.actions_per_rep) for row in response.context["rows"]] == [
        (campaign, 25.0 * n, 10.0 * n + 1) for n, campaign in enumerate(closed)
    ]
    assert (response.status_code, "Pearson r = 1.00" in response.content.decode()) == (200, True)


def test_nothing_is_counted_on_the_spot(manager, taken, closed, company):
    """Nor moved: a rep is counted where the rep stood then."""
    Order.objects.all().delete()
    type(taken[0]).objects.filter(pk=taken[0].pk).update(territory=company.other_territory)
    assert [(row.on_file, row.active) for row in manager.get(PAGE).context["rows"]] == [(4, n) for n in range(5)]


def test_two_campaigns_have_no_r(manager, taken, closed):
    response = manager.get(PAGE, {"first": closed[0].pk, "last": closed[1].pk})
    assert [row.campaign for row in response.context["rows"]] == closed[:2]
    text = response.content.decode()
    assert ("Pearson r =" in text, "at least 3 campaigns" in text) == (False, True)


def test_a_manager_chooses_among_the_own_territories(manager, stranger, taken, company):
    response = manager.get(PAGE)
    assert list(response.context["form"].fields["territory"].queryset) == [company.territory]
    assert manager.get(PAGE, {"territory": "UA-N-02"}).status_code == 422
    assert [row.on_file for row in manager.get(PAGE, {"territory": "UA-N-01"}).context["rows"]] == [4] * 5


def test_the_company_chooses_among_all_and_a_region_holds_its_territories(staff, stranger, taken, company):
    assert staff.get(PAGE).context["form"].fields["territory"].queryset.count() == Territory.objects.count() == 4
    on_file = {code: staff.get(PAGE, {"territory": code}).context["rows"][0].on_file for code in ("UA", "UA-N", "UA-N-01", "UA-N-02")}
    assert on_file == {"UA": 5, "UA-N": 5, "UA-N-01": 4, "UA-N-02": 1}


def test_the_range_goes_forward(manager, taken, closed):
    response = manager.get(PAGE, {"first": closed[3].pk, "last": closed[1].pk})
    assert (response.status_code, "comes before the first one" in response.content.decode()) == (422, True)


@pytest.mark.parametrize(
    "said", [{"first": "x"}, {"last": "99999999999999999999"}, {"territory": "\x00"}, {"calendar": "NO"}, {"first": "0"}]
)
def test_nonsense_in_the_address_is_no_error_of_ours(manager, taken, said):
    assert manager.get(PAGE, said).status_code in (200, 422)


def test_the_file_holds_the_same_figures(manager, taken, closed):
    response = manager.get(PAGE, {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert [(row["campaign"], row["on_file"], row["active"], row["net_sales"]) for row in rows][:2] == [
        (str(closed[0]), "4", "0", "0.00"),
        (str(closed[1]), "4", "1", "1000.50"),
    ]


def test_the_workbook_holds_numbers(manager, taken, closed):
    response = manager.get(PAGE, {"format": "xlsx"})
    assert response["Content-Disposition"] == 'attachment; filename="activity.xlsx"'
    heading, first, second, *_more = openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True)
    assert heading[:6] == ("campaign", "first_day", "last_day", "on_file", "active", "active_percent")
    assert second == (str(closed[1]), str(closed[1].starts_on), str(closed[1].ends_on), 4, 1, 25, 1, 1000.5, 44, 11)
    assert first[3:6] == (4, 0, 0)


def test_the_page_leads_to_its_files(manager, taken, closed):
    page = manager.get(PAGE, {"territory": "UA-N-01"})
    assert page.context["files"] == {form: f"?territory=UA-N-01&format={form}" for form in ("csv", "xlsx")}


def test_only_who_may_see_reports(manager, rep, analyst, team):
    manager.user.user_permissions.clear()
    manager.user.groups.clear()
    assert manager.get(PAGE).status_code == 403
    assert rep.client.get(PAGE, follow=True).status_code == 403
    assert analyst.get(PAGE).status_code == 200
    assert manager.post(PAGE).status_code in (403, 405)
    assert analyst.post(PAGE).status_code == 405


def test_without_reps_there_is_nothing_to_show(manager, closed):
    response = manager.get(PAGE)
    assert (response.status_code, response.context["rows"]) == (200, [])


def test_the_page_takes_the_same_queries_for_one_rep_and_for_many(manager, company, closed, django_assert_num_queries):
    make.rep("100", company.territory)
    take(closed)
    manager.get(PAGE)
    with django_assert_num_queries(15):
        manager.get(PAGE)
    for n in range(3):
        make.rep(f"20{n}", company.territory)
    take(closed)
    with django_assert_num_queries(15):
        manager.get(PAGE)
