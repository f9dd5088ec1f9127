"""Runs alone, in a process with little to spend: reads one sheet of an Excel workbook and writes its rows as JSON, a block a line.

The workbook is the standard input, the sheet's name (or "") the argument. First comes what the workbook is ({"error": ...} or
{"sheets", "sheet", "rows", "columns"}), then lists of [row's number, cells]. With a second argument it says only which cell of a
workbook that broke the limits stands too far away. Nothing of the product is imported here.
"""

import datetime as dt
import json
import os
import re
import resource
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

CPU = 20  # seconds
MEMORY = 512 * 2**20
ENTRIES = 5000
DIRECTORY = 2**20  # bytes of the archive's list of entries
UNPACKED = 400 * 2**20
SMALL = 10 * 2**20  # unpacked, above which the rate of packing is looked at
RATE = 300
ROWS, BLOCK = 200, 2**16  # rows and characters sent at once
COLUMNS, LONGEST = 101, 4001  # one more than a table may have, so that it is seen
EMPTY_SHEETS = 20  # looked at for the first one with something on it
EXACT = 10**15  # whole numbers below this are exact in a workbook
_FAR = re.compile(rb'\br="([A-Z]{3}\d{1,7}|[A-Z]{1,2}\d{7})"')
_END = struct.Struct("<4s4H2LH")


class Unusable(Exception):
    """A workbook that is not read; the word says why."""


def main() -> None:
    """Read what is asked for, or say why not."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        with os.fdopen(0, "rb") as file:
            check(file)
            file.seek(0)
            if len(sys.argv) > 2:  # noqa: PLR2004  a second argument
                say({"error": "far" if (cell := furthest(file)) else "memory", "detail": cell})
            else:
                read(file, sys.argv[1])
    except Unusable as why:
        say({"error": why.args[0], "detail": why.args[1] if len(why.args) > 1 else ""})
    except MemoryError:
        say({"error": "memory", "detail": ""})
    except BrokenPipeError:
        os._exit(0)
    except Exception:  # noqa: BLE001  whatever is wrong with it, the workbook cannot be read
        say({"error": "damaged", "detail": ""})


def say(block: object) -> None:
    """One line."""
    sys.stdout.buffer.write(json.dumps(block, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def check(file: object) -> None:
    """Refuse what is no plain workbook, or unpacks to too much, before anything is built of it."""
    file.seek(0, os.SEEK_END)
    size = file.tell()
    file.seek(max(0, size - 2**16 - _END.size))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise Unusable("damaged")
    _mark, _disk, _first, _here, entries, directory, _offset, _comment = _END.unpack_from(tail, at)
    if entries > ENTRIES or directory > DIRECTORY:
        raise Unusable("entries")
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        check_parts(archive, parts)
    left = UNPACKED
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            for piece in unpacked_pieces(file, part):
                left -= len(piece)
                if left < 0:
                    raise Unusable("bomb")


def check_parts(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """The same by what the archive declares."""
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise Unusable(other(archive, names))
    if any("vbaproject" in name.lower() or "/macrosheets/" in name.lower() for name in names):
        raise Unusable("macros")
    if any(part.flag_bits & 1 for part in parts):
        raise Unusable("password")
    if len(parts) > ENTRIES:
        raise Unusable("entries")
    packed, unpacked = sum(part.compress_size for part in parts), sum(part.file_size for part in parts)
    if unpacked > UNPACKED or (unpacked > SMALL and unpacked > RATE * max(packed, 1)):
        raise Unusable("bomb")


def other(archive: zipfile.ZipFile, names: set[str]) -> str:
    """What an archive without a workbook is."""
    if "xl/workbook.bin" in names:
        return "binary"
    if "mimetype" in names:
        with archive.open("mimetype") as part:
            if part.read(200).startswith(b"application/vnd.oasis.opendocument"):
                return "open"
    return "document" if "[Content_Types].xml" in names else "archive"


def unpacked_pieces(file: object, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What really comes out of an entry, whatever its head declares."""
    file.seek(part.header_offset)
    head = file.read(30)
    if head[:4] != b"PK\x03\x04":
        raise Unusable("damaged")
    file.seek(part.header_offset + 30 + sum(struct.unpack("<2H", head[26:30])))
    left, out = part.compress_size, 0
    inflate = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    if inflate is None and part.compress_type != zipfile.ZIP_STORED:
        raise Unusable("damaged")
    while left > 0 and (data := file.read(min(left, 2**16))):
        left -= len(data)
        while data:
            piece = inflate.decompress(data, 2**20) if inflate else data
            data = inflate.unconsumed_tail if inflate else b""
            out += len(piece)
            if out > SMALL and out > RATE * (part.compress_size - left):
                raise Unusable("bomb")
            yield piece


def read(file: object, wanted: str) -> None:
    """Write the sheet."""
    workbook = CalamineWorkbook.from_filelike(file)
    sheets = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]
    if wanted and wanted not in sheets:
        raise Unusable("sheet")
    for name in [wanted] if wanted else sheets[:EMPTY_SHEETS]:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.height:
            break
    else:
        raise Unusable("empty")
    say({"sheets": sheets, "sheet": name, "rows": sheet.total_height + 1, "columns": sheet.total_width + 1})
    write(sheet)


def write(sheet: CalamineSheet) -> None:
    """Every row that is not blank, with its number in the sheet."""
    block: list[tuple[int, list[str]]] = []
    size = 0
    for number, row in enumerate(sheet.iter_rows(), 1):  # from the first row, blank ones too
        cells = [cell if type(cell) is str else plain(cell) for cell in row]
        if not cells[-1] or len(cells) > COLUMNS:
            cells = cells[:COLUMNS]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                continue
        letters = sum(map(len, cells))
        if letters > LONGEST:
            cells = [cell[:LONGEST] for cell in cells]
        block.append((number, cells))
        size += letters
        if size >= BLOCK or len(block) >= ROWS:
            say(block)
            block, size = [], 0
    if block:
        say(block)


def furthest(file: object) -> str:
    """The cell that stands furthest to the right, if it is beyond any table; else "". For a workbook that could not be read."""
    far = b""
    with zipfile.ZipFile(file) as archive:
        for part in archive.infolist():
            if part.filename.startswith("xl/worksheets/"):
                rest = b""
                for piece in unpacked_pieces(file, part):
                    for found in _FAR.finditer(rest + piece):
                        far = max(far, found[1])
                    rest = piece[-40:]
    return far.decode()


def plain(cell: object) -> str:
    """A cell as a person would type it: no `.0`, no `E+11`, dates as 2018-11-16."""
    if type(cell) is float:
        return str(int(cell)) if cell.is_integer() and abs(cell) < EXACT else f"{cell:.15g}"
    if type(cell) is dt.date:
        return str(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    return str(cell)


if __name__ == "__main__":
    main()
