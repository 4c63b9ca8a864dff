"""Conditions at work: what they mean, how they are explained, and what always holds."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assessor.conditions import parse
from assessor.logic import Condition, Name

NAMES = {
    "plant.capacity": Name("number", percent=True, title="Capacity against demand"),
    "demand.committed": Name("number", percent=True, title="Committed demand"),
    "port.distance": Name("number", title="Distance to port", unit="km"),
    "permit.time": Name("number", title="Approval time", unit="hours"),
    "budget.cost": Name("number", title="Public cost", unit="USD million"),
    "land.phased": Name("yes_no", title="Land released in phases"),
    "ring.fenced": Name("yes_no", title="FDI fund"),
    "land.allocation": Name("ordinal", ("negotiated", "open_tender", "auction"), title="Land sale"),
    "site.kind": Name("choice", ("coast", "inland", "border"), title="Site"),
    "services.offered": Name("checklist", ("legal", "tax", "one_stop"), title="Services"),
}
VALUES = {
    "plant.capacity": 180,
    "demand.committed": 12,
    "port.distance": 40,
    "permit.time": 1,
    "budget.cost": 20000,
    "land.phased": 0,
    "ring.fenced": 1,
    "land.allocation": 1,
    "site.kind": 1,
    "services.offered": 2,
}
TICKED = {"services.offered": ("legal", "one_stop")}


def outcomes(
    condition: Condition,
    rows: list[Mapping[str, float | None]],
    ticked: list[Mapping[str, Collection[str]]],
) -> list[bool | None]:
    """What the vectorised evaluation says of each row."""
    columns = {
        name: np.array([math.nan if row[name] is None else row[name] for row in rows], float)
        for name in NAMES
    }
    items = {
        name: np.array(
            [[option in row.get(name, ()) for option in about.options] for row in ticked]
        )
        for name, about in NAMES.items()
        if about.type == "checklist"
    }
    is_true, is_false = condition.evaluate(columns, items)
    assert is_true.dtype == is_false.dtype == bool
    assert is_true.shape == is_false.shape == (len(rows),)
    assert not (is_true & is_false).any()
    return [
        True if yes else False if no else None for yes, no in zip(is_true, is_false, strict=True)
    ]


def because(text: str, **changed: float | None) -> tuple[bool | None, str]:
    values = {**VALUES, **{name.replace("__", "."): value for name, value in changed.items()}}
    told = parse(text, NAMES).explain(values, TICKED)
    assert outcomes(parse(text, NAMES), [values], [TICKED]) == [told.outcome]
    return told.outcome, told.because


# ---- What a condition means ----


@pytest.mark.parametrize(
    "text",
    [
        "plant.capacity > 150 and demand.committed < 30% and not land.phased",
        "20 <= port.distance < 50",
        "50 > port.distance > 20",
        "port.distance == 40 and port.distance != 41",
        "land.phased == false and ring.fenced == true and true != land.phased",
        "land.allocation < auction and negotiated < land.allocation",
        "negotiated < land.allocation <= open_tender",
        "land.allocation in [open_tender, auction] and site.kind not in [coast]",
        "services.offered has legal and not services.offered has tax",
        "services.offered == 2 and services.offered / 2 == 1",
        "port.distance - 10 - 10 == 20 and 2 + 3 * port.distance == 122",
        "-port.distance == -40 and port.distance == - -40 and port.distance / 2 / 2 == 10",
        "demand.committed == 12% and demand.committed == 12 %",
        "land.phased or ring.fenced and port.distance > 20",
        "(land.phased or ring.fenced) and (port.distance) > (20)",
        "not land.phased and ring.fenced",
        "not not ring.fenced",
        "port.distance > permit.time",
        "port.distance is known and not port.distance is missing and port.distance is not missing",
        "port.distance\n  > 3",
    ],
)
def test_holds_for_the_example(text: str) -> None:
    assert because(text)[0] is True
    assert because(f"not ({text})")[0] is False


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("port.distance > 3", None),
        ("not port.distance > 3", None),
        ("port.distance == 3", None),
        ("port.distance != 3", None),
        ("port.distance > 3 or port.distance <= 3", None),
        ("port.distance * 0 == 0", None),
        ("port.distance > permit.time", None),
        ("port.distance > 3 and land.phased", False),
        ("port.distance > 3 or ring.fenced", True),
        ("port.distance is missing", True),
        ("port.distance is known", False),
    ],
)
def test_a_missing_answer_is_neither_true_nor_false(text: str, outcome: bool | None) -> None:
    assert because(text, port__distance=None)[0] is outcome


@pytest.mark.parametrize("kind", ["land.allocation in [auction]", "services.offered has tax"])
def test_missing_levels_and_lists_are_unknown_too(kind: str) -> None:
    unknown = {"land__allocation": None, "services__offered": None}
    assert because(kind, **unknown)[0] is None
    assert because(f"not ({kind})", **unknown)[0] is None


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
@pytest.mark.parametrize("divisor", ["0", "land_area.zero"])
def test_a_division_by_zero_is_unknown(sign: str, divisor: str) -> None:
    text = f"port.distance / {divisor} {sign} 1".replace("land_area.zero", "(permit.time - 1)")
    assert because(text)[0] is None


# ---- Explanations ----


@pytest.mark.parametrize(
    ("text", "outcome", "words"),
    [
        (
            "plant.capacity > 150 and demand.committed < 30% and not land.phased",
            True,
            (
                "capacity against demand is 180 percent (above 150) and committed demand is "
                "12 percent (below 30) and land released in phases: no"
            ),
        ),
        (
            "not (plant.capacity > 150 and demand.committed < 30%)",
            False,
            (
                "capacity against demand is 180 percent (above 150) and committed demand is "
                "12 percent (below 30)"
            ),
        ),
        ("port.distance > 99 and ring.fenced", False, "distance to port is 40 km (at most 99)"),
        ("port.distance > 99 or ring.fenced", True, "FDI fund: yes"),
        (
            "port.distance > 99 or land.phased",
            False,
            "distance to port is 40 km (at most 99) and land released in phases: no",
        ),
        ("20 <= port.distance < 50", True, "distance to port is 40 km (at least 20 and below 50)"),
        ("20 <= port.distance < 30", False, "distance to port is 40 km (at least 30)"),
        ("port.distance == 40", True, "distance to port is 40 km"),
        ("port.distance == 30", False, "distance to port is 40 km (not 30)"),
        ("permit.time <= 24", True, "approval time is 1 hour (at most 24)"),
        ("budget.cost >= 10000.50", True, "public cost is USD 20,000 million (at least 10,000.5)"),
        ("land.allocation < auction", True, "land sale: open tender (below auction)"),
        ("land.allocation == open_tender", True, "land sale: open tender"),
        ("site.kind in [coast, inland]", True, "site: inland"),
        ("site.kind in [coast, border]", False, "site: inland (not coast and not border)"),
        ("services.offered < 3", True, "services: 2 of 3 (below 3)"),
        ("services.offered has one_stop", True, "services: one stop included"),
        ("services.offered has tax", False, "services: tax not included"),
        ("port.distance is known", True, "distance to port: answered"),
        (
            "port.distance > permit.time",
            True,
            "distance to port is 40 km, above approval time (1 hour)",
        ),
        (
            "port.distance < permit.time * 3",
            False,
            "distance to port is 40 km, at least approval time (1 hour) times 3, which is 3",
        ),
        (
            "port.distance != permit.time",
            True,
            "distance to port is 40 km, not equal to approval time (1 hour)",
        ),
        (
            "permit.time / (port.distance - 10) < 0.03333",
            False,
            (
                "approval time (1 hour) divided by (distance to port (40 km) minus 10) is "
                "0.0333333333333333 (at least 0.03333)"
            ),
        ),
        (
            "(port.distance + 10) / 3 > 10",
            True,
            "(distance to port (40 km) plus 10) divided by 3 is 16.67 (above 10)",
        ),
        (
            "port.distance / (permit.time - 1) > 2",
            None,
            (
                "distance to port (40 km) divided by (approval time (1 hour) minus 1) "
                "cannot be worked out"
            ),
        ),
    ],
)
def test_explains(text: str, outcome: bool | None, words: str) -> None:
    assert because(text) == (outcome, words)


def test_explains_what_is_known_and_what_is_not() -> None:
    condition = parse(
        "plant.capacity > 150 and (demand.committed < 30% or not land.phased)"
        " and (ring.fenced or permit.time > 2)",
        NAMES,
    )
    told = condition.explain({"plant.capacity": 180.0, "ring.fenced": 1, "land.phased": None}, {})
    assert told.outcome is None
    assert told.missing == ("demand.committed", "land.phased")
    assert told.because == (
        "capacity against demand is 180 percent (above 150) and FDI fund: yes; "
        "not known: committed demand, land released in phases"
    )


def test_explains_absence() -> None:
    assert because("permit.time is missing", permit__time=None) == (
        True,
        "approval time: not answered",
    )


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Land released", "land released"),
        ("FDI share", "FDI share"),
        ("Hong Kong link", "Hong Kong link"),
        ("A", "A"),
        ("", "q.a"),
    ],
)
def test_titles_stand_in_running_text(title: str, shown: str) -> None:
    condition = parse("q.a", {"q.a": Name("yes_no", title=title)})
    assert condition.explain({"q.a": 1}, {}).because == f"{shown}: yes"


# ---- What always holds ----

# A random condition is its text and an independent reading of it, written as plainly as can be.
Oracle = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
Case = tuple[str, Oracle]
NUMBERS = [name for name, about in NAMES.items() if about.type in ("number", "checklist")]
COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
CALCULATE = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: None if b == 0 else a / b,
}
small = st.sampled_from([0, 1, 2, 3, 10, 0.5, 0.1])


def lifted(function: Callable[[Any, Any], Any], left: Oracle, right: Oracle) -> Oracle:
    """A function of two readings that is unknown where one of them is."""

    def read(values: Mapping[str, Any], ticked: Mapping[str, Any]) -> Any:
        a, b = left(values, ticked), right(values, ticked)
        return None if a is None or b is None else function(a, b)

    return read


def calculation(parts: tuple[Case, str, Case]) -> Case:
    (left, read_left), sign, (right, read_right) = parts
    return f"({left} {sign} {right})", lifted(CALCULATE[sign], read_left, read_right)


answers = st.sampled_from(NUMBERS).map(lambda name: (name, lambda values, _: values[name]))
literals = small.map(lambda number: (str(number), lambda *_: number))
figures = st.recursive(
    answers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner | literals).map(calculation),
        inner.map(lambda case: (f"-{case[0]}", lifted(lambda a, _: -a, case[1], case[1]))),
    ),
    max_leaves=4,
)


@st.composite
def leaves(draw: st.DrawFn, *, absence: bool) -> Case:
    kinds = ["figures", "chain", "yes_no", "level", "list", "has"] + ["absence"] * absence
    kind = draw(st.sampled_from(kinds))
    sign = draw(st.sampled_from(sorted(COMPARE)))
    if kind == "figures":
        (left, read_left), (right, read_right) = draw(figures), draw(figures | literals)
        if draw(st.booleans()):
            return f"{left} {sign} {right}", lifted(COMPARE[sign], read_left, read_right)
        return f"{right} {sign} {left}", lifted(COMPARE[sign], read_right, read_left)
    if kind == "chain":
        (text, read), low, high = draw(answers), draw(literals), draw(literals)
        above, below = lifted(operator.le, low[1], read), lifted(operator.lt, read, high[1])
        return f"{low[0]} <= {text} < {high[0]}", lambda *row: both(above(*row), below(*row))
    if kind == "has":
        item = draw(st.sampled_from(NAMES["services.offered"].options))
        count = "services.offered"
        return (
            f"{count} has {item}",
            lambda values, ticked: None if values[count] is None else item in ticked[count],
        )
    if kind == "absence":
        name, word = draw(st.sampled_from(sorted(NAMES))), draw(st.booleans())
        text = f"{name} is {'known' if word else 'missing'}"
        return text, lambda values, _: (values[name] is not None) is word
    if kind == "yes_no":
        name = draw(st.sampled_from(["land.phased", "ring.fenced"]))
        text = draw(st.sampled_from([name, f"{name} == true", f"false != {name}"]))
        return text, lambda values, _: None if values[name] is None else values[name] == 1
    name = draw(st.sampled_from(["land.allocation", "site.kind"]))
    options = NAMES[name].options
    if kind == "list":
        listed = draw(st.lists(st.sampled_from(options), min_size=1))
        places, word = [options.index(option) for option in listed], draw(st.booleans())
        text = f"{name} {'in' if word else 'not in'} [{', '.join(listed)}]"
        return (
            text,
            lambda values, _: None if values[name] is None else (values[name] in places) is word,
        )
    place = draw(st.integers(0, 2))
    text = f"land.allocation {sign} {NAMES['land.allocation'].options[place]}"
    return text, lifted(COMPARE[sign], lambda v, _: v["land.allocation"], lambda *_: place)


def both(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True


def either(a: bool | None, b: bool | None) -> bool | None:
    return True if a is True or b is True else None if a is None or b is None else False


def contrary(a: bool | None) -> bool | None:
    return None if a is None else not a


def joined(parts: tuple[Case, str, Case]) -> Case:
    (left, read_left), word, (right, read_right) = parts
    join = both if word == "and" else either
    return f"({left}) {word} ({right})", lambda *row: join(read_left(*row), read_right(*row))


def cases(*, absence: bool = True) -> st.SearchStrategy[Case]:
    return st.recursive(
        leaves(absence=absence),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(joined),
            inner.map(lambda case: (f"not ({case[0]})", lambda *row: contrary(case[1](*row)))),
        ),
        max_leaves=6,
    )


CODES = {
    "number": small,
    "yes_no": st.integers(0, 1),
    "ordinal": st.integers(0, 2),
    "choice": st.integers(0, 2),
}


@st.composite
def rows(draw: st.DrawFn, *, missing: bool = True) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answers of one proposal, and what it ticks."""
    ticked = draw(st.sets(st.sampled_from(NAMES["services.offered"].options)))
    values: dict[str, Any] = {
        name: draw(CODES[about.type]) if about.type in CODES else len(ticked)
        for name, about in NAMES.items()
    }
    absent = draw(st.sets(st.sampled_from(sorted(NAMES)))) if missing else set()
    return {**values, **dict.fromkeys(absent)}, {"services.offered": ticked}


