"""In which encoding a text file is written.

A mark at the beginning decides; else UTF-8 if all of the file is, or most of its letters are (a program that cut a text between
two bytes breaks one letter, not the file); else, of the code pages of our countries, the one in which the letters make words.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cotano.jobs.reading.base import LINE, PIECE, Source, beginning
from cotano.jobs.reading.marks import not_csv
from cotano.jobs.refusals import Refusal

TITLES: dict[str, str | Promise] = {  # what can be chosen
    "utf-8": "UTF-8",
    "cp1251": gettext_lazy("Cyrillic (Windows-1251)"),
    "koi8-u": gettext_lazy("Cyrillic (KOI8-U)"),
    "cp866": gettext_lazy("Cyrillic (DOS, 866)"),
    "cp1250": gettext_lazy("Central European (Windows-1250)"),
    "cp1252": gettext_lazy("Western (Windows-1252)"),
    "utf-16-le": "UTF-16",
    "utf-16-be": gettext_lazy("UTF-16, the other way round"),
}
_BOM = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_SAMPLE = 2**16  # bytes of which the letters are weighed, from the first line that has any
_CONTROL = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f]")
_BINARY = 50  # one control character in so many is no text any more,
_STRAY = 8  # but a few are forgiven
_WORD = re.compile(r"[^\s\d,;|\"'()<>@.:/+\-_]*[^\x00-\x7f][^\s\d,;|\"'()<>@.:/+\-_]*")
# Letters in the order of their frequency: Cyrillic of Ukrainian and Russian together, and what our Latin languages add to a-z.
_COMMON = {
    "cp1251": "оаиентрвслкмдпіуяьгзбйчхжєшюїцщыэфґёъ",
    "koi8-u": "оаиентрвслкмдпіуяьгзбйчхжєшюїцщыэфґёъ",
    "cp866": "оаиентрвслкмдпіуяьгзбйчхжєшюїцщыэфґёъ",
    "cp1250": "łąęóśżćńźăţîâşáéíčěřšžýůúőöüűäôďťňľ",
    "cp1252": "éäüößèçñáíóúêàâôîëïãõåøæûùìòœ",
}
_CYRILLIC = ("cp1251", "koi8-u", "cp866")
_VOWELS = frozenset("аеєиіїоуыэюя")
_SAFE = "\u00a0«»„“”‚‘’–—…№§©®°·•"  # signs that stand beside letters in any country


@dataclass(frozen=True)
class Letters:
    """What is known of a text: how to decode it, lines in it, and whether every letter could be read."""

    encoding: str
    newlines: int
    whole: bool
    codec: str = ""  # of Python, one that swallows the mark at the beginning

    @property
    def offered(self) -> list[str]:
        """What a person may choose."""
        return list(TITLES)


def errors(encoding: str) -> str:
    """What becomes of bytes that are no letter in this encoding."""
    if encoding == "utf-8":
        return "surrogateescape"
    return "surrogatepass" if encoding.startswith("utf-16") else "replace"


def find_out(source: Source, wanted: str = "", longest: float = LINE) -> Letters:
    """How the bytes are to be read; `wanted` is a person's choice.

    Raises Refusal for what is no text, or has a line of more than `longest` characters (a little more may pass).
    """
    if wanted and wanted not in TITLES:
        raise Refusal(_("Choose one of the encodings."))
    start = beginning(source, PIECE)
    marked = next((name for mark, name in _BOM.items() if start.startswith(mark)), "") or _wide(start)
    encoding = wanted or marked or "utf-8"
    strict = encoding == "utf-8" and not wanted
    try:
        return _counted(source, encoding, "strict" if strict else errors(encoding), longest, whole=strict)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise Refusal(_("The letters of this file cannot be read. Save it as CSV UTF-8.")) from None
    if not marked and not _is_mostly_utf8(source):
        encoding = likeliest(_worth_weighing(source))
    return _counted(source, encoding, errors(encoding), longest, whole=False)


def likeliest(sample: bytes) -> str:
    """The code page in which the letters beyond ASCII make the best words."""
    scores = {encoding: _weight(sample.decode(encoding, "replace"), encoding) for encoding in _COMMON}
    return max(scores, key=scores.__getitem__)


def _weight(text: str, encoding: str) -> float:
    """How much like words the text is: up to 1 for a letter, less for a rare one, below 0 for what does not belong in a word."""
    common = {letter: 1 - 0.7 * n / len(_COMMON[encoding]) for n, letter in enumerate(_COMMON[encoding])}
    cyrillic, score = encoding in _CYRILLIC, 0.0
    for word in islice(_WORD.finditer(text), 5000):
        before = ""
        shouted = word[0].isupper()
        mixed = cyrillic == any("a" <= letter <= "z" for letter in word[0].lower())
        for letter in word[0]:
            if letter > "\x7f" and letter not in _SAFE:
                score += common.get(letter.lower(), -1.0 if letter.isalpha() else -2.0)
                if cyrillic:
                    score -= mixed + 0.1 * shouted + (letter.isupper() and before.islower())
                    score += 0.5 * ((letter.lower() in _VOWELS) != (before.lower() in _VOWELS))
                else:
                    score -= 0.5 * mixed + 0.5 * (before > "\x7f")
            before = letter
    return score


def _worth_weighing(source: Source) -> bytes:
    """The first lines that hold letters beyond ASCII."""
    found, rest = b"", b""
    for piece in _windows(source):
        lines = (rest + piece).splitlines(keepends=True)
        rest = lines.pop() if len(lines[-1]) < LINE else b""
        found += b"".join(line for line in lines if not line.isascii())
        if len(found) >= _SAMPLE:
            break
    return (found or rest)[:_SAMPLE] if len(found) >= _SAMPLE else (found + rest)[:_SAMPLE]


def _wide(start: bytes) -> str:
    """UTF-16 without a mark: every other byte is 0, or that of the Cyrillic alphabet."""
    start = start[: len(start) // 2 * 2]
    even, odd = start[::2], start[1::2]
    high, half = b"\0\x04", len(odd) * 0.9
    if b"\0" not in start or not half:
        return ""
    if sum(map(odd.count, high)) >= half > sum(map(even.count, high)):
        return "utf-16-le"
    return "utf-16-be" if sum(map(even.count, high)) >= half else ""


def _is_mostly_utf8(source: Source) -> bool:
    """Whether more letters beyond ASCII can be read as UTF-8 than bytes cannot."""
    decoder, good, broken = codecs.getincrementaldecoder("utf-8")("surrogateescape"), 0, 0
    for piece in _windows(source):
        if piece.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(piece)
        readable = len(text.encode("utf-8", "ignore").decode())
        good += readable - len(text.encode("ascii", "ignore"))
        broken += len(text) - readable
    return good > broken


def _windows(source: Source) -> Iterator[bytes]:
    """The bytes in pieces of a bounded size."""
    for piece in source():
        if len(piece) <= PIECE:
            yield bytes(piece)
            continue
        view = memoryview(piece)
        for n in range(0, len(view), PIECE):
            yield bytes(view[n : n + PIECE])


def _counted(source: Source, encoding: str, how: str, longest: float, *, whole: bool) -> Letters:
    """Read all of the file as text; raises UnicodeDecodeError, and Refusal for what is no text or never ends a line."""
    decoder, newlines, open_since, controls, size = codecs.getincrementaldecoder(encoding)(how), 0, 0, 0, 0
    for piece in chain(_windows(source), [b""]):
        text = decoder.decode(piece, final=not piece)
        size += len(text)
        if (found := len(_CONTROL.findall(text))) and (controls := controls + found) > max(size / _BINARY, _STRAY):
            raise Refusal(not_csv("binary"))
        if "\0" in text:
            whole = False
        end = max(text.rfind("\n"), text.rfind("\r"))
        open_since = len(text) - end if end >= 0 else open_since + len(text)
        newlines += text.count("\n") or text.count("\r")
        if open_since > longest:
            raise Refusal(_("Line %(line)s is too long for a table.") % {"line": newlines + 1})
    codec = {"utf-8": "utf-8-sig"}.get(encoding, encoding)
    if encoding.startswith("utf-16") and beginning(source, 2) in _BOM:
        codec = "utf-16"
    return Letters(encoding, newlines, whole, codec)
