"""A message to a lead: the sheet from the template to the messenger; the templates themselves."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads import actions, suppression, templates
from leads.models import Attempt, Lead, MessageTemplate
from tests import make

HOSTILE = '<script>alert(1)</script> "><img src=x> {{ 7 }}'


def url(lead, template=None):
    return reverse("pipeline:message", args=[lead.pk]) + (f"?template={template.pk}" if template else "")


@pytest.fixture
def template(rep):
    return make.template(rep.rep)


def links(page):
    """(channel, address) of every messenger in the page."""
    return [
        (channel, html.unescape(address))
        for address, channel in re.findall(r'href="([^"]+)" data-attempt="[^"]+" data-channel="(\w+)"', page)
    ]


def test_from_the_lead_to_the_messenger(rep, lead, template):
    make.purchase(lead, item="honey cream")
    assert f'href="{url(lead)}" data-sheet' in rep.get(lead.get_absolute_url()).content.decode()
    sheet = rep.peek(url(lead)).content.decode()
    assert "Hi Oksana, honey cream has arrived" in sheet
    assert f'href="{url(lead, template)}" data-sheet' in sheet
    assert links(sheet) == [("whatsapp", "https://wa.me/380671112233?text=Hi%20Oksana%2C%20honey%20cream%20has%20arrived")]
    one = rep.peek(url(lead, template)).content.decode()
    assert [channel for channel, _address in links(one)] == ["whatsapp", "viber", "telegram", "sms"]
    assert one.count('data-text="Hi Oksana, honey cream has arrived"') == 2
    assert one.count(f'data-template="{template.pk}"') == 4


def test_what_was_sent_stands_on_the_timeline(rep, lead, template):
    answer = rep.post(
        reverse("pipeline:attempt", args=[lead.pk]),
        {"channel": "whatsapp", "template": template.pk, "once": "a1"},
        headers={"Accept": "application/json"},
    )
    attempt = Attempt.objects.get()
    assert (attempt.channel, attempt.template) == ("whatsapp", "Order has arrived")
    assert answer.json()["outcome"].startswith(f"/attempts/{attempt.pk}/outcome/")
    assert "WhatsApp “Order has arrived”" in rep.get(lead.get_absolute_url()).content.decode()
    actions.give_outcome(attempt, by=rep.user, outcome="interested")
    assert "WhatsApp “Order has arrived” · Interested" in rep.get(lead.get_absolute_url()).content.decode()


@pytest.mark.parametrize("typed", ["", "x", "-1", "9" * 18, "{foreign}"])
def test_a_template_that_is_not_offered_has_no_name(typed, rep, stranger, lead):
    typed = typed.replace("{foreign}", str(make.template(stranger.rep).pk))
    rep.post(reverse("pipeline:attempt", args=[lead.pk]), {"channel": "sms", "template": typed})
    assert Attempt.objects.get().template == ""


def test_other_words(rep, lead, template):
    page = rep.tap(url(lead, template), {"text": "Own words\nsecond & line"}).content.decode()
    assert dict(links(page))["whatsapp"] == "https://wa.me/380671112233?text=Own%20words%0Asecond%20%26%20line"
    assert "Nothing is known" not in page
    for empty in ("", "x" * 1201):
        assert "Hi Oksana, …" in rep.tap(url(lead, template), {"text": empty}).content.decode()
    assert not Attempt.objects.exists()


def test_a_gap_is_said_and_not_sent_in_one_tap(rep, lead, template):
    assert links(rep.peek(url(lead)).content.decode()) == []
    assert "Nothing is known for {product}" in rep.peek(url(lead, template)).content.decode()


def test_who_is_not_to_be_contacted_gets_no_message(rep, lead, template, staff):
    actions.stop_contact(lead, by=rep.user)
    for address in (url(lead), url(lead, template)):
        page = rep.peek(address).content.decode()
        assert links(page) == []
        assert "do not contact" in page
    actions.allow_contact(lead, by=rep.user)
    suppression.suppress(lead.phone, by=staff.user, why="Asked")
    assert "asked the company not to be contacted" in rep.peek(url(lead)).content.decode()


def test_other_ways_than_agreed_are_not_offered(rep, lead, template):
    Lead.objects.filter(pk=lead.pk).update(consents=["email"])
    assert "agreed to other ways only" in rep.peek(url(lead)).content.decode()
    nobody = make.lead(rep.rep, "No Phone")
    assert "no phone and no e-mail" in rep.peek(url(nobody)).content.decode()


def test_without_a_template_it_says_what_to_do(rep, lead):
    assert reverse("pipeline:template_add") in rep.peek(url(lead)).content.decode()


def test_others_leads_and_templates_are_not_there(rep, stranger, upline, lead, template):
    theirs = make.template(stranger.rep)
    for person in (stranger, upline):
        assert person.get(url(lead)).status_code == 404
    assert rep.get(url(lead, theirs)).status_code == 404
    assert "theirs" not in rep.get(url(lead)).content.decode()
    for name in ("template_up", "template_remove", "template_restore"):
        address = reverse(f"pipeline:{name}", args=[theirs.pk])
        assert (rep.post(address).status_code, rep.get(address).status_code) == (404, 405)
    assert rep.get(reverse("pipeline:template", args=[theirs.pk])).status_code == 404


def test_names_and_texts_are_only_words(rep, board):
    lead = make.card(board, HOSTILE, phone="0671112244").lead
    template = make.template(rep.rep, name="<b>x</b>", text="<i>{name}</i>")
    for page in (rep.get(url(lead)), rep.get(url(lead, template)), rep.peek(url(lead, template)), rep.get(reverse("pipeline:templates"))):
        shown = page.content.decode()
        assert "<script>alert" not in shown
        assert "<b>x" not in shown
        assert "<i>" not in shown


def test_many_templates_cost_no_more_queries(rep, lead, company, template):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            rep.peek(url(lead))
        return len(captured)

    rep.peek(url(lead))
    few = queries()
    for n in range(4):
        make.template(rep.rep, name=str(n), text="{deadline} {campaign} {product} {name}", language="ukruen"[n % 3 * 2 :][:2])
    assert queries() == few == 8


def test_more_than_ten_stand_in_groups_and_are_searched(rep, lead, company):
    for n in range(8):
        make.template(rep.rep, name=f"Own {n}", text=f"Hi {{first_name}} {n}")
    MessageTemplate.objects.create(name="Дякую", text="Дякую, {first_name}", language="uk")
    MessageTemplate.objects.create(name="From us", text="Greetings", language="en", market=company.market)
    sheet = rep.peek(url(lead)).content.decode()
    assert (re.findall("sec.><h2>([^<]*)</h2>", sheet), 'name="find"' in sheet) == ([], False)
    make.template(rep.rep, name="Own 8", text="Bye")
    sheet = rep.peek(url(lead)).content.decode()
    assert re.findall("sec.><h2>([^<]*)</h2>", sheet) == ["Mine", "From the company", "In other languages"]
    assert len(links(sheet)) == 11
    for find, names in (("ДЯК", ["Дякую"]), ("oksana 7", ["Own 7"]), ("us", ["From us"]), ("zzz", [])):
        for found in (rep.peek(url(lead), {"find": find}), rep.get(url(lead), {"find": find})):
            assert re.findall("<b>([^<]*)</b><span class=.sub", found.content.decode()) == names
    assert "No template has these words." in rep.get(url(lead), {"find": "zzz"}).content.decode()
    assert rep.get(url(lead), {"find": HOSTILE + "\x00" * 5000}).status_code == 200


# ---- templates
def test_a_template_is_written_seen_and_changed(rep, lead):
    add = reverse("pipeline:template_add")
    words = {"name": "Arrived", "text": "Hi {first_name}!\r\nCome", "language": "uk"}
    preview = rep.post(add, {**words, "preview": "1"}).content.decode()
    assert "Hi Oksana!<br>Come" in preview
    assert not MessageTemplate.objects.exists()
    assert rep.post(add, {**words, "once": "z"}).status_code == 302
    made = MessageTemplate.objects.get()
    assert (made.owner, made.text, made.language) == (rep.rep, "Hi {first_name}!\nCome", "uk")
    page = rep.get(reverse("pipeline:template", args=[made.pk])).content.decode()
    assert "Hi Oksana!<br>Come" in page
    rep.post(reverse("pipeline:template", args=[made.pk]), {**words, "name": "Here"})
    assert "Here" in rep.get(reverse("pipeline:templates")).content.decode()


@pytest.mark.parametrize(
    "wrong", [{"text": "{lead.__class__}"}, {"text": "{x:>99999999}"}, {"text": ""}, {"name": ""}, {"language": "xx"}, {"text": "x" * 601}]
)
def test_what_cannot_be_saved_comes_back(wrong, rep):
    answer = rep.post(reverse("pipeline:template_add"), {"name": "Hi", "text": "Hi", "language": "en", **wrong})
    assert answer.status_code == 422
    assert 'class="err"' in answer.content.decode()
    assert not MessageTemplate.objects.exists()


def test_removed_and_back(rep, template):
    rep.post(reverse("pipeline:template_remove", args=[template.pk]))
    page = rep.get(reverse("pipeline:templates")).content.decode()
    assert reverse("pipeline:template_restore", args=[template.pk]) in page
    assert rep.get(reverse("pipeline:template", args=[template.pk])).status_code == 404
    rep.post(reverse("pipeline:template_restore", args=[template.pk]))
    assert rep.get(reverse("pipeline:template", args=[template.pk])).status_code == 200


def test_the_companys_are_read(rep, company):
    theirs = MessageTemplate.objects.create(name="From us", text="Hi {first_name}", language="en", market=company.market)
    page = rep.get(reverse("pipeline:templates")).content.decode()
    assert "From us" in page
    assert reverse("pipeline:template", args=[theirs.pk]) not in page
    assert rep.post(reverse("pipeline:template", args=[theirs.pk]), {"name": "x", "text": "x", "language": "en"}).status_code == 404


def test_order_is_changed_on_the_page(rep):
    first, second = make.template(rep.rep, name="a"), make.template(rep.rep, name="b")
    rep.post(reverse("pipeline:template_up", args=[second.pk]))
    assert list(MessageTemplate.objects.order_by("place")) == [second, first]
    templates.remove_template(first, by=rep.user)
