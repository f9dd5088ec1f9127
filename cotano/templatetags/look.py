"""Small drawings and words that many pages share."""

import uuid

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cotano.lib import text

register = template.Library()
HUES = ("", "b", "c", "d", "e")


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the sprite; `size` is "" (24 px) or "s" (18 px)."""
    return format_html('<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>', f" {size}" if size else "", static("sprite.svg"), name)


@register.filter
def hue(number: int) -> str:
    """The colour class of a person's avatar, always the same for the same id."""
    return HUES[number % len(HUES)]


@register.simple_tag
def once() -> SafeString:
    """The hidden field by which a form that creates something is known when it is sent twice (see cotano.jobs.receipts)."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid.uuid4().hex)


register.filter("initials", text.initials)
