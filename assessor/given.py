"""What a user gives: records that are checked whenever they are made, in Python too.

The checks are those that pydantic would derive from the fields, run by pydantic's own core; only
the deriving is done here, for the few sorts of fields that there are. Pydantic's machinery for all
sorts takes as long to start as a proposal takes to judge.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, asdict, field, fields
from typing import Annotated, Any, Literal, Self, Union, get_args, get_origin

from pydantic_core import CoreConfig, SchemaValidator, core_schema
from pydantic_core.core_schema import CoreSchema

from assessor.plain import Record, kinds_of

_PLAIN = {
    str: core_schema.str_schema(),
    bool: core_schema.bool_schema(),
    float: core_schema.float_schema(),
    Any: core_schema.any_schema(),
}


class Given(Record):
    """Unchangeable, and refused where it has a field that we do not know.

    Methods whose names begin with `model_` do what they do in pydantic.
    """

    def __init__(self, **given: Any) -> None:
        _validator(type(self)).validate_python(given, self_instance=self)

    @classmethod
    def checked(cls, data: Any) -> Self:
        """The record of plain data, with every field checked; pydantic's ValidationError."""
        made: Self = _validator(cls).validate_python(data)
        return made

    @classmethod
    def model_validate(cls, data: Any) -> Self:
        """As `checked`."""
        return cls.checked(data)

    @classmethod
    def model_construct(cls, **given: Any) -> Self:
        """One whose fields are right already."""
        made = cls.__new__(cls)
        Record.__init__(made, **given)
        return made

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """One with other fields, which are not checked again."""
        other = type(self).__new__(type(self))
        vars(other).update({**vars(self), **update})
        return other

    def model_dump(self) -> dict[str, Any]:
        """Its fields as plain data."""
        return asdict(self)


def required(kind: type[Given]) -> tuple[str, ...]:
    """The fields that must be given."""
    return tuple(f.name for f in fields(kind) if f.default is f.default_factory is MISSING)


def nothing() -> Any:
    """The default of a field that is a mapping: an empty one."""
    return field(default_factory=dict)


_validators: dict[type[Given], SchemaValidator] = {}


def _validator(kind: type[Given]) -> SchemaValidator:
    """What checks a record; made when it is first asked for."""
    if kind not in _validators:
        _validators[kind] = SchemaValidator(_record(kind))
    return _validators[kind]


def _schema(kind: Any) -> CoreSchema:
    """What checks a type."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        schema = _schema(inner[0])
        for note in inner[1:]:
            schema = note.around(schema)
        return schema
    if origin is Literal:
        return core_schema.literal_schema(list(inner))
    if origin in (Union, types.UnionType) and inner[1:] == (types.NoneType,):
        return core_schema.nullable_schema(_schema(inner[0]))
    if origin is tuple and inner[1:] == (...,):
        return core_schema.tuple_variable_schema(_schema(inner[0]))
    if origin is dict:
        return core_schema.dict_schema(_schema(inner[0]), _schema(inner[1]))
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, Given):
        return _record(kind)
    raise TypeError(f"a field of what is given cannot be {kind}")


def _record(kind: type[Given]) -> CoreSchema:
    """What checks a record."""
    own, kinds = [], kinds_of(kind)
    for one in fields(kind):
        schema = _schema(kinds[one.name])
        if one.default is not MISSING:
            schema = core_schema.with_default_schema(schema, default=one.default)
        elif one.default_factory is not MISSING:
            schema = core_schema.with_default_schema(schema, default_factory=one.default_factory)
        own.append(core_schema.dataclass_field(one.name, schema, kw_only=True))
    arguments = core_schema.dataclass_args_schema(kind.__name__, own)
    config = CoreConfig(extra_fields_behavior="forbid", allow_inf_nan=False)
    names = [one.name for one in fields(kind)]
    return core_schema.dataclass_schema(kind, arguments, names, config=config, post_init=True)
