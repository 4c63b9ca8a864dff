"""One result as text for the terminal: 80 columns, readable without colour and in a file."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from assessor.certainty import levers_headline, levers_sentence, robustness_sentence
from assessor.headlines import (
    assessors_headline,
    assessors_in_brief,
    resembles_headline,
    targets_headline,
)
from assessor.prospects import (
    action_of,
    delivery_in_brief,
    firm_sentence,
    path_in_brief,
    unproven_sentence,
)
from assessor.record import (
    Assessment,
    FactorResult,
    Finding,
    Node,
    RatingBand,
    Recommendation,
    Severity,
)
from assessor.terminal import (
    CERTAIN,
    COLOURS,
    OPEN,
    SCORE,
    STARRED,
    Lines,
    bar,
    console,
    cut,
    heading,
    printed,
    scale,
    wrapped,
)
from assessor.trust import CostCheck
from assessor.wording import (
    VISIBLE,
    band_title,
    count,
    counted,
    country,
    finding_title,
    plain,
    points,
    rounded,
    score_of,
    sentence,
    short_rating,
    tenth,
    whole,
)

STEPS = QUESTIONS = 3
FEW = 8  # findings
MARKS: dict[Severity, str] = {"high": "bold red", "medium": "yellow", "low": ""}


def summary(one: Assessment) -> str:
    """The profile of the factors, the findings, the next steps, and last the overall score."""
    paper, width = console()
    return printed(paper, _summary(one, width))


# --- one assessment ---


def _summary(one: Assessment, width: int) -> Lines:
    yield Text()
    yield from wrapped(one.proposal.name, width, style="bold")
    yield from wrapped(_facts(one), width)
    yield from _profile(one, width)
    yield from _prerequisites(one, width)
    yield from _findings(one, width)
    yield from _steps(one, width)
    yield from _questions(one, width)
    yield from _assessors(one, width)
    yield from _reality(one, width)
    yield from _overall(one, width)


def _facts(one: Assessment) -> str:
    place = country(one.proposal.country)
    made_up = "; a made-up proposal" if one.proposal.made_up else ""
    return f"{place}{made_up}; judged by the rubric {one.rubric.id} {one.rubric.version}"


def _profile(one: Assessment, width: int) -> Lines:
    # The titles of the pillars stand two columns further left than the names of their factors.
    titles = [pillar.title[2:26] for pillar in one.pillars]
    names = max(map(len, ("", *titles, *(factor.short for factor in one.factors))))
    # Beside the bar stand the indent, the score, the interval and the rating.
    room = width - names - 28
    if room < 10:
        room, names = 0, min(names, width - 25)
    for pillar in one.pillars:
        yield Text()
        title = Text(f"{pillar.title:<{names + 2}.{names + 2}} ", style="bold")
        yield title.append(scale(room) + " score interval rating", style="not bold dim")
        for factor in one.factors:
            if factor.pillar == pillar.id:
                yield _bar(one, factor, names, room)
    yield from _legend(one, width, room)


def _bar(one: Assessment, factor: FactorResult, names: int, room: int) -> Text:
    """One factor: solid up to what is certain, open up to what is possible."""
    line = Text(f"  {cut(factor.short, names):<{names}} ")
    if factor.interval is None or factor.score is None:
        return line.append("does not apply", style="dim")
    score = None if factor.rating == "NR" else factor.score
    line.append(bar(room, factor.interval, score), style=COLOURS[factor.rating])
    score_words = score_of(factor, one.method.bands, mark="")
    return line.append(f" {score_words:>5} {_span(one, factor):>8} {short_rating(factor)}")


def _span(one: Assessment, node: Node) -> str:
    """Both ends of an interval; where it is a point, nothing but for a score that is not shown."""
    low, high = (points(end, one.method.bands) for end in node.interval or (0, 0))
    if low != high:
        return f"{low}–{high}"
    return low if node.interval and node.rating == "NR" else ""


def _legend(one: Assessment, width: int, room: int) -> Lines:
    """What signs and ratings mean, as far as they occur."""
    if room and any("–" in _span(one, factor) for factor in one.factors):
        key = f"{CERTAIN} certain  {OPEN} open until more is known  {SCORE} score"
        yield Text(key, style="dim")
    bands = "; ".join(f"{b.id} {b.title.lower()}{_from(b)}" for b in one.method.bands)
    yield from wrapped(bands, width, style="dim")
    nodes: list[Node | Assessment] = [*one.factors, one]
    if any(node.rating == "NR" for node in nodes):
        floor = whole(one.method.coverage_floor)
        told = f"NR not rated: answers cover less than {floor} percent of the weight"
        yield from wrapped(told, width, style="dim")
    if any(node.starred for node in nodes):
        yield from wrapped(STARRED, width, style="dim")


def _from(band: RatingBand) -> str:
    return f", from {whole(band.lowest)}" if band.lowest else ""


def _prerequisites(one: Assessment, width: int) -> Lines:
    if not one.prerequisites:
        return
    total = len(one.prerequisites)
    met = sum(p.state == "met" for p in one.prerequisites)
    promised = [p for p in one.prerequisites if p.promise]
    only = f", {count(len(promised))} of them only as promised" if promised else ""
    yield from heading("Prerequisites: ", f"{met} of {total} met{only}", width)
    for test in promised:
        today = "; not met today" if test.met_today is False else ""
        yield from wrapped(f"{test.title}{today}", width, f"  {test.promise}", 13)
    for state, words, mark in (("not_met", "NOT MET", "bold red"), ("unknown", "not known", "")):
        for prerequisite in one.prerequisites:
            if prerequisite.state == state:
                told = "disputed" if prerequisite.disputed else words
                yield from wrapped(prerequisite.title, width, f"  {told}", 13, mark=mark)
                if state == "not_met":
                    first = f"First of all: {prerequisite.action} {sentence(prerequisite.owner)}."
                    yield from wrapped(first, width, "", 13)
    if one.routing.says:
        yield from wrapped(one.routing.says, width, "", 2)


def _findings(one: Assessment, width: int) -> Lines:
    raised = [finding for finding in one.findings if finding.state == "raised"]
    warnings = [finding for finding in raised if finding.kind == "warning"]
    strengths = [finding for finding in raised if finding.kind == "strength"]
    open_ = sum(finding.state == "cannot_tell" for finding in one.findings)
    told = f"{counted(len(warnings), 'warning')}, {counted(len(strengths), 'strength')}"
    if open_:
        want = "answers or of agreement" if one.assessors else "answers"
        told += f"; {counted(open_, 'rule')} cannot tell yet, for want of {want}"
    yield from heading("Findings: ", told, width)
    for finding in (*warnings, *strengths):
        yield from _finding(finding, width)
        # Among many, only the gravest have room for their reason; the report gives them all.
        if len(raised) <= FEW or (finding.kind == "warning" and finding.severity == "high"):
            yield from wrapped(f"because {finding.because}", width, "", 12, "dim")


def _finding(finding: Finding, width: int) -> Lines:
    word = finding.severity.upper() if finding.kind == "warning" else "strength"
    mark = MARKS[finding.severity] if finding.kind == "warning" else "green"
    yield from wrapped(finding_title(finding), width, f"  {word}", 12, mark=mark)


def _steps(one: Assessment, width: int) -> Lines:
    if not one.recommendations:
        return
    shown = one.recommendations[:STEPS]
    held = _capped(one) and not any(step.gain >= VISIBLE for step in shown)
    best = f"{count(len(shown))} best next steps" if len(shown) > 1 else "best next step"
    adds = f"with the points that {'each' if len(shown) > 1 else 'it'} alone would add"
    told = f", {adds}, if findings did not cap the score" if held else f", {adds}"
    yield from heading(f"The {best}", told, width)
    for step in shown:
        yield from _step(step, step.gain_uncapped if held else step.gain, width)
    if not held:
        yield from _held_back(shown, width)
    if one.path:
        yield from wrapped(path_in_brief(one, one.path), width)


def _held_back(steps: Sequence[Recommendation], width: int) -> Lines:
    """Why a step has a dash: a cap holds back what it would gain."""
    gains = [s.gain_uncapped for s in steps if s.gain < VISIBLE <= s.gain_uncapped]
    if gains:
        told = f"– nothing while a finding caps the score; without it up to +{tenth(max(gains))}"
        yield from wrapped(told, width, style="dim")


def _step(step: Recommendation, gain: float, width: int) -> Lines:
    first = f"+{tenth(gain)}" if gain >= VISIBLE else "–"
    yield from wrapped(action_of(step), width, f"  {first:>5}", 9)
    yield from wrapped(f"{sentence(step.owner)}; {_months(step.months)}", width, "", 9, "dim")


def _months(months: tuple[int, int]) -> str:
    first, last = months
    return f"within {counted(last, 'month')}" if first == 0 else f"months {first} to {last}"


def _questions(one: Assessment, width: int) -> Lines:
    if not one.next_questions:
        return
    total = len(one.next_questions)
    these = "" if total <= QUESTIONS else f"; these {count(QUESTIONS)} would tell most"
    doubted = any(question.doubt != "not_assessed" for question in one.next_questions)
    what = "Not known or in doubt: " if doubted else "Not known: "
    yield from heading(what, f"{counted(total, 'answer')}{these}", width)
    for question in one.next_questions[:QUESTIONS]:
        yield from wrapped(question.id, width, "", 2)
        yield from wrapped(question.question, width, "", 4, "dim")
    yield from wrapped(firm_sentence(one), width)


def _assessors(one: Assessment, width: int) -> Lines:
    if says := assessors_headline(one):
        yield from heading("Assessors: ", f"{says}.", width)
    if one.assessors:
        yield from wrapped(assessors_in_brief(one, one.assessors), width)


def _reality(one: Assessment, width: int) -> Lines:
    """What the forecasts and the cases of the paper say, in a sentence each."""
    says = []
    if one.targets:
        says.append(f"{targets_headline(one.targets)}.")
    says += [_with_bias(cost) for cost in one.costs]
    if one.resembles:
        nearest = one.resembles[0]
        alike = (
            f"{whole(nearest.similarity)}% alike on {counted(nearest.shared, 'shared question')}"
        )
        says.append(f"{resembles_headline(one.resembles)}, {alike}.")
    if says:
        yield from heading("Reality check: ", says[0], width)
        for more in says[1:]:
            yield from wrapped(more, width)


def _with_bias(cost: CostCheck) -> str:
    up_to = f"{rounded(cost.standard_value)}, unusual ones to {rounded(cost.non_standard_value)}"
    planned = f"{plain(cost.value)} {cost.unit} as planned"
    return f"{cost.title}: {planned}; works of this kind went up to {up_to}."


def _overall(one: Assessment, width: int) -> Lines:
    low, high = (points(end, one.method.bands) for end in one.interval)
    yield Text()
    yield from wrapped(f"{_conclusion(one)}; {_between(one, low, high)}", width, style="bold")
    if one.not_rated_because:
        yield from wrapped(one.not_rated_because, width)
    else:
        covered = whole(one.coverage)
        yield from wrapped(f"The answers cover {covered} percent of the weight.", width)
    if one.delivery:
        yield from wrapped(delivery_in_brief(one, one.delivery), width)
        if unproven := unproven_sentence(one.delivery):
            yield from wrapped(unproven, width)
    if _capped(one):
        without = points(one.score_uncapped, one.method.bands)
        yield from wrapped(f"Without the caps of its findings it would score {without}.", width)
    for said in filter(None, (robustness_sentence(one), _levers(one))):
        yield from wrapped(said, width)
    yield Text()


def _levers(one: Assessment) -> str:
    """What moves the rating; without a rating, what the score hangs on most."""
    headline = levers_headline(one)
    return levers_sentence(one) or (f"{headline}." if headline else "")


def _capped(one: Assessment) -> bool:
    return one.score_uncapped - one.score > 1e-9


def _conclusion(one: Assessment) -> str:
    if one.rating == "NR":
        return "Overall: not rated"
    low, high = (band_title(end, one.method.bands).lower() for end in one.rating_range)
    meaning = low if low == high else f"{low} to {high}"
    return f"Overall: {short_rating(one)}, {meaning}"


def _between(one: Assessment, low: str, high: str) -> str:
    if one.rating == "NR":
        return f"the score lies between {low} and {high}"
    score = f"score {points(one.score, one.method.bands)} of 100"
    return score if low == high else f"{score}, between {low} and {high}"
