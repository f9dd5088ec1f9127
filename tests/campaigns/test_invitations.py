"""A link by which a newcomer joins a rep's team."""

import datetime as dt
import re
from functools import partial

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from campaigns import invitations
from campaigns.models import Campaign
from cotano.jobs.refusals import Refusal
from notifications.models import Letter
from teams import actions, codes
from teams.login import Owner
from teams.models import Code, Invitation, Rep, User
from teams.tree import moves
from teams.tree.table import Table
from tests import make
from tests.teams.conftest import sent_code, wrong
from tests.together import at_once

INVITE, CODE = reverse("campaigns:invite"), reverse("teams:code")
PHONE = "+380671117777"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def made(rep):
    """An invitation of the rep, with its token."""
    return invitations.invite(rep.rep, by=rep.user)


@pytest.fixture
def link(made):
    return reverse("campaigns:join", args=[made[1]])


def join(link, *, name="Nadia Newcomer", phone=PHONE, code=None, **more):
    """The newcomer's whole way; returns their browser and the last answer."""
    client = Client()
    answer = client.post(link, {"name": name, "phone": phone, **more})
    if answer.status_code == 302:
        answer = client.post(CODE, {"code": code or sent_code()})
    return client, answer


def test_the_newcomer_stands_under_the_sponsor_in_the_sponsors_territory(rep, company, made, link):
    client, answer = join(link)
    assert answer["Location"] == "/"
    newcomer = Rep.objects.get(name="Nadia Newcomer")
    assert re.fullmatch(r"N[A-Z2-7]{8}", newcomer.code)
    assert (newcomer.sponsor, newcomer.territory, newcomer.phone, newcomer.calendar) == (rep.rep, company.territory, PHONE, "UA")
    assert (newcomer.joined_year, newcomer.joined_number) == (company.campaign.year, company.campaign.number)
    assert (newcomer.user.phone, newcomer.user.is_staff, newcomer.user.has_usable_password()) == (PHONE, False, False)
    assert list(Rep.objects.below(rep.rep.pk)) == [newcomer]
    assert int(client.session["_auth_user_id"]) == newcomer.user_id
    assert client.get("/").status_code == 200
    invitation = Invitation.objects.get()
    assert (invitation.used_by, invitation.used_at is not None) == (newcomer.user, True)


def test_looking_uses_nothing_up(link):
    for _ in range(3):
        page = Client().get(link)
        assert (page.status_code, "Olena Marchenko" in page.content.decode()) == (200, True)
    assert join(link)[1].status_code == 302


def test_a_wrong_code_uses_nothing_up(link):
    client = Client()
    client.post(link, {"name": "Nadia", "phone": PHONE})
    code = sent_code()
    assert client.post(CODE, {"code": wrong(code)}).status_code == 422
    assert Invitation.objects.get().used_at is None
    assert client.post(CODE, {"code": code})["Location"] == "/"


def test_the_token_is_kept_as_a_hash_alone(made):
    invitation, token = made
    assert token not in str(Invitation.objects.values().get())
    assert len(invitation.digest) == 64


# ---- what is over
def over(link):
    """Whether both doors are shut, with one sentence."""
    answers = [Client().get(link), Client().post(link, {"name": "Mallory", "phone": "+380671118888"})]
    words = [answer.content.decode() for answer in answers]
    return [answer.status_code for answer in answers] == [410, 410] and all("This invitation is over" in text for text in words)


def test_forwarded_after_use(link):
    join(link)
    assert over(link)
    assert Letter.objects.filter(to="+380671118888").count() == 0


def test_withdrawn(rep, made, link):
    assert rep.post(reverse("campaigns:withdraw", args=[made[0].pk]))["Location"] == INVITE
    assert over(link)


def test_expired_after_72_hours(rep):
    with time_machine.travel(dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC), tick=False) as clock:
        link = reverse("campaigns:join", args=[invitations.invite(rep.rep, by=rep.user)[1]])
        clock.shift(dt.timedelta(hours=72, seconds=-1))
        assert Client().get(link).status_code == 200
        clock.shift(dt.timedelta(seconds=1))
        assert over(link)


def test_made_up(company):
    assert over(reverse("campaigns:join", args=["x" * 32]))


