"""What a file of contacts may say of a person beyond name, phones, e-mails and notes: what the rep knows of them, and how to reach them.

Most files have none of these columns: they travel through the staging table in one column `more` (JSON), which is NULL then.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cotano.jobs import cells
from cotano.jobs.cells import BadRow, plain, spellings
from cotano.lib import clock
from leads.models import ASIDE_LONGEST, Channel, Lead

TYPES = {  # fields of Lead -> their SQL types
    "kind": "text",
    "family": "text",
    "likes": "text",
    "hotness": "smallint",
    "channel": "text",
    "hour": "smallint",
    "zone": "text",
}
EMPTY = {"kind": "'prospect'", "family": "''", "likes": "''", "hotness": "0", "channel": "''", "hour": "NULL", "zone": "''"}  # in SQL
TITLES: dict[str, Promise] = {
    "kind": _("Kind"),
    "family": _("Family"),
    "likes": _("Likes"),
    "hotness": _("Hotness"),
    "channel": _("Preferred way"),
    "hour": _("Preferred hour"),
    "zone": _("Time zone of the person"),
}
_HEADINGS = {
    "kind": "kind, kind of person, тип контакта, кто это, тип контакту, хто це",
    "family": """
        family, family and children, children, kids, relatives, семья, дети, семья и дети, родные, близкие,
        сім'я, родина, діти, сім'я та діти, рідні, близькі
    """,
    "likes": """
        likes, interests, likes and interests, favourites, favorites, hobby, hobbies, preferences, любит, что любит, интересы, предпочтения,
        увлечения, хобби, любить, що любить, інтереси, вподобання, уподобання, захоплення, хобі
    """,
    "hotness": """
        hotness, temperature, how hot, warmth, горячесть, теплота, температура, насколько горячий, гарячість, теплота, температура,
        наскільки гарячий
    """,
    "channel": """
        channel, preferred way, preferred channel, best way, contact by, канал, канал связи, способ связи, удобный способ,
        предпочитаемый способ, лучший способ, канал зв'язку, спосіб зв'язку, зручний спосіб, бажаний спосіб, найкращий спосіб
    """,
    "hour": """
        hour, preferred hour, best hour, preferred time, best time, удобный час, удобное время, когда звонить, лучшее время, зручна година,
        зручний час, коли дзвонити, коли телефонувати, найкращий час
    """,
    "zone": "zone, time zone, часовой пояс, часовий пояс",
}
OF_HEADING = {plain(word): name for name, words in _HEADINGS.items() for word in spellings(words)}
_KINDS = cells.meanings(
    {
        Lead.Kind.PROSPECT: "potential customer, потенциальный клиент, потенційний клієнт",
        Lead.Kind.CUSTOMER: "client, клиент, клиентка, покупатель, клієнт, клієнтка, покупець",
        Lead.Kind.RECRUIT: "recruit prospect, candidate, кандидат, кандидатка",
        Lead.Kind.TEAM: "team member, член команды, в команде, команда, член команди, у команді",
    }
)
_HOTNESS = cells.meanings(
    {
        "1": "cold, холодно, холодный, холодная, холодний, холодна",
        "2": "cool, прохладно, прохладный, прохладная, прохолодно, прохолодний, прохолодна",
        "3": "warm, тепло, теплый, теплая, теплий, тепла",
        "4": "hot, горячо, горячий, горячая, гаряче, гарячий, гаряча",
        "5": "hottest, very hot, очень горячо, очень горячий, очень горячая, дуже гаряче, дуже гарячий, дуже гаряча",
    }
)
_CHANNELS = cells.meanings(
    {
        Channel.CALL: "phone, telephone, звонок, позвонить, звонить, телефон, дзвінок, дзвонити, телефонувати",
        Channel.SMS: "text, text message, смс",
        Channel.WHATSAPP: "ватсап, вотсап, вацап",
        Channel.VIBER: "вайбер",
        Channel.TELEGRAM: "телеграм, телеграмм",
        Channel.EMAIL: "mail, почта, электронная почта, имейл, пошта, електронна пошта, імейл",
        Channel.VISIT: "meeting, встреча, визит, зустріч, візит",
    }
)
_HOUR = re.compile(r"(\d{1,2})(?:[:.]00(?::00)?)?", re.ASCII)
_LAST_HOUR = 23


def more(row: Mapping[str, str], names: Sequence[str], unusable: list[str]) -> str | None:
    """What a line says of these, as JSON; None for nothing. What cannot be understood is added to `unusable`. Raises BadRow."""
    found: dict[str, object] = {}
    for name in names:
        if not (raw := row.get(name, "").strip()):
            continue
        try:
            value = _READ[name](raw)
        except BadRow as why:
            if why.reason == "too_long":
                raise
            unusable.append(f"{TITLES[name]}: {raw}")
            continue
        if value not in ("", None):
            found[name] = value
    return json.dumps(found, ensure_ascii=False) if found else None


def _hotness(raw: str) -> int | None:
    """1 to 5, from a number or a word; None for 0."""
    return None if plain(raw) == "0" else int(cells.meaning(raw, "hotness", _HOTNESS))


def _hour(raw: str) -> int:
    """A whole hour, as `18`, `18:00` or a spreadsheet's `18:00:00`."""
    match = _HOUR.fullmatch(raw)
    if not match or int(match[1]) > _LAST_HOUR:
        raise BadRow("choice", f"hour: {raw}")
    return int(match[1])


def _zone(raw: str) -> str:
    if raw not in clock.zones():
        raise BadRow("choice", f"zone: {raw}")
    return raw


_READ: dict[str, Callable[[str], object]] = {
    "kind": lambda raw: cells.meaning(raw, "kind", _KINDS),
    "family": lambda raw: cells.optional(raw, "family", ASIDE_LONGEST),
    "likes": lambda raw: cells.optional(raw, "likes", ASIDE_LONGEST),
    "hotness": _hotness,
    "channel": lambda raw: cells.meaning(raw, "channel", _CHANNELS),
    "hour": _hour,
    "zone": _zone,
}
