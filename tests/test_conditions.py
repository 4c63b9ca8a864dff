"""The words of a condition: what can be read, and what is refused with the way out."""

from __future__ import annotations

import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessor.conditions import ConditionError, Name, parse
from tests.test_logic import NAMES, TICKED, VALUES


def test_knows_its_names_and_whether_it_tests_absence() -> None:
    condition = parse("site.kind in [coast, border] or port.distance > 2 * permit.time", NAMES)
    assert condition.names == {"site.kind", "port.distance", "permit.time"}
    assert not condition.tests_absence
    assert parse("not land.phased is known", NAMES).tests_absence


@pytest.mark.parametrize(
    ("condition", "is_one"),
    [
        ("land.phased", True),
        ("not land.phased and permit.time > 3 and site.kind == coast", True),
        ("20 <= port.distance < 50 and not services.offered has legal", True),
        ("port.distance > 2 * permit.time", False),
        ("land.phased or permit.time > 3", False),
        ("land.phased and (ring.fenced or permit.time > 3)", False),
        ("site.kind in [coast, border] and not land.phased", True),
    ],
)
def test_a_conjunction_is_made_of_single_answers(condition: str, is_one: bool) -> None:
    assert parse(condition, NAMES).is_conjunction is is_one


def test_an_option_may_look_like_a_number() -> None:
    names = {"park.level": Name("ordinal", ("0", "24", "3_stars"))}
    assert parse("park.level >= 24", names).explain({"park.level": 2}, {}).outcome is True
    assert parse("park.level in [0, 24]", names).explain({"park.level": 2}, {}).outcome is False


# ---- What is refused, and how to mend it ----

# A condition, and indented below it the whole message.
REFUSED = """
lnd.phased
    column 1: unknown question 'lnd.phased'; did you mean 'land.phased'?
land.allocation == actoin
    column 20: 'land.allocation' has no level 'actoin'; did you mean 'auction'?
site.kind in [coast, inlnd]
    column 22: 'site.kind' has no option 'inlnd'; did you mean 'inland'?
services.offered has leg
    column 22: 'services.offered' has no item 'leg'; did you mean 'legal'?
permit.time = 3
    column 13: '=' means nothing in a condition; write ==
land.phased && ring.fenced
    column 13: '&&' means nothing in a condition; write and
land.phased || ring.fenced
    column 13: '||' means nothing in a condition; write or
!land.phased
    column 1: '!' means nothing in a condition; write not
permit.time => 3
    column 13: '=>' means nothing in a condition; write >=
permit.time ≤ 3
    column 13: '≤' means nothing in a condition; write <=
NOT land.phased
    column 1: 'NOT' has capitals; write not
site.kind == 'coast'
    column 14: "'" means nothing in a condition; write levels and options without quotes, as
    in == auction
permit.time > 3;
    column 16: ';' means nothing in a condition; take it out
land.phased and permit.time
    column 17: 'permit.time' is answered with a number, which is neither true nor false;
    compare it, as in permit.time > 10
land.phased and 3
    column 17: 3 is neither true nor false; compare it with a question, as in x > 10
not (permit.time + 3)
    column 6: the result of a calculation is neither true nor false; compare it with a
    question, as in x > 10
land.allocation
    column 1: 'land.allocation' is answered with a level, which is neither true nor false;
    compare it with one of its own levels, as in land.allocation >= auction
services.offered
    column 1: 'services.offered' is answered with a list of items, which is neither true nor
    false; write services.offered has one_stop, or count them, as in services.offered >= 2
land.phased == 1
    column 1: 'land.phased' is answered with yes or no, not with '1'; write land.phased or
    not land.phased
3 < land.phased
    column 5: 'land.phased' is answered with yes or no, which has no order; write
    land.phased or not land.phased
site.kind < coast
    column 1: 'site.kind' is answered with an option, which has no order; compare it with
    one of its own options, as in site.kind == border
land.allocation == site.kind
    column 1: 'land.allocation' is answered with a level, not with 'site.kind'; compare it
    with one of its own levels, as in land.allocation >= auction
land.allocation == permit.time + 1
    column 1: 'land.allocation' is answered with a level, not with the result of a
    calculation or a condition; compare it with one of its own levels, as in land.allocation
    >= auction
permit.time + land.allocation > 3
    column 15: 'land.allocation' is answered with a level, not with a number; compare it
    with one of its own levels, as in land.allocation >= auction
land.allocation == auction or open_tender
    column 31: 'open_tender' is an answer, not a question; write its question before it, as
    in land.allocation == open_tender
services.offered == legal
    column 21: 'legal' is an answer, not a question; write its question before it, as in
    services.offered has legal
3 < 4
    column 1: two numbers compare the same in every proposal; compare with a question
permit.time < 30%
    column 15: 30% does not go with 'permit.time', which is not in percent; write 30
plant.capacity + 5% < 30
    column 18: 5% goes only straight against a question, not into sums; write 5
plant.capacity + 5 < 30%
    column 22: 30% goes only with a question, not with a calculation; write 30
1 / 0 < permit.time
    column 1: 1 / 0 is no number; divide by something else
permit.time % 3 == 1
    column 13: '%' means nothing in a condition; write a percent sign only behind a number,
    as in 30%
permit.time > 1,000
    column 16: expected the end, found ','; write 1000 for 1,000
(permit.time > 3
    column 17: expected ')' for the '(' at column 1, found the end; add it
permit.time > 3)
    column 16: ')' closes nothing; take it out
land.phased and
    column 16: expected a question or a number after 'and', found the end; complete it or
    take it out
land.phased and or ring.fenced
    column 17: expected a question or a number after 'and', found 'or'; complete it or take
    it out
and
    column 1: expected a question or a number, found 'and'; complete it or take it out
land.phased ring.fenced
    column 13: expected the end, found 'ring.fenced'; join conditions with and, or
land.phased adn ring.fenced
    column 13: expected the end, found 'adn'; did you mean 'and'?
permit.time is mising
    column 16: expected missing or known, found 'mising'; did you mean 'missing'?
permit.time is 3
    column 16: expected missing or known, found '3'; to compare, write ==
3 is missing
    column 1: 'is' goes only with a question; write the id of a question before it
permit.time has legal
    column 1: 'permit.time' is answered with a number, and 'has' goes only with a checklist;
    compare it, as in permit.time > 10
permit.time in [1, 2]
    column 1: 'permit.time' is answered with a number, and 'in' goes only with levels,
    options; compare it, as in permit.time > 10
site.kind in coast
    column 14: expected a list after 'in', found 'coast'; write it as [a, b]
site.kind in []
    column 15: expected one option of 'site.kind', found ']'; known: coast, inland, border
site.kind in [coast inland]
    column 21: expected ',' or ']', found 'inland'; write the list as [a, b]
(permit.time > 3) > 2
    column 2: a condition stands where a number should; join conditions with and, or
permit.time > 3 is missing
    column 17: expected the end, found 'is'; join conditions with and, or
(permit.time > 3) is missing
    column 2: 'is' goes only with a question; write the id of a question before it
"""


