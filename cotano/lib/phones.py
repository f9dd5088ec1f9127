"""Phone numbers: one written form (E.164), one spoken form, links to call and to write."""

import re
from dataclasses import dataclass
from urllib.parse import quote

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat

REGIONS = phonenumbers.SUPPORTED_REGIONS
LONGEST = 64  # characters a person may type; a number with its extension is far shorter
SPREADSHEET = re.compile(r"\d+[.,]?\d*E\+?\d+", re.IGNORECASE)


QUICK = {"UA": 9, "KZ": 10, "RU": 10, "RO": 9, "PL": 9, "US": 10}  # regions that are known well: digits of an ordinary number
_DIGITS = str.maketrans("", "", " \u00a0().-/\u2010\u2011\u2012\u2013\u2014\u2015")
_TYPES = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan", "voicemail")
_BETWEEN = re.compile(r"[,;|\n\r]+|\s+(?:or|и|или|і|та|або)\s+|/(?=[\s(]*\+?\d(?:[^\d/]{0,3}\d){8})")


class BadPhone(ValueError):
    """Not a number one can call; `reason` is a key of cotano.jobs.reasons."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class _Plan:
    """How numbers of a region look: digits of the country's code, of the number behind it, the digit before it at home."""

    code: str
    size: int
    trunk: str
    own: re.Pattern[str]  # a number of this region
    shared: tuple[re.Pattern[str], ...]  # of any region with the same code


def _pattern(region: str) -> re.Pattern[str]:
    """What phonenumbers calls valid in the region: of the general form, and of one of the kinds of number."""
    data = PhoneMetadata.metadata_for_region(region)
    kinds = [kind.national_number_pattern for name in _TYPES if (kind := getattr(data, name)) and kind.national_number_pattern]
    return re.compile(f"(?=(?:{data.general_desc.national_number_pattern})$)(?:{'|'.join(f'(?:{kind})' for kind in kinds)})", re.ASCII)


def _plan(region: str) -> _Plan:
    """From phonenumbers' own data."""
    data = PhoneMetadata.metadata_for_region(region)
    shared = tuple(_pattern(other) for other in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[data.country_code])
    return _Plan(str(data.country_code), QUICK[region], data.national_prefix or "", _pattern(region), shared)


_PLANS = {region: _plan(region) for region in QUICK}
_BY_CODE = {plan.code: plan for plan in _PLANS.values()}
_CODES = tuple(sorted(_BY_CODE, key=len, reverse=True))


def quick(typed: str, region: str) -> str:
    """E.164 of a number written in a usual way; "" when only phonenumbers can say. Never another answer than that of phonenumbers."""
    if typed.isascii():
        digits = typed.encode().translate(None, b" ().-/").decode()
    elif not (digits := typed.translate(_DIGITS)).isascii():
        return ""
    if digits[:1] == "+":
        return _with_code(digits[1:]) if digits[1:].isdigit() else ""
    plan = _PLANS.get(region)
    return _at_home(digits, plan) if plan and digits.isdigit() else ""


def _with_code(digits: str) -> str:
    for code in _CODES:
        if digits.startswith(code):
            plan = _BY_CODE[code]
            number = digits[len(code) :]
            if len(number) == plan.size:
                for pattern in plan.shared:
                    if pattern.fullmatch(number):
                        return f"+{digits}"
            break
    return ""


def _at_home(digits: str, plan: _Plan) -> str:
    extra = len(digits) - plan.size
    if extra == 0:
        number = digits if digits[0] != plan.trunk else ""
    elif extra == len(plan.trunk) and digits.startswith(plan.trunk):
        number = digits[extra:]
    else:
        number = digits[extra:] if extra == len(plan.code) and digits.startswith(plan.code) else ""
    return f"+{plan.code}{number}" if number and plan.own.fullmatch(number) else ""


def e164(raw: str, region: str) -> str:
    """`067 111 22 33` in region `UA` -> `+380671112233`; raises BadPhone.

    `region` is a two-letter country code; numbers with a plus may be of any country.
    """
    typed = raw.strip()
    if len(typed) > LONGEST:
        raise BadPhone("phone")
    return quick(typed, region) or _asked(typed, region)


def _asked(typed: str, region: str) -> str:
    """The same by phonenumbers."""
    if SPREADSHEET.fullmatch(typed.replace(" ", "")):
        raise BadPhone("phone_spreadsheet")
    try:
        number = phonenumbers.parse(typed, region or None)
    except NumberParseException:
        raise BadPhone("phone") from None
    if not phonenumbers.is_valid_number(number):
        raise BadPhone("phone")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def several(raw: str) -> list[str]:
    """The numbers of a cell that holds more than one, as they were typed: `067 111 22 33, 050 111 22 33` -> two."""
    return [part.strip() for part in _BETWEEN.split(raw) if part and part.strip()]


def spoken(number: str) -> str:
    """`+380671112233` -> `+380 67 111 2233`, as the number's country writes it."""
    if not number:
        return ""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return number


def links(number: str, text: str = "") -> dict[str, str]:
    """Addresses that open the dialler or a messenger with `number` (E.164); empty without one."""
    if not number:
        return {}
    digits = number.lstrip("+")
    said = quote(text, safe="")
    return {
        "call": f"tel:{number}",
        "sms": f"sms:{number}" + (f"?body={said}" if said else ""),
        "whatsapp": f"https://wa.me/{digits}" + (f"?text={said}" if said else ""),
        "viber": f"viber://chat?number=%2B{digits}",
        "telegram": f"https://t.me/+{digits}",
    }


def beginnings(typed: str, region: str) -> set[str]:
    """How E.164 may begin for a number of which the first digits are typed: `067 11` in region `UA` -> `+3806711`."""
    digits = "".join(letter for letter in typed if letter in "0123456789")
    if "+" in typed:
        return {f"+{digits}"}
    if digits.startswith("00"):
        return {f"+{digits[2:]}"}
    country = str(phonenumbers.country_code_for_region(region)) if region else ""
    whole = {f"+{digits}"} if digits.startswith(country) else set()
    if not country:
        return whole
    prefix = phonenumbers.PhoneMetadata.metadata_for_region(region).national_prefix or ""
    return {f"+{country}{digits.removeprefix(prefix)}", *whole}
