"""Messages from templates: which fields there are, what they say about a person, and the ways that open with the text in them.

A template is neither a Django template nor a format string: one pass puts values in the place of the names of an allow-list, and
what a value says is never looked at again.
"""

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.utils import formats, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import deadlines
from campaigns.models import Campaign
from cotano.lib import phones, text
from leads.models import Attempt, Channel, Lead, MessageTemplate
from teams.models import Rep

FIELDS: dict[str, Promise] = {
    "first_name": gettext_lazy("their first name"),
    "name": gettext_lazy("their whole name"),
    "my_name": gettext_lazy("your name"),
    "product": gettext_lazy("what they bought last"),
    "campaign": gettext_lazy("the number of the campaign"),
    "deadline": gettext_lazy("the last day to order"),
}
GAP = "…"  # stands where nothing is known
SUBJECT_LONGEST = 120
COPIED = frozenset({Channel.VIBER, Channel.TELEGRAM})  # their links take no text: it is copied first
ORDER = (Channel.WHATSAPP, Channel.VIBER, Channel.TELEGRAM, Channel.SMS, Channel.EMAIL)
ICONS = {"call": "phone", "email": "mail", "visit": "home"}  # the others are called as their channel
_FIELD = re.compile(r"\{([a-z_]{1,30})\}")
_BRACED = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Message:
    """A text for a person; `gaps` are the fields of which nothing is known."""

    text: str
    gaps: list[str]


@dataclass(frozen=True)
class Way:
    """A way to reach a person: a call, or an app that opens with the text; `is_copied`: the text is copied first, and pasted there."""

    channel: str
    label: str
    icon: str
    url: str
    is_copied: bool = False

    @classmethod
    def by(cls, channel: str, url: str, *, is_copied: bool = False) -> "Way":
        """Through this channel."""
        return cls(channel, str(Attempt.Channel(channel).label), ICONS.get(channel, channel), url, is_copied)


def unknown_fields(written: str) -> list[str]:
    """What stands in braces and is no field, as it is written."""
    return [f"{{{name[:30]}}}" for name in _BRACED.findall(written) if name not in FIELDS]


def fill(written: str, values: dict[str, str]) -> Message:
    """The text with its fields filled, in one pass."""
    gaps: dict[str, None] = {}

    def said(match: re.Match[str]) -> str:
        if match[1] not in FIELDS:
            return match[0]
        if not (value := values.get(match[1], "")):
            gaps[match[1]] = None
        return value or GAP

    return Message(_FIELD.sub(said, written), list(gaps))


@dataclass(frozen=True)
class Facts:
    """What the fields can say about a lead."""

    lead: Lead
    rep: Rep
    product: str
    campaign: Campaign | None
    deadline: dt.date | None

    def values(self, language: str) -> dict[str, str]:
        """Each field's words, in the template's language."""
        with translation.override(language):
            deadline = formats.date_format(self.deadline, "j E") if self.deadline else ""
        return {
            "first_name": self.lead.name.split()[0],
            "name": self.lead.name,
            "my_name": self.rep.name,
            "product": self.product,
            "campaign": str(self.campaign.number) if self.campaign else "",
            "deadline": deadline,
        }


def facts(lead: Lead, rep: Rep) -> Facts:
    """Read them. Four queries, one more where territories have order deadlines of their own."""
    campaign = Campaign.objects.running_for(rep)
    product = lead.purchases.standing().order_by("-wanted_at", "-pk").values_list("item", flat=True).first()
    return Facts(lead, rep, product or "", campaign, deadlines.of_rep(rep, campaign) if campaign else None)


def ways(lead: Lead, message: str, *, subject: str = "") -> list[Way]:
    """The messengers that lead to the person with this text, the preferred one first; none for somebody who is not to be contacted.

    When the person has agreed to certain ways only, no other is offered.
    """
    if not lead.may_be_contacted:
        return []
    links = phones.links(lead.phone, message)
    if lead.email:
        links["email"] = _mail(lead.email, message, subject)
    allowed = [way for way in ORDER if way in links and (not lead.consents or way in lead.consents)]
    allowed.sort(key=lambda way: way != lead.channel)
    return [Way.by(way.value, links[way], is_copied=way in COPIED) for way in allowed]


def _mail(address: str, message: str, subject: str) -> str:
    said = {"body": message.replace("\n", "\r\n")}
    line = text.one_line(subject)[:SUBJECT_LONGEST]
    return f"mailto:{quote(address, safe='@')}?{urlencode({'subject': line, **said} if line else said, quote_via=quote)}"


def help_on_fields() -> list[tuple[str, str]]:
    """The fields as they are written, with what they say."""
    return [(f"{{{name}}}", str(words)) for name, words in FIELDS.items()]


def offered(rep: Rep, language: str) -> list[MessageTemplate]:
    """The templates the rep may send: those of the language first, the own before the company's, each in their order. One query."""
    found = MessageTemplate.objects.offered_to(rep).order_by("place", "pk")
    return sorted(found, key=lambda one: (one.language != language, one.owner_id is None))


def by_name(rep: Rep, language: str, name: str) -> MessageTemplate | None:
    """The first of those that is called so: every language may have its own. One query."""
    return next((one for one in offered(rep, language) if one.name == name), None)


def names(rep: Rep, language: str) -> list[str]:
    """What they are called, each name once. One query."""
    return list(dict.fromkeys(one.name for one in offered(rep, language)))


def refuse_sentence(lead: Lead) -> str:
    """Why the person is not written to; "" when they may be."""
    if lead.refusal_id is not None:
        return _("%(name)s asked the company not to be contacted.") % {"name": lead.name}
    if not lead.may_be_contacted:
        return _("%(name)s is marked “do not contact”. Allow contact on the page first.") % {"name": lead.name}
    return ""


def name_of(rep: Rep, typed: str) -> str:
    """The name of a template the rep may send, by the id that a form gives; "" for anything else. No query without an id."""
    number = text.number(typed)
    found = MessageTemplate.objects.offered_to(rep).filter(pk=number) if number else MessageTemplate.objects.none()
    return found.values_list("name", flat=True).first() or ""
