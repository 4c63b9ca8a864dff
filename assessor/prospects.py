"""Sentences on the way to the next rating, on what to find out, and on what plans are worth.

As in `headlines`, each is a pure function of the record.
"""

from __future__ import annotations

from collections.abc import Sequence

from assessor.questions import within
from assessor.record import Assessment, NextQuestion, Recommendation
from assessor.trust import Delivery, FactorDelivery, ImprovementPath, PathStep
from assessor.wording import VISIBLE, count, counted, listed, points, rated, sentence, tenth, whole

FACTORS_AT_RISK = UNPROVEN_SHOWN = 8  # how many a report shows
_EFFORTS = ("low", "medium", "high")
_DOUBTS = {
    "insufficient_evidence": "Looked for and not found; counts as 0",
    "low_confidence": "Answered with low confidence",
    "medium_confidence": "Answered with medium confidence",
}


# ---- Steps ----


def action_of(step: Recommendation | PathStep) -> str:
    """What to do, and of a list, which items are missing and how many of them are enough."""
    if not step.missing:
        return step.action
    are = f"{count(step.enough)} {'is' if step.enough == 1 else 'are'} enough"
    enough = f" ({are})" if step.enough < len(step.missing) else ""
    return f"{step.action} Missing{enough}: {'; '.join(step.missing)}."


# ---- The path ----


def path_headline(path: ImprovementPath) -> str:
    """How many steps lead to which rating."""
    to = f"to a rating of {path.target}"
    if not path.reaches:
        return f"No set of better answers leads {to}"
    parts = [(len(path.prerequisites), "prerequisite"), (len(path.steps), "step")]
    told = listed(counted(number, noun) for number, noun in parts if number)
    several = sum(number for number, _ in parts) > 1
    return sentence(f"{told} {'lead' if several else 'leads'} {to}")


def path_sentences(assessment: Assessment, path: ImprovementPath) -> str:
    """How far the path leads, what it takes, and how sure it is that no other takes less."""
    open_ = [within(p.title) for p in assessment.prerequisites if p.id in path.unknown]
    first = f"Before it, settle what no step can offset: {listed(open_)}. " if open_ else ""
    return first + _path_sentences(assessment, path)


def _path_sentences(assessment: Assessment, path: ImprovementPath) -> str:
    after = points(path.score_after, assessment.method.bands)
    if not path.reaches:
        return (
            f"With every other answer at its best the score is {after}, rated "
            f"{path.rating_after}: what is given, not answered or capped stands in the way."
        )
    then = _score_then(assessment, path)
    if not path.steps:
        return then
    least = (
        "No other set of better answers takes less"
        if path.exact
        else "A search found none that takes less, but did not try them all"
    )
    return f"{then} The effort is {_units(path)}. {least}. {_effort_words(assessment)}"


def _units(path: ImprovementPath) -> str:
    return f"{path.units} {'unit' if path.units == 1 else 'units'}"


def _score_then(assessment: Assessment, path: ImprovementPath) -> str:
    """The score that the path leads to, how wide it still is, and whether its rating is firm."""
    low, score, high = (
        points(number, assessment.method.bands)
        for number in (path.interval_after[0], path.score_after, path.interval_after[1])
    )
    between = f", between {low} and {high}" if low != high else ""
    firm = "" if len({*path.rating_range_after}) == 1 else ": not yet firm"
    other = not path.steps or path.rating_after != path.target
    rating = f", rated {path.rating_after}" if other else ""
    return f"The score is then {score}{rating}{between}{firm}."


def _effort_words(assessment: Assessment) -> str:
    costs = listed(f"{assessment.method.effort[effort]:g}" for effort in _EFFORTS)
    return (
        f"Low, medium and high effort count {costs} units for the whole way from the worst level "
        "to the best, our judgement; answers count as promised."
    )


def path_in_brief(assessment: Assessment, path: ImprovementPath) -> str:
    """The path for the terminal: to an A with least effort, by which answers, to which score."""
    if not path.reaches:
        return f"{path_headline(path)}: {path.rating_after} at best."
    then = _score_then(assessment, path)
    if not path.steps:
        return f"{path_headline(path)}. {then}"
    first = ", after the prerequisites," if path.prerequisites or path.unknown else ""
    least = "Least effort" if path.exact else "Little effort"
    titles = listed(within(step.title) for step in path.steps)
    to = f"to a rating of {path.target}"
    return f"{least}, not most points, {to}: {_units(path)}{first} for {titles}. {then}"


def step_points(gain: float) -> str:
    """What a step gains; a dash where that would not show."""
    return f"+{tenth(gain)}" if gain >= VISIBLE else "–"


def step_of_path(step: PathStep) -> str:
    """From which level to which."""
    return f"{step.now} → {step.then}"


