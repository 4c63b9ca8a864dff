"""What a PDF was made from, and whether it still is as it was written.

Both stand in the two identifiers of its trailer: the first is a hash of all that went in, the
second one of the file itself. So a report tells by itself whether it is up to date, and one that
was cut short, damaged or changed by hand is found out without being parsed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from assessor.files import shipped
from assessor.record import Result, to_json

LIBRARIES = "DrawnWith"  # where a PDF names the libraries of the system that it was drawn with
_LETTERS = 32  # of the first half of a SHA-256, in hexadecimal
_DRAWING = ("weasyprint", "pydyf", "fonttools", "tinycss2", "cssselect2", "tinyhtml5")
_IDENTIFIERS = re.compile(rb"/ID \[\(([0-9a-f]{32})\) \(([0-9a-f]{32})\)\]")


def stamp(result: Result, attachments: Mapping[str, bytes]) -> str:
    """A hash of all that a report is made from: record, attachments, code, templates and fonts.

    The record holds the hashes of the proposal and the rubric, and the version of the engine.
    """
    parts = [_workshop(), to_json(result)]
    for name, content in attachments.items():
        parts += [name.encode(), content]
    return _hash(parts)


@cache
def _workshop() -> bytes:
    """A hash of everything that makes reports, so that a changed template changes every stamp."""
    parts = [version(library).encode() for library in _DRAWING]
    for folder, pattern in ((Path(__file__).parent, "*.py"), (shipped("templates"), "**/*")):
        files = {p.relative_to(folder).as_posix(): p for p in folder.glob(pattern) if p.is_file()}
        for name in sorted(files):
            parts += [name.encode(), files[name].read_bytes()]
    return _hash(parts).encode()


def _hash(parts: Sequence[bytes]) -> str:
    """One hash of several parts, which tells where each ends."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:_LETTERS]


def sealed(pdf: bytes) -> bytes:
    """The same PDF with a hash of itself as its second identifier.

    ValueError where it has no pair of identifiers that are 32 hexadecimal letters each.
    """
    place = _seal(pdf)
    if place is None:
        raise ValueError("the PDF has no identifiers of 32 hexadecimal letters; write it with them")
    return pdf[: place[0]] + _own_hash(pdf, *place) + pdf[place[1] :]


def stamp_of(pdf: bytes) -> str | None:
    """The stamp of a PDF that is just as it was sealed; None of any other bytes."""
    place = _seal(pdf)
    if place is None or pdf[slice(*place)] != _own_hash(pdf, *place):
        return None
    found = _IDENTIFIERS.match(pdf, _start(pdf))
    return found[1].decode() if found else None


def _start(pdf: bytes) -> int:
    return max(pdf.rfind(b"/ID ["), 0)


def _seal(pdf: bytes) -> tuple[int, int] | None:
    """Where the second identifier begins and ends."""
    found = _IDENTIFIERS.match(pdf, _start(pdf))
    return found.span(2) if found else None


def _own_hash(pdf: bytes, start: int, end: int) -> bytes:
    """The hash of a PDF with nothing but noughts for its second identifier."""
    total = hashlib.sha256(pdf[:start])
    total.update(b"0" * (end - start))
    total.update(pdf[end:])
    return total.hexdigest()[:_LETTERS].encode()
