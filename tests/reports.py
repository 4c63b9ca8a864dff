"""Reports as tests read them: made once, read back as HTML and as PDF."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from typing import Any

from pypdf import PdfReader

from assessor import Assessment
from assessor.assessment import assess_each
from assessor.attaching import attachments
from assessor.pdf import _Kept, to_pdf
from assessor.record import FactorResult
from tests.conftest import EXAMPLES, ROOT

NAMES = [path.stem for path in EXAMPLES]

HOSTILE = (
    "{{ 7*7 }}{% include 'x' %}<script>alert(1)</script><img src='http://evil.example/x.png'>"
    "<style>@import url(http://evil.example/y.css)</style>"
    "<link rel=attachment href='file:///etc/passwd'>"
    "<a href='javascript:alert(1)'>x</a> &amp; "
    "\u202eright to left\u202c \x07 مرحبا שלום 深圳 नमस्ते 😀 "
)

LONG_WORD = "W" * 2_000


@cache
def records(name: str) -> tuple[Assessment, ...]:
    return tuple(assess_each(ROOT / "examples" / f"{name}.yaml"))


def laid(*assessments: Assessment, **attachments: bytes) -> tuple[bytes, list[str]]:
    """A PDF, and what the check of its layout logged while it was made."""
    logger, kept = logging.getLogger("assessor.pdf"), _Kept()
    logger.addHandler(kept)
    try:
        return to_pdf(assessments, attachments), kept.messages
    finally:
        logger.removeHandler(kept)


@cache
def example(name: str) -> tuple[bytes, list[str]]:
    return laid(*records(name), **carried(name))


@cache
def carried(name: str) -> dict[str, bytes]:
    return attachments(ROOT / "examples" / f"{name}.yaml")


def pdf(name: str) -> bytes:
    return example(name)[0]


@cache
def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


@cache
def words(content: bytes) -> str:
    pages = (page.extract_text() for page in read(content).pages)
    return re.sub(r"\s+", " ", " ".join(pages))


def outline(reader: PdfReader) -> list[tuple[int, str]]:
    def walk(entries: list[Any], depth: int) -> Iterator[tuple[int, str]]:
        for entry in entries:
            if isinstance(entry, list):
                yield from walk(entry, depth + 1)
            else:
                yield depth, str(entry.title)

    return list(walk(reader.outline, 0))


class Visible(HTMLParser):
    """The text that a reader sees, and every address that an element names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.addresses: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.hidden += tag in {"style", "title", "script"}
        named = ("href", "src", "action", "data", "srcset", "xlink:href", "poster")
        self.addresses += [(tag, value or "") for name, value in attrs if name in named]

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in {"style", "title", "script"}

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.texts.append(data)


class Tables(HTMLParser):
    """The rows of every table: the tags of their cells, and whether the row stands in the head."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[tuple[bool, list[str]]]] = []
        self.in_head = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag in {"thead", "tbody"}:
            self.in_head = tag == "thead"
        elif tag == "tr":
            self.tables[-1].append((self.in_head, []))
        elif tag in {"td", "th"}:
            span = int(dict(attrs).get("colspan") or 1)
            self.tables[-1][-1][1].extend([tag] * span)


@cache
def hostile() -> Assessment:
    """An example in which every free text of the user is hostile."""
    record = records("kivuli-coast-zone")[0]
    long = HOSTILE + LONG_WORD[: 2_000 - len(HOSTILE)]

    def spoilt(factor: FactorResult) -> FactorResult:
        indicators = [
            replace(i, evidence=long if n == 0 else HOSTILE, reason=HOSTILE)
            for n, i in enumerate(factor.indicators)
        ]
        return replace(factor, indicators=tuple(indicators))

    proposal = replace(
        record.proposal,
        name=(HOSTILE + LONG_WORD)[:120],
        summary=(HOSTILE + LONG_WORD)[:600],
    )
    tests = [replace(p, evidence=HOSTILE) for p in record.prerequisites]
    return replace(
        record,
        proposal=proposal,
        prerequisites=tuple(tests),
        factors=(
            spoilt(record.factors[0]),
            *record.factors[1:3],
            *map(spoilt, record.factors[3:]),
        ),
    )


def both() -> tuple[Assessment, Assessment]:
    """A zone and a cluster as the two parts of one proposal."""
    zone = records("kivuli-coast-zone")[0]
    cluster = records("leather-goods-ethiopia")[0]
    return zone, replace(cluster, proposal=zone.proposal)
