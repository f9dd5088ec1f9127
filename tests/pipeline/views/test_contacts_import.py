"""A rep brings people from a file."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from cotano.jobs import actions
from cotano.jobs.models import Job
from cotano.jobs.outcome import full
from leads.models import Lead
from notifications.models import Notification
from pipeline.models import Card
from teams.models import ActivityCount
from tests import make

IMPORT = reverse("pipeline:contacts_import")
GOOD = b"Name;Phone;E-mail\r\nOksana Melnyk;067 111 22 33;\r\nTaras;;taras@example.com\r\nNobody;12;\r\n"


def upload(rep, data=GOOD, name="people.csv"):
    return rep.post(IMPORT, {"file": SimpleUploadedFile(name, data)})


def address(name, job):
    return reverse(f"pipeline:{name}", args=[job.pk])


@pytest.fixture
def draft(rep):
    upload(rep)
    return Job.objects.get()


def test_the_form_is_a_page(rep):
    assert rep.get(IMPORT).status_code == 200


def test_a_file_is_kept_and_shown_before_anything_is_added(rep, draft):
    page = rep.get(address("contacts_check", draft))
    assert page.status_code == 200
    assert page.context["outcome"].counts == full({"created": 2, "rejected": 1, "namesakes": 0})
    assert [(row.line, row.reason) for row in page.context["outcome"].samples["rejected"]] == [(4, "phone")]
    assert (Lead.objects.count(), draft.state, draft.private) == (0, "draft", True)


def test_confirmed_it_is_carried_out_once_and_the_rep_is_told(rep, draft, company):
    for _ in range(2):
        response = rep.post(address("contacts_check", draft), {"board": "first"})
        assert (response.status_code, response["Location"]) == (302, address("job", draft))
    actions.carry_out(draft.pk)
    assert actions.carry_out(draft.pk) is None
    assert list(Lead.objects.order_by("name").values_list("name", "phone", "email", "source")) == [
        ("Oksana Melnyk", "+380671112233", "", "import"),
        ("Taras", "", "taras@example.com", "import"),
    ]
    assert [card.lead.name for card in Card.objects.order_by("rank")] == ["Oksana Melnyk", "Taras"]
    assert [(count.kind, count.n) for count in ActivityCount.objects.filter(rep=rep.rep)] == [("import", 1)]
    [told] = Notification.objects.all()
    assert (told.recipient, told.url, told.kind) == (rep.user, address("job", draft), "job")
    page = rep.get(address("job", draft))
    assert [row.line for row in page.context["rejected"].lines] == [4]
    assert 'hx-trigger="every 2s"' not in page.content.decode()


def test_by_default_nobody_comes_onto_the_board(rep, draft):
    rep.post(address("contacts_check", draft), {"board": "no"})
    actions.carry_out(draft.pk)
    assert (Lead.objects.count(), Card.objects.count()) == (2, 0)


def test_while_it_waits_the_page_asks_again(rep, draft):
    rep.post(address("contacts_check", draft), {"board": "no"})
    fragment = rep.peek(address("job", draft)).content.decode()
    assert fragment.startswith("<div")
    assert 'hx-trigger="every 2s"' in fragment


def test_the_error_file_can_be_corrected_and_brought_again(rep, draft):
    rep.post(address("contacts_check", draft), {"board": "no"})
    actions.carry_out(draft.pk)
    errors = b"".join(rep.get(address("job_errors", draft)).streaming_content).decode("utf-8-sig")
    assert errors.splitlines() == ["Name;Phone;E-mail;Line;Reason", "Nobody;12;;4;“12” is not a phone number."]
    upload(rep, errors.replace("Nobody;12", "Nobody;0671112234").encode(), "again.csv")
    again = Job.objects.get(state="draft")
    assert rep.get(address("contacts_check", again)).context["outcome"].counts["created"] == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty."),
        (b"Name;Phone\n", "There are no rows in this file."),
        (b"%PDF-1.7 ...", "not a CSV file but a PDF"),
    ],
)
def test_what_cannot_be_used_is_said_in_the_form(rep, data, sentence):
    response = upload(rep, data)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert Job.objects.count() == 0


def test_too_large_a_file_is_refused(rep, settings):
    settings.IMPORT_LIMITS = {"rep": {"bytes": 20, "rows": 2}}
    assert "larger than" in upload(rep).content.decode()


def test_too_many_rows_are_refused(rep, settings):
    settings.IMPORT_LIMITS = {"rep": {"bytes": 2000, "rows": 2}}
    assert "more than 2 rows" in upload(rep).content.decode()


def test_no_file_is_said_in_the_form(rep):
    response = rep.post(IMPORT, {})
    assert (response.status_code, "Choose a file." in response.content.decode()) == (422, True)


@pytest.mark.parametrize("who", ["stranger", "upline"])
@pytest.mark.parametrize("page", ["contacts_check", "job", "job_errors"])
def test_somebody_elses_import_is_not_there(cast, draft, who, page):
    assert cast[who].get(address(page, draft)).status_code == 404
    assert cast[who].post(address("contacts_check", draft), {"board": "no"}).status_code == 404
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_staff_do_not_see_a_reps_private_import(staff, rep, draft):
    rep.post(address("contacts_check", draft), {"board": "no"})
    assert staff.get(reverse("admin:jobs_job_change", args=[draft.pk])).status_code == 404


def test_the_list_of_earlier_imports_costs_the_same_for_1_and_3(rep, django_assert_num_queries):
    def loaded(n):
        for k in range(n):
            upload(rep, GOOD, f"{k}.csv")
        for job in Job.objects.filter(state="draft"):
            rep.post(address("contacts_check", job), {"board": "no"})

    loaded(1)
    rep.get(IMPORT)
    with django_assert_num_queries(6):
        rep.get(IMPORT)
    loaded(2)
    with django_assert_num_queries(6):
        rep.get(IMPORT)


def test_without_a_running_campaign_there_are_contacts_without_cards(rep, company, draft):
    company.campaign.__class__.objects.filter(pk=company.campaign.pk).update(closed_at=make.dt.datetime(2020, 1, 1, tzinfo=make.dt.UTC))
    rep.post(address("contacts_check", draft), {"board": "first"})
    assert actions.carry_out(draft.pk).state == "done"
    assert (Lead.objects.count(), Card.objects.count()) == (2, 0)


def test_the_error_file_speaks_the_reps_language(rep, draft):
    actions.confirm(draft, by=rep.user)
    actions.carry_out(draft.pk)
    type(rep.user).objects.update(language="ru")
    answer = rep.get(address("job_errors", draft))
    with translation.override("en"):  # the page is over when its lines are asked for
        lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == ["Name;Phone;E-mail;Строка;Причина", "Nobody;12;;4;«12» — это не номер телефона."]


def test_a_file_that_could_not_be_read_has_no_error_file(rep):
    job = actions.load(rep.user, "leads", b'name;"\n1;2', options={"rep": rep.rep.pk})
    assert (job.state, rep.get(address("job_errors", job)).status_code) == ("failed", 404)


def test_nonsense_in_the_address_is_the_first_page(rep, draft):
    actions.confirm(draft, by=rep.user)
    assert [rep.get(address("job", draft), {"after": after}).status_code for after in ("-1", "x", "9" * 18, "9" * 5000)] == [200] * 4


@pytest.fixture
def long(rep, monkeypatch):
    monkeypatch.setattr("pipeline.imports.PEOPLE_SHOWN", 2)
    upload(rep, "\n".join(["name,phone", *(f"Person {n},06711122{n:02}" for n in range(2, 12))]).encode())
    return Job.objects.get()


def test_lines_that_are_not_shown_are_left_out_by_their_numbers(rep, long):
    check = address("contacts_check", long)
    assert 'name="lines"' in rep.get(check).content.decode()
    rep.post(check, {"board": "no", "shown": "1", "keep": ["3"], "lines": "5; 7 – 9, 99"})
    actions.carry_out(long.pk)
    assert sorted(Lead.objects.values_list("name", flat=True), key=len) == ["Person 3", "Person 4", "Person 6", "Person 10", "Person 11"]
    long.refresh_from_db()
    assert (long.counts["left_out"], long.options["board"]) == (5, "no")


@pytest.mark.parametrize("lines", ["all", "9-7", "0", "-3", "1-30000", "1-15000,16000-25000", "12345678", "٣"])
def test_what_is_no_number_of_a_line_is_said_and_no_tick_is_lost(rep, long, lines):
    page = rep.post(address("contacts_check", long), {"board": "first", "shown": "1", "keep": ["3"], "lines": lines})
    said = page.content.decode()
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["lines"])
    assert [tick in said for tick in ('value="2" form="confirm">', 'value="3" form="confirm" checked>')] == [True, True]
    assert Job.objects.get().state == "draft"


def test_where_every_line_is_shown_nobody_is_asked_for_numbers(rep, draft):
    assert 'name="lines"' not in rep.get(address("contacts_check", draft)).content.decode()
