"""People found by what somebody types: parts of a name in any case, digits of a phone in any format, a part of an e-mail.

The one home of search among leads: contacts and boards ask it. It narrows what one rep has (an owner's leads, a board's cards), so
every row that is compared is one of a bounded set that an index has given; there is no index over words.
"""

import re
from typing import TypeVar

from django.db.models import CharField, F, Func, Q, QuerySet, Value

from cotano.lib import alphabet, text

LONGEST = 100  # characters of a search that are used
WORDS = 6  # of it
DIGITS = 3  # of a phone, before it is looked for
_NUMBER = re.compile(r"\+?\(?\d[\d\s().\-/]*\d")
_TRUNK = "8"  # which is written before a number in some countries, as 0 is in others
Rows = TypeVar("Rows", bound=QuerySet)


def sought(rows: Rows, typed: str, prefix: str = "") -> Rows:
    """Those of `rows` about a person who matches every word typed; `prefix` leads from the row to the lead ("lead__").

    Nothing typed finds everybody. `067 111`, `+380 (67) 111` and `67111` find the same.
    """
    words = text.one_line(typed[:LONGEST])
    if not words:
        return rows
    numbers = [found for found in _NUMBER.findall(words) if len(_digits(found)) >= DIGITS]
    rest = words
    for number in numbers:
        rest = rest.replace(number, " ", 1)
    wanted = Q()
    for word in rest.split()[:WORDS]:
        wanted &= _named(word, prefix)
    for number in numbers[:WORDS]:
        wanted &= _reached(number, prefix)
    if not numbers:
        return rows.filter(wanted)
    further = Func(F(f"{prefix}other_phones"), Value(","), function="array_to_string", output_field=CharField())
    return rows.alias(further_phones=further).filter(wanted)


def _named(word: str, prefix: str) -> Q:
    """The key of a name knows neither case nor accents nor kinds of apostrophes; letters that it does not know are compared as they are."""
    key = alphabet.key(word)
    if key.isascii() and key != alphabet.NAMELESS:
        wanted = Q(**{f"{prefix}sort_key__contains": key})
    else:
        wanted = Q(**{f"{prefix}name__icontains": word})
    return wanted | Q(**{f"{prefix}email__contains": word.lower()}) if "@" in word else wanted


def _reached(number: str, prefix: str) -> Q:
    digits = _digits(number)
    forms = {digits.lstrip("0") or digits}  # the 0 of 067 is not in +38067
    if digits.startswith(_TRUNK) and len(digits) > DIGITS + 1:
        forms.add(digits[1:])
    wanted = Q()
    for form in sorted(forms):
        wanted |= Q(**{f"{prefix}phone__contains": form}) | Q(further_phones__contains=form)
    named = Q()  # somebody may be called "Flat 123"
    for word in number.split():
        named &= _named(word, prefix)
    return wanted | named


def _digits(typed: str) -> str:
    return "".join(sign for sign in typed if sign in "0123456789")
