"""Dataframes and Arrow batches in, the same out, with columns of scores beside those given.

No record is made on the way: the cells go straight into the arrays that the scorer reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from assessor.aggregation import Floats
from assessor.assessment import rubrics_asked
from assessor.columns import Coded, coded
from assessor.errors import InputError, shown
from assessor.formats import frame_grid, is_frame, refusal
from assessor.loading import load_rubric
from assessor.proposal import NOT_APPLICABLE, Rubrics, rubric_finder
from assessor.rubric import ROUNDING, Rubric
from assessor.scorer import Scorer, Scores
from assessor.tables import Table

Frame = TypeVar("Frame")
_Texts = list[str | None]
_FIRST = [
    *("score", "score.low", "score.high", "coverage", "rating", "rating.low", "rating.high"),
    *("firm", "prerequisites", "warnings"),
]


def assess_table(frame: Frame, rubric: Rubric | str | Path) -> Frame:
    """A dataframe of polars, pandas or pyarrow with a proposal in each row, and its scores beside.

    The columns are those of a table of proposals, with any of your own, and stay as they are; those
    that were added by the same rubric before are made anew. `rubric` is an id, a path
    or what `load_rubric` gave. A row with a fault gets no scores, and what is wrong in `error`.
    InputError where the frame is lazy or none, or a heading is wrong.
    """
    return _scored(frame, *_ready(rubric))


def score_batches(batches: Iterable[Any], rubric: Rubric | str | Path) -> Iterator[Any]:
    """Arrow record batches, or dataframes, one by one: each as `assess_table` gives it.

    Only one batch is held at a time. The columns that are added are the same for all of them.
    InputError where a whole table is given, or nothing to take batches from.
    """
    if is_frame(batches) or not isinstance(batches, Iterable):
        message = f"{type(batches).__name__} is no row of batches; give its batches (pyarrow "
        message += (
            ".to_batches(), polars .iter_slices() or .collect_batches()), or frames in a list"
        )
        raise refusal("batches", message)
    ready = _ready(rubric)
    return (_scored_batch(batch, *ready) for batch in batches)


def _ready(rubric: Rubric | str | Path) -> tuple[Scorer, Rubrics]:
    """What scores by a rubric, and what finds the rubrics whose questions may be answered."""
    loaded = rubric if isinstance(rubric, Rubric) else load_rubric(rubric)
    return Scorer(loaded), rubrics_asked(rubric_finder(loaded))


def _scored_batch(batch: Any, scorer: Scorer, asking: Rubrics) -> Any:
    import narwhals

    if narwhals.dependencies.is_into_dataframe(batch) or not hasattr(batch, "__arrow_c_array__"):
        return _scored(batch, scorer, asking)
    # A batch of any library that speaks Arrow; its table is taken without a copy.
    import pyarrow

    table = _scored(pyarrow.table(batch), scorer, asking)
    return pyarrow.RecordBatch.from_struct_array(table.to_struct_array().combine_chunks())


def _scored(frame: Frame, scorer: Scorer, asking: Rubrics) -> Frame:
    import narwhals

    grid = frame_grid(frame)
    given: Any = narwhals.from_native(cast(Any, frame), eager_only=True)
    if set(again := _names(scorer)) <= set(given.columns):  # it was scored before
        given = given.drop(again)
        grid = frame_grid(given.to_native())
    table = Table(grid, asking)
    found = coded(table, scorer.rubric)
    added = _columns(found, table, scorer)
    if taken := [name for name in added if name in given.columns]:
        message = f"there is a column {shown(taken[0])} already; rename it: scores are put there"
        raise refusal(grid.name, message)
    texts = {name for name, values in added.items() if isinstance(values, list)}
    sorts: dict[str, Any] = dict.fromkeys(added, narwhals.Float64)
    sorts |= dict.fromkeys(texts, narwhals.String) | {"firm": narwhals.Boolean}
    series = [
        narwhals.new_series(name, values, sorts[name], backend=given.implementation)
        for name, values in added.items()
    ]
    figures = narwhals.col(*(added.keys() - texts - {"firm"}))
    whole = given.with_columns(*series).with_columns(figures.fill_nan(None))
    return cast(Frame, whole.to_native())


def _names(scorer: Scorer) -> list[str]:
    """The columns that are added, in their order."""
    parts = [f"{node}.{end}" for node in scorer.nodes[1:] for end in ("score", "low", "high")]
    return [*_FIRST, *parts, "error"]


def _columns(
    found: Coded, table: Table, scorer: Scorer
) -> Mapping[str, Floats | NDArray[np.bool_] | _Texts]:
    """What is added to a table, by the name of its column; NaN and None in rows with a fault."""
    rubric, portfolio = scorer.rubric, found.portfolio
    scores = scorer.score(portfolio)
    sound = np.ones(len(portfolio), dtype=bool)
    sound[list(found.faults)] = False
    rated = sound & _rated(found, scorer, scores)
    low, mid, high = (
        _ratings(rubric, layer[0], sound) for layer in (scores.low, scores.mid, scores.high)
    )
    warnings = [rule.kind == "warning" for rule in rubric.rules]
    columns: dict[str, Floats | NDArray[np.bool_] | _Texts] = {
        "score": np.where(rated, scores.mid[0], np.nan),
        "score.low": np.where(sound, scores.low[0], np.nan),
        "score.high": np.where(sound, scores.high[0], np.nan),
        "coverage": np.where(sound, scores.coverage[0], np.nan),
        "rating": [
            (band if known else "NR") if band else None
            for band, known in zip(mid, rated.tolist(), strict=True)
        ],
        "rating.low": low,
        "rating.high": high,
        "firm": rated & np.array([a == b for a, b in zip(low, high, strict=True)], dtype=bool),
        "prerequisites": _prerequisites(found, rubric, sound),
        "warnings": np.where(sound, scores.raised[warnings].sum(axis=0), np.nan),
    }
    for row, name in enumerate(scores.nodes[1:], 1):
        known = sound & _covered(rubric, scores.coverage[row])
        columns[f"{name}.score"] = np.where(known, scores.mid[row], np.nan)
        columns[f"{name}.low"] = np.where(sound, scores.low[row], np.nan)
        columns[f"{name}.high"] = np.where(sound, scores.high[row], np.nan)
    columns["error"] = [
        _told(table, found.faults[n]) if n in found.faults else None for n in range(len(portfolio))
    ]
    return columns


def _covered(rubric: Rubric, coverage: Floats) -> NDArray[np.bool_]:
    return cast(NDArray[np.bool_], rubric.covers(cast(float, coverage)))


def _rated(found: Coded, scorer: Scorer, scores: Scores) -> NDArray[np.bool_]:
    """Which proposals get a rating: enough is known, and not too much is said not to apply."""
    left_out = np.zeros(len(found.portfolio))
    for row, indicator in enumerate(scorer.rubric.indicators):
        weight = scorer.effective_weights[indicator.id]
        left_out += weight * (found.portfolio.codes[row] == NOT_APPLICABLE)
    allowed = scorer.rubric.file.scale.not_applicable_cap + ROUNDING
    return (left_out <= allowed) & _covered(scorer.rubric, scores.coverage[0])


def _ratings(rubric: Rubric, scores: Floats, sound: NDArray[np.bool_]) -> _Texts:
    rows = zip(scores.tolist(), sound.tolist(), strict=True)
    return [rubric.rating(score) if known else None for score, known in rows]


def _prerequisites(found: Coded, rubric: Rubric, sound: NDArray[np.bool_]) -> _Texts:
    """not_met where one of the rubric's own kind is not met, unknown where one is not known."""
    tests = {one.id for one in rubric.prerequisites if one.test == rubric.file.kind}
    own = [row for row, name in enumerate(rubric.questions) if name in tests]
    values = found.portfolio.values[own]
    unknown, failed = np.isnan(values).any(axis=0), (values == 0).any(axis=0)
    words = np.where(failed, "not_met", np.where(unknown, "unknown", "met")).tolist()
    return [word if known else None for word, known in zip(words, sound.tolist(), strict=True)]


def _told(table: Table, error: InputError) -> str:
    """What is wrong with a row, a line for each fault, each with the heading of its column."""
    lines = []
    for fault in error.faults:
        head = table.heads[fault.column - 1] if fault.column else ""
        own = fault.message.startswith(head)
        lines.append(fault.message if own else f"{head}: {fault.message}")
    return "\n".join(lines)
