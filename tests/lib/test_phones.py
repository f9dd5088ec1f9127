"""Phones: the quick way gives what phonenumbers gives, or nothing."""

import random

import phonenumbers
import pytest
from phonenumbers import NumberParseException, PhoneNumberFormat

from cotano.lib import phones
from cotano.lib.phones import BadPhone
from tests.sizes import PHONES

SIGNS = ["\u2007", "x", " ", "-", "(", ")", "\u00a0", ".", "/", "\u2013", "\u2011", "  "]


def by_phonenumbers(typed, region):
    try:
        number = phonenumbers.parse(typed, region or None)
    except NumberParseException:
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else ""


def known(typed, region):
    try:
        return phones.e164(typed, region)
    except BadPhone as bad:
        return "" if bad.reason == "phone" else bad.reason


def numbers(count, seed):
    """Numbers of every kind, some digits changed, begun and divided in every way, in the right region or another."""
    rnd = random.Random(seed)
    regions = list(phones.QUICK)
    examples = {
        region: [str(found.national_number) for kind in range(11) if (found := phonenumbers.example_number_for_type(region, kind))]
        for region in [*regions, "CA", "DE"]
    }
    for _ in range(count):
        own = rnd.choice([*regions * 3, "CA", "DE"])
        digits = list(rnd.choice(examples[own]))
        for _change in range(rnd.choice([0, 1, 3, 5])):
            digits[rnd.randrange(len(digits))] = rnd.choice("0123456789")
        if rnd.random() < 0.05:
            digits.insert(rnd.randrange(len(digits)), "0") if rnd.random() < 0.5 else digits.pop()
        code, trunk = str(phonenumbers.country_code_for_region(own)), phones._PLANS[own].trunk if own in regions else "0"
        begins = [f"+{code}", f"+{code}", code, trunk, trunk, "", "8", "0", "7", "1", f"00{code}", f"+{code}{trunk}", code + trunk]
        typed = rnd.choice(begins) + "".join(digits)
        for _sign in range(rnd.randint(0, 5)):
            at = rnd.randint(0, len(typed))
            typed = typed[:at] + rnd.choice(SIGNS) + typed[at:]
        yield typed, rnd.choice([own, own, own, *regions, "DE", ""])


def test_the_quick_way_never_says_anything_else_than_phonenumbers():
    found, wrong = 0, []
    for typed, region in numbers(PHONES, 20181111):
        if quick := phones.quick(typed, region):
            found += 1
            if quick != by_phonenumbers(typed, region):
                wrong.append((typed, region, quick))
    assert wrong == []
    assert found > PHONES // 8


def test_both_ways_together_say_what_phonenumbers_says():
    for typed, region in numbers(PHONES // 20, 7):
        assert known(typed, region) == by_phonenumbers(typed, region), (typed, region)


@pytest.mark.parametrize("region", list(phones.QUICK))
def test_usual_ways_of_writing_are_quick(region):
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    for form in (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL):
        assert phones.quick(phonenumbers.format_number(number, form), region) == e164
    assert phones.quick(e164, "") == phones.quick(e164[1:], region) == e164


@pytest.mark.parametrize(
    ("typed", "region", "e164"),
    [
        ("067 111 22 33", "UA", "+380671112233"),
        ("671112233", "UA", "+380671112233"),
        ("+38 (067) 111-22-33", "KZ", "+380671112233"),
        ("８０６７", "UA", ""),
        ("０６７ １１１ ２２ ３３", "UA", "+380671112233"),
        ("٠٦٧١١١٢٢٣٣", "UA", "+380671112233"),
        ("067 111 22 33 доб. 12", "UA", "+380671112233"),
        ("044 111 22 33 ext. 5", "UA", "+380441112233"),
        (" 067 111 22 33\n", "UA", "+380671112233"),
        ("8 701 111 22 33", "KZ", "+77011112233"),
        ("8 916 111 22 33", "RU", "+79161112233"),
        ("7 701 111 22 33", "KZ", "+77011112233"),
        ("(212) 736-5000", "US", "+12127365000"),
        ("600 111 222", "PL", "+48600111222"),
        ("0721 111 222", "RO", "+40721111222"),
        ("0671112233, 0501112233", "UA", ""),
        ("112", "UA", ""),
        ("101", "UA", ""),
        ("+112", "", ""),
        ("0000000000", "UA", ""),
        ("12345", "UA", ""),
        ("call me", "UA", ""),
        ("", "UA", ""),
        ("0" * 65, "UA", ""),
        ("067 111 22 33", "", ""),
        ("067 111 22 33", "XX", ""),
    ],
)
def test_as_people_write(typed, region, e164):
    assert known(typed, region) == e164


@pytest.mark.parametrize("typed", ["8.05011E+10", "3,80671E+11", "3.80671E11", "8.05011e+10", "8 .05011E+10"])
def test_a_number_that_a_spreadsheet_has_changed_is_named(typed):
    with pytest.raises(BadPhone) as bad:
        phones.e164(typed, "UA")
    assert bad.value.reason == "phone_spreadsheet"


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("067 111 22 33, 050 111 22 33", ["067 111 22 33", "050 111 22 33"]),
        ("0671112233;0501112233", ["0671112233", "0501112233"]),
        ("0671112233/0501112233", ["0671112233", "0501112233"]),
        ("067/111-22-33", ["067/111-22-33"]),
        ("0671112233 або 0501112233", ["0671112233", "0501112233"]),
        ("+380671112233\n+380501112233", ["+380671112233", "+380501112233"]),
        (" ", []),
    ],
)
def test_two_in_a_cell(typed, parts):
    assert phones.several(typed) == parts
