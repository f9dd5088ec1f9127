"""Staff load the company's files in the admin."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cotano.jobs import actions
from cotano.jobs.models import Job, Verdict
from cotano.jobs.outcome import full
from notifications.models import Notification
from teams.models import Rep, Territory
from tests import make
from tests.conftest import Person

ROSTER = (
    b"code,sponsor_code,name,territory_code,joined_campaign\n"
    b"7,8,Child,UA-N-01,2018-03\n8,,Parent,UA-N-01,2018-01\n9,77,Orphan,UA-N-01,2018-01\n"
)
IMPORT = reverse("admin:teams_rep_import")
CONFIRM = reverse("admin:teams_rep_process_import")


def upload(who, data=ROSTER, name="roster.csv", url=IMPORT, resource="0"):
    return who.post(url, {"import_file": SimpleUploadedFile(name, data), "format": "0", "resource": resource}, follow=True)


def confirm(who, job, **more):
    return who.post(CONFIRM, {"import_file_name": job.pk, "original_file_name": job.file_name, "format": "0", "resource": "0", **more})


@pytest.fixture
def loader(company):
    """May load the roster and nothing else."""
    user = make.user("Lena Loader", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="import_rep"))
    return Person(user)


def test_preview_says_what_would_happen_and_changes_nothing(loader):
    page = upload(loader)
    assert page.status_code == 200
    assert page.context["outcome"].counts == full({"created": 2, "rejected": 1, "orphans": 1})
    assert "There is no rep with the sponsor&#x27;s code 77." in page.content.decode()
    assert (Rep.objects.count(), Job.objects.get().state) == (0, "draft")


def test_confirmed_twice_it_is_loaded_once(loader):
    upload(loader)
    job = Job.objects.get()
    for _ in range(2):
        response = confirm(loader, job)
        assert (response.status_code, response["Location"]) == (302, reverse("admin:jobs_job_change", args=[job.pk]))
    assert "The file waits for its turn." in loader.get(response["Location"]).content.decode()
    actions.carry_out(job.pk)
    actions.carry_out(job.pk)
    assert sorted(Rep.objects.values_list("code", "sponsor__code")) == [("7", "8"), ("8", None)]
    assert list(Notification.objects.values_list("recipient", "url")) == [(loader.user.pk, response["Location"])]


def test_the_jobs_page_shows_counts_and_reasons(loader):
    upload(loader)
    job = Job.objects.get()
    confirm(loader, job)
    actions.carry_out(job.pk)
    page = loader.get(reverse("admin:jobs_job_change", args=[job.pk]))
    assert [(row.line, row.sentence) for row in page.context["rejected"].lines] == [(4, "There is no rep with the sponsor's code 77.")]
    errors = b"".join(loader.get(reverse("admin:jobs_job_errors", args=[job.pk])).streaming_content).decode("utf-8-sig")
    assert errors.splitlines()[1] == "9,77,Orphan,UA-N-01,2018-01,4,There is no rep with the sponsor's code 77."
    fragment = loader.peek(reverse("admin:jobs_job_progress", args=[job.pk])).content.decode()
    assert fragment.startswith('<div id="job">')


def test_rejected_lines_come_in_pages(loader):
    upload(loader)
    job = Job.objects.get()
    confirm(loader, job)
    Verdict.objects.bulk_create(Verdict(job=job, line=n, outcome="r", reason="name") for n in range(2, 54))
    Job.objects.update(state="done", counts={"created": 0, "updated": 0, "unchanged": 0, "rejected": 52})
    url = reverse("admin:jobs_job_change", args=[job.pk])
    first = loader.get(url).context["rejected"]
    assert (len(first.lines), first.after) == (50, 51)
    assert [row.line for row in loader.get(url, {"after": 51}).context["rejected"].lines] == [52, 53]


def test_somebody_elses_draft_cannot_be_confirmed(loader, staff):
    upload(loader)
    job = Job.objects.get()
    response = confirm(staff, job)
    assert response.status_code == 422
    job.refresh_from_db()
    assert job.state == "draft"


@pytest.mark.parametrize("name", ["", "0", "x", "9" * 30, "../../etc/passwd"])
def test_a_draft_that_is_not_there_is_a_sentence(loader, name):
    response = loader.post(CONFIRM, {"import_file_name": name, "original_file_name": "a", "format": "0"})
    assert response.status_code == 422


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04xl/", b'code,"sponsor_code,name,territory_code,joined_campaign\n1,,,,\n'])
def test_what_cannot_be_used_is_said_in_the_form(loader, data):
    response = upload(loader, data)
    assert response.status_code == 422
    assert response.context["form"].errors["import_file"]
    assert Job.objects.count() == 0


def test_without_the_permission_there_is_no_import(manager, analyst, loader):
    assert [who.get(IMPORT).status_code for who in (manager, analyst)] == [403, 403]
    assert loader.get(reverse("admin:campaigns_order_import")).status_code == 403


def test_orders_and_activity_share_a_page(staff):
    page = staff.get(reverse("admin:campaigns_order_import"))
    assert [name for _n, name in page.context["form"].fields["resource"].choices] == ["Orders", "App activity", "Volumes"]
    activity = b"rep_code,year,campaign,actions\nnobody,2018,9,4\n"
    page = upload(staff, activity, "activity.csv", reverse("admin:campaigns_order_import"), "1")
    assert [row.reason for row in page.context["outcome"].samples["rejected"]] == ["rep_unknown"]


def test_confirming_needs_post(loader):
    assert loader.get(CONFIRM).status_code == 405


def test_one_sees_the_own_imports_and_with_a_permission_all(loader, staff, analyst):
    upload(loader)
    job = Job.objects.get()
    confirm(loader, job)
    url = reverse("admin:jobs_job_change", args=[job.pk])
    other = make.user("Otto Other", is_staff=True)
    other.user_permissions.add(Permission.objects.get(codename="import_order"))
    assert [who.get(url).status_code for who in (loader, staff, analyst, Person(other))] == [200, 200, 404, 404]
    lists = [who.get(reverse("admin:jobs_job_changelist")) for who in (loader, staff, Person(other))]
    assert [list(page.context["cl"].result_list) for page in lists] == [[job], [job], []]


@pytest.mark.parametrize("model", ["teams_territory", "teams_rep", "campaigns_campaign", "campaigns_order", "pipeline_workitem"])
def test_every_list_leads_to_its_import(staff, model):
    page = staff.get(reverse(f"admin:{model}_changelist")).content.decode()
    assert reverse(f"admin:{model}_import") in page
    assert staff.get(reverse(f"admin:{model}_import")).status_code == 200


# ---- how the file was read
def test_headings_that_nobody_knows_are_told_by_staff_and_remembered(loader):
    page = upload(loader, ROSTER.replace(b"sponsor_code,name", b"wer,wem"))
    assert "These columns are missing: sponsor_code, name." in page.content.decode()
    assert "Load this file" not in page.content.decode()
    job = Job.objects.get()
    places = {
        "column_0": "code",
        "column_1": "sponsor_code",
        "column_2": "name",
        "column_3": "territory_code",
        "column_4": "joined_campaign",
    }
    read = {"encoding": "utf-8", "separator": "comma"}
    page = loader.post(f"{IMPORT}?draft={job.pk}", {**read, **places}, follow=True)
    assert page.context["outcome"].counts["created"] == 2
    confirm(loader, job)
    assert upload(loader, ROSTER.replace(b"sponsor_code,name", b"wer,wem")).context["outcome"].counts["created"] == 2


def test_a_column_named_twice_is_said_and_nothing_changes(loader):
    upload(loader)
    job = Job.objects.get()
    page = loader.post(f"{IMPORT}?draft={job.pk}", {"column_0": "code", "column_1": "code"}, follow=True)
    assert "These headings say the same thing: code, sponsor_code." in page.content.decode()
    page = loader.post(f"{IMPORT}?draft={job.pk}", {"column_0": "nonsense"})
    assert page.status_code == 422


def test_a_large_file_is_checked_by_a_worker_and_shown_then(loader, settings):
    settings.IMPORT_CHECKED_AT_ONCE = 10
    page = upload(loader)
    assert "The file is being checked." in page.content.decode()
    job = Job.objects.get()
    draft = f"{IMPORT}?draft={job.pk}"
    assert loader.peek(draft).content.decode().startswith('<div id="job" hx-get=')
    assert confirm(loader, job).status_code == 302
    assert Job.objects.get().state == "checking"
    actions.carry_out(job.pk)
    assert loader.peek(draft)["HX-Refresh"] == "true"
    assert loader.get(draft).context["outcome"].counts["created"] == 2
    confirm(loader, job)
    assert loader.get(draft)["Location"] == reverse("admin:jobs_job_change", args=[job.pk])


def test_somebody_elses_draft_is_not_shown(loader, staff, manager):
    upload(loader)
    draft = f"{IMPORT}?draft={Job.objects.get().pk}"
    assert [who.get(draft).status_code for who in (staff, manager)] == [404, 403]
    assert [loader.get(f"{IMPORT}?draft={pk}").status_code for pk in ("", "x", "9" * 30, "-1")] == [404] * 4


def test_old_and_new_values_stand_side_by_side(staff):
    url = reverse("admin:teams_territory_import")
    page = upload(staff, b"code,parent_code,name,kind\nUA-N,UA,Far North,region\n", "places.csv", url)
    assert [(change.what, change.old, change.new) for change in page.context["outcome"].samples["updated"][0].changes] == [
        ("name", "North", "Far North")
    ]
    assert "<del>North</del>" in page.content.decode()


def test_of_a_roster_too_whatever_changes(loader, company):
    make.rep("8", company.territory, name="Parent", joined=(2018, 1), login=False)
    make.rep("7", company.territory, name="Child", joined=(2018, 3), phone="+380671112233", login=False)
    page = upload(
        loader,
        b"code,sponsor_code,name,territory_code,joined_campaign,phone,status\n"
        b"7,8,Child M,UA-N-02,2018-04,0671112244,removed\n8,,Parent,UA-N-01,2018-01,,\n",
    )
    [changed] = page.context["outcome"].samples["updated"]
    assert {(change.what, change.old, change.new) for change in changed.changes} == {
        ("sponsor_code", "", "8"),
        ("name", "Child", "Child M"),
        ("phone", "+380671112233", "+380671112244"),
        ("status", "active", "removed"),
        ("territory_code", "UA-N-01", "UA-N-02"),
        ("joined_campaign", "2018-03", "2018-04"),
    }


def test_what_headings_tell_stands_there_already_when_one_of_them_does_not(loader):
    page = upload(loader, ROSTER.replace(b"name,", b"Wie,", 1))
    form = page.context["read_form"]
    assert [form.initial[f"column_{n}"] for n in range(5)] == ["code", "sponsor_code", "", "territory_code", "joined_campaign"]
    page = upload(loader, ROSTER.replace(b"sponsor_code,", b"name,", 1))
    assert [page.context["read_form"].initial[f"column_{n}"] for n in range(3)] == ["code", "name", "name"]


def test_staff_leave_out_lines_of_a_file_whose_lines_stand_alone(staff):
    url = reverse("admin:campaigns_order_import")
    make.rep("7", Territory.objects.get(code="UA-N-01"), login=False)
    activity = b"rep_code,year,campaign,actions\n7,2026,13,4\n7,2026,14,5\n7,2026,15,6\n"
    page = upload(staff, activity, "activity.csv", url, "1")
    assert page.content.decode().count('name="keep"') == 3
    job = Job.objects.get()
    data = {
        "import_file_name": job.pk,
        "original_file_name": job.file_name,
        "format": "0",
        "resource": "1",
        "shown": "1",
        "keep": ["2", "4", "x"],
    }
    staff.post(reverse("admin:campaigns_order_process_import"), data)
    actions.carry_out(job.pk)
    job.refresh_from_db()
    assert job.counts == full({"created": 2, "left_out": 1})
