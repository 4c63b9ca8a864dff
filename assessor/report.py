"""`Assessment` → HTML. Every sentence and every number of a report is made from the record.

Each record becomes a `Part` (what the templates may ask of it besides: order, places to link to,
what is shown in full), and Jinja turns the parts into one page. The browser's HTML and the PDF's
are made by the same templates; `wording` and `headlines` give them their words.

To add a section: one file in `templates/sections/`, one line in `SECTIONS`.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from assessor import certainty, headlines, prospects, wording
from assessor.files import shipped
from assessor.plain import Record
from assessor.questions import within
from assessor.record import (
    Assessment,
    ComparatorProfile,
    FactorResult,
    Finding,
    Interval,
    LessonCited,
    NextQuestion,
    Node,
    NumberCited,
    PillarResult,
    PrerequisiteResult,
    Recommendation,
    Result,
    to_json,
)

if TYPE_CHECKING:
    from jinja2 import Environment

# (template, name in the table of contents, conclusion); the number of a section is its place.
# A section whose conclusion is empty has nothing to say and is left out.
SECTIONS: tuple[tuple[str, str, Callable[[Assessment], str]], ...] = (
    ("summary", "Summary", headlines.summary_headline),
    ("proposal", "The proposal and its tests", headlines.tests_headline),
    ("findings", "Findings", headlines.findings_headline),
    ("robustness", "How sure", certainty.robustness_headline),
    ("levers", "What would change it", certainty.levers_headline),
    ("actions", "Action plan", headlines.actions_headline),
    ("delivery", "Promised and secured", prospects.delivery_headline),
    ("assessors", "Where assessors differ", headlines.assessors_headline),
    ("reality", "Reality check", headlines.reality_headline),
    ("factors", "The factors one by one", headlines.factors_headline),
    ("method", "Method and weights", headlines.method_headline),
    ("sources", "Sources", headlines.sources_headline),
)
FONTS = (
    ("Source Sans 3", 400, "normal", "SourceSans3-Regular.ttf"),
    ("Source Sans 3", 400, "italic", "SourceSans3-It.ttf"),
    ("Source Sans 3", 600, "normal", "SourceSans3-Semibold.ttf"),
    ("Source Serif 4", 600, "normal", "SourceSerif4-Semibold.ttf"),
    ("Source Serif 4", 400, "italic", "SourceSerif4-It.ttf"),
)
ROW_HEIGHT = 4.6  # of the chart of factors, in mm; as in report.css
POINT = 0.9  # the length of one point of a score in that chart, in mm
MARK = 2.1  # what the mark of a case takes of a row, in mm
ACTIONS_IN_FULL = 5
ACTIONS_IN_SHORT = 8
QUESTIONS_SHOWN = 5
RULES_IN_FULL = 8
CASES_SHOWN = 3
NUMBERS_SHOWN = 3
OPINIONS_SHOWN = 12
FINDINGS_IN_FULL = 7
FINDINGS_IN_FULL_OF_MANY = 3


# ---- What a template may ask of one record ----


@dataclass(frozen=True)
class Section:
    """A section of one part: its file, number, place and conclusion."""

    file: str
    number: int
    title: str
    headline: str
    anchor: str


@dataclass(frozen=True)
class Told:
    """A lesson where it is called for; `first` says that it is told here and not only named."""

    lesson: LessonCited
    anchor: str
    first: bool


@dataclass(frozen=True)
class Part:
    """One record and what its templates need besides: order, places to link to, what is shown."""

    a: Assessment
    number: int
    record: str  # the first letters of the hash of the record
    untold: tuple[str, ...]  # characters that the fonts lack

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        told = [(file, title, headline(self.a)) for file, title, headline in SECTIONS]
        return tuple(
            Section(file, n, title, says, f"p{self.number}-s{n}")
            for n, (file, title, says) in enumerate(filter(lambda one: one[2], told), 1)
        )

    def section(self, file: str) -> Section:
        return next(section for section in self.sections if section.file == file)

    @cached_property
    def short_name(self) -> str:
        return wording.shortened(self.a.proposal.name, 60)

    @cached_property
    def foot(self) -> str:
        """What stands at the foot of every page."""
        rubric = self.a.rubric
        made_up = " · made-up proposal" if self.a.proposal.made_up else ""
        return f"Rubric {rubric.id} {rubric.version} · record {self.record[:8]}{made_up}"

    @cached_property
    def anchors(self) -> dict[str, str]:
        """Where each factor, indicator and raised rule stands, by its id."""
        a, n = self.a, self.number
        found = {factor.id: f"p{n}-f{i}" for i, factor in enumerate(a.factors, 1)}
        for factor in a.factors:
            found |= dict.fromkeys((i.id for i in factor.indicators), found[factor.id])
        return found | {f.rule: f"p{n}-r{i}" for i, f in enumerate(self.raised, 1)}

    @cached_property
    def raised(self) -> list[Finding]:
        return self.findings("raised")

    @cached_property
    def in_full(self) -> int:
        """How many raised findings are told in full: all, or the gravest of many."""
        total = len(self.raised)
        return total if total <= FINDINGS_IN_FULL else FINDINGS_IN_FULL_OF_MANY

    def findings(self, state: str) -> list[Finding]:
        """Findings in one state, warnings first, the gravest first."""
        grave = {"high": 0, "medium": 1, "low": 2}
        found = [f for f in self.a.findings if f.state == state]
        return sorted(found, key=lambda f: (f.kind == "strength", grave[f.severity]))

    def tests(self, state: str) -> list[PrerequisiteResult]:
        return [p for p in self.a.prerequisites if p.state == state]

    @cached_property
    def told(self) -> dict[str, Told]:
        """The lesson of each raised rule and each factor; told once, then referred to."""
        known = {lesson.id: lesson for lesson in self.a.lessons}
        places: dict[str, str] = {}
        found: dict[str, Told] = {}
        calls = [(f.rule, f.lessons) for f in self.raised]
        calls += [(f.id, f.lessons) for f in self.a.factors]
        for caller, lessons in calls:
            for lesson in [lesson for lesson in lessons if lesson in known][:1]:
                first = lesson not in places
                place = places.setdefault(lesson, self.anchors[caller])
                found[caller] = Told(known[lesson], place, first)
        return found

    @cached_property
    def steps(self) -> tuple[Recommendation, ...]:
        """The steps told in full, beside the prerequisites that are not met."""
        return self.a.recommendations[: max(ACTIONS_IN_FULL - len(self.tests("not_met")), 3)]

    @property
    def proposed(self) -> set[str]:
        """What these steps say is to be done."""
        return {prospects.action_of(step) for step in self.steps}

    @cached_property
    def further_steps(self) -> tuple[Recommendation, ...]:
        """The steps told in one line each."""
        return self.a.recommendations[len(self.steps) : len(self.steps) + ACTIONS_IN_SHORT]

    @cached_property
    def held_back(self) -> bool:
        """Whether a cap holds back all that one of the further steps would gain."""
        return any(s.gain <= wording.VISIBLE < s.gain_uncapped for s in self.further_steps)

    @cached_property
    def last_month(self) -> int:
        """The month in which the last step shown ends, in whole years."""
        latest = max((step.months[1] for step in self.steps), default=12)
        return 12 * math.ceil(latest / 12)

    @cached_property
    def questions(self) -> tuple[NextQuestion, ...]:
        """The open questions that are shown: more of them where they stop the rating."""
        return self.a.next_questions[: QUESTIONS_SHOWN * (2 if self.a.rating == "NR" else 1)]

    @cached_property
    def numbers(self) -> tuple[NumberCited, ...]:
        """The numbers told beside the forecasts: fewer where many forecasts have theirs."""
        return self.a.numbers[: max(min(NUMBERS_SHOWN, 6 - len(self.a.targets)), 1)]

    def points(self, number: float) -> str:
        return wording.points(number, self.a.method.bands)

    def span(self, interval: Interval | None) -> str:
        return wording.span(interval, self.a.method.bands)

    def score_of(self, node: Node) -> str:
        return wording.score_of(node, self.a.method.bands)

    def cite(self, sources: Iterable[str]) -> str:
        return wording.cite(self.a.source, sources)


@dataclass(frozen=True)
class ProfileRow:
    """One row of the chart of factors: the height of its middle in mm, and what it shows."""

    y: float
    pillar: PillarResult | None
    factor: FactorResult | None

    @property
    def capped(self) -> bool:
        """Whether a rule caps the factor by so much that it shows."""
        f = self.factor
        if f is None or f.rating == "NR":
            return False
        return (f.score_uncapped or 0) - (f.score or 0) > wording.VISIBLE


def profile_rows(assessment: Assessment) -> list[ProfileRow]:
    """The rows of the chart: each pillar and below it its factors."""
    entries: list[tuple[PillarResult | None, FactorResult | None]] = []
    for pillar in assessment.pillars:
        entries.append((pillar, None))
        entries += [(None, f) for f in assessment.factors if f.pillar == pillar.id]
    return [
        ProfileRow(ROW_HEIGHT * (index + 0.5), pillar, factor)
        for index, (pillar, factor) in enumerate(entries)
    ]


def mark_places(cases: Sequence[ComparatorProfile], factor: str) -> dict[int, float]:
    """Where the mark of each case rated on a factor stands, in mm from 0, by the case's place.

    Marks that would lie on each other stand side by side around their mean.
    """
    groups: list[list[int]] = []
    wanted = {n: c.scores[factor] * POINT for n, c in enumerate(cases) if factor in c.scores}

    def start(group: list[int]) -> float:
        width = MARK * (len(group) - 1)
        middle = sum(wanted[n] for n in group) / len(group)
        return min(max(middle - width / 2, -MARK / 2), 100 * POINT + MARK / 2 - width)

    for case in sorted(wanted, key=lambda n: wanted[n]):
        groups.append([case])
        while len(groups) > 1 and start(groups[-1]) < start(groups[-2]) + MARK * len(groups[-2]):
            last = groups.pop()
            groups[-1] += last
    return {n: start(group) + MARK * i for group in groups for i, n in enumerate(group)}


# ---- Text that can be set ----


def cleaned(text: str) -> str:
    """The text without control, surrogate and invisible format characters, composed (NFC)."""
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return text
    spaced = re.sub(r"[\t\n\r\f\v\x85\u2028\u2029]", " ", text)
    kept = (c for c in spaced if unicodedata.category(c) not in {"Cc", "Cs", "Cf"})
    return unicodedata.normalize("NFC", "".join(kept))


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """A record, or what stands in one, with every text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Record):
        return type(value)(**{name: _mapped(item, change) for name, item in value})
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_mapped(item, change) for item in value)
    return value


