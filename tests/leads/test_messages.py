"""Message templates, and the messages made from them."""

import string
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotano.jobs.refusals import Refusal
from leads import actions, messages, templates
from leads.models import Lead, MessageTemplate
from tests import make


def said(lead, text, language="en"):
    return messages.fill(text, messages.facts(lead, lead.owner).values(language)).text


def test_the_fields_are_filled(rep, lead, company):
    make.purchase(lead, item="honey hand cream")
    day = company.campaign.order_deadline
    text = "Hi {first_name} ({name}), {my_name}: {product}, C{campaign} until {deadline}"
    assert said(lead, text) == (
        f"Hi Oksana (Oksana Melnyk), Olena Marchenko: honey hand cream, C{company.campaign.number} until {day.day} {day:%B}"
    )
    assert "{" not in said(lead, text, "uk")


def test_what_is_not_known_leaves_a_gap_that_is_named(lead, company):
    filled = messages.fill("{first_name}, {product} and {product} by {deadline}", {"first_name": "Anna"})
    assert (filled.text, filled.gaps) == ("Anna, … and … by …", ["product", "deadline"])


def test_a_value_that_contains_a_field_is_only_a_value(rep, board):
    lead = make.card(board, "{my_name} {product}").lead
    make.purchase(lead, item="{name} {lead.__class__} %(x)s {0}")
    assert said(lead, "{name}: {product}") == "{my_name} {product}: {name} {lead.__class__} %(x)s {0}"


@pytest.mark.parametrize(
    "text",
    [
        "{lead.__class__}",
        "{x:>99999999}",
        "{0}",
        "{}",
        "{First_name}",
        "{first_name!r}",
        "{ first_name }",
        "{secret}",
        "{name[0]}",
        "{" + "x" * 400 + "}",
    ],
)
def test_an_unknown_field_is_refused_at_save(text, rep):
    with pytest.raises(Refusal) as refused:
        make.template(rep.rep, text=f"Hi {text}")
    assert "{first_name}" in refused.value.sentence
    assert len(refused.value.sentence) < 250
    assert not MessageTemplate.objects.exists()


@given(st.text(alphabet=string.ascii_lowercase + "{}_ .:!%\n", max_size=200), st.text(max_size=60))
def test_one_pass_over_anything(text, value):
    values = dict.fromkeys(messages.FIELDS, value)
    filled = messages.fill(text, values).text
    if not messages.unknown_fields(text):
        known = text
        for name in messages.FIELDS:
            known = known.replace(f"{{{name}}}", "\0" + name + "\0")
        for name in messages.FIELDS:
            known = known.replace(f"\0{name}\0", value or messages.GAP)
        assert filled == known


def test_links_carry_the_text_and_nothing_else(rep, board):
    lead = make.card(board, phone="0671112233", email="o'x+y@example.com").lead
    text = "Привіт!\nline 2 & more ? #=%\r\n?phone=1&text=x"
    ways = {way.channel: way for way in messages.ways(lead, text, subject="a\nBcc: b@c.d")}
    whatsapp = urlsplit(ways["whatsapp"].url)
    assert (whatsapp.scheme, whatsapp.netloc, whatsapp.path) == ("https", "wa.me", "/380671112233")
    assert parse_qs(whatsapp.query) == {"text": [text]}
    sms = urlsplit(ways["sms"].url)
    assert (sms.scheme, sms.path, parse_qs(sms.query)) == ("sms", "+380671112233", {"body": [text]})
    mail = urlsplit(ways["email"].url)
    assert mail.scheme == "mailto"
    assert parse_qs(mail.query)["subject"] == ["a Bcc: b@c.d"]
    assert set(parse_qs(mail.query)) == {"subject", "body"}
    assert all("\n" not in way.url and "\r" not in way.url and " " not in way.url for way in ways.values())
    assert [name for name, way in ways.items() if way.is_copied] == ["viber", "telegram"]
    assert ways["viber"].url == "viber://chat?number=%2B380671112233"