def test_of_a_sponsor_who_was_removed(rep, link):
    Rep.objects.filter(pk=rep.rep.pk).update(status="removed", removed_on=dt.date(2026, 1, 1))
    assert over(link)


@pytest.mark.parametrize("how", ["withdrawn", "used"])
def test_over_between_the_form_and_the_code(rep, made, link, how):
    client = Client()
    client.post(link, {"name": "Nadia", "phone": PHONE})
    code = sent_code()
    if how == "withdrawn":
        invitations.withdraw(made[0], by=rep.user)
    else:
        join(link, name="Somebody faster", phone="+380671118888")
    reps = Rep.objects.count()
    assert client.post(CODE, {"code": code})["Location"] == link
    assert ("_auth_user_id" in client.session, Rep.objects.count()) == (False, reps)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_in():
    places = make.territories()
    make.campaigns(make.calendar(places["UA"]))
    sponsor = make.rep("100", places["UA-N-01"])
    invitation, _token = invitations.invite(sponsor, by=sponsor.user)
    sent = [
        codes.send(Code.Purpose.JOIN, f"+38067111{n:04d}", owner=Owner(), invitation=invitation, name=f"Newcomer {n}") for n in range(6)
    ]
    came, failed = at_once(*(partial(invitations.accept, code) for code in sent))
    assert (len([user for user in came if user]), failed) == (1, [])
    assert (Rep.objects.count(), User.objects.count()) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_a_sponsor_who_moves_in_this_moment_costs_the_newcomer_no_code(monkeypatch):
    places = make.territories()
    make.campaigns(make.calendar(places["UA"]))
    sponsor = make.rep("100", places["UA-N-01"])
    invitation, _token = invitations.invite(sponsor, by=sponsor.user)
    sent = codes.send(Code.Purpose.JOIN, PHONE, owner=Owner(), invitation=invitation, name="Nadia Newcomer")
    recruit, tries = actions.recruit, []

    def lose_once(*args, **named):
        tries.append(recruit(*args, **named))
        if len(tries) == 1:
            Table.of(Rep).run(moves._LOST)
        return tries[-1]

    monkeypatch.setattr(actions, "recruit", lose_once)
    assert invitations.accept(sent).name == "Nadia Newcomer"
    assert (len(tries), Rep.objects.filter(sponsor=sponsor).count(), User.objects.filter(phone=PHONE).count()) == (2, 1, 1)


# ---- who is known already
def test_somebody_with_a_log_in_comes_in_as_themselves(stranger, link):
    User.objects.filter(pk=stranger.user.pk).update(phone=PHONE)
    client, _answer = join(link)
    assert int(client.session["_auth_user_id"]) == stranger.user.pk
    assert (Invitation.objects.get().used_at, Rep.objects.filter(sponsor=stranger.rep).count()) == (None, 0)


def test_a_rep_on_the_roster_gets_the_own_log_in(company, link):
    on_file = make.rep("300", company.other_territory, login=False, phone=PHONE)
    client, _answer = join(link)
    assert int(client.session["_auth_user_id"]) == Rep.objects.get(pk=on_file.pk).user_id
    assert Rep.objects.filter(phone=PHONE).count() == 1


def test_the_answer_says_nothing_about_who_is_known(stranger, link):
    User.objects.filter(pk=stranger.user.pk).update(phone=PHONE)
    answers = [Client().post(link, {"name": "N", "phone": phone}) for phone in (PHONE, "+380671118888")]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, CODE)] * 2
    assert list(Letter.objects.order_by("pk").values_list("to", flat=True)) == [PHONE, "+380671118888"]


def test_who_is_logged_in_needs_no_invitation(stranger, link):
    assert stranger.get(link)["Location"] == "/"
    assert stranger.post(link, {"name": "N", "phone": PHONE})["Location"] == "/"
    assert Letter.objects.count() == 0