def refused() -> list[tuple[str, str]]:
    blocks = re.findall(r"^(\S.*)\n((?: {4}.*\n)+)", REFUSED, re.MULTILINE)
    return [(text, " ".join(message.split())) for text, message in blocks]


@pytest.mark.parametrize(("text", "message"), refused())
def test_refuses_with_place_and_way_out(text: str, message: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(text, NAMES)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["", " \n"])
def test_refuses_an_empty_condition(text: str) -> None:
    with pytest.raises(ConditionError, match="the condition is empty; write one, as in x > 10"):
        parse(text, NAMES)


def test_an_error_survives_the_way_from_process_to_process() -> None:
    error = ConditionError("what is wrong; how to mend it", 7)
    copied = copy.copy(error)  # made anew from its arguments, as between processes
    assert (copied.message, copied.column) == (error.message, error.column)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("land.phased and " * 50_000 + "land.phased", "characters are too long"),
        ("land.phased and\n" * 120 + "land.phased", None),
        ("permit.time+" * 165 + "1 > 0", None),
        ("+".join(["1"] * 300) + "<permit.time", "more than 200 parts"),
        ("(" * 10_000, "characters are too long"),
        ("(" * 1_900, "nested more than 40 deep"),
        ("-" * 1_900 + "1", "nested more than 40 deep"),
        ("not " * 400 + "land.phased", "nested more than 40 deep"),
        ("site.kind in [" + "coast," * 300 + "coast]", "more than 200 parts"),
        ("9" * 1_900 + " < permit.time", "unknown question"),
        ("a" * 1_999, "unknown question"),
        ("permit.time.__class__", "unknown question"),
    ],
)
def test_hostile_text_is_refused_or_read(text: str, words: str | None) -> None:
    if words:
        with pytest.raises(ConditionError, match=words):
            parse(text, NAMES)
    else:
        parse(text, NAMES).explain(VALUES, TICKED)


FRAGMENTS = (
    *NAMES,
    *("and", "or", "not", "in", "has", "is", "missing", "known", "true", "false"),
    *("auction", "coast", "legal", "3", "30%", "0.5", "<", "<=", "==", "!=", ">"),
    *("+", "-", "*", "/", "(", ")", "[", "]", ",", "=", "x", "'", "\ud800"),
)


@given(st.text() | st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(" ".join))
def test_random_text_raises_nothing_but_condition_errors(text: str) -> None:
    faults = []
    try:
        parse(text, NAMES).explain(VALUES, TICKED)
    except ConditionError as error:
        faults.append(error)
    assert all(1 <= fault.column <= len(text) + 1 for fault in faults)
    assert all("; " in fault.message for fault in faults), "a message without a way out"
