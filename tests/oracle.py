"""How a score comes about, read again from the method page in plain Python: slow, and no numpy.

It knows nothing of `scorer`: leaves and verdicts go in, the score of the whole comes out, for any
weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assessor import Rubric


@dataclass
class Tree:
    """One proposal: what each indicator scores (None: it does not apply), and what is capped."""

    rubric: Rubric
    leaves: Mapping[str, float | None]
    caps: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)

    def score(self) -> float | None:
        pillars = [(p.id, self.pillar(p)) for p in self.rubric.pillars]
        return self.combined("overall", self.rubric.file.overall, pillars)

    def pillar(self, pillar) -> float | None:
        own = [f for f in self.rubric.factors if f.pillar == pillar.id]
        return self.combined(pillar.id, pillar, [(f.id, self.factor(f)) for f in own])

    def factor(self, factor) -> float | None:
        leaves = [(i.id, self.leaves[i.id]) for i in factor.indicators]
        return self.combined(factor.id, factor, leaves)

    def combined(self, name: str, how, children: Sequence[tuple[str, float | None]]):
        scored = [(self.weight(child), score) for child, score in children if score is not None]
        if not scored:
            return None
        value = mean(how.aggregation, how.floor, scored)
        return min(value, self.caps.get(name, 100.0))

    def weight(self, name: str) -> float:
        if name in self.weights:
            return self.weights[name]
        parts = (*self.rubric.pillars, *self.rubric.factors, *self.rubric.indicators)
        return next(part.weight for part in parts if part.id == name)


def mean(aggregation: str, floor: float | None, scored: Sequence[tuple[float, float]]) -> float:
    total = math.fsum(weight for weight, _ in scored)
    if aggregation == "weakest_link":
        return min(score for _, score in scored)
    if aggregation == "arithmetic":
        return math.fsum(weight * score for weight, score in scored) / total
    assert floor is not None
    logs = [weight * math.log(floor + (100 - floor) * score / 100) for weight, score in scored]
    return (math.exp(math.fsum(logs) / total) - floor) * 100 / (100 - floor)