@cache
def covered() -> frozenset[str]:
    """The characters that every bundled sans font can show; the serif falls back to it."""
    from fontTools.ttLib import TTFont

    folder = shipped("templates") / "fonts"
    maps = []
    for family, _, _, file in FONTS:
        if family == "Source Sans 3":
            with TTFont(folder / file, lazy=True) as font:
                maps.append(frozenset(font.getBestCmap()))
    return frozenset(map(chr, frozenset.intersection(*maps)))


def _settable(assessment: Assessment, fonts_only: bool) -> tuple[Assessment, tuple[str, ...]]:
    """The record with text that can be set, and the characters that the fonts lack."""
    missing: set[str] = set()
    known = covered() if fonts_only else None

    def change(text: str) -> str:
        text = cleaned(text)
        lost = set(text) - known if known is not None else set()
        missing.update(lost)
        return text.translate(dict.fromkeys(map(ord, lost), "□")) if lost else text

    return _mapped(assessment, change), tuple(sorted(missing))


def character_name(letter: str) -> str:
    """A character that cannot be shown, by number and name: U+6DF1 (CJK unified ideograph)."""
    name = unicodedata.name(letter, "no name").capitalize().replace("Cjk", "CJK")
    return f"U+{ord(letter):04X} ({re.sub('-[0-9a-fA-F]+$', '', name)})"


