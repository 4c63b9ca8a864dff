"""What to do first: the least effort that lifts a proposal into the next rating.

How the set of steps is found:

1. Unmet prerequisites are met: without them no rating counts.
2. Every answered question that is not given may go to any better level, a measure also as far as
   each unit of effort takes it, for the effort of its advice, in proportion to the way.
3. While all above the factors is a weighted mean, the gains of factors add up. So the choice is a
   knapsack, solved exactly by keeping, question by question, only those part-sets that no other
   beats in both effort and gain. Factors that are no plain mean enter with all combinations of
   their levels, and a rule that caps the overall score forces one of the steps that lift it.
4. The engine scores what was found. Where it does not confirm it, or where 3 does not hold, all
   steps together are thinned out, one at a time, while the rating is still reached: a heuristic.
5. What 3 does not prove, trying does: the engine scores the cheapest sets, the cheapest first. The
   first that reaches the rating is the cheapest of all; where every set that takes less than the
   heuristic's fails, the heuristic's is. Beyond some thousands of sets nothing is proven.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assessor.aggregation import AGGREGATIONS, Floats
from assessor.diagnosis import Row, View, not_rated_because
from assessor.indicators import Checklist, Choice, Indicator, Ordinal, YesNo
from assessor.plain import Record
from assessor.questions import Prerequisite
from assessor.rubric import ROUNDING, Factor, Rule
from assessor.scorer import BLOCK, Scores
from assessor.trials import SLACK, Change, Option, copies, options
from assessor.trust import ImprovementPath, PathStep

COMBINATIONS = 4_096  # of the levels of one factor
BRANCHES = 64  # ways to choose which step lifts which cap
TRIED = 4_096  # sets that are scored one by one where nothing else proves which is the cheapest


Steps = tuple[Option, ...]


def path(row: Row) -> ImprovementPath | None:
    """The cheapest way to the next rating; None where there is no rating, or none better."""
    target = _next_band(row)
    if target is None:
        return None
    own = [p for p in row.rubric.prerequisites if p.test == row.rubric.file.kind]
    unmet = [p for p in own if row.met(p) == "not_met"]
    unknown = [p.id for p in own if row.met(p) == "unknown"]
    search = _Search.of(_with_met(row, unmet), target)
    steps, exact = search.steps()
    return _path(search, [p.id for p in unmet], unknown, steps, exact)


def _next_band(row: Row) -> float | None:
    """The lowest score of the band above the proposal's own."""
    score, at = row.score("overall")[0], row.view.scores.coverage[0, row.n]
    if not_rated_because(row, float(at)):
        return None
    better = [band for band in row.rubric.file.ratings if band.lowest > score + ROUNDING]
    return min((band.lowest for band in better), default=None)


def _with_met(row: Row, unmet: Sequence[Prerequisite]) -> Row:
    """The proposal with its unmet prerequisites met; itself where there are none."""
    if not unmet:
        return row
    met = copies(row, [{one.id: Change(1.0) for one in unmet}])
    return Row(View.of(row.view.scorer, met), 0)


# ---- The search ----


class _Group(NamedTuple):
    """Ways of which one is taken, by rising key and gain; the first may be to change nothing."""

    keys: NDArray[np.int64]
    gains: Floats
    ways: Sequence[Steps]