def filled(partly: tuple[Any, Any], whole: tuple[Any, Any], names: Collection[str]) -> Any:
    """The answers of the first, and those of the second where the first lacks one of `names`."""
    values = {
        name: whole[0][name] if value is None and name in names else value
        for name, value in partly[0].items()
    }
    return values, partly[1] if partly[0]["services.offered"] is not None else whole[1]


@given(cases(), rows())
def test_columns_and_words_agree_with_a_plain_reading(case: Case, row: tuple[Any, Any]) -> None:
    text, read = case
    condition = parse(text, NAMES)
    told = condition.explain(*row)
    assert told.outcome is read(*row)
    assert outcomes(condition, [row[0]], [row[1]]) == [told.outcome]
    assert told.because
    assert "nan" not in told.because


@given(cases(), st.lists(rows(), min_size=1, max_size=5))
def test_a_batch_of_one_equals_its_row_of_a_batch(case: Case, batch: list[Any]) -> None:
    condition = parse(case[0], NAMES)
    together = outcomes(condition, [row[0] for row in batch], [row[1] for row in batch])
    assert together == [outcomes(condition, [row[0]], [row[1]])[0] for row in batch]


@given(cases(), cases(), rows())
def test_de_morgan(one: Case, other: Case, row: tuple[Any, Any]) -> None:
    a, b = one[0], other[0]
    assume(len(a) + len(b) < 1_900)
    left = parse(f"not (({a}) and ({b}))", NAMES).explain(*row)
    right = parse(f"not ({a}) or not ({b})", NAMES).explain(*row)
    assert left == right


@given(cases(absence=False), rows(), rows(missing=False))
def test_one_more_answer_never_changes_a_settled_outcome(case: Case, row: Any, whole: Any) -> None:
    told = parse(case[0], NAMES).explain(*row)
    assume(told.outcome is not None)
    assert parse(case[0], NAMES).explain(*filled(row, whole, NAMES)).outcome is told.outcome


@given(cases(absence=False), rows(), rows(missing=False))
def test_only_the_missing_answers_that_are_named_can_settle(
    case: Case, row: Any, whole: Any
) -> None:
    told = parse(case[0], NAMES).explain(*row)
    assume(told.outcome is None)
    assert all(row[0][name] is None for name in told.missing)
    others = NAMES.keys() - set(told.missing)
    assert parse(case[0], NAMES).explain(*filled(row, whole, others)).outcome is None


@given(cases(), rows())
def test_a_settled_outcome_names_nothing_missing(case: Case, row: tuple[Any, Any]) -> None:
    told = parse(case[0], NAMES).explain(*row)
    assert told.outcome is None or (told.missing == () and "not known" not in told.because)
