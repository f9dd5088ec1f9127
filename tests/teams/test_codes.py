"""Log-in by a code to the phone or the e-mail address."""

import datetime as dt
import re

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from redis.exceptions import ConnectionError as CacheAway

from cotano.lib import phones
from notifications.models import Letter
from teams import codes, tasks
from teams.login import Owner
from teams.models import Code, Rep, Session, User
from tests import make
from tests.teams.conftest import Visitor, sent_code, wrong
from tests.together import at_once

CODE, AGAIN = reverse("teams:code"), reverse("teams:code_again")
PHONE = "+380671112233"


@pytest.fixture
def olena(company):
    return make.user("Olena", phone=PHONE, language="uk")


@pytest.mark.parametrize("typed", ["067 111 22 33", PHONE, "Olena@Example.com"])
def test_the_code_logs_in(visitor, olena, typed):
    assert visitor.ask(typed)["Location"] == CODE
    letter = Letter.objects.get()
    assert (letter.way, letter.to) == (("email", "olena@example.com") if "@" in typed else ("sms", PHONE))
    assert visitor.enter(sent_code())["Location"] == "/"
    assert visitor.user_id == olena.pk


def test_a_pasted_code_may_have_spaces_and_any_digits(visitor, olena):
    visitor.ask(PHONE)
    code = sent_code()
    visitor.enter(f" {code[:3]}-{code[3:]} ".translate({ord("0") + n: 0x660 + n for n in range(10)}))
    assert visitor.user_id == olena.pk


def test_the_letter_speaks_the_persons_language(visitor, olena):
    visitor.ask(PHONE)
    with translation.override("uk"):
        assert Letter.objects.get().subject == gettext("Your code for Cotano")


def test_neither_the_code_nor_its_key_is_kept_in_the_clear(visitor, olena):
    visitor.ask(PHONE)
    assert sent_code() not in str(Code.objects.values().get())


def test_a_slip_of_the_finger_costs_no_try(visitor, olena):
    visitor.ask(PHONE)
    answer = visitor.enter("12 345")
    assert (answer.status_code, answer.context["form"].errors["code"]) == (422, ["The code has 6 digits."])
    assert Code.objects.get().tries == 0


def test_five_tries_and_it_is_over(visitor, olena):
    visitor.ask(PHONE)
    code = sent_code()
    for left in (4, 3, 2, 1):
        answer = visitor.enter(wrong(code))
        assert answer.status_code == 422
        assert str(left) in answer.context["form"].errors["code"][0]
    assert visitor.enter(wrong(code))["Location"] == reverse("account_login")
    assert visitor.enter(code)["Location"] == reverse("account_login")
    assert visitor.user_id is None


def test_ten_minutes_and_it_is_over(visitor, olena):
    with time_machine.travel(dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC), tick=False) as clock:
        visitor.ask(PHONE)
        clock.shift(dt.timedelta(seconds=600))
        assert visitor.enter(sent_code())["Location"] == reverse("account_login")
    assert visitor.user_id is None


def test_a_code_is_good_once_and_in_the_browser_that_asked(visitor, olena):
    visitor.ask(PHONE)
    code = sent_code()
    other = Visitor()
    other.ask("+380671112299")
    assert other.enter(code).status_code == 422
    visitor.enter(code)
    key = Code.objects.get(user=olena).key
    assert codes.try_code(key, code) == (codes.Answer.OVER, None)


