"""The cells of a table, and its columns as the distinct ones among them."""

from __future__ import annotations

import datetime
import decimal
import json
import math
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cell = str | int | float | bool | list[str] | None
BIG = 10**30  # from here on a whole number counts as endless

_BLANK, _ASCII = np.uint8(ord(" ")), np.uint8(127)
_ZERO, _POINT = np.uint8(ord("0")), np.uint8(ord("."))
_EXACT = 15  # digits: a whole number of so many is exact as a double, as is its power of ten
_PART = 2**17  # bytes that are looked at together and stay in the processor's cache
_WORDS = 32  # of eight bytes: what is longer is not looked at in bulk
# For each length of a cell, and each word of it: the bits of the word that belong to the cell.
_MASKS = np.array([2 ** (8 * n) - 1 for n in range(9)], dtype=np.uint64)[
    np.clip(np.arange(8 * _WORDS + 1)[:, None] - 8 * np.arange(_WORDS), 0, 8)
]
# Odd numbers with their bits spread, one for each word, as hashes take them.
_MIX = np.array([pow(0x9E3779B97F4A7C15, 2 * n + 1, 2**64) for n in range(_WORDS)], np.uint64)


def plain(cell: object) -> Cell:
    """A cell as what could stand in a CSV file; what a dataframe calls a gap is empty."""
    match cell:
        case None:
            return None
        case str():
            return cell.strip() or None
        case bool():
            return cell
        case int():
            return cell if -BIG < cell < BIG else math.inf if cell > 0 else -math.inf
        case float():
            return None if math.isnan(cell) else cell
        case list() | tuple():
            return [str(item) for item in cell]
        case decimal.Decimal():
            return None if cell.is_nan() else plain(float(cell))
    if type(cell).__name__ in {"NAType", "NaTType"}:
        return None
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return plain(str(cell))


class Column:
    """A column as its distinct cells, and the number of the one that stands in each row.

    They are made when they are first asked for.
    """

    def __init__(self, make: Callable[[], tuple[Sequence[Any], NDArray[np.intp]]]) -> None:
        self._make = make

    @classmethod
    def of(cls, cells: Sequence[Any], read: Callable[[Any], Any] = plain) -> Column:
        """`read` makes of each distinct cell what the column is to hold."""
        return cls(lambda: _read(cells, read))

    @classmethod
    def later(cls, cells: Callable[[], Sequence[Any]]) -> Column:
        """A column whose cells are fetched when they are needed, and not kept."""
        return cls(lambda: _read(cells(), plain))

    @cached_property
    def _both(self) -> tuple[Sequence[Any], NDArray[np.intp]]:
        return self._make()

    @property
    def cells(self) -> Sequence[Any]:
        return self._both[0]

    @property
    def index(self) -> NDArray[np.intp]:
        return self._both[1]

    def at(self, row: int) -> Any:
        return self.cells[self.index[row]]

    def marked(self, test: Callable[[Any], bool]) -> NDArray[np.bool_]:
        """Whether the cell of each row passes a test."""
        passed: NDArray[np.bool_] = np.array([test(cell) for cell in self.cells], bool)[self.index]
        return passed

    @cached_property
    def empty(self) -> NDArray[np.bool_]:
        return self.marked(lambda cell: cell is None)

    def brief(self, limit: int) -> bool:
        """Whether every cell surely is empty or a text of at most so many letters, which print."""
        return False

    def figures(self) -> NDArray[np.float64] | None:
        """The cells as figures, NaN where empty; None unless all of them surely are."""
        figures = _figures(self.cells)
        return None if figures is None else figures[self.index]


def _read(
    cells: Sequence[Any], read: Callable[[Any], Any]
) -> tuple[Sequence[Any], NDArray[np.intp]]:
    known, keys = _distinct(cells)
    numbers = dict(zip(known, range(len(known)), strict=True))
    index = np.fromiter(map(numbers.__getitem__, keys), np.intp, len(keys))
    return [read(cell) for cell in known.values()], index


