"""Taking one's people out from the phone."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cotano.jobs import exports
from cotano.jobs.models import Export
from cotano.lib import clock
from leads import actions, reminders
from leads.models import Lead
from pipeline.call_list import SHEET, SHEETS
from tests import make

EXPORT, CALLS = reverse("pipeline:contacts_export"), reverse("pipeline:call_list")


def body(response):
    return b"".join(response.streaming_content)


@pytest.mark.parametrize(
    ("form", "kind", "begins"),
    [
        ("csv", "text/csv; charset=utf-8", b"\xef\xbb\xbfname,phone"),
        ("vcf", "text/vcard; charset=utf-8", b"BEGIN:VCARD"),
        ("xlsx", None, b"PK"),
    ],
)
def test_each_format_is_a_file(form, kind, begins, rep, lead):
    response = rep.post(EXPORT, {"format": form})
    assert (response.status_code, response["Content-Disposition"]) == (
        200,
        f'attachment; filename="leads-{timezone.now():%Y-%m-%d}.{form}"',
    )
    assert response["Content-Type"] == (kind or "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    assert body(response).startswith(begins)


def test_the_contacts_lead_there(rep, lead):
    assert f'href="{EXPORT}"' in rep.get(reverse("pipeline:contacts")).content.decode()
    page = rep.get(EXPORT).content.decode()
    assert [f'value="{form}"' in page for form in ("xlsx", "csv", "vcf")] == [True] * 3
    assert f'href="{CALLS}"' in page


@pytest.mark.parametrize("data", [{}, {"format": "pdf"}, {"format": "\0"}])
def test_bad_input_is_422(data, rep):
    response = rep.post(EXPORT, data)
    assert response.status_code == 422
    assert "Choose a format." in response.content.decode()
    assert Export.objects.count() == 0


def test_many_people_are_fetched_later(rep, settings, upline):
    settings.EXPORT_AT_ONCE = 2
    make.leads(rep.rep, 3)
    response = rep.post(EXPORT, {"format": "csv"})
    export = Export.objects.get()
    assert response["Location"] == exports.page(export)
    fetch = reverse("pipeline:export_file", args=[export.pk])
    assert "The file is being made. You will be told when it is ready." in rep.get(response["Location"]).content.decode()
    assert rep.get(fetch).status_code == 404
    exports.make(export.pk)
    assert f'href="{fetch}"' in rep.get(response["Location"]).content.decode()
    assert body(rep.get(fetch)).count(b"Lead ") == 3
    assert [upline.get(address).status_code for address in (response["Location"], fetch)] == [404, 404]
    Export.objects.update(kept_until=timezone.now())
    assert rep.get(fetch).status_code == 404
    assert "This file is no longer kept." in rep.get(response["Location"]).content.decode()


def test_what_failed_says_why(rep):
    export = Export.objects.create(owner=rep.user, kind="leads", form="csv", state="failed", sentence="It could not be made.")
    assert "It could not be made." in rep.get(exports.page(export)).content.decode()


def test_the_call_list_tells_when_and_what_next(rep, board):
    today = clock.today("Europe/Kyiv", timezone.now())
    tomorrow = today + dt.timedelta(days=1)
    first = make.lead(rep.rep, "Anna", phone="0671112233")
    actions.give_outcome(actions.log_attempt(first, by=rep.user, channel="call"), by=rep.user, outcome="interested")
    reminders.set_reminder(first, by=rep.user, day=tomorrow, time=dt.time(10))
    make.work_item(make.lead(rep.rep, "Burl", phone="0671112234"), reason="Usual orderer")
    make.lead(rep.rep, "No phone")
    actions.stop_contact(make.lead(rep.rep, "Not to be called", phone="0671112235"), by=rep.user)
    page = rep.get(CALLS).content.decode()
    rows = [row.split("</tr>")[0] for row in page.split("<tbody>")[1].split("<tr>")[1:]]
    assert len(rows) == 2
    assert all(words in rows[0] for words in ("☐", "Anna", "+380 67 111 2233", f"{today:%d.%m.%Y}", f"{tomorrow:%d.%m} 10:00"))
    assert all(words in rows[1] for words in ("Burl", "Usual orderer"))


def test_thirty_people_stand_on_a_sheet_and_pages_go_on(rep):
    n = SHEET * SHEETS + 31
    Lead.objects.bulk_create(Lead(owner=rep.rep, name=f"N{k:04d}", phone=f"+38067000{k:04d}") for k in range(n))
    page = rep.get(CALLS).content.decode()
    assert (page.count("<table>"), page.count("<td>☐")) == (SHEETS, SHEET * SHEETS)
    more = page.split('class="more noprint" href="')[1].split('"')[0]
    page = rep.get(more).content.decode()
    assert (page.count("<table>"), page.count("<td>☐")) == (2, 31)
    assert "N0330" in page


def test_one_row_and_three_are_the_same_queries(rep):
    counted = []
    for n in (1, 3):
        make.leads(rep.rep, n, first=10 * n)
        with CaptureQueriesContext(connection) as asked:
            rep.get(CALLS)
        counted.append(len(asked))
    assert counted[0] == counted[1]


@pytest.mark.parametrize("who", ["manager", "staff"])
def test_these_are_pages_of_reps(who, cast):
    assert [cast[who].get(address).status_code for address in (EXPORT, CALLS)] == [302, 302]