def test_ten_thousand_guesses_and_five_are_looked_at(olena):
    code = codes.send(Code.Purpose.LOGIN, PHONE, owner=Owner(user=olena))
    right = sent_code()
    answers = [codes.try_code(code.key, f"{n:06d}")[0] for n in range(10_000) if f"{n:06d}" != right]
    assert [answers.count(answer) for answer in codes.Answer] == [0, 4, len(answers) - 4]
    assert Code.objects.get().tries == 5
    assert codes.try_code(code.key, right)[0] is codes.Answer.OVER


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_are_counted_too():
    make.territories()
    user = make.user("Olena", phone=PHONE)
    code = codes.send(Code.Purpose.LOGIN, PHONE, owner=Owner(user=user))
    guess = wrong(sent_code())
    given, failed = at_once(*[lambda: [codes.try_code(code.key, guess)[0] for _ in range(5)]] * 12)
    answers = [answer for five in given for answer in five]
    assert ([answers.count(answer) for answer in codes.Answer], failed) == ([0, 4, 56], [])
    assert Code.objects.get().tries == 5


# ---- known or unknown: the same answers
@pytest.mark.parametrize(("known", "unknown"), [(PHONE, "+380671119999"), ("olena@example.com", "nobody@example.com")])
def test_nobody_learns_who_is_known(olena, known, unknown):
    seen = []
    for typed in (known, unknown):
        visitor = Visitor()
        asked = visitor.ask(typed)
        page = visitor.client.get(CODE)
        letter = Letter.objects.latest("pk")
        tries = [visitor.enter(wrong(sent_code())) for _ in range(5)]
        words = [answer.content.decode().replace(typed, "X").replace(_spoken(typed), "X") for answer in (page, *tries)]
        words = [_without_tokens(text) for text in words]
        seen.append((asked.status_code, asked["Location"], [answer.status_code for answer in tries], words, letter.way))
        assert letter.to == (known if typed == known else "")
    assert seen[0] == seen[1]


def test_asking_costs_as_much_for_nobody(olena, company):
    make.rep("300", company.territory, login=False, phone="+380671110300")
    counts = set()
    for typed in (PHONE, "+380671119999", "+380671110300"):
        visitor = Visitor()
        with _counted() as queries:
            visitor.ask(typed)
        counts.add(len(queries))
    assert len(counts) == 1


def test_the_page_waits_for_no_gateway(visitor, olena, settings):
    settings.SMS = {"gateway": "http", "url": "http://127.0.0.1:1/", "token": "", "from": ""}
    assert visitor.ask(PHONE)["Location"] == CODE
    assert Letter.objects.get().tries == 0


@pytest.mark.parametrize("typed", ["nobody", "12", "olena@", "'; drop table", "067\x00111"])
def test_what_is_neither_phone_nor_e_mail_is_said_so(visitor, company, typed):
    answer = visitor.ask(typed)
    assert "login" in answer.context["form"].errors
    assert Letter.objects.count() == 0


# ---- limits
def test_three_codes_a_minute_for_one_phone_whoever_asks(olena):
    asked = [Visitor().ask(typed) for typed in (PHONE, "067 111 22 33", PHONE, "0671112233")]
    assert [answer.status_code for answer in asked] == [302, 302, 302, 200]
    assert Letter.objects.count() == 3


def test_ten_codes_a_day_for_one_phone(olena):
    with time_machine.travel(dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC), tick=False) as clock:
        statuses = []
        for _ in range(11):
            statuses.append(Visitor().ask(PHONE).status_code)
            clock.shift(dt.timedelta(minutes=30))
    assert statuses == [302] * 10 + [200]


def test_twenty_codes_a_minute_from_one_network(company):
    statuses = [Visitor().ask(f"+3806711100{n:02d}").status_code for n in range(21)]
    assert statuses == [302] * 20 + [200]


def test_failed_passwords_are_counted_for_each_phone_however_written_and_whatever_host(olena, company):
    make.user("Petro", phone="+380671112244")
    typed = [PHONE, "0671112233", "067 111 22 33", "+38 067 111 22 33", "(067) 111-22-33"]
    for n, phone in enumerate(typed):
        Visitor().client.post(reverse("account_login"), {"login": phone, "password": "wrong"}, headers={"host": f"host{n}.example"})
    answer = Visitor().ask(PHONE, password=make.PASSWORD)
    assert answer.status_code == 200
    petro = Visitor()
    petro.ask("+380671112244", password=make.PASSWORD)
    assert petro.user_id is not None