# ---- What to find out ----


def questions_headline(shown: int, total: int) -> str:
    """How many questions are open or in doubt and which are shown."""
    if total == shown:
        return f"{sentence(counted(total, 'answer'))} would narrow the result"
    return (
        f"The {count(shown)} answers, of {total} missing or in doubt, that would narrow the "
        "result most"
    )


def firm_sentence(assessment: Assessment) -> str:
    """How many of the questions make the rating firm; nothing where there are none to ask."""
    number, total = assessment.firm_after, len(assessment.next_questions)
    if not total:
        return ""
    if number is None:
        return "Even all of these answers would not make the rating firm."
    if number == 0:
        return "The rating is firm already; these answers would narrow the interval."
    those = (
        "The first answer"
        if number == 1
        else "All of these answers"
        if number == total
        else f"The first {count(number)} answers"
    )
    verb, they = ("makes", "it confirms") if number == 1 else ("make", "they confirm")
    return f"{those} {verb} the rating firm if {they} what the score counts now."


def doubt_words(question: NextQuestion) -> str:
    """Why a question that has an answer is asked again; nothing for one that has none."""
    if question.kind == "prerequisite" and question.doubt == "insufficient_evidence":
        return "Looked for and not found"
    return _DOUBTS.get(question.doubt, "")


# ---- Promised and secured ----


def delivery_headline(assessment: Assessment) -> str:
    """How many points rest on plans; nothing where no answer is a promise."""
    delivery = assessment.delivery
    if delivery is None:
        return ""
    gap, open_ = at_risk(delivery), delivery.promised.score - delivery.in_place.score
    if gap >= VISIBLE:
        return f"{tenth(gap)} of {_whole(assessment, delivery)} points rest on plans"
    if open_ >= VISIBLE:
        return f"No points rest on plans alone, {tenth(open_)} on commitments"
    return "The score does not rest on promises"


def at_risk(node: Delivery | FactorDelivery) -> float:
    """The points that plans stand for: the delivery risk."""
    if isinstance(node, FactorDelivery):
        return node.promised - node.secured
    return node.promised.score - node.secured.score


def factors_at_risk(delivery: Delivery) -> tuple[FactorDelivery, ...]:
    """The factors that rest on plans; where none does, those that rest on commitments."""
    planned = tuple(f for f in delivery.factors if at_risk(f) >= VISIBLE)
    return (planned or delivery.factors)[:FACTORS_AT_RISK]


def promises_sentence(factors: Sequence[FactorDelivery]) -> str:
    """The chart of promises for those who hear it."""
    first = factors[0]
    parts = (first.promised, first.secured, first.in_place)
    promised, secured, there = map(whole, parts)
    return (
        f"Bars of {counted(len(factors), 'factor')}; of {within(first.title)}, {promised} points "
        f"are promised, {secured} secured and {there} in place."
    )


def _whole(assessment: Assessment, delivery: Delivery) -> str:
    return points(delivery.promised.score, assessment.method.bands)


def delivery_in_brief(assessment: Assessment, delivery: Delivery) -> str:
    """The three scores in one sentence."""
    bands = assessment.method.bands
    promised, secured, there = (
        points(one.score, bands) + (" (not rated)" if one.rating == "NR" else "")
        for one in (delivery.promised, delivery.secured, delivery.in_place)
    )
    return f"Promised {promised}, secured without plans {secured}, in place today {there}."


def delivery_sentences(assessment: Assessment, delivery: Delivery) -> str:
    """The three scores with their ratings, and how many answers they differ by."""
    bands = assessment.method.bands

    def told(words: str, score: float, rating: str) -> str:
        return f"{words} {points(score, bands)} ({rating})"

    three = listed(
        [
            told("as promised it scores", assessment.score, rated(delivery.promised)),
            told("without what is only planned", delivery.secured.score, rated(delivery.secured)),
            told("with what is in place alone", delivery.in_place.score, rated(delivery.in_place)),
        ]
    )
    kinds = [(delivery.planned, "planned"), (delivery.committed, "committed")]
    answers = listed(f"{count(n)} {word}" for n, word in kinds if n)
    total = delivery.planned + delivery.committed
    return sentence(f"{three}. {sentence(answers)} {'answer' if total == 1 else 'answers'}.")


def unproven_sentence(delivery: Delivery) -> str:
    """The planned answers for which nothing is shown; of many the first."""
    if not delivery.unproven:
        return ""
    titles = [within(title) for _, title in delivery.unproven]
    more = len(titles) - UNPROVEN_SHOWN
    rest = [f"{count(more)} more"] if more > 0 else []
    told = listed([*titles[:UNPROVEN_SHOWN], *rest])
    return f"Planned, and no evidence is named: {told}."
