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
_WORDS = 32  # of eight bytes: what is longer is not looked at in bulk
# For each word of a cell, and each length of the cell: the bits of the word that belong to it.
_MASKS = np.array([2 ** (8 * n) - 1 for n in range(9)], dtype=np.uint64)[
    np.clip(np.arange(8 * _WORDS + 1) - 8 * np.arange(_WORDS)[:, None], 0, 8)
]
_MIX = np.uint64(0x9E3779B97F4A7C15)  # an odd number with its bits spread, as hashes take it


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


def _figures(cells: Sequence[Cell]) -> NDArray[np.float64] | None:
    kinds = set(map(type, cells)) - {type(None)}
    if kinds <= {float, int}:
        return np.array([math.nan if cell is None else cell for cell in cells], dtype=float)
    if kinds != {str} or max(len(str(cell)) for cell in cells) > _DIGITS:
        return None
    text = ",".join("0" if cell is None else str(cell) for cell in cells)
    figures = _parsed(text.encode("utf-8", "replace"), len(cells))
    if figures is not None:
        figures[[cell is None for cell in cells]] = np.nan
    return figures


def _parsed(text: bytes, count: int) -> NDArray[np.float64] | None:
    """So many figures with commas between them, by the parser of JSON, which is strict and fast."""
    if text.translate(None, _FIGURES):
        return None
    try:
        read = json.loads(f"[{text.decode()}]")
    except ValueError:
        return None
    # More where a cell had a comma in it.
    return np.array(read, dtype=float) if len(read) == count else None


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
    behind = bytes(8 * (_WORDS + 2) - len(content) % 8)
    letters = np.concatenate([np.frombuffer(part, np.uint8) for part in (content, behind)])
    marks = letters == ord("\n")
    returns = b"\r" in content and content.count(b"\r")
    rows = int(np.count_nonzero(marks))
    marks |= letters == ord(delimiter)
    ends = np.flatnonzero(marks)
    width = content.count(delimiter.encode(), 0, content.index(b"\n")) + 1
    if width == 1 or len(ends) != width * rows or returns not in (0, rows):
        return None
    last = ends[width - 1 :: width]
    if (letters[last] != ord("\n")).any() or (returns and (letters[last - 1] != ord("\r")).any()):
        return None
    starts = ends[width - 1 : -1].reshape(rows - 1, width).T + 1
    if returns:
        ends[width - 1 :: width] -= 1
    stops = ends[width:].reshape(rows - 1, width).T
    spans = zip(np.ascontiguousarray(starts), np.ascontiguousarray(stops), strict=True)
    return [_Spans(letters, *span) for span in spans], rows - 1


class _Spans(Column):
    """A column of text whose cells begin and end at these places."""

    def __init__(
        self, content: NDArray[np.uint8], starts: NDArray[np.intp], ends: NDArray[np.intp]
    ) -> None:
        super().__init__(self._compared)
        self._content, self._starts, self._ends = content, starts, ends
        self._lengths = ends - starts
        self._longest = int(self._lengths.max(initial=0))

    def figures(self) -> NDArray[np.float64] | None:
        width, empty = self._longest, self._lengths == 0
        if not 0 < width <= _DIGITS:
            return super().figures()
        cells = np.full((len(empty), width + 1), ord(","), np.uint8)
        cells[:, :-1] = self._letters()
        cells[empty, 0] = ord("0")
        figures = _parsed(cells.tobytes()[:-1], len(empty))
        if figures is None:  # but it may be, for example, blanks alone that stand in a cell
            return super().figures()
        figures[empty] = np.nan
        return figures

    @cached_property
    def empty(self) -> NDArray[np.bool_]:
        first = self._content[self._starts]
        empty: NDArray[np.bool_] = self._lengths == 0
        if (empty | ((first > _BLANK) & (first < _ASCII))).all():
            return empty
        return super().empty  # something may be there that is only blanks

    def brief(self, limit: int) -> bool:
        return 0 < self._longest <= limit and self._letters().tobytes().decode().isprintable()

    def _letters(self) -> NDArray[np.uint8]:
        """The bytes of the cells, each in a row of its own, with blanks behind their end."""
        letters = np.stack(self._words(), axis=1).view(np.uint8)[:, : self._longest]
        return np.where(letters == 0, _BLANK, letters)

    def _compared(self) -> tuple[Sequence[Any], NDArray[np.intp]]:
        """Distinct cells by a hash of their words, each held against a cell of the same hash."""
        if self._longest > 8 * _WORDS:
            return self._sliced(slice(None))
        words = self._words()
        numbers = np.arange(len(self._lengths))
        mixed = np.zeros(len(numbers), np.uint64)
        for word in words:
            mixed ^= word
            mixed *= _MIX
        slots = (mixed >> np.uint64(48)).astype(np.intp)
        first = np.empty(2**16, np.intp)
        first[slots] = numbers
        like = first[slots]  # a row whose cell has the same hash
        same = np.logical_and.reduce([word == word[like] for word in words], axis=0)
        like = np.where(same, like, numbers)  # same hash, another cell: it stands for itself
        chosen = np.flatnonzero(like == numbers)
        if len(chosen) > len(numbers) // 4:
            return self._sliced(slice(None))
        cells, index = self._sliced(chosen)
        place = np.zeros(len(numbers), np.intp)
        place[chosen] = index
        return cells, place[like]

    def _words(self) -> list[NDArray[np.uint64]]:
        """The cells as numbers of eight letters each, with zeros behind their end.

        A cell begins anywhere in a word of the content: each of its own comes out of two.
        """
        content = self._content.view("<u8")
        at, shift = self._starts >> 3, (self._starts & 7).astype(np.uint64) << np.uint64(3)
        rest, one, words = np.uint64(63) - shift, content.take(at), []
        for masks in _MASKS[: -(-self._longest // 8)]:
            at = at + 1
            one, word = content.take(at), one >> shift
            word |= one << np.uint64(1) << rest
            word &= masks.take(self._lengths)
            words.append(word)
        return words

    def _sliced(self, rows: Any) -> tuple[Sequence[Any], NDArray[np.intp]]:
        """These rows' cells, each cut out by itself."""
        spans = zip(self._starts[rows].tolist(), self._ends[rows].tolist(), strict=True)
        content = self._content.data
        return _read([str(content[start:end], "utf-8") for start, end in spans], plain)
