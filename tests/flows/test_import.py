"""A rep brings the phone's own contacts: four taps and the system's file picker, undone, brought again."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from cotano.demo import EXAMPLES
from cotano.jobs import actions
from cotano.jobs.models import Job
from leads.actions import comment_on
from leads.models import Lead
from tests import make
from tests.flows.test_pages import faults

pytestmark = pytest.mark.django_db(transaction=True)

VCF = EXAMPLES / "leads" / "contacts_v30.vcf"


@pytest.fixture
def taps():
    """Counts what a thumb does."""
    return []


def tap(taps, place):
    taps.append(place)
    place.tap()


def first_people(n):
    """(name, phone) of the first cards."""
    cards = VCF.read_text(encoding="utf-8").split("END:VCARD")[:n]
    said = [dict(line.split(":", 1) for line in card.strip().splitlines() if ":" in line) for card in cards]
    return [(one["FN"], next(value for name, value in one.items() if name.startswith("TEL"))) for one in said]


def carried_out(page):
    """The worker has come by."""
    expect(page.get_by_text("The file waits for its turn.")).to_be_visible()
    actions.carry_out(Job.objects.get(state="waiting").pk)
    page.reload()


def test_contacts_of_a_phone_in_four_taps_undone_and_brought_again(phone, rep, board, taps):
    (known, number), (left_out, _number), *_rest = first_people(3)
    mine = make.lead(rep.rep, "Mine", phone="0" + number.removeprefix("+380"))
    page = phone(rep)
    page.goto(reverse("pipeline:home"))

    # ---- four taps and the picker
    tap(taps, page.get_by_role("link", name="Contacts", exact=True))
    tap(taps, page.get_by_role("link", name="Import"))
    with page.expect_file_chooser() as chooser:
        tap(taps, page.locator("input[type=file]"))
    chooser.value.set_files(VCF)
    expect(page.locator(".cols2 li").first).to_have_text("New 299")
    expect(page.locator(".cols2 li").nth(1)).to_have_text("Changed 1")
    expect(page.locator("#changed + ul li")).to_contain_text(f"Name Mine → {known}")
    expect(page.locator("#new + ul li")).to_have_count(299)
    page.get_by_role("checkbox", name=left_out).first.uncheck()  # only the chosen are added
    tap(taps, page.get_by_role("button", name="Add new: 299, update: 1"))
    assert len(taps) == 4
    carried_out(page)
    expect(page.get_by_text("298 people added")).to_be_visible()
    assert (Lead.objects.count(), Lead.objects.filter(name=left_out).exists()) == (299, False)
    mine.refresh_from_db()
    assert mine.name == known

    # ---- undone, but for the one the rep has written about
    kept = Lead.objects.exclude(pk=mine.pk).order_by("name").first()
    comment_on(kept, by=rep.user, text="at the fair")
    page.reload()
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Undo this import").tap()
    expect(page.get_by_text("Removed: 297 · as before: 1 · kept: 1")).to_be_visible()
    expect(page.locator("#job ul.list li")).to_have_text([f"{kept.name}There is a comment since"])
    assert sorted(Lead.objects.values_list("name", flat=True)) == sorted(["Mine", kept.name])
    assert faults(page) == []

    # ---- brought again
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(reverse("pipeline:contacts_import"))
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("input[type=file]").set_input_files(VCF)
    expect(page.locator(".cols2 li").first).to_have_text("New 298")
    page.locator("summary").tap()
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("button[form=confirm]").tap()
    carried_out(page)
    expect(page.get_by_text("298 people added")).to_be_visible()
    assert Lead.objects.count() == 300


def test_without_javascript_a_pasted_list_comes_in_too(phone, rep, board):
    page = phone(rep, java_script_enabled=False)
    page.goto(reverse("pipeline:contacts_import"))
    page.locator("textarea").fill("Anna 067 123 45 67 cream\nOlga +38 050 123 45 67\nnobody at all")
    page.get_by_role("button", name="Check the file").tap()
    expect(page.locator(".cols2 li").first).to_have_text("New 2")
    page.get_by_role("checkbox").nth(1).uncheck()
    page.locator("button[form=confirm]").tap()
    carried_out(page)
    expect(page.get_by_text("1 person added")).to_be_visible()
    assert list(Lead.objects.values_list("name", "phone")) == [("Anna", "+380671234567")]


def test_headings_that_nobody_knows_are_told_by_the_rep(phone, rep, board, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("Wer;Wie\nАнна;0671234567\n", encoding="cp1251")
    page = phone(rep)
    page.goto(reverse("pipeline:contacts_import"))
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("These columns are missing: Name.")).to_be_visible()
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_label("Wer").select_option("Name")
    page.get_by_label("Wie").select_option("Phone")
    page.get_by_role("button", name="Read it this way").tap()
    expect(page.locator(".cols2 li").first).to_have_text("New 1")
    page.locator("button[form=confirm]").tap()
    carried_out(page)
    expect(page.get_by_text("1 person added")).to_be_visible()
    assert list(Lead.objects.values_list("name", "phone")) == [("Анна", "+380671234567")]
    assert page.complaints == []