# What JSON and a table read alike, and nothing that only one of them takes for a figure.
_FIGURES = b"-0123456789., eE"
_DIGITS = 30
_TENS = np.array([float(10**n) for n in range(_DIGITS + 1)])


def _figures(cells: Sequence[Cell]) -> NDArray[np.float64] | None:
    kinds = set(map(type, cells)) - {type(None)}
    if kinds <= {float, int}:
        return np.array([math.nan if cell is None else cell for cell in cells], dtype=float)
    if kinds != {str} or max(len(str(cell)) for cell in cells) > _DIGITS:
        return None
    text = ",".join("0" if cell is None else str(cell) for cell in cells)
    if text.encode("utf-8", "replace").translate(None, _FIGURES):
        return None
    try:
        read = json.loads(f"[{text}]")  # the parser of JSON is strict and fast
    except ValueError:
        return None
    if len(read) > len(cells):  # a cell had a comma in it
        return None
    return np.where([cell is None for cell in cells], np.nan, np.array(read, dtype=float))


def _distinct(cells: Sequence[Any]) -> tuple[dict[Hashable, Any], Sequence[Hashable]]:
    """Each distinct cell by its key, and the key of every cell: True is not 1."""
    keys: Sequence[Hashable] = cells
    if bool in (types := set(map(type, cells))) and len(types) > 1:
        keys = list(zip(map(type, cells), cells, strict=True))
    try:
        return dict(zip(keys, cells, strict=True)), keys
    except (TypeError, decimal.InvalidOperation):  # lists, and the NaN that signals
        keys = [(type(cell), repr(cell)) for cell in cells]
        return dict(zip(keys, cells, strict=True)), keys


# --- text without quotes ---


def cut(content: bytes, delimiter: str) -> tuple[list[Column], int] | None:
    """The columns below the first row of a table, and its rows; None where it is not that plain.

    It is where no cell is in quotes and every row has as many cells as the first. The cells are
    found and compared in bulk, eight bytes at a time, so that only distinct ones become objects.
    `content` is UTF-8 without a NUL.
    """
    if b'"' in content or content[-1:] != b"\n":
        return None
    behind = bytes(8 * _WORDS)
    letters = np.concatenate([np.frombuffer(part, np.uint8) for part in (content, behind)])
    rows, returns, found = 0, 0, []
    for start in range(0, len(content), _PART):
        part = letters[start : start + _PART]
        breaks = part == ord("\n")
        rows += int(np.count_nonzero(breaks))
        returns += int(np.count_nonzero(part == ord("\r")))
        places = np.flatnonzero(breaks | (part == ord(delimiter))) + start
        found.append(places.astype(np.int32))
    width = content.count(delimiter.encode(), 0, content.index(b"\n")) + 1
    if width == 1 or sum(map(len, found)) != width * rows or returns not in (0, rows):
        return None
    ends = np.ascontiguousarray(np.concatenate(found).reshape(rows, width).T)
    last = ends[-1]
    if (letters[last] != ord("\n")).any() or (returns and (letters[last - 1] != ord("\r")).any()):
        return None
    starts = [last[:-1] + 1, *(ends[:-1, 1:] + 1)]
    stops = [*ends[:-1, 1:], last[1:] - bool(returns)]
    return [_Spans(letters, *span) for span in zip(starts, stops, strict=True)], rows - 1


