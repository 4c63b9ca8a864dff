"""Conclusions composed from the record: the headline of each section and figure of a report.

Each is a pure function of the record, so that a test can hold it against the record's counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from assessor.questions import within
from assessor.record import (
    Assessment,
    FactorResult,
    Finding,
    PrerequisiteResult,
    Recommendation,
    State,
    TargetCheck,
)
from assessor.trust import Assessors, Opinion, Opinions, Resembled
from assessor.wording import (
    VISIBLE,
    band_title,
    count,
    counted,
    listed,
    plain,
    points,
    rated,
    sentence,
    tenth,
    whole,
)

DIFFERENCES_SHOWN = 3
TO_SETTLE_SHOWN = 5

# ---- Sections ----


def summary_headline(assessment: Assessment) -> str:
    """The conclusion of the whole: prerequisites first, else grave warnings, then the factors."""
    unmet = sum(p.state == "not_met" for p in assessment.prerequisites)
    if unmet:
        verb, them = ("is", "it") if unmet == 1 else ("are", "them")
        return sentence(
            f"{counted(unmet, 'prerequisite')} {verb} not met; no strength can offset {them}"
        )
    said = [_strong_and_weak(assessment)]
    if grave := len(grave_warnings(assessment)):
        said.insert(0, counted(grave, "grave warning"))
    if promised := sum(p.promise is not None for p in assessment.prerequisites):
        verb = "is" if promised == 1 else "are"
        said.insert(0, f"{counted(promised, 'prerequisite')} {verb} met only as promised")
    return sentence("; ".join(said))


def _strong_and_weak(assessment: Assessment) -> str:
    """The best two factors and the worst two; a challenge is handled, nobody is strong on it."""
    good = strongest(assessment)
    enablers = listed([within(f.short) for f in good if f.pillar == "success_factor"][:2])
    handled = listed([within(f.short) for f in good if f.pillar == "challenge"][:2])
    best = f"strong on {enablers}" if enablers else f"handles {handled} well" if handled else ""
    worst = listed(within(f.short) for f in weakest(assessment)[:2])
    if best and worst:
        return f"{best}; weak on {worst}"
    if best:
        return f"{best}; no rated factor is weak"
    if worst:
        return f"weak on {worst}; no rated factor is strong"
    return "too little is known to judge any factor"


def grave_warnings(assessment: Assessment) -> list[Finding]:
    """Raised warnings of high severity, in the order of the rules."""
    return [
        f
        for f in assessment.findings
        if f.state == "raised" and f.kind == "warning" and f.severity == "high"
    ]


def strongest(assessment: Assessment) -> list[FactorResult]:
    """Factors rated A or B, the best first."""
    good = [f for f in assessment.factors if f.rating in {"A", "B"}]
    return sorted(good, key=lambda f: -(f.score or 0))


def weakest(assessment: Assessment) -> list[FactorResult]:
    """Factors rated C or D, the worst first."""
    bad = [f for f in assessment.factors if f.rating in {"C", "D"}]
    return sorted(bad, key=lambda f: f.score or 0)


def overall_cap(assessment: Assessment) -> float | None:
    """The lowest cap that a raised rule sets to the overall score."""
    caps = [f.cap for f in assessment.findings if f.state == "raised" and f.cap]
    return min((cap.at for cap in caps if cap.applied and cap.node == "overall"), default=None)


def _clauses(*groups: tuple[int, str]) -> str:
    """Counts as clauses, without those that are nought: four are met and one is not met."""
    return listed(
        f"{count(number)} {'is' if number == 1 else 'are'} {what}"
        for number, what in groups
        if number
    )


def tests_headline(assessment: Assessment) -> str:
    """How the tests of what a zone or a cluster is came out."""
    tests, kind = assessment.prerequisites, assessment.rubric.kind
    states = ["disputed" if test.disputed else test.promise or test.state for test in tests]
    met = states.count("met")
    if not tests:
        return "No prerequisites are asked for"
    if met == len(tests):
        return f"It meets {'the one test' if met == 1 else f'all {count(met)} tests'} of a {kind}"
    said = _clauses(
        (met, "met"),
        (states.count("committed"), "met as committed"),
        (states.count("planned"), "met as planned"),
        (states.count("not_met"), "not met"),
        (states.count("unknown"), "not answered"),
        (states.count("disputed"), "disputed"),
    )
    return f"Of {counted(len(tests), 'test')} of a {kind}, {said}"


def prerequisite_words(test: PrerequisiteResult) -> str:
    """How one test came out."""
    if test.disputed:
        return "Disputed"
    if test.promise:
        today = "; not met today" if test.met_today is False else ""
        return f"Met as {test.promise}{today}"
    return {"met": "Met", "not_met": "Not met", "unknown": "Not answered"}[test.state]


def findings_headline(assessment: Assessment) -> str:
    """How many warnings and strengths the rules raised."""
    raised = [f for f in assessment.findings if f.state == "raised"]
    alarms = [f for f in raised if f.kind == "warning"]
    grave = sum(f.severity == "high" for f in alarms)
    strengths = len(raised) - len(alarms)
    if not raised:
        open_ = sum(f.state == "cannot_tell" for f in assessment.findings)
        if open_:
            return f"No warning is raised, but {counted(open_, 'rule')} cannot tell yet"
        return "No rule is raised, for better or worse"
    said = _warnings(len(alarms), grave)
    if strengths:
        said += f"{', and' if len(alarms) > 1 else ' and'} {counted(strengths, 'strength')}"
    return sentence(said)


def _warnings(number: int, grave: int) -> str:
    if number == 0:
        return "no warning"
    if number == 1:
        return "one grave warning" if grave else "one warning"
    of_them = "all" if grave == number else "none" if grave == 0 else count(grave)
    return f"{count(number)} warnings, {of_them} of them grave"


def actions_headline(assessment: Assessment) -> str:
    """How many steps there are and what the best of them gains."""
    unmet = sum(p.state == "not_met" for p in assessment.prerequisites)
    steps = assessment.recommendations
    if steps:
        said = f"{counted(len(steps), 'step')} of {_worth(steps)}"
        return f"First the {_prerequisites(unmet)}, then {said}" if unmet else sentence(said)
    if unmet:
        return f"The {_prerequisites(unmet)} first; no answer given so far calls for more"
    if assessment.next_questions:
        return "The next step is to answer what is open"
    return "No answer given calls for a step"


def _worth(steps: Sequence[Recommendation]) -> str:
    """What the best step gains alone; without the caps where they hold every gain back."""
    most, uncapped = max(s.gain for s in steps), max(s.gain_uncapped for s in steps)
    upto = "" if len(steps) == 1 else "up to "
    if most < VISIBLE <= uncapped:
        return f"{upto}{tenth(uncapped)} points once no rule caps the score"
    return f"{upto}{tenth(most)} points"


def _prerequisites(number: int) -> str:
    return "prerequisite" if number == 1 else f"{count(number)} prerequisites"


def factors_headline(assessment: Assessment) -> str:
    """How many factors are sound or strong, and how many weak."""
    total = len(assessment.factors)
    good, bad = len(strongest(assessment)), len(weakest(assessment))
    if good + bad == 0:
        return f"None of the {counted(total, 'factor')} can be rated yet"
    how_many, verb = (
        (sentence(count(good)), "are") if good > 1 else ("One" if good else "None", "is")
    )
    said = f"{how_many} of {counted(total, 'factor')} {verb} sound or strong"
    return f"{said}, {_clauses((bad, 'weak'))}" if bad else said


def method_headline(assessment: Assessment) -> str:
    """How many factors and questions make the score."""
    questions = sum(len(f.indicators) for f in assessment.factors)
    return (
        f"{sentence(counted(len(assessment.factors), 'factor'))}, "
        f"{counted(questions, 'question')}, and every weight says why"
    )


def sources_headline(_assessment: Assessment) -> str:
    """What holds for every report."""
    return "Every lesson has its page, and none transfers as it stands"


# ---- Figures and tables ----


def profile_claim(assessment: Assessment) -> str:
    """What the chart of factors shows: against the best described case, else the spread."""
    best, shared, ahead = _nearest_case(assessment)
    if best:
        if shared == 1:
            return f"Only one factor is rated both here and for {best}"
        higher = {0: "none of the", shared: "all"}.get(
            shared - ahead, f"{count(shared - ahead)} of the"
        )
        return f"{best} stands higher on {higher} {count(shared)} factors on which both are rated"
    good = len(strongest(assessment))
    return (
        f"{sentence(counted(good, 'factor'))} of {count(len(assessment.factors))} reach B or better"
    )


def _nearest_case(assessment: Assessment) -> tuple[str, int, int]:
    """The comparator with most factors in common: its name, how many, on how many we reach it."""
    ours = _scores(assessment)
    found = ("", 0, 0)
    for case in assessment.comparators:
        both = [key for key in case.scores if key in ours]
        if len(both) > found[1]:
            found = (case.name, len(both), sum(ours[key] >= case.scores[key] for key in both))
    return found


def target_verdict(target: TargetCheck) -> str:
    """A forecast against its reference class, in words."""
    total = len(target.reference)
    if total == 1:
        ((_, only),) = target.reference
        side = "Above" if target.value > only else "Below" if target.value < only else "Level with"
        return f"{side} the reference: one figure, no spread"
    if target.bold and target.several:
        return "Bold for one place: the cases are sums of several"
    if target.bold:
        return "Bolder than every case in the reference"
    if target.exceeds == 0:
        return f"Above none of the {counted(total, 'case')} in the reference"
    if target.exceeds == total:
        return f"Above all {count(total)} cases in the reference"
    return f"Above {count(target.exceeds)} of the {counted(total, 'case')} in the reference"


def targets_headline(targets: Sequence[TargetCheck]) -> str:
    """How many forecasts lie beyond every case, and how many are bold beside sums of several."""
    beyond = sum(target.bold and not target.several for target in targets)
    summed = sum(target.bold and target.several for target in targets)
    total, single = len(targets), sum(len(target.reference) == 1 for target in targets)
    if beyond:
        bolder = f"{_forecasts(beyond, total)} bolder than what comparable places reached"
        if not summed:
            return bolder
        return f"{bolder}, and {count(summed)} {'is' if summed == 1 else 'are'} bold for one place"
    if summed:
        return f"{_forecasts(summed, total)} bold for one place: the cases are sums of several"
    if single == total:
        has = "The forecast has" if total == 1 else "Each forecast has"
        return f"{has} one figure beside it, and no spread"
    if single:
        return "No forecast with several cases beside it is bolder than what they reached"
    return "No forecast is bolder than what comparable places reached"


def _forecasts(number: int, total: int) -> str:
    """So many of all forecasts, with the verb."""
    if number == total:
        return "The forecast is" if total == 1 else "All forecasts are"
    verb = "is" if number == 1 else "are"
    return f"{sentence(count(number))} of {counted(total, 'forecast')} {verb}"


def figure(value: float, unit: str) -> str:
    """A figure of a target: 0.014 million of something is written out, 14,000."""
    return plain(round(value * 1e6)) if unit == "million" else plain(value)


def reality_headline(assessment: Assessment) -> str:
    """What the reference classes say; empty where there is nothing to hold the proposal against."""
    a = assessment
    if a.targets:
        return targets_headline(a.targets)
    if a.resembles:
        return resembles_headline(a.resembles)
    if a.costs:
        return "Works of this kind have cost more and taken longer than planned"
    return "Numbers of the paper to hold it against" if a.numbers else ""


def assessors_headline(assessment: Assessment) -> str:
    """On how many questions several assessors differ; empty where there is nothing to tell."""
    panel = assessment.assessors
    if panel is None or not panel.questions:
        return ""
    if not panel.differing:
        return f"The {count(len(panel.names))} assessors agree, and the proponent replies"
    differ = f"{sentence(count(len(panel.names)))} assessors differ on"
    settle = f"{count(panel.to_settle)} to be settled" if panel.to_settle else "none of them widely"
    return f"{differ} {counted(panel.differing, 'question')}, {settle}"


def assessors_sentence(assessment: Assessment, panel: Assessors) -> str:
    """What each alone would score, how their answers become one, and what is to be settled."""
    return (
        f"Alone they score: {each_assessor(assessment, panel)}. Of "
        f"{counted(panel.answered, 'question')} with an answer they agree on "
        f"{panel.agreed}. The answer in the middle counts, the interval "
        "spans all, and two levels apart (or fifty points, where there are none) is to be settled."
    )


def each_assessor(assessment: Assessment, panel: Assessors) -> str:
    """What each assessor's answers alone would score."""
    bands = assessment.method.bands
    return listed(
        f"{one.assessor} {points(one.score, bands)} "
        f"({'not rated' if one.rating == 'NR' else one.rating})"
        for one in panel.results
    )