def test_without_the_cache_nobody_logs_in_and_everybody_reads_on(visitor, olena, rep, monkeypatch):
    def away(*args, **named):
        raise CacheAway

    monkeypatch.setattr(cache, "add", away)
    answer = visitor.ask(PHONE)
    assert (answer.status_code, answer["Retry-After"], Letter.objects.count()) == (503, "30", 0)
    assert visitor.ask(PHONE, password=make.PASSWORD).status_code == 503
    assert rep.get("/").status_code == 200


# ---- sending again
def test_a_new_code_three_times_and_the_tries_go_on(visitor, olena):
    with time_machine.travel(dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC), tick=False) as clock:
        visitor.ask(PHONE)
        first = sent_code()
        visitor.enter(wrong(first))
        for sendings in (2, 3, 4, 4):
            clock.shift(dt.timedelta(seconds=61))
            visitor.client.post(AGAIN)
            assert Code.objects.get().sendings == sendings
        assert (Letter.objects.count(), Code.objects.get().tries) == (4, 1)
        visitor.enter(sent_code())
        assert visitor.user_id == olena.pk


def test_the_page_says_when_a_new_code_can_be_sent(visitor, olena):
    with time_machine.travel(dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC), tick=False) as clock:
        visitor.ask(PHONE)

        def says():
            page = visitor.client.get(CODE).content.decode()
            return (re.findall(r"A new code can be sent in (\d+) second", page), "Send a new code" in page)

        assert says() == (["30"], True)
        clock.shift(dt.timedelta(seconds=29))
        assert says() == (["1"], True)
        visitor.client.post(AGAIN)  # too early
        assert (Letter.objects.count(), Code.objects.get().sendings) == (1, 1)
        assert "A new code can be sent in 1 second." in visitor.client.get(CODE).content.decode()
        clock.shift(dt.timedelta(seconds=1))
        assert says() == ([], True)
        visitor.client.post(AGAIN)
        assert Letter.objects.count() == 2
        visitor.client.get(CODE)  # shows what came of it
        assert says() == (["30"], True)


def test_without_a_code_there_is_no_page_for_it(client, company):
    assert client.get(CODE)["Location"] == reverse("account_login")
    assert client.post(CODE, {"code": "123456"})["Location"] == reverse("account_login")
    assert client.post(AGAIN)["Location"] == reverse("account_login")
    assert client.get(AGAIN).status_code == 405


# ---- bad input
@pytest.mark.parametrize(
    "next_", ["//evil.example/", "https://evil.example/", "/\\\\evil.example/", "///evil.example", "javascript:alert(1)", "https:evil"]
)
def test_the_way_back_stays_on_this_site(visitor, olena, next_):
    assert visitor.come_in(PHONE, next=next_)["Location"] == "/"


def test_the_way_back_is_kept_through_the_code(visitor, olena):
    assert visitor.come_in(PHONE, next="/contacts/")["Location"] == "/contacts/"


def test_the_session_key_changes_with_the_log_in(visitor, olena):
    visitor.ask(PHONE)
    planted = visitor.client.session.session_key
    visitor.enter(sent_code())
    assert visitor.client.session.session_key != planted
    assert not Client(headers={"cookie": f"sessionid={planted}"}).session.get("_auth_user_id")


@pytest.mark.parametrize("address", [reverse("account_login"), CODE, AGAIN])
def test_without_a_csrf_token_nothing_happens(olena, address):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address, {"login": PHONE, "code": "123456"}).status_code == 403
    assert Letter.objects.count() == 0


