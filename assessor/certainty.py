"""How sure a result is and what would change it, in sentences composed from the record."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assessor.questions import within
from assessor.record import Assessment, Interval, RatingBand
from assessor.rubric import ROUNDING
from assessor.trust import Lever, RankChances, RatingChance, Switch, WeightSwitch
from assessor.wording import (
    VISIBLE,
    band_of,
    count,
    counted,
    listed,
    plain,
    points,
    sentence,
    span,
    tenth,
    whole,
)

SWITCHES_SHOWN = 5  # in each direction
WEIGHTS_SHOWN = 3
TIMES = 4.0  # a weight that would have to grow or shrink by more is named as out of reach


# ---- How sure ----


def percent(chance: float) -> str:
    """A chance from 0 to 1 in percent; never 0 or 100 where it is neither."""
    if 0 < chance < 0.01:
        return "under 1"
    return "over 99" if 0.99 < chance < 1 else whole(100 * chance)


def _of_the_draws(chance: float) -> str:
    if chance in (0, 1):
        return "every draw" if chance else "no draw"
    return f"{percent(chance)} percent of the draws"


def chances_shown(assessment: Assessment) -> list[RatingChance]:
    """The bands into which any draw falls."""
    return [chance for chance in assessment.robustness.chances if chance.chance]


def chance_of(assessment: Assessment) -> float | None:
    """The chance that the rating stands, from 0 to 1; None without a rating."""
    chances = assessment.robustness.chances
    return next((c.chance for c in chances if c.rating == assessment.rating), None)


def robustness_headline(assessment: Assessment) -> str:
    """Whether the rating survives other weights and other methods."""
    chance = chance_of(assessment)
    if chance is None:
        return sentence(_open(assessment))
    variants = assessment.robustness.variants
    kept = sum(variant.survives for variant in variants)
    how_many = "all" if kept == len(variants) else f"{count(kept) if kept else 'none'} of"
    each = f"{how_many} {count(len(variants))}"
    return (
        f"The rating {assessment.rating} stands in {_of_the_draws(chance)} and by {each} "
        f"other methods{_unless(assessment)}"
    )


def _open(assessment: Assessment) -> str:
    """Of what is not rated, how far it may yet go; draws of what is not known say little of it."""
    low, high = (points(end, assessment.method.bands) for end in assessment.interval)
    return f"too little is known for a rating: the score may end anywhere from {low} to {high}"


def _unless(assessment: Assessment) -> str:
    """What the draws leave out: rules that would cap the score and that they do not settle."""
    rules = len(assessment.robustness.unsettled)
    if not rules:
        return ""
    low = points(assessment.interval[0], assessment.method.bands)
    which = "a rule that is" if rules == 1 else f"{count(rules)} rules that are"
    return f", unless {which} still open caps it (down to {low}, {assessment.rating_range[0]})"


def _drawn(assessment: Assessment) -> str:
    interval = span(assessment.robustness.draw_interval, assessment.method.bands)
    return f"nine draws in ten score {interval}"


def robustness_sentence(assessment: Assessment) -> str:
    """One sentence for the terminal; none without a rating."""
    robust = assessment.robustness
    chance = chance_of(assessment)
    if chance is None:
        return ""
    drawn = f"With weights and open answers drawn {robust.draws:,} times, {_drawn(assessment)}"
    variants = robust.variants
    kept = sum(variant.survives for variant in variants)
    methods = f" and by {kept} of {len(variants)} other methods" if variants else ""
    stands = f"the rating {assessment.rating} stands in {_of_the_draws(chance)}{methods}"
    return f"{drawn}; {stands}{_unless(assessment)}."


def ranges(assessment: Assessment) -> list[tuple[str, Interval, str]]:
    """What is moved, how far the score then reaches, and the bands of both ends if it is rated."""
    robust, bands = assessment.robustness, assessment.method.bands
    shift = plain(robust.shift_percent)
    rows = [
        ("Open answers at their worst and best", assessment.interval),
        ("Weights drawn; nine draws of ten", robust.weight_interval),
        ("Weights and open answers drawn; nine draws of ten", robust.draw_interval),
        (f"Every weight up or down by {shift} percent; exact", robust.exact_range),
        (f"Weights by {shift} percent, open answers worst and best", robust.exact_range_open),
    ]
    rated = assessment.rating != "NR"
    return [(what, ends, _bands(ends, bands) if rated else "") for what, ends in rows]


def _bands(ends: Interval, bands: Sequence[RatingBand]) -> str:
    low, high = (band_of(end, bands) for end in ends)
    return low if low == high else f"{low} to {high}"


def draws_sentence(assessment: Assessment) -> str:
    """What was drawn, from what, and that it can be repeated."""
    robust = assessment.robustness
    return (
        f"{robust.draws:,} draws, seed {robust.seed}: weights from a Dirichlet distribution around "
        f"those of the rubric for each group of siblings (concentration "
        f"{plain(robust.concentration)}), answers evenly between their low and their high, an "
        "unanswered question between 0 and 100, each for itself. Rules cap where what is "
        "answered or drawn raises them."
    )


# ---- What would change it ----


def distance_sentence(assessment: Assessment) -> str:
    """How far the bands above and below are."""
    up, down = assessment.levers.up, assessment.levers.down
    said = []
    if up:
        said.append(f"{tenth(up.points)} points below {up.rating}")
    if down:
        said.append(f"{tenth(down.points)} above the edge to {down.rating}")
    return f"The score is {listed(said)}." if said else ""


def levers_headline(assessment: Assessment) -> str:
    """How many single answers would move the rating; empty where nothing moves the score."""
    levers = assessment.levers
    if assessment.rating == "NR" or not (levers.up or levers.down):
        top = tornado_shown(assessment)
        return f"The score hangs most on {within(top[0].title)}" if top else ""
    up, down = (sum(s.direction == way for s in levers.switches) for way in ("up", "down"))
    lifts, lowers = ("lifts" if up == 1 else "lift"), ("lowers" if down == 1 else "lower")
    said = [f"{counted(up, 'single answer')} {lifts} the rating"] if up else []
    if down:
        said.append(f"{count(down) if up else counted(down, 'single answer')} {lowers} it")
    if not up and down:
        return sentence(f"{counted(down, 'single answer')} {lowers} the rating, none lifts it")
    return sentence(listed(said)) if said else "No single answer moves the rating"


def levers_sentence(assessment: Assessment) -> str:
    """One sentence for the terminal."""
    said = distance_sentence(assessment)
    return f"{said} {levers_headline(assessment)}{_nearest(assessment)}." if said else ""


def _nearest(assessment: Assessment) -> str:
    """The single answer that moves the rating by the smallest change of the score, if any does."""
    found = assessment.levers.switches
    if not found:
        return ""
    nearest = min(found, key=lambda switch: abs(switch.score - assessment.score))
    is_level = isinstance(nearest.answer, str)
    answer = str(nearest.answer).replace("_", " ") if is_level else within(nearest.answer_text)
    return f"; the nearest, {within(nearest.title)} ({answer}), brings {nearest.rating}"


def tornado_shown(assessment: Assessment) -> list[Lever]:
    """The bars of the tornado chart: none where no answer moves the score."""
    return [one for one in assessment.levers.tornado if one.best - one.worst > VISIBLE]


def switches_shown(assessment: Assessment) -> list[Switch]:
    """The smallest changes in each direction."""
    found = assessment.levers.switches
    ways = [[s for s in found if s.direction == way] for way in ("up", "down")]
    return [switch for way in ways for switch in way[:SWITCHES_SHOWN]]


def switches_left(assessment: Assessment) -> int:
    """How many more there are."""
    return len(assessment.levers.switches) - len(switches_shown(assessment))


def weights_shown(assessment: Assessment) -> list[WeightSwitch]:
    """The weights that need the least change, as far as such a change may be argued for."""
    near = [w for w in assessment.levers.weight_switches if _times(w) <= TIMES]
    return near[:WEIGHTS_SHOWN]


def _times(switch: WeightSwitch) -> float:
    return math.exp(abs(math.log(switch.needed / switch.weight)))


def weights_sentence(assessment: Assessment) -> str:
    """Which weight of a factor alone would move the rating."""
    shown = weights_shown(assessment)
    if not shown:
        return (
            "No factor's weight moves the rating by itself, unless it were made more than "
            f"{count(int(TIMES))} times as heavy or as light."
        )
    said = [
        f"{within(w.title)} at {tenth(w.needed)} in place of {plain(w.weight)} "
        f"({tenth(w.share_needed)} percent of all, not {tenth(w.share)}) brings {w.rating}"
        for w in shown
    ]
    return f"By weight alone: {'; '.join(said)}."


def tornado_sentence(assessment: Assessment) -> str:
    """The tornado chart for those who hear it."""
    shown = tornado_shown(assessment)
    first, bands = shown[0], assessment.method.bands
    return (
        f"Bars of {counted(len(shown), 'answer')} around the score of "
        f"{points(assessment.score, bands)}; the widest, {within(first.title)}, reaches from "
        f"{points(first.worst, bands)} to {points(first.best, bands)}."
    )


def tornado_scale(assessment: Assessment) -> tuple[float, float]:
    """The ends of the chart's scale: whole fives that hold every bar."""
    ends = [end for lever in assessment.levers.tornado for end in (lever.worst, lever.best)]
    low, high = min([*ends, assessment.score]), max([*ends, assessment.score])
    return max(5.0 * math.floor(low / 5), 0.0), min(5.0 * math.ceil(high / 5 + ROUNDING), 100.0)


# ---- Ranks ----


def rank_sentence(chances: RankChances) -> str:
    """How often the first of a ranking stays first under other weights and open answers."""
    found = 100 * chances.first_stays_error
    error = f" (standard error {'under 0.1' if found < VISIBLE else tenth(found)})"
    return (
        f"With weights and open answers drawn {whole(chances.draws)} times, {chances.names[0]} "
        f"stays first, alone or with others, in {_of_the_draws(chances.first_stays)}"
        f"{error if found else ''}."
    )


def drawn_rank(chances: RankChances | None, place: int) -> tuple[str, str]:
    """The ranks of nine draws in ten, and the share of draws in which a proposal keeps its rank.

    `place` is its place in the record; a dash where its ranks were not drawn.
    """
    if chances is None or place not in chances.members:
        return "–", "–"
    at = chances.members.index(place)
    ranks = "–".join(map(str, dict.fromkeys(chances.ranges[at])))
    return ranks, f"{percent(chances.keeps[at])}%"
