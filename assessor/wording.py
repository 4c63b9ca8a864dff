"""Numbers, names, ratings and places of the paper in words, for the report and the terminal.

Pure functions of what stands in the record. Only here and in the templates is anything rounded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from assessor.questions import within
from assessor.record import (
    Assessment,
    Cap,
    Finding,
    IndicatorResult,
    Interval,
    Node,
    RatingBand,
    Source,
)
from assessor.rubric import ROUNDING
from assessor.trust import Standing

VISIBLE = 0.05  # points; a smaller difference would not show
NUMBER_WORDS = (
    "no", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


# ---- Numbers and names ----


def count(number: int) -> str:
    """A count as a word up to twelve, in figures above: no, one, twelve, 13."""
    return NUMBER_WORDS[number] if 0 <= number < len(NUMBER_WORDS) else str(number)


def counted(number: int, noun: str) -> str:
    """A count with its noun: one step, two steps, no steps."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def sentence(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def listed(names: Iterable[str]) -> str:
    """Names in a row: a, b and c."""
    *most, last = [*names] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def first_sentence(text: str) -> str:
    """The first sentence of a text; all of it where it has but one."""
    found = re.match(r".+?[.!?](?=\s+[A-Z“\"'])", text, re.DOTALL)
    return found.group() if found else text


def whole(number: float) -> str:
    """A number without decimals, halves rounded up."""
    return f"{math.floor(number + 0.5):,}"


def tenth(number: float) -> str:
    """A number with one decimal."""
    return f"{math.floor(number * 10 + 0.5) / 10:.1f}"


def plain(number: float) -> str:
    """A number as written, with separators and without needless decimals."""
    return f"{number:,.10g}"


def rounded(number: float) -> str:
    """A number that is an estimate: without decimals from 100 up, else with one."""
    return whole(number) if abs(number) >= 100 else plain(round(number, 1))


def band_of(score: float | None, bands: Sequence[RatingBand]) -> str:
    """The band of a score, as the rubric decides it; NR where there is no score."""
    return next((b.id for b in bands if score is not None and score >= b.lowest - ROUNDING), "NR")


def points(number: float, bands: Sequence[RatingBand]) -> str:
    """A score without decimals, but for one that rounding would carry into the band above."""
    rounded = math.floor(number + 0.5)
    if any(number < band.lowest - ROUNDING and band.lowest <= rounded for band in bands):
        return f"{math.floor(number * 10) / 10:.1f}"
    return str(rounded)


def apart(after: float, before: float, bands: Sequence[RatingBand]) -> tuple[str, str]:
    """A score after and before a cap; with a decimal where both would else read alike."""
    whole_ones = points(after, bands), points(before, bands)
    if whole_ones[0] == whole_ones[1] and abs(before - after) > VISIBLE:
        return tenth(after), tenth(before)
    return whole_ones


def span(interval: Interval | None, bands: Sequence[RatingBand]) -> str:
    """Both ends of an interval, one where they agree, nothing where there is none."""
    if interval is None:
        return ""
    low, high = (points(end, bands) for end in interval)
    return low if low == high else f"{low}–{high}"


def day(text: str) -> str:
    """An ISO date in words; any other text as it stands."""
    from babel.dates import format_date

    try:
        return format_date(date.fromisoformat(text), "d MMMM y", locale="en")
    except ValueError:
        return text


def country(code: str) -> str:
    """The English name of an ISO 3166 code; the code itself where it has none."""
    from babel import Locale

    if code.upper() == "ZZ":  # the code for no country in particular
        return "Country not stated"
    return str(Locale("en").territories.get(code.upper(), code))


