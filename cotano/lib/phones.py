"""Phone numbers: one written form (E.164), one spoken form, links to call and to write."""

import re
from urllib.parse import quote

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

REGIONS = phonenumbers.SUPPORTED_REGIONS
LONGEST = 64  # characters a person may type; a number with its extension is far shorter
SPREADSHEET = re.compile(r"\d+[.,]?\d*E\+?\d+", re.IGNORECASE)


class BadPhone(ValueError):
    """Not a number one can call; `reason` is a key of cotano.jobs.reasons."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def e164(raw: str, region: str) -> str:
    """`067 111 22 33` in region `UA` -> `+380671112233`; raises BadPhone.

    `region` is a two-letter country code; numbers with a plus may be of any country.
    """
    typed = raw.strip()
    if SPREADSHEET.fullmatch(typed.replace(" ", "")):
        raise BadPhone("phone_spreadsheet")
    if len(typed) > LONGEST:
        raise BadPhone("phone")
    try:
        number = phonenumbers.parse(typed, region or None)
    except NumberParseException:
        raise BadPhone("phone") from None
    if not phonenumbers.is_valid_number(number):
        raise BadPhone("phone")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


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
