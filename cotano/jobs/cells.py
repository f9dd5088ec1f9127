"""One cell of a file: what it means, or why it cannot be used."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal

from cotano.lib import phones, text
from cotano.lib.cells import guarded
from cotano.lib.phones import BadPhone

LONGEST = 4000  # characters of any cell
SHOWN = 60  # characters of a bad cell in its reason
EARLIEST = dt.date(1900, 1, 1)  # of a birthday
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(?::00)?(?:\.0+)?)?", re.ASCII)
_DMY = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;<>()\[\]\\\"]{1,64}@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
_MONEY = re.compile(r"[+-]?\d{1,12}(?:\.\d+)?", re.ASCII)
_NOISE = re.compile(r"[\W_]+")
_CURRENCIES = {  # as people write them, beside the three letters
    "UAH": "грн, гривна, гривня, гривны, гривні, гривень, ₴",
    "EUR": "euro, евро, євро, €",
    "USD": "dollar, доллар, долл, долар, дол, $",
    "KZT": "тенге, тг, ₸",
    "PLN": "zł, злотый, злотий",
    "RUB": "руб, рубль, рублей, ₽",
}
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d\d)", re.ASCII)
_YEARLESS = re.compile(r"(\d{1,2})\.(\d{1,2})\.?", re.ASCII)
_NO_DAY = re.compile(r"0{1,4}([./-])0{1,2}\1(?:0{4}|0{1,2})")
_SERIAL = re.compile(r"[1-5]\d{4}", re.ASCII)  # how a spreadsheet counts days; 10000 is in 1927
_FRACTION = re.compile(r"(\+?\d{9,15})\.0+", re.ASCII)  # a phone that a program took for a number
_EIGHT = re.compile(r"80\d{9}", re.ASCII)
_NOT_DIGITS = re.compile(r"[\s().\-/]+")
_YOUNGEST = 10  # years of somebody whose year of birth has two digits
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f'’]+")
_CURRENCY_OF = {word.strip(): code for code, words in _CURRENCIES.items() for word in words.split(",")}


class BadRow(Exception):
    """A line that cannot be used; `reason` is a key of cotano.jobs.reasons, `detail` is what its sentence names."""

    def __init__(self, reason: str, detail: object = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = str(detail)[:200]


def unguarded(cell: str) -> str:
    """The cell that an export guarded against being run as a formula."""
    return cell[1:] if cell.startswith("'") and guarded(cell[1:]) == cell else cell


def plain(word: str) -> str:
    """A heading or word without what people write differently: `E-mail` -> `email`, `Ім’я` -> `імя`, `Счёт` -> `счет`."""
    return _NOISE.sub("", word.casefold()).replace("ё", "е")


def spellings(words: str) -> tuple[str, ...]:
    """The words that stand here with commas between, on one line or several."""
    return tuple(" ".join(word.split()) for word in words.split(",") if word.strip())


def meanings(words: Mapping[str, str]) -> dict[str, str]:
    """From meaning -> spellings with commas between: spelling, as `plain` has it, -> meaning; a meaning is a spelling of itself."""
    return {plain(word): meaning for meaning, known in words.items() for word in (meaning, *spellings(known))}


def meaning(raw: str, column: str, known: Mapping[str, str]) -> str:
    """What a word means, of those that `meanings` made."""
    if (word := plain(raw)) not in known:
        raise BadRow("choice", f"{column}: {raw[:SHOWN]}")
    return known[word]


def currency(raw: str) -> str:
    """Three capital letters, also from `грн.` or `€`; whatever else it is as it is, "" for nothing."""
    word = raw.strip().rstrip(".")
    return _CURRENCY_OF.get(word.casefold(), word.upper())


def without_unit(heading: str) -> str:
    """A heading without what stands in brackets at its end, or a currency behind a comma: `Сума, грн.` -> `Сума`."""
    words = heading.strip()
    if words.endswith((")", "]")):
        words = re.split(r"[(\[]", words, maxsplit=1)[0]
    before, comma, unit = words.rpartition(",")
    return before if comma and re.fullmatch("[A-Z]{3}", currency(unit)) else words


def given(raw: str, column: str, longest: int) -> str:
    """A text in one line that must be there."""
    if not (words := optional(raw, column, longest)):
        raise BadRow("empty", column)
    return words


def optional(raw: str, column: str, longest: int) -> str:
    """A text in one line, or ""."""
    words = text.one_line(raw)
    if len(words) > longest:
        raise BadRow("too_long", column)
    return words


def name(raw: str) -> str:
    """A person's name."""
    words = text.one_line(raw)
    if not words:
        raise BadRow("name")
    if len(words) > text.NAME_LONGEST:
        raise BadRow("name_long", text.NAME_LONGEST)
    return words


