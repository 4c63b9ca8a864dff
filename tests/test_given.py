"""What a user gives is checked as pydantic would check it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from assessor import Proposal
from assessor.proposal import Answer
from tests import small

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
STATES = ("insufficient_evidence", "not_applicable", "in_place", "planned", "high", "zone", "both")
ANY = PLAIN | st.sampled_from(
    [*STATES, "KE", "2026-03-31", " ", "\u200b", "x" * 121, 1, True, -0.0]
)
ANSWER = ANY | st.dictionaries(
    st.sampled_from([*Answer.__dataclass_fields__, "vaule"]), ANY, max_size=4
)
ANSWERS = st.dictionaries(st.text(max_size=3), ANSWER, max_size=3)
FIELDS = st.fixed_dictionaries(
    {
        "name": st.just("Upland") | ANY,
        "kind": st.just("zone") | ANY,
        "country": st.just("KE") | ANY,
    },
    optional={
        **dict.fromkeys(("date", "made_up", "summary", "hinterland", "size"), ANY),
        **dict.fromkeys(
            ("sectors", "sources"), st.lists(st.text(max_size=3) | ANY, max_size=3) | ANY
        ),
        "answers": ANSWERS | ANY,
        "targets": st.dictionaries(st.text(max_size=3), st.floats() | ANY, max_size=2) | ANY,
        "assessors": st.lists(
            st.fixed_dictionaries({"name": st.just("A") | ANY}, optional={"answers": ANSWERS}),
            max_size=13,
        ),
        "replies": st.dictionaries(st.text(max_size=3), st.text(max_size=3) | ANY, max_size=2),
    },
)


def outcome(check: Any, data: Any) -> Any:
    """The record, or every fault with its place, its sort and what was found there."""
    try:
        return repr(check(data))
    except ValidationError as error:
        details = error.errors(include_url=False)
        return [(d["type"], d["loc"], d["msg"], repr(d["input"])) for d in details]


@given(FIELDS)
def test_a_proposal_is_checked_as_pydantic_would(data: dict[str, Any]) -> None:
    assert outcome(Proposal.checked, data) == outcome(PYDANTIC.validate_python, data)
    assert outcome(lambda given: Proposal(**given), data) == outcome(Proposal.checked, data)


PYDANTIC = TypeAdapter(Proposal)


@pytest.mark.parametrize("data", [None, [], "x", 1, {"": 1}, {}])
def test_what_is_no_proposal_is_told_as_pydantic_would(data: Any) -> None:
    assert outcome(Proposal.checked, data) == outcome(PYDANTIC.validate_python, data)


def test_a_proposal_may_be_taken_apart_and_put_together() -> None:
    one = Proposal(**small.data())
    assert Proposal(**one.model_dump()) == Proposal.model_validate(one.model_dump()) == one
    assert copy.deepcopy(one) == one
    other = one.model_copy(update={"name": "Lowland"})
    assert (other.name, one.name) == ("Lowland", "Upland Park")
    assert other.sha256 != one.sha256


def test_proposals_share_no_mapping() -> None:
    one, other = (Proposal(name="P", kind="zone", country="KE") for _ in range(2))
    one.answers["land.phased"] = Answer(value="yes")
    assert not other.answers