def test_somebody_switched_off_gets_no_code_and_no_log_in(visitor, olena):
    visitor.ask(PHONE)
    code = sent_code()
    User.objects.filter(pk=olena.pk).update(is_active=False)
    assert visitor.enter(code)["Location"] == reverse("account_inactive")
    assert visitor.user_id is None
    Visitor().ask(PHONE)
    assert Letter.objects.latest("pk").to == ""


def test_codes_of_yesterday_and_ended_sessions_are_forgotten(visitor, olena):
    with time_machine.travel(dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC), tick=False) as clock:
        visitor.come_in(PHONE)
        clock.shift(dt.timedelta(hours=20))
        Visitor().ask("+380671119999")
        clock.shift(dt.timedelta(hours=4, seconds=1))
        tasks.forget_old()
        assert list(Code.objects.values_list("to", flat=True)) == ["+380671119999"]
        assert Session.objects.count() == 2
        clock.shift(dt.timedelta(days=30))
        tasks.forget_old()
        assert (Code.objects.count(), Session.objects.count()) == (0, 0)


# ---- a rep on the roster joins alone
@pytest.fixture
def on_roster(company):
    return make.rep("300", company.territory, login=False, phone="+380671110300", language="uk", name="Nina New")


def test_a_rep_on_file_gets_a_log_in_with_the_first_right_code(visitor, on_roster):
    visitor.ask("067 111 03 00")
    assert User.objects.count() == 0
    visitor.enter(sent_code())
    rep = Rep.objects.get(pk=on_roster.pk)
    assert (rep.user_id, rep.user.phone, rep.user.name, rep.user.language, rep.user.zone) == (
        visitor.user_id,
        "+380671110300",
        "Nina New",
        "uk",
        "Europe/Kyiv",
    )
    assert (rep.user.has_usable_password(), rep.user.is_staff) == (False, False)
    assert visitor.client.get("/").status_code == 200


def test_two_codes_of_one_rep_make_one_user(on_roster):
    first, second = Visitor(), Visitor()
    first.ask("0671110300")
    one = sent_code()
    second.ask("0671110300")
    two = sent_code()
    first.enter(one)
    second.enter(two)
    assert first.user_id == second.user_id == User.objects.get().pk


@pytest.mark.parametrize("change", ["removed", "twice", "other phone", "taken"])
def test_what_the_roster_no_longer_says_counts_no_longer(visitor, on_roster, company, change):
    visitor.ask("0671110300")
    code = sent_code()
    match change:
        case "removed":
            Rep.objects.filter(pk=on_roster.pk).update(status="removed", removed_on=dt.date(2026, 1, 1))
        case "twice":
            make.rep("301", company.territory, login=False, phone="+380671110300")
        case "other phone":
            Rep.objects.filter(pk=on_roster.pk).update(phone="+380671110399")
        case "taken":
            make.user("Somebody", phone="+380671110300")
    users = User.objects.count()
    visitor.enter(code)
    assert (visitor.user_id, User.objects.count(), Rep.objects.get(pk=on_roster.pk).user) == (None, users, None)


@pytest.mark.parametrize("fields", [{"status": "removed", "removed_on": dt.date(2026, 1, 1)}, {"phone": ""}])
def test_who_is_not_on_file_with_this_phone_gets_no_code(visitor, on_roster, fields):
    Rep.objects.filter(pk=on_roster.pk).update(**fields)
    visitor.ask("0671110300")
    assert Letter.objects.get().to == ""


def test_a_phone_that_two_reps_share_opens_neither(visitor, on_roster, company):
    make.rep("301", company.territory, login=False, phone="+380671110300")
    visitor.ask("0671110300")
    assert Letter.objects.get().to == ""


# ---- helpers
def _counted():
    return CaptureQueriesContext(connection)


def _spoken(typed):
    return phones.spoken(typed) if typed.startswith("+") else typed


def _without_tokens(text):
    return re.sub(r'(csrfmiddlewaretoken" value|name="csrf" content|nonce)="[^"]+"|value="\d{6}"', "", text)
