"""The conclusions of a portfolio's report: the headline of each section; "" leaves it out."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from assessor.portfolio_view import Group, Line
from assessor.prospects import at_risk
from assessor.questions import within
from assessor.record import PortfolioAssessment
from assessor.wording import VISIBLE, count, counted, listed, sentence, shortened, tenth, whole


def ranking_headline(group: Group) -> str:
    """Who leads by the rubric's weights, and how many others the open answers allow there."""
    if not group.rated:
        return f"None of the {group.plural} is known well enough to be ranked"
    if len(group.lines) == 1:
        return f"One {group.first.rubric.kind}, {_rated(group.rated[0])}, with none to compare"
    leaders = [line for line in group.rated if line.row.rank == 1]
    others = sum(_may_lead(line) for line in group.rated if line.row.rank != 1)
    leads = _leads(group, leaders)
    if others:
        return f"{leads}, but what is not known lets {counted(others, 'other')} come first"
    if len(leaders) > 1:
        return leads
    return f"{leads} by the rubric’s weights, whatever is still unknown"


def _leads(group: Group, leaders: Sequence[Line]) -> str:
    """Who is first, or how many are; where a rule holds all of them down, that it does."""
    if len(leaders) == 1:
        return f"{shortened(leaders[0].name, 60)} leads"
    names = listed(shortened(line.name, 60) for line in leaders)
    if len(leaders) > 2:
        names = f"{sentence(count(len(leaders)))} {group.plural}"
    capped = ", where a rule caps the score" if all(map(_is_capped, leaders)) else ""
    return f"{names} share the lead at {group.score(leaders[0])}{capped}"


def _is_capped(line: Line) -> bool:
    """Whether a rule that is raised holds its score where it is."""
    caps = (finding.cap for finding in line.one.findings if finding.state == "raised")
    return any(cap and cap.node == "overall" and cap.at == line.row.score for cap in caps)


def _may_lead(line: Line) -> bool:
    return line.row.rank_range is not None and line.row.rank_range[0] == 1


def _rated(line: Line) -> str:
    return f"rated {line.rating}"


def factors_headline(group: Group) -> str:
    """The factor with the highest median and the one with the lowest."""
    if len(group.medians) < 2:
        return "Too little is known to compare the factors"
    best = max(group.medians, key=group.medians.__getitem__)
    worst = min(group.medians, key=group.medians.__getitem__)
    return (
        f"{group.short(best)} is the strongest factor in the median, "
        f"{within(group.short(worst))} the weakest"
    )


def gaps_headline(group: Group) -> str:
    """How many factors are weak in most proposals; nothing of one proposal alone."""
    if len(group.lines) == 1:
        return ""
    if not group.gaps:
        return "No factor is weak in most proposals"
    names = listed(within(gap.factor.short) for gap in group.gaps[:2])
    if len(group.gaps) <= 2:
        return f"Most {group.plural} are weak on {names}"
    total = counted(len(group.gaps), "factor")
    return f"Most {group.plural} share {total} that are weak, first {names}"


def unknown_headline(group: Group) -> str:
    """How much is answered, and how many proposals too little for a rating."""
    middle = whole(median(line.row.coverage for line in group.lines))
    said = f"Half of the {group.plural} have answers to {middle} percent of the weight or more"
    if len(group.lines) == 1:
        said = f"Answers cover {middle} percent of the weight"
    if not group.unrated:
        return said
    verb = "is" if len(group.unrated) == 1 else "are"
    return f"{said}; {count(len(group.unrated))} {verb} not rated"


def copies_headline(group: Group) -> str:
    """How many proposals copy another."""
    found = group.resemblance
    if not found or len(group.lines) < 2:
        return ""
    if not found.compared:
        return f"Whether {group.plural} copy each other cannot be told"
    members = {member for copied in found.groups for member in copied.members}
    more = {member for near in found.nearly for member in near.members} - members
    if not members and not more:
        kind = group.first.rubric.kind
        return f"No {kind} names the same place, sector and incentives as another"
    total = f"{count(len(members or more))} of {count(len(group.lines))} {group.plural}"
    if not members:
        return sentence(f"{total} nearly copy another: the same but for the words")
    do = "does" if len(more) == 1 else "do"
    others = f"; {count(len(more))} more nearly {do}" if more else ""
    return sentence(f"{total} copy another: same place, sector and incentives{others}")