# ---- bad input
def test_sponsor_territory_and_rights_are_not_taken_from_the_form(rep, stranger, company, link):
    forged = {
        "sponsor": stranger.rep.pk,
        "territory": company.other_territory.pk,
        "is_staff": "on",
        "is_superuser": "on",
        "code": "000000",
        "invitation": "1",
        "rep": stranger.rep.pk,
        "user": stranger.user.pk,
        "groups": "1",
    }
    client = Client()
    client.post(link, {"name": "Nadia Newcomer", "phone": PHONE, **forged})
    client.post(CODE, {**forged, "code": sent_code()})
    newcomer = Rep.objects.get(name="Nadia Newcomer")
    assert (newcomer.sponsor, newcomer.territory) == (rep.rep, company.territory)
    assert (newcomer.user.is_staff, newcomer.user.is_superuser, newcomer.user.groups.count()) == (False, False, 0)


@pytest.mark.parametrize(
    "bad",
    [{"name": ""}, {"name": " \u200b "}, {"name": 121 * "x"}, {"phone": "112"}, {"phone": ""}, {"phone": "x\x00"}, {"name": "a\x00b"}],
)
def test_bad_input_is_422_and_sends_nothing(link, bad):
    answer = Client().post(link, {"name": "Nadia", "phone": PHONE, **bad})
    assert (answer.status_code, Letter.objects.count()) == (422, 0)


def test_the_limits_of_codes_hold_here_too(link):
    assert [Client().post(link, {"name": "N", "phone": PHONE}).status_code for _ in range(4)] == [302, 302, 302, 422]


def test_without_a_csrf_token_nothing_happens(rep, made, link):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link, {"name": "Nadia", "phone": PHONE}).status_code == 403
    strict.cookies = rep.client.cookies
    addresses = (INVITE, reverse("campaigns:withdraw", args=[made[0].pk]))
    assert [strict.post(address).status_code for address in addresses] == [403, 403]


def test_a_forged_host_is_in_no_link(rep, settings):
    settings.SITE_URL = "https://cotano.example"
    page = rep.post(INVITE, headers={"host": "evil.example"})
    assert page.context["link"].startswith("https://cotano.example/join/")
    assert "evil.example" not in page.content.decode()
    settings.ALLOWED_HOSTS = ["cotano.example"]
    assert rep.post(INVITE, headers={"host": "evil.example"}).status_code == 400


# ---- the rep's page
def test_the_page_makes_a_link_and_shows_it_once(rep):
    page = rep.post(INVITE)
    link = page.context["link"]
    assert page.content.decode().count(link) == 2
    assert page.context["qr"].startswith("data:image/svg+xml;base64,")
    assert Client().get(link).status_code == 200
    assert link.rpartition("/join/")[2] not in rep.get(INVITE).content.decode()


def test_the_page_costs_the_same_for_one_link_and_for_three(rep, made, django_assert_num_queries):
    rep.get(INVITE)
    with django_assert_num_queries(4):
        rep.get(INVITE)
    for _ in range(2):
        invitations.invite(rep.rep, by=rep.user)
    with django_assert_num_queries(4):
        assert len(rep.get(INVITE).context["rows"]) == 3


def test_only_reps_invite_and_only_into_their_own_line(rep, upline, manager, client):
    assert [manager.get(INVITE).status_code, manager.post(INVITE).status_code] == [403, 403]
    assert client.get(INVITE)["Location"].startswith(reverse("account_login"))
    with pytest.raises(Refusal):
        invitations.invite(rep.rep, by=upline.user)


def test_others_invitations_are_not_there(stranger, made):
    address = reverse("campaigns:withdraw", args=[made[0].pk])
    assert (stranger.post(address).status_code, stranger.get(address).status_code) == (404, 405)
    assert list(stranger.get(INVITE).context["rows"]) == []
    assert Invitation.objects.get().revoked_at is None


def test_thirty_may_wait(rep, monkeypatch):
    monkeypatch.setattr(invitations, "MOST", 2)
    assert [rep.post(INVITE).status_code for _ in range(3)] == [200, 200, 422]
    assert Invitation.objects.count() == 2


def test_between_two_campaigns_the_next_one_counts(rep, company, link):
    Campaign.objects.filter(pk=company.campaign.pk).delete()
    join(link)
    newcomer = Rep.objects.get(name="Nadia Newcomer")
    assert (newcomer.joined_year, newcomer.joined_number) == (company.following.year, company.following.number)
