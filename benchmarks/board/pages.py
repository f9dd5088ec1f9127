"""Server time of a rep's pages, of one who has few people and one who has very many, through the product's middleware."""

import gzip
from collections.abc import Callable, Mapping

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.board import stock
from benchmarks.figures import Figure, smaller
from benchmarks.measuring import cost, median, milliseconds
from pipeline.models import Board, Card

SMALL = 1_000  # people of the rep who has few; as many of the other's stand on the board
MUCH = 10_000  # people from which on it is worth to measure well
ROUNDS, AT_ONCE = 15, 3  # in turns so many pages of the one rep, then of the other
GROWTH = "<= 1.2"


def figures(size: int, say: Callable[[str], None]) -> list[Figure]:
    """Per page: processor time on both sides of the connection of the one and of the other rep, and how much more that is."""
    few = min(SMALL, size)
    say(f"reps with {few:,} and {size:,} people")
    running = stock.campaign()
    boards = [stock.board(code, running, leads=leads, cards=few) for code, leads in (("FEW", few), ("MANY", size))]
    stock.tidy()
    clients = [_client(board) for board in boards]
    urls = [_urls(board) for board in boards]
    rounds, at_once = (ROUNDS, AT_ONCE) if size >= MUCH else (1, 1)
    found = []
    for name in urls[0]:
        say(f"{name}")
        found += _page(name, [(client, theirs[name]) for client, theirs in zip(clients, urls, strict=True)], rounds, at_once)
    with CaptureQueriesContext(connection) as asked:
        body = clients[1].get(urls[1]["board"]).content
    return [
        *found,
        Figure("queries", len(asked), "queries"),
        Figure("html_gz_bytes", len(gzip.compress(body, 6)), "bytes", "<= 8192"),
    ]


def _urls(board: Board) -> Mapping[str, str]:
    """The pages, by the name of their figures."""
    lead = Card.objects.filter(board=board).order_by("rank").values_list("lead", flat=True)[1]
    return {
        "board": board.get_absolute_url(),
        "lead": reverse("pipeline:lead", args=[lead]),
        **{name: reverse(f"pipeline:{name}") for name in ("contacts", "home", "queue", "calendar")},
    }


def _client(board: Board) -> Client:
    client = Client()
    client.force_login(board.rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _page(name: str, asked: list[tuple[Client, str]], rounds: int, at_once: int) -> list[Figure]:
    """Of the board the figures have the names everybody refers to."""
    for client, url in asked:
        answer = client.get(url)
        assert answer.status_code == 200, (url, answer.status_code)  # noqa: S101, PLR2004  a bench
    taken: list[list[float]] = [[], []]
    waited: list[float] = []
    for _ in range(rounds):
        for mine, (client, url) in zip(taken, asked, strict=True):
            with cost() as spent:
                for _again in range(at_once):
                    client.get(url)
            mine.append(spent.processor / at_once * 1000)
        waited.append(milliseconds(lambda: asked[1][0].get(asked[1][1])))
    small, large = map(median, taken)
    begin, server = ("", "server_ms") if name == "board" else (f"{name}_", f"{name}_ms")
    return [
        smaller(f"{server}_small", small, "ms"),
        smaller(f"{server}_large", large, "ms"),
        Figure(f"{begin}growth", large / small, "times", GROWTH),
        smaller(f"{begin}wait_ms", median(waited), "ms"),
    ]
