"""What a file is by its content, whatever it is called; what to say of what is no table."""

import codecs

from django.utils.translation import gettext as _

_MARKS = (
    (b"\xd0\xcf\x11\xe0", "ole"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"\x1f\x8b", "archive"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"begin:vcard", "vcard"),
    (b"<!doctype", "page"),
    (b"<html", "page"),
    (b"<?xml", "page"),
    (b"<table", "page"),
    (b"<head", "page"),
    (b"<meta", "page"),
    (b"<body", "page"),
    (b"<style", "page"),
    (b"mime-version:", "page"),
    (b"{\\rtf", "document"),
)
_BEFORE = codecs.BOM_UTF8 + b" \t\r\n\f\v"  # what may stand before anything is said


def kind_of(start: bytes) -> str:
    """The file's kind by its first bytes: zip (perhaps a workbook), ole (an old or encrypted one), vcard, or what `not_csv` names.

    "" is what may be a table.
    """
    if start.startswith(b"PK\x03\x04"):
        return "zip"
    if start[:4] == b"RIFF" or start[4:8] == b"ftyp":
        return "image"
    begin = start
    if b"\0" in start[:64]:  # perhaps UTF-16
        begin = start.removeprefix(codecs.BOM_UTF16_LE).removeprefix(codecs.BOM_UTF16_BE).replace(b"\0", b"")
    begin = begin.lstrip(_BEFORE).lower()
    return next((kind for mark, kind in _MARKS if begin.startswith(mark.lower())), "")


def not_csv(kind: str) -> str:
    """What the file is, and what to do."""
    return {
        "pdf": _("This is not a CSV file but a PDF document. Save the table as CSV and upload that file."),
        "image": _("This is not a CSV file but a picture or a recording. Save the table as CSV and upload that file."),
        "archive": _("This is not a CSV file but an archive. Unpack it and upload the CSV file in it."),
        "vcard": _("This is not a CSV file but a file of contact cards (vCard). Save the contacts as CSV and upload that file."),
        "document": _("This is not a CSV file but a text document. Save the table as CSV and upload that file."),
        "page": _("This is not a CSV file but a web page or XML. Save the table as CSV and upload that file."),
        "binary": _("This is not a CSV file: it holds no text. Save the table as CSV and upload that file."),
    }[kind]