class _Spans(Column):
    """A column of text whose cells begin and end at these places."""

    def __init__(
        self, content: NDArray[np.uint8], starts: NDArray[np.int32], ends: NDArray[np.int32]
    ) -> None:
        super().__init__(self._compared)
        self._content, self._starts, self._ends = content, starts, ends
        self._lengths = ends - starts
        self._longest = int(self._lengths.max(initial=0))

    def figures(self) -> NDArray[np.float64] | None:
        if not 0 < self._longest <= _DIGITS:
            return super().figures()
        figures, simple = _decimals(self._letters(), self._lengths)
        figures[self._lengths == 0] = np.nan
        rest = np.flatnonzero(~simple & (self._lengths > 0))
        cells, index = self._sliced(rest)
        others = _figures(cells)
        if others is None:
            return None
        figures[rest] = others[index]
        return figures

    @cached_property
    def empty(self) -> NDArray[np.bool_]:
        first = self._content[self._starts]
        empty: NDArray[np.bool_] = self._lengths == 0
        if (empty | ((first > _BLANK) & (first < _ASCII))).all():
            return empty
        return super().empty  # something may be there that is only blanks

    def brief(self, limit: int) -> bool:
        if not 0 < self._longest <= limit:
            return False
        letters = self._letters()
        return np.where(letters == 0, _BLANK, letters).tobytes().decode().isprintable()

    def _letters(self) -> NDArray[np.uint8]:
        """The bytes of the cells, each in a row of its own, with zeros behind their end."""
        return self._words().view(np.uint8)[:, : self._longest]

    def _compared(self) -> tuple[Sequence[Any], NDArray[np.intp]]:
        """Distinct cells by a hash of their words, each held against a cell of the same hash."""
        if self._longest > 8 * _WORDS:
            return self._sliced(slice(None))
        words = self._words()
        numbers = np.arange(len(words))
        mixed = np.einsum("ij,j", words, _MIX[: words.shape[1]])
        slots = (mixed >> np.uint64(48)).view(np.int64)
        first = np.empty(2**16, np.intp)
        first[slots] = numbers
        like = first[slots]  # a row whose cell has the same hash
        differs = (words != words.take(like, axis=0)) @ np.ones(words.shape[1], bool)
        like = np.where(differs, numbers, like)  # same hash, another cell: it stands for itself
        chosen = np.flatnonzero(like == numbers)
        if len(chosen) > len(numbers) // 4:
            return self._sliced(slice(None))
        cells, index = self._sliced(chosen)
        place = np.zeros(len(numbers), np.intp)
        place[chosen] = index
        return cells, place[like]

    def _words(self) -> NDArray[np.uint64]:
        """The cells as numbers of eight letters each, a row for each, with zeros behind their end.

        A cell begins at any byte: the content is looked at as one such row from each byte on.
        """
        width = max(1, -(-self._longest // 8))
        places = len(self._content) - 8 * width + 1
        rows = np.ndarray((places,), f"V{8 * width}", self._content, strides=(1,))
        words = rows[self._starts].view("<u8").reshape(-1, width)
        words &= _MASKS[:, :width].take(self._lengths, axis=0)
        return words

    def _sliced(self, rows: Any) -> tuple[Sequence[Any], NDArray[np.intp]]:
        """These rows' cells, each cut out by itself."""
        spans = zip(self._starts[rows].tolist(), self._ends[rows].tolist(), strict=True)
        content = self._content.data
        return _read([str(content[start:end], "utf-8") for start, end in spans], plain)


def _decimals(
    cells: NDArray[np.uint8], lengths: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Cells such as 12 and 12.5 as figures, and which of the cells are like that.

    Their digits are a whole number, divided by a power of ten. Both are exact, so the quotient is
    the double nearest to what is written, as any parser gives it.
    """
    number = np.zeros(len(cells))
    digits, before = np.zeros((2, len(cells)), np.uint8)
    fraction = np.zeros(len(cells), bool)
    for letters in np.ascontiguousarray(cells.T):
        digit = letters - _ZERO
        is_digit = digit < 10
        number = np.where(is_digit, number * 10 + digit, number)
        digits += is_digit
        fraction |= letters == _POINT
        before += is_digit & ~fraction
    behind = digits - before
    simple = (digits + fraction == lengths) & (digits <= _EXACT) & (behind >= fraction)
    simple &= (before == 1) | ((before > 1) & (cells[:, 0] != _ZERO))
    return number / _TENS.take(behind), simple
