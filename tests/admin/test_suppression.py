"""The company's list of people who asked not to be contacted, in the admin."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from leads import suppression
from leads.models import Suppression

LIST = reverse("admin:leads_suppression_changelist")
ADD = reverse("admin:leads_suppression_add")


def change(row):
    return reverse("admin:leads_suppression_change", args=[row.pk])


@pytest.fixture
def row(staff):
    return suppression.suppress("067 111 22 33", by=staff.user, why="Asked by letter")


def test_staff_add_by_typing_and_nobody_reads_it_afterwards(staff):
    assert staff.post(ADD, {"contact": "067 111 22 33", "why": "Asked by letter"}).status_code == 302
    assert suppression.refused(["+380671112233"]) == {"+380671112233"}
    row = Suppression.objects.get()
    assert (row.by, row.why) == (staff.user, "Asked by letter")
    for page in (LIST, change(row), reverse("admin:leads_suppression_history", args=[row.pk])):
        said = staff.get(page).content.decode()
        assert "671112233" not in "".join(letter for letter in said if letter.isdecimal())
    assert "Asked by letter" in staff.get(LIST).content.decode()
    assert "1112233" not in LogEntry.objects.get().__dict__.__str__()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"contact": "12", "why": "x"}, "This is not a phone number."),
        ({"contact": "0671112233", "why": ""}, "This field is required."),
        ({"contact": "0671112233", "why": "of 0671112233"}, "Leave the phone or e-mail out of the reason"),
        ({"contact": "a\0", "why": "x"}, "Null characters are not allowed."),
    ],
)
def test_bad_input_is_said_so(data, sentence, staff):
    assert sentence in staff.post(ADD, data).content.decode()
    assert Suppression.objects.count() == 0


def test_lifting_needs_a_reason_and_stays_on_the_list(staff, row):
    assert "This field is required." in staff.post(change(row), {"lifted_why": ""}).content.decode()
    assert staff.post(change(row), {"lifted_why": "Changed their mind"}).status_code == 302
    row.refresh_from_db()
    assert (row.lifted_by, row.lifted_why) == (staff.user, "Changed their mind")
    assert "Changed their mind" in staff.get(change(row)).content.decode()
    assert staff.post(change(row), {"lifted_why": "Again"}).status_code == 403


@pytest.mark.parametrize("who", ["manager", "analyst"])
def test_others_have_no_such_list(who, cast, row):
    assert [cast[who].get(page).status_code for page in (LIST, ADD, change(row))] == [403, 403, 403]
