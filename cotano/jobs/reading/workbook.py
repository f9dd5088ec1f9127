"""An Excel workbook, read by a process of its own that may spend little: whatever is wrong with the file, only that process ends."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from time import monotonic
from typing import IO, Any

from django.utils.translation import gettext as _

from cotano.jobs.reading.base import COLUMNS, Choice, How, Line, Rows, Source, Table, checked, headings_of
from cotano.jobs.refusals import Refusal

BYTES = 30_000_000
ROWS = 200_000
WALL = 60  # seconds waited for the process
_CHILD = Path(__file__).with_name("workbook_child.py")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHUNK = 2**16
_TOP = 20  # rows among which the headings are


class _Unreadable(Exception):
    """Why the process gave up, and a detail."""


def table(source: Source, choice: Choice, place: Callable[[Rows], int]) -> Table:
    """Read the headings of a sheet; `place` tells which of its first rows they are. Raises Refusal for what is no plain workbook."""
    book = _Book(source)
    about, rows = book.open(choice.sheet)
    top = list(islice(rows, _TOP))
    if not top:
        raise Refusal(_("There are no rows in this file."))
    first, cells = top[place(cells for _number, cells in top)]
    if len(cells) > COLUMNS:
        raise Refusal(_("This file has %(count)s columns; %(most)s are allowed.") % {"count": about["columns"], "most": COLUMNS})
    headings = headings_of(cells)
    waiting = [chain(top, rows)]  # what has been opened to see the headings goes on for the first who asks for the lines

    def records() -> Iterator[Line]:
        rows = waiting.pop() if waiting else book.open(about["sheet"])[1]
        count, wanted = 0, len(headings)
        for number, cells in rows:
            if number <= first:
                continue
            count += 1
            if count > ROWS:
                raise Refusal(_("This sheet has more than %(most)s rows. Split it, or save it as CSV UTF-8.") % {"most": ROWS})
            padded = cells if len(cells) >= wanted else cells + [""] * (wanted - len(cells))
            if line := checked(number, padded, headings, whole=False):
                yield line

    how = How("xlsx", sheet=about["sheet"], sheets=about["sheets"])
    return Table(how, headings, records, about["rows"])


def refused_container(source: Source) -> str:
    """What to say of a file in Microsoft's old container: a workbook with a password, or one of an old Excel."""
    rest = b""
    for piece in source():
        if _ENCRYPTED in rest + bytes(piece):
            return _sentence("password")
        rest = bytes(piece[-len(_ENCRYPTED) :])
    return _sentence("old")


class _Book:
    """The file, and the processes that read it."""

    def __init__(self, source: Source) -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the table
        size = 0
        for piece in source():
            size += len(piece)
            if size > BYTES:
                raise Refusal(_("This workbook is larger than %(most)s MB. Save the sheet as CSV UTF-8.") % {"most": BYTES // 10**6})
            self.file.write(piece)
        self.file.flush()

    def open(self, sheet: str) -> tuple[dict[str, Any], Iterator[tuple[int, list[str]]]]:
        """What the workbook is, and the rows of the sheet with their numbers."""
        blocks = self._blocks(sheet)
        try:
            about = next(blocks)
        except _Unreadable as why:
            raise Refusal(_sentence(*why.args)) from None
        return about, self._rows(blocks)

    def _rows(self, blocks: Iterator[Any]) -> Iterator[tuple[int, list[str]]]:
        try:
            for block in blocks:
                yield from block
        except _Unreadable as why:
            raise Refusal(_sentence(*why.args)) from None

    def _blocks(self, *arguments: str) -> Iterator[Any]:
        """What the process says, decoded."""
        self.file.seek(0)
        child = subprocess.Popen(  # noqa: S603  our own file
            [sys.executable, "-I", str(_CHILD), *arguments],
            stdin=self.file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            bufsize=0,
        )
        try:
            for line in _lines(child.stdout):
                block = json.loads(line)
                if isinstance(block, dict) and "error" in block:
                    raise _Unreadable(block["error"], block["detail"])
                yield block
            if code := child.wait(WALL):
                far = code in {-signal.SIGABRT, -signal.SIGSEGV} and len(arguments) == 1
                raise _Unreadable(*(next(self._blocks(*arguments, "far")) if far else ("memory", "")))
        finally:
            child.kill()
            child.wait()
            child.stdout.close()


def _lines(pipe: IO[bytes]) -> Iterator[bytes]:
    """The lines that come through the pipe; raises when too much time is spent waiting for them."""
    poll, left, rest = select.poll(), float(WALL), []
    poll.register(pipe, select.POLLIN | select.POLLHUP)
    while True:
        began = monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise _Unreadable("memory", "")
        left -= monotonic() - began
        data = os.read(pipe.fileno(), _CHUNK)
        if not data:
            return
        *lines, last = data.split(b"\n")
        if lines:
            yield b"".join([*rest, lines[0]])
            yield from lines[1:]
            rest = []
        rest.append(last)


def _sentence(why: str, detail: str = "") -> str:
    """What is wrong with the workbook, and what to do."""
    sentence = {
        "password": _("This workbook is protected by a password. Open it, save it without the password and upload it again."),
        "macros": _("This workbook holds macros. Open it, choose “Save as” and “Excel workbook (.xlsx)”, then upload that file."),
        "old": _("This is a file of an old Excel. Open it, choose “Save as” and “Excel workbook (.xlsx)”, then upload that file."),
        "binary": _("This is a binary workbook. Open it, choose “Save as” and “Excel workbook (.xlsx)”, then upload that file."),
        "open": _("This is an OpenDocument file. Open it, choose “Save as” and “Excel workbook (.xlsx)”, then upload that file."),
        "document": _("This is a document, not a workbook. Copy the table into a spreadsheet and upload that."),
        "archive": _("This is an archive. Unpack it and upload the file in it."),
        "entries": _("This workbook has too many parts. Copy the table into a new workbook and upload that."),
        "bomb": _("This workbook unpacks to far too much. Copy the table into a new workbook and upload that."),
        "sheet": _("There is no such sheet in this workbook."),
        "empty": _("There are no rows in this file."),
        "far": _("The cell %(cell)s stands far away from the table. Delete what is around it, save the workbook and upload it again."),
        "memory": _("This workbook is too large to be read. Save the sheet as CSV UTF-8 and upload that file."),
        "damaged": _("This workbook is damaged. Open it, save it again and upload it."),
    }[why]
    return sentence % {"cell": detail} if detail else sentence
