"""What the XML of a workbook says of a sheet beyond its values, and a reader of values keeps quiet.

That is how large the sheet is, which formulas fail or were never worked out, which figures show as
percent, which cells are merged, and which other sheets hold something. What is read is hostile:
every pattern ends at the next tag, no entity is expanded, and nothing is built for a cell unless
there is something to tell of it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

Place = tuple[int, int]  # row and column from 1
Area = tuple[int, int, int, int]  # first and last row, first and last column

MAX_PART = 20_000_000  # bytes of a part other than a sheet
_BLOCK, _LONGEST = 2**22, 16  # bytes that are searched at once; those of a place
_BLANK = ord(" ")
_START = 50_000  # bytes of a sheet that is only asked whether it holds anything

_CELL = re.compile(rb'\br=["\']([A-Z]{1,3})([0-9]{1,7})["\']')
_SPACED = re.compile(rb'\br\s*=\s*["\']([A-Z]{1,3})([0-9]{1,7})')
_FAILED = re.compile(rb'<(?:\w+:)?c\b(?=[^<>]*\bt=["\']e["\'])([^<>]*)>')
# A formula with no value behind it, or with nothing but a nought.
_BARE = re.compile(
    rb"<(?:\w+:)?c\b([^<>]*)>\s*<(?:\w+:)?f\b[^<>]*>(?:[^<]*</(?:\w+:)?f>)?\s*"
    rb"(?:<(?:\w+:)?v\b[^<>]*>(0?)(?:</(?:\w+:)?v>)?)?\s*</(?:\w+:)?c>"
)
_STYLE = re.compile(rb'\bs=["\']([0-9]{1,6})["\']')
_STYLED = re.compile(rb'<(?:\w+:)?c\b([^<>]*\bs=["\'][0-9]{1,6}["\'][^<>]*)>')
_MERGED = re.compile(
    rb'<(?:\w+:)?mergeCell\b[^<>]*\bref=["\']'
    rb'([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})["\']'
)
_ANY_CELL = re.compile(rb"<(?:\w+:)?c\b")
_LITERAL = re.compile(r'"[^"]*"|\\.|_.')  # what a format of numbers shows as it stands
_PERCENT = {"9", "10"}  # the built-in formats 0% and 0.00%


@dataclass(frozen=True)
class Sheet:
    """What there is to tell of a sheet: its size, and places in it."""

    rows: int = 0
    columns: int = 0
    failed: Sequence[Place] = ()
    bare: Sequence[Place] = ()  # formulas without a value
    percent: Sequence[Place] = ()
    merged: Sequence[Area] = ()


class Parts:
    """The parts of a workbook; ValueError where one is no part of any."""

    def __init__(self, book: zipfile.ZipFile) -> None:
        self._book = book
        self._names = set(book.namelist())
        self._index = self._elements("xl/workbook.xml")
        self._sheets = list(self._found())

    def sheets(self, number: int) -> list[Sheet]:
        """The sheet of that number; or the sizes of all, where its part is not told as usual."""
        name = self._sheets[number] if number < len(self._sheets) else ""
        if name:
            return [self._look_at(name)]
        parts = sorted(one for one in self._names if one.startswith("xl/worksheets/"))
        return [_size(self._book.read(one)) for one in parts if one.endswith(".xml")]

    def holds(self, number: int) -> bool:
        """Whether any cell stands in the sheet of that number, as far as can be seen quickly."""
        name = self._sheets[number] if number < len(self._sheets) else ""
        if not name:
            return False
        with self._book.open(name) as part:
            return bool(_ANY_CELL.search(part.read(_START)))

    def _found(self) -> list[str]:
        """The part that holds each sheet; "" where there is none such."""
        links = {
            link.get("Id", ""): link.get("Target", "").removeprefix("/xl/")
            for name, link in self._elements("xl/_rels/workbook.xml.rels")
            if name == "Relationship"
        }
        listed = [one.get("id", "") for name, one in self._index if name == "sheet"]
        parts = [f"xl/{links.get(one, '')}" for one in listed]
        return [part if part in self._names else "" for part in parts]

    def _elements(self, part: str) -> list[tuple[str, dict[str, str]]]:
        """The elements of a small part as they come, with their attributes; none for no part."""
        if part not in self._names:
            return []
        if self._book.getinfo(part).file_size > MAX_PART:
            raise ValueError(f"{part} has more than {MAX_PART // 10**6} MB")
        found: list[tuple[str, dict[str, str]]] = []

        def begin(name: str, attributes: dict[str, str]) -> None:
            found.append((_local(name), {_local(key): said for key, said in attributes.items()}))

        def refuse(*_: object) -> None:
            raise ValueError(f"{part} declares entities")

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EntityDeclHandler = begin, refuse
        try:
            parser.Parse(self._book.read(part), True)
        except expat.ExpatError as error:
            raise ValueError(f"{part}: {error}") from None
        return found

    def _look_at(self, name: str) -> Sheet:
        sheet = self._book.read(name)
        size = _size(sheet)
        failed, bare, percent = [], [], []
        if b't="e"' in sheet or b"t='e'" in sheet:
            failed = [_place(attributes) for attributes in _FAILED.findall(sheet)]
        if b"f>" in sheet:
            waits = self._waits
            bare = [
                _place(attributes)
                for attributes, zero in _BARE.findall(sheet)
                if (waits or not zero) and not re.search(rb't=["\']str["\']', attributes)
            ]
        if (styles := self._percent_styles()) and not styles.isdisjoint(_STYLE.findall(sheet)):
            percent = [
                _place(attributes)
                for attributes in _STYLED.findall(sheet)
                if _STYLE.findall(attributes)[0] in styles
            ]
        merged = [
            (int(top), int(bottom), _number(left), _number(right))
            for left, top, right, bottom in _MERGED.findall(sheet, sheet.rfind(b"sheetData>") + 1)
        ]
        heights = (min(bottom, size.rows) - top + 1 for top, bottom, _, _ in merged)
        if sum(height for height in heights if height > 0) > size.rows * size.columns:
            raise ValueError("merged cells lie over each other")
        return Sheet(size.rows, size.columns, failed, bare, percent, merged)

    @property
    def _waits(self) -> bool:
        """Whether formulas are to be worked out when the workbook is opened, as scripts say."""
        told = [one.get("fullCalcOnLoad") for name, one in self._index if name == "calcPr"]
        return "1" in told or "true" in told

    def _percent_styles(self) -> set[bytes]:
        """The numbers of the styles that show a figure as percent."""
        formats, styles, group = set(_PERCENT), [], ""
        for name, one in self._elements("xl/styles.xml"):
            if name == "numFmt" and "%" in _LITERAL.sub("", one.get("formatCode", "")):
                formats.add(one.get("numFmtId", ""))
            group = name if name in {"cellXfs", "cellStyles", "dxfs"} else group
            if name == "xf" and group == "cellXfs":
                styles.append(one.get("numFmtId"))
        return {str(number).encode() for number, one in enumerate(styles) if one in formats}


def _size(sheet: bytes) -> Sheet:
    """How large a sheet is, up to the last row and the last column in use."""
    rows = columns = 0
    for start in range(0, len(sheet), _BLOCK):
        block = sheet[max(start - _LONGEST, 0) : start + _BLOCK] + bytes(_LONGEST)
        if not (ends := _ends(np.frombuffer(block, np.uint8))):
            found = _SPACED.findall(sheet)
            lines, names = {int(line) for _, line in found}, {name for name, _ in found}
            return Sheet(max(lines, default=0), max(map(_number, names), default=0))
        rows, columns = max(rows, ends[0]), max(columns, ends[1])
    return Sheet(rows, columns)


def _ends(letters: NDArray[np.uint8]) -> Place | None:
    """The last row and the last column that any r="AB12" in these bytes names.

    None where blanks stand beside an equals sign: it may be r = "AB12", or a text.
    """
    equals = np.flatnonzero(letters[:-_LONGEST] == ord("="))
    before, behind = letters[equals - 1], letters[equals + 1]
    if (before <= _BLANK).any() or (behind <= _BLANK).any():
        return None
    at = equals[(before == ord("r")) & (letters[equals - 2] <= _BLANK)] + 2
    column, row = np.zeros(len(at), np.int32), np.zeros(len(at), np.int32)
    going = np.ones(len(at), bool)
    for _ in range(3):
        letter = letters[at] - np.uint8(ord("A"))
        going &= letter < 26
        column = np.where(going, column * 26 + letter + 1, column)
        at = at + going
    going[:] = True
    for place in range(7):
        digit = letters[at + place] - np.uint8(ord("0"))
        going &= digit < 10
        row = np.where(going, row * 10 + digit, row)
    return int(row.max(initial=0)), int(column.max(initial=0))


def _place(attributes: bytes) -> Place:
    if told := _CELL.search(attributes):
        return int(told[2]), _number(told[1])
    raise ValueError("a cell does not say where it stands")


def _number(letters: bytes) -> int:
    """The number of a column from 1: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _local(name: str) -> str:
    """A name of XML without its namespace."""
    return name.rpartition(" ")[2]
