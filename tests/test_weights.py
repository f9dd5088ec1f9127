"""What a page weighs on the wire."""

import gzip
import re
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from tests import make


def files(page):
    """Path -> size on the wire of every static file that opening the page fetches (the PNG icons are for the home screen)."""
    paths = {path for path in re.findall(r'(?:src|href)="/static/([^"#]+)', page) if not path.endswith(".png")}
    return {path: len(brotli.compress(Path(finders.find(path)).read_bytes())) for path in paths}


PAGES = ["board", "home", "queue", "lead", "profile", "contacts", "add", "account_login", "team", "progress", "goals", "calls", "order"]


@pytest.mark.parametrize("page", PAGES)
def test_a_cold_page_is_light(page, rep, board):
    cards = make.cards(board, 20)
    make.work_item(cards[0].lead)
    addresses = {"board": board.get_absolute_url(), "lead": cards[0].lead.get_absolute_url(), "account_login": reverse("account_login")}
    addresses |= {name: reverse(f"campaigns:{name}") for name in ("team", "progress", "goals", "calls")}
    body = rep.get(addresses.get(page) or reverse(f"pipeline:{page}"), follow=True).content
    sizes = files(body.decode())
    assert sum(size for path, size in sizes.items() if path.endswith(".js")) <= 30 * 1024
    assert sum(size for path, size in sizes.items() if path.endswith(".css")) <= 8 * 1024
    assert len(sizes) <= 9
    assert len(gzip.compress(body, 6)) + sum(sizes.values()) <= (30 if page == "lead" else 45) * 1024
