"""The contact list."""

import re

import pytest
from django.urls import reverse

from leads.models import Lead
from tests import make

CONTACTS = reverse("pipeline:contacts")


def names(response):
    return re.findall(r"<b>([^<]+)</b>", response.content.decode())


def test_shows_everybody_by_name(rep, card):
    make.lead(rep.rep, "Burl", phone="0671112299")
    response = rep.get(CONTACTS)
    assert names(response) == ["Burl", "Oksana Melnyk"]
    assert "2 people" in response.content.decode()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("mel", ["Oksana Melnyk"]),
        ("МЕЛЬ", ["Оксана Мельник"]),
        ("067 111 22", ["Oksana Melnyk"]),
        ("+38067 111", ["Oksana Melnyk"]),
        ("50", []),
        ("nobody", []),
        ("", ["Оксана Мельник", "Oksana Melnyk"]),
    ],
)
def test_finds_by_name_and_phone(typed, found, rep, card):
    make.lead(rep.rep, "Оксана Мельник", phone="0501112299")
    assert names(rep.get(CONTACTS, {"q": typed})) == (found or [f"Nobody found for “{typed}”"])


def test_pages_follow_one_another_even_among_namesakes(rep):
    Lead.objects.bulk_create(Lead(owner=rep.rep, name=("Anna", "Burl")[k % 2]) for k in range(120))
    seen, link = [], CONTACTS
    while link:
        page = rep.get(link).content.decode()
        seen.append(re.findall(rf'href="{CONTACTS[:1]}leads/(\d+)/"', page))
        following = re.search(r'class="more" href="([^"]+)"', page)
        link = following and following[1].replace("&amp;", "&")
    assert [len(page) for page in seen] == [50, 50, 20]
    assert len({lead for page in seen for lead in page}) == 120


def test_a_fragment_for_the_search_as_one_types(rep, card):
    page = rep.peek(CONTACTS, {"q": "mel"}).content.decode()
    assert page.startswith('<div id="found"')
    assert names(rep.peek(CONTACTS, {"q": "mel"})) == ["Oksana Melnyk"]


def test_shows_nobody_elses(upline, stranger, card):
    for other in (upline, stranger):
        assert "Oksana" not in other.get(CONTACTS, {"q": "Oksana"}).content.decode().replace("“Oksana”", "").replace('"Oksana"', "")


def test_hostile_words_are_only_text(rep, card):
    make.lead(rep.rep, "<script>alert(1)</script>")
    page = rep.get(CONTACTS, {"q": "<script>"}).content.decode()
    assert "<script>alert" not in page
    assert 'value="<script>' not in page


@pytest.mark.parametrize("after", ["x", "0", "9" * 30])
def test_an_address_made_up_begins_anew(after, rep, card):
    assert names(rep.get(CONTACTS, {"after": after})) == ["Oksana Melnyk"]


def test_managers_have_no_contacts(manager):
    assert manager.get(CONTACTS)["Location"] == reverse("admin:index")


def test_post_is_refused(rep):
    assert rep.post(CONTACTS).status_code == 405


@pytest.mark.parametrize("n", [1, 3])
def test_queries(n, rep, django_assert_num_queries):
    make.leads(rep.rep, n)
    with django_assert_num_queries(5):
        rep.get(CONTACTS)


def test_nonsense_in_the_address_is_the_first_page(rep, lead):
    pages = [rep.get("/contacts/", {"after": after}).status_code for after in ("-1", "x", "9" * 18, "9" * 5000)]
    pages += [rep.get("/leads/add/", {"stage": stage}).status_code for stage in ("-1", "x", "9" * 18, "9" * 5000)]
    assert pages == [200] * 8
