"""Unchangeable records, quick to declare and to make.

A record is a dataclass, but nothing is generated for each class: a run declares eighty of them, and
most runs make only a few. What comes from a file is checked by pydantic, which is asked for that
only then; what the engine makes itself is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, fields
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    NoReturn,
    Self,
    dataclass_transform,
    get_type_hints,
)

from assessor.notes import alias_in

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, TypeAdapter
    from pydantic_core.core_schema import CoreSchema

__version__ = "0.4.0"


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record:
    """What stands in a file or in a result, by the names of its fields.

    Unchangeable (`dataclasses.replace` makes a changed copy); equal to a record of the same class
    with equal fields; iterates over (name, value). A class that is declared with `kw_only=False`
    takes its fields by position too.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "allow_inf_nan": False}
    __match_args__: ClassVar[tuple[str, ...]] = ()  # those that may be given by position
    _defaults: ClassVar[dict[str, Any]]

    def __init_subclass__(cls, *, kw_only: bool = True) -> None:
        dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
        cls._defaults = {f.name: f.default for f in fields(cls) if f.default is not MISSING}

    def __init__(self, *first: Any, **given: Any) -> None:
        own, by_position = vars(self), self.__match_args__
        own.update(self._defaults)
        own.update(zip(by_position, first, strict=False))
        own.update(given)
        if own.keys() != self.__dataclass_fields__.keys() or len(first) > len(by_position):
            wrong = own.keys() ^ self.__dataclass_fields__.keys()
            told = ", ".join(sorted(wrong)) or f"{len(first)} by position"
            raise TypeError(f"{type(self).__name__} lacks or does not know: {told}")

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return ((name, getattr(self, name)) for name in self.__dataclass_fields__)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        shown = [f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"{type(self).__name__} is unchangeable; dataclasses.replace it")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"{type(self).__name__} is unchangeable; dataclasses.replace it")

    def holds_together(self) -> None:
        """ValueError where fields that are right in themselves do not go together."""

    @classmethod
    def checked(cls, data: Any) -> Self:
        """The record of plain data, with every field checked; pydantic's ValidationError."""
        record: Self = adapter(cls).validate_python(data)
        return record

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The record that `to_json` wrote; pydantic's ValidationError where it is none such."""
        record: Self = adapter(cls).validate_json(text)
        return record

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        of_fields: Any = handler.resolve_ref_schema(schema)
        for one in of_fields["schema"]["fields"]:
            if alias := alias_in(one["schema"]):
                one["validation_alias"] = alias
        # In the schema itself, for what is put around it is lost wherever a record occurs again.
        of_fields["post_init"] = True
        return schema

    def __post_init__(self) -> None:
        self.holds_together()


def kinds_of(model: type[Record]) -> dict[str, Any]:
    """What may stand in each field of a record, notes and all."""
    hints = get_type_hints(model, include_extras=True)
    return {name: hints[name] for name in model.__dataclass_fields__}


_adapters: dict[Any, TypeAdapter[Any]] = {}


def adapter(kind: Any) -> TypeAdapter[Any]:
    """What checks plain data against a type; built when it is first asked for."""
    from pydantic import TypeAdapter

    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
