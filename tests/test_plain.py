"""Records: unchangeable, compared by their fields, and refused where the fields are not theirs."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict, replace

import pytest
from pydantic import ValidationError

from assessor.plain import Record


class Inner(Record):
    """A part of a record."""

    size: float


class Outer(Record):
    """A record with a part and a default."""

    name: str
    inner: Inner
    note: str | None = None

    def holds_together(self) -> None:
        if self.note == self.name:
            raise ValueError("the note repeats the name")


class Further(Outer):
    """A record that goes beyond another."""

    more: tuple[int, ...] = ()


class Pair(Record, kw_only=False):
    """A record by position."""

    left: int
    right: int = 2


ONE = Outer(name="a", inner=Inner(size=1.0))


def test_records_are_equal_by_class_and_fields() -> None:
    assert Outer(inner=Inner(size=1.0), name="a") == ONE
    assert hash(Outer(inner=Inner(size=1.0), name="a")) == hash(ONE)
    assert replace(ONE, name="b") != ONE
    assert Further(name="a", inner=Inner(size=1.0)) != ONE


def test_a_record_can_be_taken_apart() -> None:
    assert dict(ONE) == {"name": "a", "inner": Inner(size=1.0), "note": None}
    assert asdict(ONE) == {"name": "a", "inner": {"size": 1.0}, "note": None}
    assert repr(ONE) == "Outer(name='a', inner=Inner(size=1.0), note=None)"


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError, match="Outer is unchangeable"):
        ONE.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="Outer is unchangeable"):
        del ONE.name


@pytest.mark.parametrize("fields", [{"name": "a"}, {**dict(ONE), "size": 1}])
def test_a_record_has_all_its_fields_and_no_other(fields: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=r"Outer lacks or does not know: (inner|size)"):
        Outer(**fields)  # type: ignore[arg-type]


def test_a_record_may_take_its_fields_by_position() -> None:
    assert Pair(1) == Pair(left=1, right=2) == Pair(1, right=2)
    with pytest.raises(TypeError, match="does not know: 3 by position"):
        Pair(1, 2, 3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="does not know: 1 by position"):
        Outer("a", name="a", inner=ONE.inner)  # type: ignore[misc]


def test_plain_data_is_checked() -> None:
    assert Outer.checked({"name": "a", "inner": {"size": 1}}) == ONE
    assert Outer.from_json('{"name": "a", "inner": {"size": 1}}') == ONE


@pytest.mark.parametrize("kind", [Outer, Further])
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"size": 1}, "size"),
        ({"name": 1}, "name"),
        ({"inner": {"size": "nan"}}, "inner.size"),
        ({"note": "a"}, "the note repeats the name"),
    ],
)
def test_plain_data_that_does_not_fit_is_refused(
    kind: type[Outer], changes: dict[str, object], wrong: str
) -> None:
    with pytest.raises(ValidationError, match=wrong):
        kind.checked({"name": "a", "inner": {"size": 1}, **changes})
