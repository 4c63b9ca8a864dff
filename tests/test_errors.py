"""What a fault looks like to the person who has to mend it."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessor.errors import (
    AssessorError,
    Fault,
    InputError,
    PdfUnavailable,
    nearest,
    printable,
    shorten,
    shown,
)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("a.yaml", 3, 7, "wrong; mend it"), "a.yaml:3:7: wrong; mend it"),
        (Fault("a.csv", 3, 0, "wrong; mend it"), "a.csv:3: wrong; mend it"),
        (Fault("a.yaml", 0, 0, "wrong; mend it"), "a.yaml: wrong; mend it"),
        (Fault("a.yaml", 0, 7, "a column needs a line"), "a.yaml: a column needs a line"),
        (Fault("a\n.yaml", 1, 1, "\x1b[31mred\u202e"), r"a\n.yaml:1:1: \x1b[31mred\u202e"),
    ],
)
def test_a_fault_is_one_line_with_what_is_known_of_its_place(fault, text):
    assert str(fault) == text


def test_faults_come_in_the_order_of_reading():
    a, b, c, d = (
        Fault("a", 2, 9, "z"),
        Fault("a", 10, 1, "y"),
        Fault("a", 10, 2, "x"),
        Fault("b", 1, 1, "w"),
    )
    assert sorted([d, c, b, a]) == [a, b, c, d]


def test_an_input_error_tells_every_fault_on_a_line_of_its_own():
    error = InputError(Fault("a.yaml", line, 1, f"fault {line}") for line in (1, 2))
    assert len(error.faults) == 2
    assert str(error) == "a.yaml:1:1: fault 1\na.yaml:2:1: fault 2"


def test_an_input_error_survives_the_way_between_processes():
    error = InputError([Fault("a.yaml", 1, 2, "wrong")])
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert copy.faults == error.faults
    assert str(copy) == str(error)


def test_one_base_catches_all():
    assert issubclass(InputError, AssessorError)
    assert issubclass(PdfUnavailable, AssessorError)
    assert not issubclass(AssessorError, ValueError)


@pytest.mark.parametrize(
    ("wrong", "known", "hint"),
    [
        ("wieght", ["title", "weight"], "did you mean 'weight'?"),
        ("WEIGHT", ["title", "weight"], "did you mean 'weight'?"),
        ("weight", ["Weight"], "did you mean 'Weight'?"),
        ("xyz", ["b", "a", "b"], "known: b, a"),
        ("xyz", [], ""),
        ("", ["a"], "known: a"),
        ("xyz", (f"n{i}" for i in range(12)), f"known: {', '.join(f'n{i}' for i in range(12))}"),
        (
            "xyz",
            (f"n{i}" for i in range(15)),
            f"known: {', '.join(f'n{i}' for i in range(12))} and 3 more",
        ),
        ("xyz", ["a\nb"], r"known: a\nb"),
    ],
)
def test_the_hint_names_the_nearest_or_all_that_is_known(wrong, known, hint):
    assert nearest(wrong, known) == hint


def test_a_long_wrong_name_takes_no_time():
    assert nearest("a" * 1_000_000, ["b" * 1_000_000] * 100) == f"known: {'b' * 59}…"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("abc", "'abc'"),
        ("", "''"),
        (3, "3"),
        (2.5, "2.5"),
        ("x" * 60, f"'{'x' * 60}'"),
        ("x" * 61, f"'{'x' * 59}…'"),
        ("a\tb\x00\ud800\xa0", r"'a\tb\x00\ud800\xa0'"),
        ("São Tomé 深圳", "'São Tomé 深圳'"),
    ],
)
def test_a_value_is_shown_short_and_safe(value, text):
    assert shown(value) == text


@given(st.text())
def test_whatever_is_shown_can_be_printed(text):
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)
    assert shorten(text).isprintable()
    printable(text).encode()
