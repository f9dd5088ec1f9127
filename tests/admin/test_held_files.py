"""A roster that would remove many reps: a second person agrees to it, or not; never the one who uploaded it."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cotano.jobs import actions
from cotano.jobs.models import Job
from cotano.jobs.refusals import Refusal
from notifications.models import Notification
from teams import history
from teams.models import Rep
from tests import make
from tests.conftest import Person

CHANGES = reverse("admin:teams_sponsorchange_changelist")
HEADINGS = b"code,sponsor_code,name,territory_code,joined_campaign,status\nA,,Rep A,UA-N-01,2020-01,\n"
FILE = HEADINGS + b"".join(b"%c,A,Rep %c,UA-N-01,2020-01,removed\n" % (code, code) for code in b"BCDEF")
REMOVED = ["B", "C", "D", "E", "F"]


def page(job, name="change"):
    return reverse(f"admin:jobs_job_{name}", args=[job.pk])


def person(name, *permissions):
    user = make.user(name, is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    return Person(user)


@pytest.fixture
def loader(company):
    return person("Lena Loader", "import_rep", "see_all_jobs")


@pytest.fixture
def second(company):
    return person("Sofia Second", "import_rep", "see_all_jobs")


@pytest.fixture
def reps(company):
    top = make.rep("A", company.territory, login=False)
    for code in "BCDEFG":
        make.rep(code, company.territory, sponsor=top, login=False)


@pytest.fixture
def held(reps, loader, second):
    return actions.load(loader.user, "roster", FILE, name="roster.csv")


def gone():
    return sorted(Rep.objects.filter(status="removed").values_list("code", flat=True))


def upload(who, file):
    data = {"import_file": SimpleUploadedFile("r.csv", file), "format": "0", "resource": "0"}
    answer = who.post(reverse("admin:teams_rep_import"), data, follow=True)
    return answer.content.decode()


def test_its_page_says_why_it_waits_and_whom_it_would_remove(held, loader, second):
    text = second.get(page(held)).content.decode()
    assert held.state == "held"
    for words in ("would remove 5 of 7 reps on file", "Removed, as the file says", "B Rep B", "I agree: load this file", "Do not load it"):
        assert words in text
    text = loader.get(page(held)).content.decode()
    assert ("I agree: load this file" in text, "Do not load it" in text) == (False, True)


def test_both_are_told_and_nobody_else(held, loader, second, staff):
    assert set(Notification.objects.filter(key=f"held:{held.pk}").values_list("recipient", flat=True)) == {loader.user.pk, second.user.pk}


def test_the_second_person_agrees_and_it_is_loaded_once(held, second):
    for status in (302, 409):
        assert second.post(page(held, "agree"), {"asks": "5"}).status_code == status
    actions.carry_out(held.pk)
    actions.carry_out(held.pk)
    held.refresh_from_db()
    assert (held.state, held.agreed_by, gone()) == ("done", second.user, REMOVED)
    assert "Sofia Second has agreed to this file." in second.get(page(held)).content.decode()


@pytest.mark.parametrize("asks", ["4", "", "x", "9" * 400])
def test_a_page_that_showed_another_number_agrees_to_nothing(held, second, asks):
    assert second.get(page(held)).content.decode().count('<input type="hidden" name="asks" value="5">') == 1
    response = second.post(page(held, "agree"), {"asks": asks})
    assert (response.status_code, "remove another number than the page has shown" in response.content.decode()) == (409, True)
    assert (Job.objects.get(pk=held.pk).state, gone()) == ("held", [])


def test_never_the_one_who_uploaded_it(held, loader):
    assert loader.post(page(held, "agree"), {"asks": "5"}).status_code == 409
    assert actions.carry_out(held.pk) is None
    assert (Job.objects.get(pk=held.pk).state, gone()) == ("held", [])


def test_not_an_administrator_either_when_the_file_is_their_own(reps, staff):
    job = actions.load(staff.user, "roster", FILE, name="roster.csv")
    assert staff.post(page(job, "agree"), {"asks": "5"}).status_code == 409


def test_nobody_who_may_not_load_rosters(held, analyst):
    watcher = person("Walter Watcher", "see_all_jobs", "view_job")
    assert [one.post(page(held, "agree"), {"asks": "5"}).status_code for one in (analyst, watcher)] == [404, 409]
    with pytest.raises(Refusal):
        actions.agree(held, by=watcher.user, asks=5)
    assert Job.objects.get(pk=held.pk).state == "held"


def test_by_reading_nothing_is_agreed_to(held, second):
    assert (second.get(page(held, "agree")).status_code, second.get(page(held, "decline")).status_code) == (405, 405)


@pytest.mark.parametrize("who", ["loader", "second"])
def test_it_can_be_given_up(who, held, request):
    one = request.getfixturevalue(who)
    assert one.post(page(held, "decline")).status_code == 302
    held.refresh_from_db()
    assert (held.state, held.sentence) == ("failed", f"{one.user.name} has not agreed to this file.")
    assert one.post(page(held, "decline")).status_code == 409
    assert gone() == []


def test_the_preview_asks_whether_the_absent_have_left(reps, loader, second):
    text = upload(loader, FILE)
    job = Job.objects.get()
    assert "On file, but not in this file: they stay" in text
    assert "The reps who are not in this file have left: remove them." in text
    confirm = {"import_file_name": job.pk, "original_file_name": "r.csv", "format": "0", "resource": "0", "absent_left": "on"}
    assert loader.post(reverse("admin:teams_rep_process_import"), confirm).status_code == 302
    actions.carry_out(job.pk)
    second.post(page(job, "agree"), {"asks": "6"})
    actions.carry_out(job.pk)
    assert gone() == [*REMOVED, "G"]


def test_the_preview_does_not_ask_when_nobody_is_absent(reps, loader):
    assert "have left: remove them" not in upload(loader, FILE + b"G,A,Rep G,UA-N-01,2020-01,\n")


# ---- what stays on record
@pytest.mark.parametrize("n", [1, 3])
def test_the_lists_of_changes_name_nobody_outside_and_ask_as_often_for_one_row_as_for_three(n, company, manager, staff):
    outside = make.rep("Z9", company.other_territory, name="Zinaida Outside", login=False)
    for k in range(n):
        rep = make.rep(f"K{k}", company.territory, login=False)
        history.change_sponsor(rep, outside, by=staff.user, why="Asked by both")
    with CaptureQueriesContext(connection) as queries:
        text = manager.get(CHANGES).content.decode()
    assert (text.count("outside your territories"), text.count("Rep K"), "Zinaida" in text) == (n, n, False)
    assert len([query for query in queries if "teams_sponsorchange" in query["sql"]]) == 2  # how many there are, the page
    assert staff.get(CHANGES).content.decode().count("Zinaida Outside (Z9)") == n
