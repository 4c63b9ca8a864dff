"""Whether the pages of a report say and show just what its inputs give.

The report made anew is the measure. The same bytes stand. Where the stamp names the code and the
libraries that are here, any other byte was changed later. Else words, links and bookmarks have to
be the same, nothing may act by itself or lie over a page, and what is drawn is compared as far as
other fonts and libraries allow; what that leaves open is told and never called right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from assessor.errors import shown
from assessor.plain import Record
from assessor.seal import LIBRARIES
from assessor.unpacking import LIMITS, Limits, Look, Page, look
from assessor.wording import counted, listed

MOST = 50  # differences that are told


class Check(Record):
    """One thing that was looked at: whether it stands, in a sentence; what differs, in others.

    What is `undecided` neither stands nor fails: it could not be checked as a whole.
    """

    what: str  # "record", "files", "engine", "proposal", "rubric", "case", "numbers" or "pages"
    stands: bool
    says: str
    details: tuple[str, ...] = ()
    undecided: bool = False


def check(what: str, wrong: Sequence[str], right: str, else_: str) -> Check:
    """Stands where nothing is wrong; says one sentence or the other."""
    return Check(
        what=what, stands=not wrong, says=else_ if wrong else right, details=tuple(wrong[:MOST])
    )


def undecided(what: str, says: str, details: Sequence[str]) -> Check:
    """What could not be checked as a whole, and what was."""
    return Check(what=what, stands=False, says=says, details=tuple(details), undecided=True)


def check_pages(content: bytes, again: bytes, limits: Limits = LIMITS) -> Check:
    """The pages of a report beside those that its inputs give; BadPdf where it cannot be read."""
    if again == content:
        return check("pages", [], "Pages: the file is the same to the last byte", "")
    found, right = look(content, limits), look(again, limits)
    wrong = [*found.foreign, *_other_words(found, right)]
    if wrong:
        return check("pages", wrong, "", "The pages are not those that the inputs give")
    if _made_alike(found, right):
        told = "its stamp names the code and libraries that are here, so every byte should match"
        return check("pages", [told], "", "The file was changed after it was written")
    told = "Pages: every word is right; whether they show nothing else, this check cannot tell"
    return undecided("pages", told, list(_compared(found, right)))


def _made_alike(found: Look, right: Look) -> bool:
    """Whether the file says that it was made by the same code, with the same libraries."""
    libraries = [one.about.get(f"/{LIBRARIES}") for one in (found, right)]
    return found.stamp == right.stamp and libraries[0] == libraries[1]


def _compared(found: Look, right: Look) -> Iterator[str]:
    """What was compared where the file cannot be the same to the last byte, and what was not."""
    yield "it names other code or libraries than are here, so its bytes need not be the same"
    count = counted(len(found.pages), "page")
    yield f"compared: words and links of {count}, bookmarks, title; nothing acts by itself"
    pairs = enumerate(zip(found.pages, right.pages, strict=True), 1)
    other = [n for n, (one, two) in pairs if one.drawn != two.drawn or not one.drawn]
    if other:
        yield (
            f"not settled: what else is drawn on {_places(other)}; it is not what is drawn here, "
            "as with other fonts or libraries, or where something was painted over"
        )
    else:
        yield "compared: what is drawn, the same on every page"
    yield "not compared: what a screen reader is told, and what the file says of itself elsewhere"


def _other_words(found: Look, right: Look) -> Iterator[str]:
    """Where pages, links, bookmarks or title say something else."""
    for key in ("/Title", "/Subject", "/Author"):
        was, is_ = found.about.get(key, "nothing"), right.about.get(key, "nothing")
        if was != is_:
            yield f"its {key[1:].lower()} is {shown(was)} where it should be {shown(is_)}"
    if found.bookmarks != right.bookmarks:
        yield f"its bookmarks: {_first_other(found.bookmarks, right.bookmarks)}"
    if len(found.pages) != len(right.pages):
        yield f"it has {counted(len(found.pages), 'page')}; {len(right.pages)} come out"
        return
    places: dict[str, list[int]] = {}
    for n, pair in enumerate(zip(found.pages, right.pages, strict=True), 1):
        if told := _unlike(*pair):
            places.setdefault(told, []).append(n)
    yield from (f"{_places(numbers)}: {told}" for told, numbers in places.items())


def _places(numbers: Sequence[int]) -> str:
    """Pages in words: `page 2`, `pages 2 and 4`, `14 pages, the first of them page 2`."""
    if len(numbers) > 3:
        return f"{len(numbers)} pages, the first of them page {numbers[0]}"
    return f"page{'s' if len(numbers) > 1 else ''} {listed([str(n) for n in numbers])}"


def _unlike(found: Page, right: Page) -> str:
    """The first words or links in which two pages differ; "" where there are none."""
    if found.words is None or right.words is None:
        return "" if found.words is right.words else "too much is drawn on it"
    if found.words != right.words:
        return _first_other(found.words, right.words)
    if found.links != right.links:
        return f"a link {_first_other(found.links, right.links).replace('says', 'leads to', 1)}"
    return ""


def _first_other(found: Sequence[str], right: Sequence[str]) -> str:
    for was, is_ in zip_longest(found, right, fillvalue="nothing"):
        if was != is_:
            return f"says {shown(was)} where it should be {shown(is_)}"
    return ""