def assessors_in_brief(assessment: Assessment, panel: Assessors) -> str:
    """What each would score, and which questions are to be settled; of many the first."""
    said = f"Alone they score: {each_assessor(assessment, panel)}."
    titles = [within(q.title) for q in panel.questions if q.to_settle]
    if not titles:
        return said
    more = len(titles) - TO_SETTLE_SHOWN
    rest = [f"{count(more)} more"] if more > 0 else []
    return f"{said} To settle: {listed([*titles[:TO_SETTLE_SHOWN], *rest])}."


def opinion_words(opinion: Opinion) -> str:
    """What one assessor says, in words."""
    if opinion.answer_text is not None:
        return opinion.answer_text
    return {
        "not_assessed": "no answer",
        "insufficient_evidence": "looked for evidence and found none",
    }.get(opinion.state, "does not apply")


def opinion_groups(question: Opinions) -> list[tuple[list[str], Opinion]]:
    """The assessors who say the same, and what it is, in the order in which they stand."""
    groups: dict[tuple[str, str | None], tuple[list[str], Opinion]] = {}
    for one in question.opinions:
        names, _ = groups.setdefault((one.state, one.answer_text), ([], one))
        names.append(one.assessor)
    return list(groups.values())


def apart_words(question: Opinions) -> str:
    """How far the answers lie apart: in levels where there are some, else in points."""
    if not question.differ:
        return "–"
    if question.levels:
        return counted(question.levels, "level")
    return f"{whole(question.points)} points" if question.points else "unlike"