def shortened(text: str, most: int) -> str:
    """The text, or as many whole words of it as fit, with an ellipsis."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[most // 2 :] else cut) + "…"


def reason(file: str, error: str) -> str:
    """What is wrong and where, without the path that `file` (with or without its row) names."""
    path, _, row = file.rpartition(":")
    path = path if row.isdigit() else file
    return error.removeprefix(f"{path}:").lstrip()


# ---- Ratings ----


def rating_words(
    low: str, high: str, mid: str, starred: bool = False, unrated: str = "Not rated"
) -> str:
    """A rating as a reader sees it: B, C to B, D*, Not rated."""
    words = unrated if mid == "NR" else low if low == high else f"{low} to {high}"
    return f"{words}*" if starred else words


class HasRating(Protocol):
    """A result or a part of one: its rating, the range of it, and whether evidence was missing."""

    @property
    def rating(self) -> str: ...
    @property
    def rating_range(self) -> tuple[str, str]: ...
    @property
    def starred(self) -> bool: ...


def short_rating(one: HasRating) -> str:
    """A rating where there is little room: B, C to B, D*, NR."""
    return rating_words(*one.rating_range, one.rating, one.starred, unrated="NR")


def rating_of(node: Node | Assessment) -> str:
    """The rating of a result or a part of it, in words."""
    return rating_words(*node.rating_range, node.rating, node.starred)


def rated(node: Node | Assessment | Standing) -> str:
    """The rating inside a sentence: rated C to B, not rated."""
    if node.rating == "NR":
        return "not rated"
    return f"rated {node.rating if isinstance(node, Standing) else rating_of(node)}"


def score_of(node: Node, bands: Sequence[RatingBand], mark: str = "*") -> str:
    """The score of a factor or pillar, marked where evidence is missing; a dash where unrated."""
    if node.rating == "NR" or node.score is None:
        return "–"
    return points(node.score, bands) + (mark if node.starred else "")


def band_title(rating: str, bands: Sequence[RatingBand]) -> str:
    """What a band is called: Weak."""
    return next((band.title for band in bands if band.id == rating), rating)


# ---- One finding, one cap, one answer ----


def finding_kind(finding: Finding) -> str:
    """What a raised rule is called by its weight."""
    if finding.kind == "strength":
        return "Strength"
    return {"high": "Grave warning", "medium": "Warning", "low": "Minor warning"}[finding.severity]


def finding_title(finding: Finding) -> str:
    """The title of a finding, which says where it rests on promises."""
    return f"{finding.title} (not yet in place)" if finding.on_promises else finding.title


def rule_titles(rules: Sequence[str], findings: Iterable[Finding]) -> str:
    """The titles of rules in quotes; those beyond the first two as a count."""
    titles = {finding.rule: finding.title for finding in findings}
    named = [f"“{titles.get(rule, rule)}”" for rule in rules[:2]]
    left = len(rules) - len(named)
    return listed([*named, f"{count(left)} more"] if left else named)


def cap_words(cap: Cap, bands: Sequence[RatingBand]) -> str:
    """What a cap does to a score, before and after."""
    overall = cap.node == "overall"
    node = "the overall score is" if overall else f"{within(cap.node_title)} scores"
    if not cap.applied:
        return f"If so, {node} at most {plain(cap.at)}. {cap.reason}"
    said = f"{sentence(node)} at most {plain(cap.at)}"
    if cap.before is not None and cap.after is not None:
        after, before = apart(cap.after, cap.before, bands)
        if cap.before - cap.after > VISIBLE:
            said += f" (before: {before}, after: {after})"
        else:
            said += f"; at {after} it stays below that anyway"
    return f"{said}. {cap.reason}"


def answer_words(indicator: IndicatorResult) -> str:
    """The answer, and what it carries besides: status, today's state, confidence."""
    answer = (indicator.answer_text or "Looked for, and no evidence found").rstrip(".")
    notes = []
    if indicator.status:
        notes.append({"in_place": "in place"}.get(indicator.status, indicator.status))
    if indicator.today_text:
        notes.append(f"today: {within(indicator.today_text).rstrip('.')}")
    if indicator.confidence and indicator.confidence != "high":
        notes.append(f"{indicator.confidence} confidence")
    return f"{answer} ({'; '.join(notes)})." if notes else f"{answer}."


# ---- Places of the paper ----


def cite(source: Source, sources: Iterable[str]) -> str:
    """Where it stands in the paper: Zeng (2012), § 3.3, Land reforms, ¶ 3–5, pp. 16–17."""
    places = "; ".join(cited(source, sources))
    return f"{source.short}, {places}" if places else ""


def all_places(source: Source) -> list[str]:
    """Every place of the paper in the record, section by section in the paper's order."""
    first = ("abstract", "intro")
    return cited(source, sorted(source.places, key=lambda s: (not s.startswith(first), s)))


def cited(source: Source, sources: Iterable[str]) -> list[str]:
    """Locators in words with their pages, those of one section together, in the order given."""
    paragraphs: dict[str, set[int]] = {}
    pages: dict[str, set[int]] = {}
    for locator in sources:
        place = source.places.get(locator)
        text, page = (place.text, place.page) if place else (locator, "")
        section, _, numbers = text.partition(", paragraph")
        section = _short_section(section, locator)
        paragraphs.setdefault(section, set()).update(_numbers(numbers))
        pages.setdefault(section, set()).update(_numbers(page))
    said = []
    for section, found in paragraphs.items():
        words = [section]
        if found:
            words.append(f"¶\u202f{_runs(found)}")
        if pages[section]:
            several = len(pages[section]) > 1
            words.append(f"{'pp.' if several else 'p.'}\u202f{_runs(pages[section])}")
        said.append(", ".join(words))
    return said


def _short_section(section: str, locator: str) -> str:
    """A section as a citation names it; its title only where it has no number of its own."""
    numbered, _, _ = section.partition(", ")
    has_number = "/" not in locator and numbered.startswith(
        ("section ", "table ", "figure ", "annex ")
    )
    return re.sub(r"^section (?=\d)", "§\u202f", numbered if has_number else section)


def _numbers(text: str) -> set[int]:
    """The numbers that a text such as "s 3 to 5" or "pp. 16-17" covers."""
    ends = [int(number) for number in re.findall(r"\d+", text)]
    return set(range(ends[0], ends[-1] + 1)) if ends else set()


def _runs(numbers: set[int]) -> str:
    """Numbers as runs: 1, 3–5."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)