# ---- HTML ----


@cache
def templates() -> Environment:
    """The templates, with all words of `wording` and `headlines`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(shipped("templates")),
        autoescape=True,  # select_autoescape() would leave .html.j2 unescaped
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for module in (wording, headlines, prospects, certainty):
        found.globals |= {n: word for n, word in vars(module).items() if inspect.isfunction(word)}
    found.globals |= {
        "profile_rows": profile_rows,
        "mark_places": mark_places,
        "RULES_IN_FULL": RULES_IN_FULL,
        "CASES_SHOWN": CASES_SHOWN,
        "OPINIONS_SHOWN": OPINIONS_SHOWN,
        "VISIBLE": wording.VISIBLE,
    }
    found.filters |= {"within": within, "character_name": character_name}
    return found


def prepare_html() -> None:
    """Compile the templates and read the fonts, so that the first report takes no longer."""
    covered()
    for name in templates().list_templates(extensions=["j2"]):
        templates().get_template(name)


@cache
def styles() -> str:
    """The stylesheet, the same for the browser and the PDF."""
    return (shipped("templates") / "report.css").read_text("utf-8")


@cache
def font_faces() -> str:
    """@font-face rules that carry the fonts in themselves, for a file that stands alone."""
    folder = shipped("templates") / "fonts"
    rule = (
        "@font-face{{font-family:'{}';font-weight:{};font-style:{};font-display:swap;"
        "src:url(data:font/ttf;base64,{}) format('truetype')}}"
    )
    return "\n".join(
        rule.format(family, weight, style, base64.b64encode((folder / file).read_bytes()).decode())
        for family, weight, style, file in FONTS
    )


def to_html(assessments: Sequence[Assessment], for_pdf: bool = False) -> str:
    """The report as one HTML file: styles and fonts inside, no request to anywhere.

    Several records make one document: two the parts of a proposal that is both zone and cluster,
    more a volume. ValueError where there is none. `for_pdf` leaves styles and fonts out, which the
    PDF brings itself, and puts a box for each character that these fonts lack.
    """
    if not assessments:
        raise ValueError("there is no assessment to report on; give at least one")
    parts = []
    for number, original in enumerate(assessments, 1):
        clean, missing = _settable(original, fonts_only=for_pdf)
        parts.append(Part(clean, number, fingerprint(original), missing))
    return (
        templates()
        .get_template("report.html.j2")
        .render(
            parts=parts,
            title=wording.shortened(_title(parts), 120),
            moment=moment(assessments).date().isoformat(),
            for_pdf=for_pdf,
            styles="" if for_pdf else styles(),
            font_faces="" if for_pdf else font_faces(),
        )
    )


def _title(parts: Sequence[Part]) -> str:
    names = list(dict.fromkeys(part.a.proposal.name for part in parts))
    return names[0] if len(names) == 1 else f"Portfolio of {len(parts)} proposals"


def fingerprint(result: Result) -> str:
    """What tells one record from every other: the first half of its SHA-256."""
    return hashlib.sha256(to_json(result)).hexdigest()[:32]


def moment(assessments: Sequence[Assessment]) -> datetime:
    """Midnight of the latest date in the records: a file says nothing of when it was made."""
    days = []
    for assessment in assessments:
        for text in (assessment.proposal.date, assessment.rubric.date):
            try:
                days.append(date.fromisoformat(text or ""))
            except ValueError:
                continue
            break
    latest = max(days, default=date(2000, 1, 1))
    return datetime(latest.year, latest.month, latest.day, tzinfo=UTC)