def resembles_headline(cases: Sequence[Resembled]) -> str:
    """Which case is nearest."""
    return f"Nearest of the cases told: {cases[0].name}"


def differs_words(case: Resembled) -> str:
    """The questions on which a proposal and a case differ most, by who does better."""
    shown = case.differs[:DIFFERENCES_SHOWN]
    groups = (
        ("better", [d for d in shown if d.points > 0]),
        ("worse", [d for d in shown if d.points < 0]),
    )
    parts = [f"{word} on {listed(within(d.title) for d in some)}" for word, some in groups if some]
    return f"{sentence('; '.join(parts))}." if parts else "In none of the shared answers."


# ---- Sentences ----


def coverage_sentence(assessment: Assessment) -> str:
    """How much of the weight has an answer."""
    return f"Answers cover {whole(assessment.coverage)} percent of the weight."


def rating_sentence(assessment: Assessment) -> str:
    """What the rating means, or why there is none."""
    if assessment.rating == "NR":
        return assessment.not_rated_because or ""
    bands = assessment.method.bands
    if assessment.firm:
        title = band_title(assessment.rating, bands)
        return f"{title}: whatever is still unknown, the rating stays{_if_kept(assessment)}."
    low, high = (band_title(end, bands) for end in assessment.rating_range)
    return f"What is still unknown decides between “{low}” and “{high}”."


