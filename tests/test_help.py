"""Help: every page leads to its part."""

import re

import pytest
from django.urls import NoReverseMatch, reverse

from cotano.context import TOPICS


def test_every_topic_is_a_part_of_the_help(client):
    parts = set(re.findall(r'<section class="box" id="([^"]+)"', client.get(reverse("pipeline:help")).content.decode()))
    assert sorted(set(TOPICS) - parts) == []


@pytest.mark.parametrize("page", sorted(page for pages in TOPICS.values() for page in pages))
def test_every_page_of_a_topic_exists(page):
    for arguments in ([], [1], [1, 2]):
        try:
            assert reverse(page, args=arguments)
            break
        except NoReverseMatch:
            continue
    else:
        pytest.fail(f"there is no page {page}")


def test_a_page_leads_to_its_part(rep, lead):
    for address, topic in (
        (reverse("pipeline:home"), "today"),
        (lead.get_absolute_url(), "people"),
        (reverse("pipeline:calendar"), "calendar"),
    ):
        assert f'href="/help/#{topic}"' in rep.get(address).content.decode()