class _Search(Record, kw_only=False):
    """A proposal, the score it wants to reach, and what may be changed."""

    base: Row
    target: float
    options: Mapping[str, Sequence[Option]]
    held: Sequence[Rule]  # rules that hold the overall score below the target
    capped: Mapping[str, Sequence[Rule]]  # raised rules that cap a factor
    clears: Mapping[str, Sequence[Option]]  # by rule: the levels that lift its cap by themselves

    @classmethod
    def of(cls, base: Row, target: float) -> _Search:
        rubric, found = base.rubric, options(base)
        raised = base.view.scores.raised[:, base.n]
        rules = [(n, rule) for n, rule in enumerate(rubric.rules) if rule.cap and raised[n]]
        held = [r for _, r in rules if r.cap and r.cap.overall and r.cap.at < target - ROUNDING]
        capped: dict[str, list[Rule]] = {}
        for _, rule in rules:
            if rule.cap and rule.cap.factor:
                capped.setdefault(rule.cap.factor, []).append(rule)
        every = [option for own in found.values() for option in own]
        then = _scores(base, [(option,) for option in every]).raised if rules and every else None
        clears = {
            rule.id: [o for o, still in zip(every, then[n], strict=True) if not still]
            for n, rule in rules
            if then is not None
        }
        return cls(base, target, found, held, capped, clears)

    def steps(self) -> tuple[Steps | None, bool]:
        """The cheapest steps that reach the target, None where none do; whether that is proven."""
        found = self._found()
        nothing, all_, *confirmed = self.reaches([(), self.everything, *found])
        if nothing:
            return (), True
        if confirmed and confirmed[0] and self._provable():
            return found[0], True
        likely = self.everything if all_ else None
        if any(confirmed):
            likely = found[confirmed.index(True)]
        return self._tried(None if likely is None else self._thinned(likely))

    @property
    def everything(self) -> Steps:
        """Every question at its best level."""
        return tuple(own[-1] for own in self.options.values())

    def reaches(self, sets: Sequence[Steps]) -> list[bool]:
        """Whether each set of steps reaches the target, as the engine scores it."""
        mids = _scores(self.base, sets).mid[0]
        return [bool(mid >= self.target - ROUNDING) for mid in mids]

    def _provable(self) -> bool:
        """Whether what the knapsack leaves out of account can make no set cheaper."""
        above = (self.base.rubric.file.overall, *self.base.rubric.pillars)
        rules = [*self.held, *(rule for own in self.capped.values() for rule in own)]
        alone = all(self.base.rubric.condition(rule).is_conjunction for rule in rules)
        inside = all(
            name.startswith(f"{factor}.")
            for factor, own in self.capped.items()
            for rule in own
            for name in self.base.rubric.condition(rule).names
        )
        counted = all(
            self._adds_up(f) or self._combinations(f) <= COMBINATIONS
            for f in self.base.rubric.factors
        )
        flat = all(node.aggregation == "arithmetic" for node in above)
        return flat and alone and inside and counted and self._branches() <= BRANCHES

    # ---- The knapsack ----

    def _found(self) -> list[Steps]:
        """The cheapest steps for each way to lift the caps, the cheapest first."""
        if not all(self.clears.get(rule.id) for rule in self.held):
            return []
        found = [self._cheapest(must) for must in islice(self._musts(), BRANCHES)]
        return sorted({steps for steps in found if steps is not None}, key=_key)

    def _lifters(self, rule: Rule) -> list[list[Option]]:
        """The levels that lift a cap, question by question."""
        own: dict[str, list[Option]] = {}
        for option in self.clears[rule.id]:
            own.setdefault(option.question, []).append(option)
        return list(own.values())

    def _branches(self) -> int:
        return math.prod(len(self._lifters(rule)) for rule in self.held)

    def _musts(self) -> Iterator[dict[str, list[Option]]]:
        """For each choice of what lifts the caps: the questions that must change, and to what."""
        for choice in product(*(self._lifters(rule) for rule in self.held)):
            must: dict[str, list[Option]] = {}
            for levels in choice:
                before = must.setdefault(levels[0].question, levels)
                must[levels[0].question] = [level for level in levels if level in before]
            if all(must.values()):
                yield must

    def _cheapest(self, must: Mapping[str, Sequence[Option]]) -> Steps | None:
        weights = self.base.weights
        standing = sum(
            weights[f.id] / 100 * self.base.score(f.id)[0]
            for f in self.base.rubric.factors
            if weights[f.id]
        )
        groups = [g for f in self.base.rubric.factors for g in self._groups(f, must)]
        return _knapsack(groups, self.target - SLACK - standing)

    def _adds_up(self, factor: Factor) -> bool:
        """Whether the gains of the steps in a factor simply add up."""
        return factor.aggregation == "arithmetic" and factor.id not in self.capped

    def _combinations(self, factor: Factor) -> int:
        return math.prod(1 + len(self.options.get(i.id, ())) for i in factor.indicators)

    def _groups(self, factor: Factor, must: Mapping[str, Sequence[Option]]) -> Iterator[_Group]:
        ways: list[list[Steps]] = []
        for name in (i.id for i in factor.indicators if i.id in self.options):
            stay: list[Steps] = [] if name in must else [()]
            ways.append([*stay, *((level,) for level in must.get(name, self.options[name]))])
        if self._adds_up(factor) or self._combinations(factor) > COMBINATIONS:
            share = {i.id: self.base.weights[i.id] / 100 for i in factor.indicators}
            for own in ways:
                gains = [sum(share[o.question] * o.gain for o in steps) for steps in own]
                yield _group(own, np.array(gains, dtype=float))
        elif ways:
            sets = [tuple(step for way in one for step in way) for one in product(*ways)]
            yield _group(sets, self._gains_of_sets(factor, sets))

    def _gains_of_sets(self, factor: Factor, sets: Sequence[Steps]) -> Floats:
        """What sets of steps gain overall in a factor that is no plain mean, or capped."""
        base, applying = self.base, [i for i in factor.indicators if self.base.weights[i.id]]
        rows = {i.id: n for n, i in enumerate(applying)}
        scores = np.repeat([[[base.leaf(i)[1]]] for i in applying], len(sets), axis=2)
        for column, steps in enumerate(sets):
            for option in steps:
                scores[rows[option.question], 0, column] = option.score
        weights = np.repeat([[i.weight] for i in applying], len(sets), axis=1)
        node: Floats = AGGREGATIONS[factor.aggregation](scores, weights, factor.floor or 0.0)[0]
        for rule in self.capped.get(factor.id, ()):
            lifted = [any(o in self.clears[rule.id] for o in steps) for steps in sets]
            at = rule.cap.at if rule.cap else math.inf
            node = np.where(lifted, node, np.minimum(node, at))
        gains: Floats = base.weights[factor.id] / 100 * (node - base.score(factor.id)[0])
        return gains

    # ---- Trying ----

    def _tried(self, likely: Steps | None) -> tuple[Steps | None, bool]:
        """The cheapest steps that reach the target, or those that are likely; whether proven."""
        sets, complete = self._cheapest_sets(math.inf if likely is None else _key(likely))
        for start in range(0, len(sets), BLOCK):
            some = sets[start : start + BLOCK]
            reached = self.reaches(some)
            if any(reached):
                return some[reached.index(True)], True
        return likely, complete

    def _cheapest_sets(self, below: float) -> tuple[list[Steps], bool]:
        """The sets of steps that take less than `below`, by rising key; whether these are all.

        Keys add up, so a set that is too dear stays so with every further step.
        """
        sets: list[tuple[int, Steps]] = [(0, ())]
        complete = True
        for own in self.options.values():
            keys = [key for key, _ in sets]
            for option in own:
                room = bisect_left(keys, below - option.key)
                sets += [(key + option.key, (*steps, option)) for key, steps in sets[:room]]
            sets.sort(key=itemgetter(0))
            if len(sets) > TRIED:
                below, complete = sets[TRIED][0], False
                sets = sets[: bisect_left(sets, below, key=itemgetter(0))]
        return [steps for _, steps in sets], complete

    # ---- The heuristic ----

    def _thinned(self, steps: Steps) -> Steps:
        """Steps without what is not needed: what saves most effort for a point goes first."""
        while True:
            fewer = list(self._smaller(steps))
            if not fewer:
                return steps
            scores = _scores(self.base, fewer).mid[0]
            saved = np.array([_key(steps) - _key(one) for one in fewer], dtype=float)
            lost = scores.max() - scores + 1
            worth = np.where(scores >= self.target - ROUNDING, saved / lost, 0)
            if worth.max() <= 0:
                return steps
            steps = fewer[int(worth.argmax())]

    def _smaller(self, steps: Steps) -> Iterator[Steps]:
        """The steps with one of them left out, or going less far."""
        for n, step in enumerate(steps):
            less = [o for o in self.options[step.question] if o.score < step.score]
            for instead in ((), *((option,) for option in less)):
                yield (*steps[:n], *instead, *steps[n + 1 :])


