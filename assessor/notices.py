"""A comparison and a check of a report as text for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from typing import NamedTuple

from rich.text import Text

from assessor.difference import Compared, Comparison, FactorChange
from assessor.pages import Check
from assessor.questions import within
from assessor.terminal import Lines, console, heading, printed, wrapped
from assessor.terms import DifferencePart
from assessor.verification import Verification
from assessor.wording import VISIBLE, count, counted, listed, short_rating, shortened, tenth

SHOWN = 12  # parts of a difference
ANSWER = 90  # letters of an answer
STATES = {None: "not asked", "cannot_tell": "cannot tell", "not_met": "not met"}


def comparison(one: Comparison) -> str:
    """Both results, what makes the difference, the factors, and what else changed."""
    paper, width = console()
    return printed(paper, _comparison(one, width))


def _comparison(one: Comparison, width: int) -> Lines:
    yield Text()
    name, other = one.before.proposal, one.after.proposal
    yield from wrapped(name if name == other else f"{name}; {other}", width, style="bold")
    for note in one.notes:
        yield from wrapped(note, width, style="dim")
    for word, side in (("before", one.before), ("after", one.after)):
        yield from wrapped(_side(side), width, f"  {word}", 10)
    yield from _parts(one, width)
    yield from _factors(one, width)
    yield from _others(one, width)
    yield from _outcome(one, width)


def _side(side: Compared) -> str:
    low, high = map(tenth, side.interval)
    between = "" if low == high else f", between {low} and {high}"
    held = side.score_uncapped - side.score
    caps = f"; {tenth(side.score_uncapped)} without caps" if held >= VISIBLE else ""
    return f"{short_rating(side)}, score {tenth(side.score)}{between}{caps}"


def signed(points: float) -> str:
    """Points with their sign and one decimal: +2.1, -0.4, 0.0."""
    text = tenth(abs(points))
    return text if text == "0.0" else f"{'+' if points > 0 else '-'}{text}"


class Share(NamedTuple):
    """What one cause adds to a difference, in points: a part, or all weights of one family."""

    points: float
    title: str
    cause: str


def shares(one: Comparison) -> list[Share]:
    """The parts of a difference, the largest first, with the weights of siblings as one.

    A weight that changes changes the shares of all that stand beside it.
    """
    families: dict[str, list[DifferencePart]] = {}
    for number, part in enumerate(one.parts):
        families.setdefault(_family(part) or str(number), []).append(part)
    titles = {factor.id: factor.title for factor in one.factors}
    named = {p.id: p.title for p in one.prerequisites} | {p.id: p.title for p in one.parts}
    found = [
        Share(parts[0].points, parts[0].title, _cause(parts[0]) + _raised_by(parts[0], named))
        if len(parts) == 1
        else _weights(parts, titles)
        for parts in families.values()
    ]
    return sorted(found, key=lambda share: -abs(share.points))


def _family(part: DifferencePart) -> str:
    """Beside what a part has its weight; "" where it is about something else."""
    if part.kind != "weight":
        return ""
    if part.factor is None:
        return "pillars"
    return "factors" if part.id == part.factor else f"questions of {part.factor}"


def _weights(parts: Sequence[DifferencePart], titles: Mapping[str, str]) -> Share:
    """The changed weights of siblings as one, with the one that changed most."""
    family = _family(parts[0])
    if family not in {"pillars", "factors"} and parts[0].factor:
        family = f"questions: {titles[parts[0].factor]}"
    grown = [float(part.after or 0.0) - float(part.before or 0.0) for part in parts]
    # Of two that change places it is the one that grew.
    most = parts[max(range(len(parts)), key=lambda n: (round(abs(grown[n]), 6), grown[n]))]
    change = f"{_percent(most.before)} → {_percent(most.after)}"
    return Share(
        fsum(part.points for part in parts),
        f"Weights of {count(len(parts))} {family}",
        f"most of all that of {within(most.title)}: {change} of those beside it",
    )


def _parts(one: Comparison, width: int) -> Lines:
    every = shares(one)
    parts = [share for share in every if abs(share.points) >= VISIBLE][:SHOWN]
    told = f"{signed(one.difference)} points{', and where they come from' if one.parts else ''}"
    yield from heading("The difference: ", told, width)
    for share in parts:
        yield from wrapped(share.title, width, f"  {signed(share.points):>5}", 9)
        yield from wrapped(share.cause, width, "", 9, "dim")
    if rest := [share for share in every if share not in parts]:
        told = f"{counted(len(rest), 'smaller part')}; all parts are in the JSON (-o -)"
        gone = fsum(share.points for share in rest)
        yield from wrapped(told, width, f"  {signed(gone):>5}", 9, "dim")


def _cause(part: DifferencePart) -> str:
    """What changed in the question, the part of the tree or the rule."""
    before, after = part.before, part.after
    match part.kind:
        case "weight":
            return f"weight: {_percent(before)} → {_percent(after)} of those beside it"
        case "question":
            side = "before" if after is None else "after"
            return f"only the rubric {side} asks it; weight {_percent(before or after)}"
        case "aggregation":
            return "how its parts are combined: it takes " + _taken(before, after)
        case "cap":
            return "cap: it takes " + _taken(before, after)
        case "scale":
            return f"the same answer, scored differently: {_answer(after)}"
        case _:
            return f"{_answer(before)} → {_answer(after)}"


def _raised_by(part: DifferencePart, titles: Mapping[str, str]) -> str:
    """Whose answers raised or cleared the rule of a cap; "" where none did."""
    if not part.answers:
        return ""
    change = "cleared" if part.after is None else "raised"
    return f"; {change} by {listed(within(titles.get(name, name)) for name in part.answers)}"


def _percent(weight: str | float | None) -> str:
    return f"{tenth(float(weight or 0.0))} percent"


def _taken(before: str | float | None, after: str | float | None) -> str:
    return f"{tenth(float(before or 0.0))} → {tenth(float(after or 0.0))} points"


def _answer(text: str | float | None) -> str:
    return shortened(str(text), ANSWER)


def _factors(one: Comparison, width: int) -> Lines:
    changed = [f for f in one.factors if abs(f.points) >= VISIBLE or _moved(f)]
    if not changed:
        return
    yield from heading("By factor: ", "its score, and what it adds to the difference", width)
    for factor in changed:
        scores = (
            f"{_score(factor.before):>5} → {_score(factor.after):>5} {signed(factor.points):>6}"
        )
        yield from wrapped(factor.title, width, f"  {scores}", 24)
    rest = one.difference - sum(factor.points for factor in one.factors)
    if abs(rest) >= VISIBLE:
        yield from wrapped(
            "The whole: caps, pillars and how they combine", width, f"  {signed(rest):>20}", 24
        )


def _moved(factor: FactorChange) -> bool:
    return abs((factor.before or 0.0) - (factor.after or 0.0)) >= VISIBLE


def _score(score: float | None) -> str:
    return "none" if score is None else tenth(score)


def _others(one: Comparison, width: int) -> Lines:
    """Findings and prerequisites in another state."""
    if one.findings:
        yield from heading("Findings: ", f"{counted(len(one.findings), 'change')}", width)
    for finding in one.findings:
        word = finding.kind if finding.kind == "strength" else f"{finding.severity} warning"
        yield from wrapped(
            f"{finding.title} ({word}): {_state(finding.before)} → {_state(finding.after)}",
            width,
            "",
            2,
        )
    if one.prerequisites:
        told = f"{counted(len(one.prerequisites), 'change')}"
        yield from heading("Prerequisites: ", told, width)
    for test in one.prerequisites:
        told = f"{test.title}: {_state(test.before)} → {_state(test.after)}"
        yield from wrapped(told, width, "", 2)


def _state(state: str | None) -> str:
    return STATES.get(state) or str(state)


def _outcome(one: Comparison, width: int) -> Lines:
    before, after = short_rating(one.before), short_rating(one.after)
    ratings = f"{before} as before" if before == after else f"{before} → {after}"
    shares = [tenth(side.coverage) for side in (one.before, one.after)]
    covered = f"coverage {' → '.join(dict.fromkeys(shares))} percent"
    scores = dict.fromkeys(tenth(side.score) for side in (one.before, one.after))
    moved = f" ({signed(one.difference)})" if len(scores) > 1 else " as before"
    told = f"Overall: {ratings}; score {' → '.join(scores)}{moved}; {covered}"
    yield Text()
    yield from wrapped(told, width, style="bold")
    yield Text()


# --- a report that was checked ---


def verification(one: Verification) -> str:
    """One line for each thing that was checked, what differs below it, and the outcome last."""
    paper, width = console()
    return printed(paper, _verification(one, width))


def _verification(one: Verification, width: int) -> Lines:
    yield Text()
    for check in one.checks:
        mark, style = _mark(check)
        yield from wrapped(check.says, width, f"  {mark}", 9, mark=style)
        yield from _details(check.details, width)
    yield Text()
    yield from wrapped(_verdict(one), width, style="bold")
    yield Text()


def _mark(check: Check) -> tuple[str, str]:
    if check.undecided:
        return "open", "yellow"
    return ("ok", "green") if check.stands else ("WRONG", "bold red")


def _verdict(one: Verification) -> str:
    if one.stands:
        return "Every number stands: it follows from what was judged and the rubric in the file."
    if one.undecided:
        return (
            "The attached record stands: it follows from what was judged and the rubric in the "
            "file. Whether the pages show it and nothing else is not settled; rely on the record, "
            "or check with the code and libraries that the report was made with."
        )
    wrong = sum(not check.stands and not check.undecided for check in one.checks)
    return f"It does not stand: {count(wrong)} of {counted(len(one.checks), 'check')} failed."


def _details(details: Sequence[str], width: int) -> Lines:
    for detail in details[:SHOWN]:
        yield from wrapped(detail, width, "", 11, "dim")
    if len(details) > SHOWN:
        yield from wrapped(f"and {len(details) - SHOWN} more", width, "", 11, "dim")
