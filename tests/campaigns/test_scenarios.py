"""Two days of the product from end to end: the first log-in, and a change of sponsor from a campaign on."""

import datetime as dt

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from campaigns import invitations, snapshots, sponsoring
from campaigns.models import Cause, Order
from pipeline.models import Board
from teams.models import Rep
from tests import make
from tests.conftest import Person
from tests.loading import counts, load
from tests.teams.conftest import sent_code

LIST = ["list", "rep_code", "person_code", "name", "phone", "kind", "reason", "last_order_campaign", "call_by"]
PHONE = "+380671117777"


def test_the_first_log_in_by_an_invite_link_opens_on_the_companys_people(upline, company):
    """Invite link, first log-in: my board of the current campaign already holds the company's people for me, day x of 21."""
    cache.clear()
    newcomer = make.rep("300", company.territory, sponsor=upline.rep, login=False, phone=PHONE)
    until = company.campaign.order_deadline.isoformat()
    people = [
        ["Day 3", "300", f"K{n}", name, f"05011122{n}0", "customer", "usual order not in yet", "", until]
        for n, name in enumerate(("Inna", "Olha"))
    ]
    assert counts(load("worklist", [LIST, *people])) == (2, 0, 0, 0)
    _made, token = invitations.invite(upline.rep, by=upline.user)
    client = Client()
    assert client.post(reverse("campaigns:join", args=[token]), {"name": "Nadia", "phone": PHONE}).status_code == 302
    assert client.post(reverse("teams:code"), {"code": sent_code()})["Location"] == "/"
    home = client.get("/").content.decode()
    assert [words in home for words in ("Inna", "Olha", "Usual order not in yet", "Day 3 of 21")] == [True] * 4
    board = Board.objects.get(rep=newcomer)
    page = client.get(reverse("pipeline:board", args=[board.pk])).content.decode()
    assert (board.campaign, [words in page for words in ("Inna", "Olha", "Day 3 of 21")]) == (company.campaign, [True] * 3)


@pytest.fixture
def legs(company):
    """Two reps on the first level, and one below the first of them who is to move."""
    top = make.rep("TOP", company.territory)
    left, right = (make.rep(code, company.territory, sponsor=top, name=code) for code in ("LEFT", "RIGHT"))
    return {"left": left, "right": right, "mover": make.rep("MOVER", company.territory, sponsor=left)}


def legs_of(person, campaign):
    """Code of a rep -> (people below, group volume), as the manager's ranking of legs shows them."""
    page = person.get(reverse("admin:campaigns_dashboard"), {"campaign": campaign.pk, "rank": "legs", "by": "gv"})
    return {row.row.rep.code: (row.row.people, row.row.gv) for row in page.context["ranking"].rows}


def bought(rep, campaign, points):
    Order.objects.create(
        number=f"{rep.code}-{campaign.number}",
        kind="order",
        rep=rep,
        campaign=campaign,
        placed_on=campaign.starts_on,
        amount=points,
        points=points,
        currency="UAH",
    )


def test_a_sponsor_from_the_next_campaign_on_leaves_each_campaign_its_own_team(legs, company, staff, manager):
    """A rep moves to another sponsor from campaign 15: campaigns 14 and 15 each show the right team totals."""
    mover, right = legs["mover"], legs["right"]
    sponsoring.change_sponsor(mover, right, by=staff.user, why="Asked by both", campaign=company.following)
    bought(mover, company.campaign, 40)
    snapshots.take(company.campaign, cause=Cause.NIGHTLY)
    with time_machine.travel(dt.datetime.combine(company.following.starts_on, dt.time(12), dt.UTC), tick=False):
        sponsoring.apply_started()
        bought(mover, company.following, 70)
        snapshots.take(company.following, cause=Cause.NIGHTLY)
        for person in (manager, staff):
            again = Person(person.user)  # weeks have passed
            then, now = legs_of(again, company.campaign), legs_of(again, company.following)
            assert (then["LEFT"], then["RIGHT"], then["TOP"]) == ((1, 40), (0, 0), (3, 40))
            assert (now["LEFT"], now["RIGHT"], now["TOP"]) == ((0, 0), (1, 70), (3, 70))
        bought(legs["left"], company.campaign, 5)  # a late order, after the move
        snapshots.take(company.campaign, cause=Cause.ORDERS)
        assert legs_of(again, company.campaign) == {**then, "LEFT": (1, 45), "TOP": (3, 45)}
    assert Rep.objects.get(pk=mover.pk).sponsor == right