def _key(steps: Iterable[Option]) -> int:
    return sum(step.key for step in steps)


def _scores(base: Row, sets: Sequence[Steps]) -> Scores:
    """What the engine says when each set of steps is taken."""
    edits = [{step.question: step.change for step in steps} for steps in sets]
    return base.view.scorer.score(copies(base, edits))


def _group(ways: Sequence[Steps], gains: Floats) -> _Group:
    """Ways without those that take more effort than another and gain no more."""
    keys = np.array([_key(way) for way in ways], dtype=np.int64)
    kept = _front(keys, gains)
    return _Group(keys[kept], gains[kept], [ways[n] for n in kept])


def _front(keys: NDArray[np.int64], gains: Floats) -> NDArray[np.int64]:
    """The places, by rising key, of those that gain more than all before them."""
    order = np.lexsort((-gains, keys))
    best = np.maximum.accumulate(gains[order])
    rises = np.concatenate(([True], best[1:] > best[:-1]))
    front: NDArray[np.int64] = order[rises]
    return front


def _knapsack(groups: Sequence[_Group], need: float) -> Steps | None:
    """One way from each group, so that the gains come to `need` at the least key; None if none do.

    What no part-set can still reach is dropped, as is every part-set that a cheaper one equals.
    """
    # The best bargains first: a cheap set that reaches `need` beats most others early.
    groups = sorted(groups, key=lambda g: -float(g.gains[-1]) / max(int(g.keys[-1]), 1))
    still = np.cumsum([0.0, *(float(g.gains.max()) for g in reversed(groups))])[::-1]
    keys, gains = np.zeros(1, dtype=np.int64), np.zeros(1)
    trail = []
    for group, rest in zip(groups, still[1:], strict=True):
        keys = (keys[:, None] + group.keys).ravel()
        gains = np.minimum((gains[:, None] + group.gains).ravel(), need)
        kept = _front(keys, gains)
        kept = kept[gains[kept] + rest >= need - SLACK]
        if not len(kept):
            return None
        keys, gains = keys[kept], gains[kept]
        trail.append((kept, len(group.ways)))
    chosen: list[Option] = []
    at = len(gains) - 1
    for (kept, width), group in zip(reversed(trail), reversed(groups), strict=True):
        at, way = divmod(int(kept[at]), width)
        chosen += group.ways[way]
    return tuple(chosen)


