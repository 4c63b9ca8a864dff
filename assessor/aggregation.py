"""The ways to combine scores. To add one: write its function and name it in `AGGREGATIONS`.

An aggregation takes `scores`, an array (children, layers, rows) from 0 to 100 whose layers are low,
mid and high, and `weights`, an array (children, rows) that is 0 where a child does not apply. It
returns (layers, rows). It must rise with every score, give 100 when all are 100 and 0 when all are
0, and lie between the lowest and the highest child. Rows in which no child applies give 0, and
carry no weight.

Method and names: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 6;
`weakest_link` is the scoring method M1 of PEFA 2016 without its "+".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Aggregation = Callable[[Floats, Floats, float], Floats]

_NOTHING = np.finfo(np.float64).tiny  # keeps 0 / 0 at 0, and changes no sum of weights


def arithmetic(scores: Floats, weights: Floats, floor: float = 0.0) -> Floats:
    """The weighted mean: a strength repays a weakness in full."""
    weighted: Floats = np.add.reduce(scores * weights[:, None, :], axis=0)
    weighted /= np.maximum(np.add.reduce(weights, axis=0), _NOTHING)
    return weighted


def geometric(scores: Floats, weights: Floats, floor: float) -> Floats:
    """The weighted geometric mean on a scale from `floor` to 100: a weakness is repaid only in
    part.

    The floor keeps one zero from wiping out all else; the result is put back on 0 to 100.
    """
    # In multiples of the floor, so that scores of 0 give exactly 0.
    share = (100 - floor) / 100 / floor
    mean = np.expm1(arithmetic(np.log1p(share * scores), weights))
    return np.clip(mean / share, 0, 100)


def weakest_link(scores: Floats, weights: Floats, floor: float = 0.0) -> Floats:
    """The lowest of the children that apply: nothing repays a weakness."""
    applies = weights > 0
    lowest: Floats = np.minimum.reduce(np.where(applies[:, None, :], scores, np.inf), axis=0)
    return np.where(np.isinf(lowest), 0.0, lowest)


AGGREGATIONS: dict[str, Aggregation] = {
    "arithmetic": arithmetic,
    "geometric": geometric,
    "weakest_link": weakest_link,
}