def whole(raw: str, column: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    digits = raw.strip()
    if not re.fullmatch(r"[+-]?\d{1,10}", digits, re.ASCII) or not low <= int(digits) <= high:
        raise BadRow("number", f"{column}: {raw[:SHOWN]}")
    return int(digits)


def money(raw: str) -> Decimal:
    """An amount with at most two digits after the point or comma; thousands may stand apart."""
    plain = _SPACES.sub("", raw).replace("−", "-")
    if plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "").replace(",", ".") if plain.count(",") == 1 else plain.replace(",", "")
    else:
        plain = plain.replace(",", "")
    cents = plain.partition(".")[2]
    # Three digits after the only separator may be thousandths or thousands: nobody can tell, so it is refused.
    if not _MONEY.fullmatch(plain) or len(cents) == len("000") or cents[2:].strip("0"):
        raise BadRow("amount", raw[:SHOWN])
    amount = Decimal(plain).quantize(Decimal("0.01"))
    if abs(amount) >= Decimal(10) ** 10:
        raise BadRow("amount", raw[:SHOWN])
    return amount


def day(raw: str) -> dt.date:
    """A date as 2018-11-11, 11.11.2018 or 11/11/2018 (the day first)."""
    typed = raw.strip()
    if match := _ISO.fullmatch(typed):
        year, month, number = map(int, match.groups())
    elif match := _DMY.fullmatch(typed):
        number, month, year = map(int, match.groups())
    else:
        raise BadRow("date", raw[:SHOWN])
    try:
        return dt.date(year, month, number)
    except ValueError:
        raise BadRow("date", raw[:SHOWN]) from None


def born(raw: str, now: dt.date) -> tuple[dt.date | None, str]:
    """A birthday as people and address books write it, and a day without a year as `12.04.`; (None, "") where none is told.

    A year of two digits is the last one in which the person would be at least ten. Raises BadRow.
    """
    typed = raw.strip()
    if (usual := _usual(typed)) and EARLIEST <= usual <= now:
        return usual, ""
    if not typed or _NO_DAY.fullmatch(typed):
        return None, ""
    if match := _YEARLESS.fullmatch(typed):
        number, month = map(int, match.groups())
        try:
            dt.date(2000, month, number)  # a leap year
        except ValueError:
            raise BadRow("date", raw[:SHOWN]) from None
        return None, f"{number:02}.{month:02}."
    if match := _DOTTED.fullmatch(typed):
        year = now.year // 100 * 100 + int(match[3])
        typed = f"{match[1]}.{match[2]}.{year - 100 if year > now.year - _YOUNGEST else year}"
    found = dt.date(1899, 12, 30) + dt.timedelta(days=int(typed)) if _SERIAL.fullmatch(typed) else day(typed)
    if not EARLIEST <= found <= now:
        raise BadRow("birthday", raw[:SHOWN])
    return found, ""


def _usual(typed: str) -> dt.date | None:
    """1990-04-12 or 12.04.1990, as most lines of a file have it; whatever else is left to the patterns."""
    if typed[2:6:3] == "..":
        typed = f"{typed[6:]}-{typed[3:5]}-{typed[:2]}"
    try:
        return dt.date.fromisoformat(typed) if typed[4:8:3] == "--" else None
    except ValueError:
        return None


def email(raw: str) -> str:
    """An e-mail address in small letters, or ""."""
    address = raw.strip().lower()
    if address and (len(address) > 254 or not _EMAIL.fullmatch(address)):  # noqa: PLR2004  the longest there is
        raise BadRow("email", raw[:SHOWN])
    return address


def phone(raw: str, region: str) -> str:
    """E.164, or ""."""
    if not raw.strip():
        return ""
    try:
        return phones.e164(" ".join(raw.split()), region)  # whatever the spaces are
    except BadPhone as bad:
        try:
            return phones.e164(_mended(raw, region), region)
        except BadPhone:
            raise BadRow(bad.reason, raw.strip()[:SHOWN]) from None


def _mended(raw: str, region: str) -> str:
    """A phone as a program or an old habit spoilt it: `380671112233.0`, in Ukraine `8 (067) 111-22-33`."""
    typed = text.one_line(raw)
    if match := _FRACTION.fullmatch(typed):
        typed = match[1]
    digits = _NOT_DIGITS.sub("", typed)
    return f"+3{digits}" if region == "UA" and _EIGHT.fullmatch(digits) else typed