def tests_headline(group: Group) -> str:
    """How many proposals fail a prerequisite."""
    if not group.tests:
        return ""
    failing = len(group.unmet)
    open_ = sum(bool(line.tests("unknown")) for line in group.lines)
    if failing:
        verb, their = ("fails", "it") if failing == 1 else ("fail", "them")
        who = f"{count(failing)} of {count(len(group.lines))} {group.plural}"
        return sentence(f"{who} {verb} a prerequisite, which no strength offsets for {their}")
    if open_:
        verb = "leaves" if open_ == 1 else "leave"
        return f"No prerequisite is failed, but {count(open_)} {verb} one open"
    if promising := sum(any(t.promise for t in line.tests("met")) for line in group.lines):
        kind = group.first.rubric.kind if promising == 1 else group.plural
        return f"All prerequisites are met, by {count(promising)} {kind} only as promised"
    return "All prerequisites are met"


def promises_sentence(group: Group) -> str:
    """How many proposals rest on plans, which most, and how many would lose their rating."""
    risks = {line.number: risk for line in group.lines if (risk := _at_risk(line)) >= VISIBLE}
    if not risks:
        return ""
    most = max(risks, key=risks.__getitem__)
    first = next(line for line in group.lines if line.number == most)
    total = f"{count(len(risks))} of the {count(len(group.lines))} {group.plural}"
    verb = "rests" if len(risks) == 1 else "rest"
    lower = sum(_secured(line) != line.row.rating for line in group.rated)
    then = (
        f"{count(lower)} would have another rating or none" if lower else "no rating would change"
    )
    return sentence(
        f"{total} {verb} in part on plans, {shortened(first.name, 60)} with most, "
        f"{tenth(risks[most])} points. Without plans {then}."
    )


def _at_risk(line: Line) -> float:
    return at_risk(line.one.delivery) if line.one.delivery else 0.0


def _secured(line: Line) -> str:
    """The rating without what is only planned."""
    return line.one.delivery.secured.rating if line.one.delivery else line.row.rating


def dominance_sentence(group: Group) -> str:
    """How many proposals are dominated; "" where none was compared."""
    ranks = [line.row.dominated_by for line in group.rated]
    if len(ranks) < 2:
        return ""
    if None in ranks:
        return "There are too many proposals to compare each with each."
    below = sum(bool(number) for number in ranks)
    if not below:
        return (
            f"No {group.first.rubric.kind} is as good as another on every factor and better on "
            "one, so the order rests on the weights."
        )
    verb = "has" if below == 1 else "have"
    return sentence(
        f"{count(below)} of the {count(len(ranks))} rated {group.plural} {verb} another that is "
        "as good on every factor and better on at least one; there, other weights of the factors "
        "alone could not turn the order round."
    )


def failed_headline(portfolio: PortfolioAssessment) -> str:
    """How many proposals could not be read."""
    number = len(portfolio.failed)
    if not number:
        return ""
    verb = "is" if number == 1 else "are"
    return sentence(f"{counted(number, 'proposal')} could not be read and {verb} not judged")


def cover_sentences(group: Group) -> list[str]:
    """The conclusions of one group, for the cover."""
    said = [ranking_headline(group), gaps_headline(group)]
    said += [copies_headline(group) if group.copies or group.nearly else ""]
    said += [tests_headline(group) if group.unmet else ""]
    return list(filter(None, said))


def ratings_sentence(group: Group) -> str:
    """How many proposals are in each band: one A, two B, none rated C."""
    bands = [f"{count(n)} {band.id}" for band, n in group.bands_counted if n]
    if group.unrated:
        bands.append(f"{count(len(group.unrated))} not rated")
    return listed(bands)
