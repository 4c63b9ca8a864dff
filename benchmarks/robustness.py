"""How sure 200 ranks are, as a multiple of copying the table of their scores.

The table is 200 proposals x 10,000 draws. The work: weights drawn over the whole tree, every
proposal scored under each draw with 5 percent of its questions unanswered and drawn too, an
interval for each, and the chance of each rank. What is printed is the median of the ratios of
several turns, in processor time of one thread.
"""

from __future__ import annotations

import statistics
import sys

import numpy as np

# Benchmarks are run as scripts, with this folder first on the path.
from scoring import random_portfolio, seconds  # type: ignore[import-not-found]

from assessor import Rubric, load_rubric
from assessor.diagnosis import View
from assessor.draws import DRAWS
from assessor.proposal import HIGH, NOT_ASSESSED, Portfolio
from assessor.questions import Prerequisite
from assessor.robustness import Sensitivity, interval_of, rank_chances
from assessor.scorer import Scorer

ROWS, MISSING, TURNS = 200, 0.05, 7


def portfolio(rubric: Rubric) -> Portfolio:
    """Answers of every kind, one in twenty missing; every prerequisite is met."""
    found = random_portfolio(rubric, ROWS)
    answered = random_portfolio(rubric, ROWS * 8, seed=2)
    values, codes = found.values.copy(), np.full_like(found.codes, HIGH)
    rng = np.random.default_rng(3)
    for row, question in enumerate(rubric.questions.values()):
        known = answered.values[row][~np.isnan(answered.values[row])]
        values[row] = 1 if isinstance(question, Prerequisite) else known[:ROWS]
    missing = rng.random(codes.shape) < MISSING
    values[missing], codes[missing] = np.nan, NOT_ASSESSED
    return Portfolio((), values, codes, found.items)


def work(view: View) -> None:
    """Draw, score, and say how sure the scores and the ranks are."""
    sensitivity = Sensitivity(view.scorer)
    order = np.argsort(-view.scores.mid[0], kind="stable").tolist()
    scores = sensitivity.drawn(view, order)
    for row in scores:
        interval_of(np.sort(row))
    rank_chances(scores, np.arange(1, ROWS + 1), order, [""] * ROWS, sensitivity.draws, "any")


def main() -> None:
    """Compare for each shipped rubric."""
    for name in ("zone", "cluster"):
        rubric = load_rubric(name)
        view = View.of(Scorer(rubric), portfolio(rubric))
        table = np.random.default_rng(1).random((DRAWS, ROWS))
        table.copy()
        work(view)
        ratios = []
        for _ in range(TURNS):
            copy = statistics.median(seconds(table.copy) for _ in range(5))
            ratios.append(seconds(lambda view=view: work(view)) / copy)
        ratio, low, high = statistics.median(ratios), min(ratios), max(ratios)
        sys.stdout.write(
            f"ranks of {ROWS} {name} proposals in {DRAWS:,} draws / copying the table: "
            f"{ratio:.0f} (from {low:.0f} to {high:.0f}; goal 55)\n"
        )


if __name__ == "__main__":
    main()
