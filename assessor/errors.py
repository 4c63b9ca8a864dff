"""What went wrong, where it stands and how to mend it.

Every exception of this package is an `AssessorError`. The library raises and never prints; a
message reads `what is wrong; how to mend it`, and shows the value that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from typing import NamedTuple

SHOWN_CHARACTERS = 60
SHOWN_NAMES = 12
# Long enough for any name of a field, short enough for difflib, whose time grows with the square.
COMPARED_CHARACTERS = 200


class Fault(NamedTuple):
    """One mistake and its place; line and column count from 1, and 0 means not known.

    In a table, whose columns have letters, they are row and column, in a workbook of the sheet that
    is named.
    """

    file: str
    line: int
    column: int
    message: str
    sheet: str = ""
    table: bool = False

    def __str__(self) -> str:
        """FILE:LINE:COLUMN: message, on one line, without what is not known.

        In a workbook FILE:SHEET!CELL: message, with the cell as spreadsheets write it: H12. In
        another table the column is a letter too.
        """
        place = [self.file]
        if self.sheet:
            cell = f"!{letters(max(self.column, 1))}{self.line}" if self.line else ""
            place.append(f"{_quoted(self.sheet)}{cell}")
        elif self.line:
            column = letters(self.column) if self.table else str(self.column)
            place += [str(self.line), *([column] if self.column else [])]
        return printable(f"{':'.join(place)}: {self.message}")


def letters(column: int) -> str:
    """What spreadsheets call a column that counts from 1: A, Z, AA."""
    name = ""
    while column:
        column, place = divmod(column - 1, 26)
        name = chr(ord("A") + place) + name
    return name


def _quoted(sheet: str) -> str:
    """The name of a sheet as a spreadsheet's formula has it."""
    if sheet.isidentifier():
        return sheet
    return "'{}'".format(sheet.replace("'", "''"))


class AssessorError(Exception):
    """Anything this package refuses to do: catch this to catch all of it."""


class InputError(AssessorError):
    """The input or the call is wrong; `faults` holds every mistake that was found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        # The one argument lets the exception be copied from process to process.
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))


class PdfUnavailable(AssessorError):
    """Pango is not installed, so there is no PDF; the message is the line that installs it."""


def nearest(wrong: str, known: Iterable[str]) -> str:
    """The way out of a wrong name: "did you mean 'x'?", else 12 known names, "" for none known."""
    names = list(dict.fromkeys(known))
    folded = {name.casefold()[:COMPARED_CHARACTERS]: name for name in reversed(names)}
    close = get_close_matches(wrong.casefold()[:COMPARED_CHARACTERS], folded, n=1)
    if close:
        return f"did you mean {shown(folded[close[0]])}?"
    if not names:
        return ""
    more = len(names) - SHOWN_NAMES
    listed = ", ".join(shorten(name) for name in islice(names, SHOWN_NAMES))
    return f"known: {listed}" + (f" and {more} more" if more > 0 else "")


def shown(value: object) -> str:
    """A value as a message shows it: text in quotes, at most 60 characters, nothing invisible."""
    return f"'{shorten(value)}'" if isinstance(value, str) else shorten(str(value))


def shorten(text: str) -> str:
    """The first 60 characters of a text, with an ellipsis where there were more."""
    if len(text) > SHOWN_CHARACTERS:
        text = text[: SHOWN_CHARACTERS - 1] + "…"
    return printable(text)


def printable(text: str) -> str:
    r"""Text with every control, surrogate or invisible character as its escape, such as \x1b."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
