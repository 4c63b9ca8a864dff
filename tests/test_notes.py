"""Notes on fields say what pydantic's own say."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError

from assessor.notes import After, Before, Limits

VALUES = (
    st.none()
    | st.integers(-3, 12)
    | st.floats()
    | st.text(max_size=6)
    | st.lists(st.text(max_size=1), max_size=5)
)


def outcome(adapter: TypeAdapter[Any], value: Any) -> Any:
    try:
        return repr(adapter.validate_python(value))
    except ValidationError as error:
        return [(d["type"], d["loc"], d["msg"]) for d in error.errors(include_url=False)]


def stripped(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text.strip()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Annotated[str, Limits(max_length=3)], Annotated[str, Field(max_length=3)]),
        (Annotated[str, Limits(pattern="^[a-f]+$")], Annotated[str, Field(pattern="^[a-f]+$")]),
        (Annotated[float, Limits(gt=0, le=9)], Annotated[float, Field(gt=0, le=9)]),
        (Annotated[float, Limits(strict=True)], Annotated[float, Field(strict=True)]),
        (Annotated[int, Limits(ge=0, lt=9)] | None, Annotated[int, Field(ge=0, lt=9)] | None),
        (
            Annotated[tuple[str, ...], Limits(min_length=2, max_length=4)],
            Annotated[tuple[str, ...], Field(min_length=2, max_length=4)],
        ),
        (
            Annotated[tuple[str, ...] | None, Limits(min_length=2)],
            Annotated[tuple[str, ...] | None, Field(min_length=2)],
        ),
        (Annotated[str, After(stripped)], Annotated[str, AfterValidator(stripped)]),
        (Annotated[str, Before(str)], Annotated[str, BeforeValidator(str)]),
    ],
    ids=str,
)
@given(value=VALUES)
def test_a_note_is_checked_as_pydantic_checks_its_own(ours: Any, theirs: Any, value: Any) -> None:
    assert outcome(TypeAdapter(ours), value) == outcome(TypeAdapter(theirs), value)


@pytest.mark.parametrize("text", ["", " ", "ab", " ab ", "abc", "abcde", 1])
def test_the_limits_of_a_text_that_was_changed_are_those_of_the_new_one(text: Any) -> None:
    limited = TypeAdapter(
        Annotated[str, After(stripped), Limits(max_length=4), Limits(max_length=2)]
    )
    plain = TypeAdapter(Annotated[str, After(stripped)])
    if isinstance(text, str) and len(text.strip()) > 2:
        (fault,) = outcome(limited, text)
        assert fault[0] == "string_too_long"
    else:
        assert outcome(limited, text) == outcome(plain, text)
