"""The environment, read strictly: a value that is not what it should be stops the start with a sentence.

A file `.env` beside `manage.py` (lines `NAME=value`) fills what the environment does not set.
"""

import os
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
_TRUTH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def stop(sentence: str) -> NoReturn:
    """Print one sentence for the person at the terminal and leave with exit code 1."""
    sys.exit(f"Cotano cannot start: {sentence}")


def load(path: Path = ROOT / ".env") -> None:
    """Read `.env`; what the environment already sets wins."""
    if not path.is_file():
        return
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        stop(".env cannot be read as UTF-8 text.")
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.removeprefix("export ").partition("=")
        if not equals or not name.strip().isidentifier():
            stop(f"line {number} of .env is not NAME=value.")
        os.environ.setdefault(name.strip(), value.strip().strip("'\""))


def text(name: str, default: str = "") -> str:
    """The value as it stands; an empty one counts as not set."""
    return os.environ.get(name) or default


def flag(name: str, *, default: bool) -> bool:
    """A yes or no; anything else stops the start."""
    given = os.environ.get(name)
    if not given:
        return default
    if given.lower() not in _TRUTH:
        stop(f"{name} is {given!r}, expected yes or no.")
    return _TRUTH[given.lower()]


def number(name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
    """A whole number within bounds; anything else stops the start."""
    given = os.environ.get(name)
    if not given:
        return default
    if not given.isdecimal() or not least <= int(given) <= most:
        stop(f"{name} is {given!r}, expected a whole number from {least} to {most}.")
    return int(given)


def choice(name: str, default: str, *, among: tuple[str, ...]) -> str:
    """One of the words `among`, in any case; anything else stops the start."""
    given = text(name, default).upper()
    if given not in among:
        stop(f"{name} is {given!r}, expected one of {', '.join(among)}.")
    return given


def words(name: str) -> list[str]:
    """A list separated by commas or spaces."""
    return os.environ.get(name, "").replace(",", " ").split()


load()
