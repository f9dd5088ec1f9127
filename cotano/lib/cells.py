"""Cells of a file that people open in a spreadsheet."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are the full-width ones
_FIRST = frozenset((*_FORMULA, "'"))


def guarded(value: object) -> object:
    """The value for a cell of a file: a text that a spreadsheet would run as a formula gets an apostrophe before it.

    So does one that would after its own apostrophes: taking one away again restores every text as it was.
    """
    if isinstance(value, str) and value[:1] in _FIRST and value.lstrip("'").startswith(_FORMULA):
        return f"'{value}"
    return value