# ---- The record ----


def _path(
    search: _Search, unmet: Sequence[str], unknown: Sequence[str], steps: Steps | None, exact: bool
) -> ImprovementPath:
    base, rubric = search.base, search.base.rubric
    taken = search.everything if steps is None else steps
    shown = steps or ()
    alone = [(step,) for step in shown]
    without = [(*shown[:n], *shown[n + 1 :]) for n in range(len(shown))]
    scores = _scores(base, [taken, (), *alone, *without])
    mids = scores.mid[0].tolist()
    low, high = float(scores.low[0, 0]), float(scores.high[0, 0])
    after, before, gains = mids[0], mids[1], mids[2:]
    half = len(shown)
    told = [
        _step(search, step, gains[n] - before, after - gains[half + n])
        for n, step in enumerate(shown)
    ]
    told.sort(key=lambda s: (not s.lifts, -s.gain_in_set, s.months[1], s.indicator))
    return ImprovementPath(
        target=rubric.rating(search.target),
        reaches=steps is not None,
        exact=exact,
        prerequisites=tuple(unmet),
        unknown=tuple(unknown),
        steps=tuple(told),
        units=sum(step.units for step in told),
        score_after=after,
        rating_after=rubric.rating(after),
        interval_after=(low, high),
        rating_range_after=(rubric.rating(low), rubric.rating(high)),
    )


def _step(search: _Search, option: Option, alone: float, in_set: float) -> PathStep:
    base, rubric = search.base, search.base.rubric
    factor = next(f for f in rubric.factors if option.question in {i.id for i in f.indicators})
    indicator = next(i for i in factor.indicators if i.id == option.question)
    advice = indicator.advice
    assert advice is not None  # noqa: S101 - no step is sought for what is given
    now, added = base.values[indicator.id], _added(base, indicator, option)
    return PathStep(
        indicator=indicator.id,
        factor=factor.id,
        factor_title=factor.title,
        title=indicator.title,
        now=_in_few_words(indicator, now or 0.0),
        then=_in_few_words(indicator, option.code),
        then_text=_in_full(base, indicator, option),
        score=base.leaf(indicator)[1],
        score_after=option.score,
        action=indicator.todo(now, option.code),
        missing=added,
        enough=len(added),
        owner=advice.owner,
        months=advice.months,
        effort=advice.effort,
        units=option.units,
        gain_alone=alone,
        gain_in_set=in_set,
        lifts=tuple(rule for rule, by in search.clears.items() if option in by),
    )


def _added(base: Row, indicator: Indicator, option: Option) -> tuple[str, ...]:
    """The items that the step adds to a checklist, in words; none to another kind."""
    if not isinstance(indicator, Checklist):
        return ()
    items = zip(indicator.options, option.change.ticked or (), strict=True)
    there = base.ticked[indicator.id]
    return tuple(o.descriptor.rstrip(".") for o, on in items if on and o.id not in there)


def _in_few_words(indicator: Indicator, code: float) -> str:
    """A level in few words: tender, 3 of 7, 120 hours, yes."""
    match indicator:
        case Checklist():
            return f"{code:.0f} of {len(indicator.options)}"
        case YesNo():
            return "yes" if code else "no"
        case Ordinal():
            return indicator.levels[int(code)].id.replace("_", " ")
        case Choice():
            return indicator.options[int(code)].id.replace("_", " ")
        case _:
            return indicator.show(code)


def _in_full(base: Row, indicator: Indicator, option: Option) -> str:
    """When the better level is reached: its descriptor, or the items that are added."""
    match indicator:
        case Checklist():
            return "; ".join(_added(base, indicator, option))
        case YesNo():
            return indicator.descriptors.yes if option.code else indicator.descriptors.no
        case Ordinal():
            return indicator.levels[int(option.code)].descriptor
        case Choice():
            return indicator.options[int(option.code)].descriptor
        case _:
            return indicator.show(option.code)
