"""Scoring 100,000 proposals, as a multiple of copying the same table in memory.

The table is what the scorer reads: one float and one byte for each question and proposal. Scoring
gives low, mid, high and coverage of every node, with all rules applied. Copy and scoring take
turns; what is printed is the median of the ratios of each turn, in processor time of one thread.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from assessor import Rubric, load_rubric
from assessor.indicators import Measure
from assessor.proposal import Portfolio
from assessor.scorer import Scorer

ROWS, TURNS = 100_000, 9


def random_portfolio(rubric: Rubric, rows: int, seed: int = 1) -> Portfolio:
    """Answers of every kind and state: about one in eight missing, looked for or not applicable."""
    rng = np.random.default_rng(seed)
    questions = list(rubric.questions.values())
    values = np.empty((len(questions), rows))
    items = {}
    for row, question in enumerate(questions):
        if isinstance(question, Measure):
            values[row] = rng.uniform(question.minimum, question.points()[-1][0], rows)
        elif names := question.items():
            items[question.id] = rng.random((rows, len(names))) < 0.5
            values[row] = items[question.id].sum(axis=1)
        else:
            values[row] = rng.integers(0, len(question.scale()), rows)
    shares = [0.08, 0.5, 0.2, 0.17, 0.03, 0.02]
    codes = rng.choice(6, size=values.shape, p=shares).astype(np.int8)
    values[(codes == 0) | (codes >= 4)] = np.nan
    return Portfolio((), values, codes, items)


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(name: str) -> None:
    """Score and copy in turns, and print the ratio."""
    rubric = load_rubric(name)
    portfolio, scorer = random_portfolio(rubric, ROWS), Scorer(rubric)
    scorer.score(portfolio)
    ratios = []
    for _ in range(TURNS):
        copy = seconds(lambda: (portfolio.values.copy(), portfolio.codes.copy()))
        ratios.append(seconds(lambda: scorer.score(portfolio)) / copy)
    ratio, low, high = statistics.median(ratios), min(ratios), max(ratios)
    sys.stdout.write(
        f"scoring {ROWS:,} {name} proposals / copying their table: "
        f"{ratio:.1f} (from {low:.1f} to {high:.1f}; goal 20)\n"
    )


def main() -> None:
    """Compare for each shipped rubric."""
    for name in ("zone", "cluster"):
        compare(name)


if __name__ == "__main__":
    main()