def _if_kept(assessment: Assessment) -> str:
    """The rating without what is only planned, where it is another."""
    secured = assessment.delivery and assessment.delivery.secured
    if not secured or secured.rating == assessment.rating:
        return ""
    return f", if all that is planned is done; without plans it is {secured.rating}"


def unknown_sentence(assessment: Assessment) -> str:
    """How many questions have no answer and how many were looked for in vain."""
    states = question_states(assessment)
    open_, lost = states.count("not_assessed"), states.count("insufficient_evidence")
    if not open_ and not lost:
        return "Every question that applies has an answer."
    said = []
    if open_:
        verb = "has" if open_ == 1 else "have"
        said.append(f"{count(open_)} of {len(states)} questions {verb} no answer")
    if lost:
        said.append(f"for {count(lost)} evidence was looked for and not found")
    return sentence(f"{' and '.join(said)}.")


def question_states(assessment: Assessment) -> list[State]:
    """The state of every question that scores."""
    return [indicator.state for factor in assessment.factors for indicator in factor.indicators]


def at_once_sentence(steps: Sequence[Recommendation]) -> str:
    """How many steps need not wait."""
    at_once = sum(step.months[0] == 0 for step in steps)
    if not at_once:
        return ""
    verb = "begins" if at_once == 1 else "begin"
    return f"{sentence(count(at_once))} of them {verb} in the month of the decision."


# ---- Figures for those who hear them ----


def scale_sentence(assessment: Assessment) -> str:
    """The cover's scale."""
    bands = assessment.method.bands
    low, high = (points(end, bands) for end in assessment.interval)
    return (
        f"A scale from 0 to 100 in {counted(len(bands), 'band')}: "
        f"the score lies between {low} and {high}, {rated(assessment)}."
    )


def profile_sentence(assessment: Assessment) -> str:
    """The chart of factors."""
    total = counted(len(assessment.factors), "factor")
    scores = _scores(assessment)
    if not scores:
        return f"Bars of {total}, none of which is known well enough to be rated."
    names = {factor.id: within(factor.short) for factor in assessment.factors}
    best, worst = max(scores, key=scores.__getitem__), min(scores, key=scores.__getitem__)
    high, low = (points(scores[end], assessment.method.bands) for end in (best, worst))
    return (
        f"Bars of {total} from 0 to 100; {names[best]} is highest at {high}, "
        f"{names[worst]} lowest at {low}."
    )


def _scores(assessment: Assessment) -> dict[str, float]:
    """The score of each factor that is rated, by its id."""
    return {
        factor.id: factor.score
        for factor in assessment.factors
        if factor.rating != "NR" and factor.score is not None
    }
