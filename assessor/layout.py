"""The check on a laid-out report: text past the margin, cut, torn or overlapping, empty pages.

WeasyPrint loses and moves text without a word, so each PDF is looked at before it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from assessor.wording import shortened

PIXEL = 1.0  # what rounding may put a box out by
EMPTY_PAGE = 0.2  # share of a page's height that its text must reach down to


@dataclass(frozen=True)
class _Text:
    """One run of text on a page, in CSS pixels from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


def check_layout(document: Any) -> list[str]:
    """What is wrong with a laid-out document, page by page; empty where nothing is.

    Looks for text past the margin, cut, torn or overlapping text, nearly empty pages and lost
    footnotes, and passes on WeasyPrint's own warnings. Takes what `render` returns.
    """
    problems = [f"WeasyPrint: {message}" for message in getattr(document, "warnings", ())]
    called = shown = 0
    for number, page in enumerate(document.pages, 1):
        box = page._page_box  # noqa: SLF001 - the laid-out boxes have no public door
        boxes = list(_boxes(box))
        called += sum(str(b.element_tag).endswith("::footnote-call") for b in boxes)
        shown += sum(str(b.element_tag).endswith("::footnote-marker") for b in boxes)
        problems += [f"page {number}: {problem}" for problem in _page_problems(box, boxes)]
    if called != shown:
        problems.append(f"{called} footnotes are called for and {shown} are shown")
    return problems


def _boxes(box: Any) -> Iterator[Any]:
    """Every laid-out box below a page but for its running head and foot."""
    for child in getattr(box, "children", ()):
        laid = getattr(child, "_box", child)  # an absolutely placed box stands behind a placeholder
        if type(laid).__name__ != "MarginBox":
            yield laid
            yield from _boxes(laid)


def _page_problems(page: Any, boxes: Sequence[Any]) -> Iterator[str]:
    texts = [_text(box) for box in boxes if getattr(box, "text", "").strip()]
    left, top = page.content_box_x(), page.content_box_y()
    right, bottom = left + page.width, top + page.height
    for text in texts:
        if text.right > right + PIXEL or text.left < left - PIXEL:
            yield f"text past the side margin: {shortened(text.text, 40)!r}"
        if text.bottom > bottom + PIXEL or text.top < top - PIXEL:
            yield f"text past the foot or head of the page: {shortened(text.text, 40)!r}"
    for box in boxes:
        if box.style["overflow"] == "hidden":
            yield from _cut(box)
        yield from _torn(box)
    lowest = max((text.bottom for text in texts), default=top)
    if lowest - top < EMPTY_PAGE * page.height:
        yield "the page is nearly empty"
    yield from _overlaps(texts)


def _text(box: Any) -> _Text:
    x, y = box.position_x, box.position_y
    return _Text(x, y, x + box.width, y + box.height, box.text)


def _cut(box: Any) -> Iterator[str]:
    """Text that a box with a fixed size and hidden overflow cuts off."""
    right = box.border_box_x() + box.border_width()
    bottom = box.border_box_y() + box.border_height()
    for inner in _boxes(box):
        if getattr(inner, "text", "").strip():
            text = _text(inner)
            if text.right > right + PIXEL or text.bottom > bottom + PIXEL:
                yield f"text is cut off: {shortened(text.text, 40)!r}"


def _torn(block: Any) -> Iterator[str]:
    """Lines that end in their first half though the next word has room: WeasyPrint 70 does that
    where a run of text fits but for the space at its end.
    """
    lines = [line for line in getattr(block, "children", ()) if type(line).__name__ == "LineBox"]
    for line, following in pairwise(lines):
        inner = list(_boxes(line))
        runs = [box for box in inner if getattr(box, "text", "").strip()]
        next_runs = [box for box in _boxes(following) if getattr(box, "text", "").strip()]
        if not runs or not next_runs or any(box.element_tag == "br" for box in inner):
            continue
        word = next_runs[0].text.split(maxsplit=1)[0]
        needed = next_runs[0].width * (len(word) + 2) / len(next_runs[0].text)
        free = block.content_box_x() + block.width - max(run.position_x + run.width for run in runs)
        if free > max(needed, block.width / 2) and next_runs[0].style["white_space"] == "normal":
            yield f"a line is torn: {shortened(runs[0].text, 40)!r}"


def _overlaps(texts: list[_Text]) -> Iterator[str]:
    """Runs of text that lie on one another by more than a quarter of the lower one's height."""
    ordered = sorted(texts, key=lambda text: text.top)
    for index, one in enumerate(ordered):
        allowed = (one.bottom - one.top) / 4
        for other in ordered[index + 1 :]:
            if other.top > one.bottom - allowed:
                break
            across = min(one.right, other.right) - max(one.left, other.left)
            deep = min(one.bottom, other.bottom) - other.top
            if across > PIXEL and deep > (other.bottom - other.top) / 4:
                yield (
                    f"text lies on text: {shortened(one.text, 30)!r}, {shortened(other.text, 30)!r}"
                )
