"""Phone numbers as typed -> E.164, next to the phonenumbers library; and how often the two disagree."""

from collections.abc import Callable

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from benchmarks import numbers
from benchmarks.figures import Figure, smaller, versus
from benchmarks.measuring import cost
from cotano.lib import phones

TYPED = 100_000  # at most, for the speed
BLOCK = 5_000  # numbers


def run(size: int, say: Callable[[str], None]) -> list[Figure]:
    """`size` fuzzed numbers for the differences, up to a hundred thousand as typed for the speed."""
    typed = numbers.sample(min(size, TYPED))
    say(f"{len(typed):,} numbers as typed")
    spent = {by_us: 0.0, by_library: 0.0}
    for low in range(0, len(typed), BLOCK):  # in turns: what slows the machine down slows both
        for way in spent:
            with cost() as taken:
                for raw, region in typed[low : low + BLOCK]:
                    way(raw, region)
            if low or len(typed) <= BLOCK:  # the first block fills caches of patterns
                spent[way] += taken.python
    say(f"{size:,} fuzzed numbers")
    wrong = sum(by_us(raw, region) != by_library(raw, region) for raw, region in numbers.fuzz(size) + typed)
    each, other = (seconds / max(len(typed) - BLOCK, 1) * 1e6 for seconds in spent.values())
    return [
        versus("vs_library", other / each, baseline="phonenumbers, microseconds of processor a number", baseline_value=other, goal=">= 5"),
        smaller("number_us", each, "us", baseline="phonenumbers", baseline_value=other),
        smaller("mismatches", wrong, "numbers", "== 0"),
    ]


def by_us(raw: str, region: str) -> str | None:
    """The product's answer; None for no number."""
    try:
        return phones.e164(raw, region)
    except phones.BadPhone:
        return None


def by_library(raw: str, region: str) -> str | None:
    """The library's answer to the same."""
    try:
        number = phonenumbers.parse(raw, region or None)
    except NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None
