"""Phone numbers as people type them, of six countries; the same ones at every run."""

import random

import phonenumbers

REGIONS = {  # country code, first digits, digits after the country code, the prefix at home
    "UA": ("380", ("67", "68", "50", "63", "97", "93", "66", "99"), 9, "0"),
    "KZ": ("7", ("701", "702", "705", "707", "747", "777", "775"), 10, "8"),
    "RU": ("7", ("916", "903", "925", "985", "921", "911", "999"), 10, "8"),
    "RO": ("40", ("72", "73", "74", "75", "76"), 9, "0"),
    "PL": ("48", ("50", "51", "60", "66", "69", "78", "79"), 9, ""),
    "US": ("1", ("2122", "4153", "6464", "3125", "7136", "2067"), 10, "1"),
}
SHARE = ["UA"] * 35 + ["KZ"] * 20 + ["RU"] * 20 + ["RO"] * 10 + ["PL"] * 10 + ["US"] * 5
SEPARATORS = (" ", "-", " ", "\u00a0", "", " ")
_NOISE = (" ", "-", "(", ")", "\u00a0", ".", "/", "+", "x", "\u2007")


def national(region: str, chance: random.Random) -> str:
    """The digits of a number after its country code."""
    _country, firsts, length, _trunk = REGIONS[region]
    first = chance.choice(firsts)
    return first + str(chance.randrange(10 ** (length - len(first)))).zfill(length - len(first))


def typed(region: str, digits: str, chance: random.Random) -> str:
    """The number as somebody writes it in a notebook."""
    country, _firsts, _length, trunk = REGIONS[region]
    gap = chance.choice(SEPARATORS)
    cuts = (2, 5, 7) if region == "UA" else (3, 6, 8) if len(digits) == 10 and region != "US" else (3, 6)  # noqa: PLR2004  digits
    groups = [digits[low:high] for low, high in zip((0, *cuts), (*cuts, len(digits)), strict=True)]
    ways = (
        (25, f"+{country}{gap}{gap.join(groups)}"),
        (15, f"+{country} ({groups[0]}) {'-'.join(groups[1:])}"),
        (10, f"+{country}{digits}"),
        (10, f"{country}{digits}"),
        (15, f"{trunk}{gap.join(groups)}"),
        (12, f"{trunk}{digits}"),
        (8, f"{trunk}({groups[0]}){gap}{'-'.join(groups[1:])}"),
        (2, f"тел. +{country} {' '.join(groups)}"),
        (3, f"+{country}.{'.'.join(groups)}"),
    )
    return chance.choices([way for _share, way in ways], [share for share, _way in ways])[0]


def sample(count: int, seed: int = 20260) -> list[tuple[str, str]]:
    """(number as typed, region of who typed it)."""
    chance = random.Random(seed)
    regions = [chance.choice(SHARE) for _ in range(count)]
    return [(typed(region, national(region, chance), chance), region) for region in regions]


def fuzz(count: int, seed: int = 77) -> list[tuple[str, str]]:
    """Numbers with digits changed, prefixes of another country and signs in the wrong place; and the region they are read in."""
    chance = random.Random(seed)
    kinds = [getattr(phonenumbers.PhoneNumberType, name) for name in ("FIXED_LINE", "MOBILE", "TOLL_FREE", "PREMIUM_RATE", "VOIP", "UAN")]
    examples = {}
    for region in REGIONS:
        found = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
        examples[region] = [str(number.national_number) for number in found if number] + [national(region, chance) for _ in range(20)]
    return [_twisted(chance, examples) for _ in range(count)]


def _twisted(chance: random.Random, examples: dict[str, list[str]]) -> tuple[str, str]:
    region = chance.choice(list(REGIONS))
    country, _firsts, _length, trunk = REGIONS[region]
    digits = list(chance.choice(examples[region]))
    for _ in range(chance.choice((0, 1, 3, 5))):
        digits[chance.randrange(len(digits))] = chance.choice("0123456789")
    if not chance.randrange(10):
        digits.insert(chance.randrange(len(digits)), chance.choice("0123456789"))
    heads = ("+" + country, country, trunk, "", "8", "0", "00" + country, "+" + country + trunk, country + trunk, "8 10 " + country)
    number = chance.choice(heads) + "".join(digits)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(number) + 1)
        number = number[:at] + chance.choice(_NOISE) + number[at:]
    return number, chance.choice((region, region, region, *REGIONS, "DE", ""))