def test_the_preferred_way_comes_first_and_consent_decides(rep, board):
    lead = make.card(board, phone="0671112233", email="a@b.co").lead
    Lead.objects.filter(pk=lead.pk).update(channel="telegram")
    lead.refresh_from_db()
    assert [way.channel for way in messages.ways(lead, "x")] == ["telegram", "whatsapp", "viber", "sms", "email"]
    Lead.objects.filter(pk=lead.pk).update(consents=["sms", "email"])
    lead.refresh_from_db()
    assert [way.channel for way in messages.ways(lead, "x")] == ["sms", "email"]
    actions.stop_contact(lead, by=rep.user)
    lead.refresh_from_db()
    assert messages.ways(lead, "x") == []


# ---- templates
def test_the_same_form_twenty_times_is_one_template(rep):
    made = {templates.add_template(rep.rep, by=rep.user, name="Hi", text="Hi", language="en", once="a").pk for _ in range(20)}
    assert len(made) == MessageTemplate.objects.count() == 1


def test_only_so_many(rep, monkeypatch):
    monkeypatch.setattr(templates, "MOST_TEMPLATES", 2)
    first, _second = make.template(rep.rep), make.template(rep.rep)
    with pytest.raises(Refusal):
        make.template(rep.rep)
    templates.remove_template(first, by=rep.user)
    make.template(rep.rep)
    with pytest.raises(Refusal):
        templates.restore_template(first, by=rep.user)


@pytest.mark.parametrize("wrong", [{"name": " \u200b"}, {"name": "x" * 41}, {"text": " \n "}, {"text": "x" * 601}, {"language": "xx"}])
def test_what_cannot_be_a_template(wrong, rep):
    words = {"name": "Hi", "text": "Hi", "language": "en"}
    template = templates.add_template(rep.rep, by=rep.user, **words)
    with pytest.raises(Refusal):
        templates.add_template(rep.rep, by=rep.user, **{**words, **wrong})
    with pytest.raises(Refusal):
        templates.edit_template(template, by=rep.user, **{**words, **wrong})
    assert MessageTemplate.objects.get().text == "Hi"


def test_in_order(rep):
    names = [make.template(rep.rep, name=name).name for name in "abc"]
    assert names == ["a", "b", "c"]
    last = MessageTemplate.objects.get(name="c")
    for expected in ("acb", "cab", "cab"):
        templates.raise_template(last, by=rep.user)
        assert "".join(MessageTemplate.objects.order_by("place").values_list("name", flat=True)) == expected


def test_which_are_offered(rep, stranger, company):
    mine = make.template(rep.rep, name="mine")
    make.template(stranger.rep, name="theirs")
    other = make.territories("PL", currency="PLN", language="pl", zone="Europe/Warsaw")["PL"]
    for name, market, language in (("all", None, "uk"), ("ua", company.market, "en"), ("pl", other, "en")):
        MessageTemplate.objects.create(name=name, text="Hi", market=market, language=language)
    assert [one.name for one in messages.offered(rep.rep, "en")] == ["mine", "ua", "all"]
    templates.remove_template(mine, by=rep.user)
    assert [one.name for one in messages.offered(rep.rep, "uk")] == ["all", "ua"]


def test_nobody_changes_anothers(rep, stranger, upline, manager):
    template = make.template(rep.rep)
    for person in (stranger, upline, manager):
        for act in (templates.remove_template, templates.restore_template, templates.raise_template):
            with pytest.raises(Refusal):
                act(template, by=person.user)
        with pytest.raises(Refusal):
            templates.edit_template(template, by=person.user, name="x", text="x", language="en")
    with pytest.raises(Refusal):
        templates.add_template(rep.rep, by=upline.user, name="x", text="x", language="en")
    assert MessageTemplate.objects.get().removed_at is None


def test_an_attempt_keeps_the_name_of_the_text(rep, lead):
    first = actions.log_attempt(lead, by=rep.user, channel="whatsapp", template="Arrived")
    assert actions.log_attempt(lead, by=rep.user, channel="whatsapp", template="Arrived") == first
    assert actions.log_attempt(lead, by=rep.user, channel="whatsapp") != first
