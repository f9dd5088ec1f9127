"""Finding reps by what people type: the beginnings of the words of a name, of the code, or a phone in any format."""

import re
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q

from cotano.jobs.kinds import CODE
from cotano.lib import phones, text
from teams.models import RepQuerySet, Territory

LONGEST = 100  # characters of a search that are used
DIGITS = 4  # of a phone, at least
LETTERS = 3  # of the longest word, at least, among a great many reps
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Sought:
    """What was typed, in the ways it may be meant. `numbers` are beginnings of phones as they are stored."""

    words: tuple[str, ...]
    codes: tuple[str, ...]
    digits: str
    numbers: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Nothing one could look for."""
        return not self.words

    @property
    def is_short(self) -> bool:
        """Too little to look for among a great many reps: no whole word's beginning, and no number."""
        return not self.is_empty and max(map(len, self.words)) < LETTERS

    def among_many(self, reps: RepQuerySet) -> RepQuerySet:
        """Those of `reps`, however many there are: by the indexes over words, codes and phones."""
        matches = Q(pk__in=[])
        if self.words:
            typed = " & ".join(f"'{word}':*" for word in self.words)
            reps = reps.alias(words=SearchVector("name", config="simple"))
            matches |= Q(words=SearchQuery(typed, config="simple", search_type="raw"))
        for code in self.codes:
            matches |= Q(code__startswith=code)
        for number in self.numbers:
            matches |= Q(phone__startswith=number) & ~Q(phone="")
        return reps.filter(matches)

    def among_few(self, reps: RepQuerySet) -> RepQuerySet:
        """Those of `reps`, each of which is looked at; digits may stand anywhere in the phone."""
        named = Q()
        for word in self.words:
            named &= Q(name__iregex=rf"\m{word}")
        matches = named if self.words else Q(pk__in=[])
        for code in self.codes:
            matches |= Q(code__startswith=code)
        if self.digits:
            matches |= Q(phone__contains=self.digits)
        return reps.filter(matches)


def sought(typed: str) -> Sought:
    """Make out what is meant. At most one query, for the markets in whose way a phone may be written."""
    line = text.one_line(typed[:LONGEST])
    words = tuple(word.lower() for word in _WORD.findall(line))
    codes = tuple(dict.fromkeys((line, line.upper()))) if line and len(line) <= CODE else ()
    digits = "" if any(letter.isalpha() for letter in line) else "".join(letter for letter in line if letter in "0123456789")
    if len(digits) < DIGITS:
        return Sought(words, codes, "", ())
    regions = {market.region for market in Territory.objects.filter(kind=Territory.Kind.MARKET)}
    numbers = {number for region in regions for number in phones.beginnings(line, region)}
    return Sought(words, codes, digits.lstrip("0"), tuple(sorted(numbers)))
