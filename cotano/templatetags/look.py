"""Small drawings and words that many pages share."""

import datetime as dt
import uuid
from decimal import Decimal
from functools import cache

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cotano.lib import due, text, when
from cotano.lib import money as amounts

register = template.Library()
HUES = ("", "b", "c", "d", "e")
TINTS = ("pink", "teal", "blue", "gold")
LEAP = 2000  # a year that has every day
COLOURS = (*TINTS, "leaf", "plum", "rust")  # from which a tag's may be chosen: 1 is the first


@register.simple_tag
@cache
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the sprite; `size` is "" (24 px) or "s" (18 px). Put together once: a list shows one fifty times."""
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>', f" {size}" if size else "", static("sprite.svg"), name
    )


@register.filter
def hue(number: int) -> str:
    """The colour class of a person's avatar, always the same for the same id."""
    return HUES[number % len(HUES)]


@register.filter
def tint(tag: str) -> str:
    """The colour class of a tag, always the same for the same word."""
    return TINTS[sum(map(ord, tag)) % len(TINTS)]


@register.filter
def colour(number: int) -> str:
    """The colour class of a number (1 is the first)."""
    return COLOURS[number - 1]


@register.filter
def of_the_year(date: object) -> str:
    """`3 November`, or `3 November (1998)` where the year it began in is known; a row or a dictionary with day, month and year."""
    said = date if isinstance(date, dict) else vars(date)
    shown = date_format(dt.date(LEAP, said["month"], said["day"]), "j E")
    return f"{shown} ({said['year']})" if said["year"] else shown


@register.filter
def coloured(tag: str, chosen: dict[str, int] | None) -> str:
    """The same; the colour that was chosen for the word (its number), where one was."""
    number = (chosen or {}).get(tag)
    return COLOURS[number - 1] if number else tint(tag)


@register.simple_tag
def once() -> SafeString:
    """The hidden field by which a form that creates something is known when it is sent twice (see cotano.jobs.receipts)."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid.uuid4().hex)


register.filter("initials", text.initials)


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Whole units with the currency's sign, in the reader's language."""
    return amounts.whole(amount, currency, get_language())


@register.filter
def price(amount: Decimal, currency: str) -> str:
    """What somebody pays, to the cent, with the currency's sign, in the reader's language."""
    return amounts.exact(amount, currency, get_language())


@register.filter
def day(date: dt.date) -> str:
    """`3 November`; with the year when it is not this one."""
    return due.day(date, timezone.localdate())


@register.filter
def heading(date: dt.date) -> str:
    """`Today`, `Yesterday`, `3 November`."""
    return when.heading(date, timezone.localdate())


@register.filter
def moment(at: dt.datetime) -> str:
    """`Yesterday 18:20`, `3 November 18:20`, on the reader's clock."""
    return when.moment(at, timezone.now(), timezone.get_current_timezone())


@register.filter
def reminder_chip(at: dt.datetime) -> SafeString:
    """The coloured words that say when a reminder is due, on the reader's clock."""
    stands = due.due(at, timezone.now(), timezone.get_current_timezone())
    return format_html('<span class="chip{}">{}</span>', f" {stands.tone}" if stands.tone else "", stands.words)


@register.simple_tag
def ruler(day: int, days: int) -> SafeString:
    """The ruler of a campaign's days up to `day`."""
    return format_html(
        '<svg class="days" viewBox="0 0 {0} 4" preserveAspectRatio="none" role="img" aria-label="{2}">'
        '<path class="rest" d="M0 2h{0}" stroke-dasharray="8 2"/><path d="M0 2h{1}" stroke-dasharray="8 2"/></svg>',
        10 * days,
        10 * day,
        _("Day %(day)d of %(days)d") % {"day": day, "days": days},
    )


@register.simple_tag
def steps(place: int, everybody: int) -> SafeString:
    """How far one is along a row of people."""
    return format_html(
        '<svg class="steps days" viewBox="0 0 {0} 4" preserveAspectRatio="none" role="img" aria-label="{2}">'
        '<path class="rest" d="M0 2h{0}" stroke-dasharray="9 1"/><path d="M0 2h{1}" stroke-dasharray="9 1"/></svg>',
        10 * everybody,
        10 * place,
        _("Person %(place)d of %(all)d") % {"place": place, "all": everybody},
    )


@register.simple_tag
def ring(percent: int, label: str = "") -> SafeString:
    """How much of a goal (or of what `label` says) is reached; full from 100 % on."""
    return format_html(
        '<svg class="ring" viewBox="0 0 96 96" role="img" aria-label="{2}">'
        '<path class="rest" d="M48 6a42 42 0 1 1-.01 0" pathLength="100"/>'
        '<path class="done" d="M48 6a42 42 0 1 1-.01 0" pathLength="100" stroke-dasharray="{1} 100"/><text x="48" y="56">{0}%</text></svg>',
        percent,
        min(max(percent, 0), 100),
        label or _("%(percent)d %% of the goal") % {"percent": percent},
    )


@register.filter
def rank(place: Decimal) -> str:
    """A card's place in an address: all its digits, whatever the reader's language."""
    return format(place, "f")
