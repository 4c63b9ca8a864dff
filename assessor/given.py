"""What a user gives: records that are checked whenever they are made, in Python too.

The checks are those that pydantic would derive from the fields, run by pydantic's own core; only
the deriving is done here, for the few sorts of fields that there are. Pydantic's machinery for all
sorts takes as long to start as a proposal takes to judge.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from functools import cache
from typing import Annotated, Any, Literal, Self, Union, get_args, get_origin

from pydantic_core import CoreConfig, SchemaValidator, core_schema, to_json
from pydantic_core.core_schema import CoreSchema

from assessor.plain import Record, judged, kinds_of

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

    model_validate = checked

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The record of JSON, with every field checked; pydantic's ValidationError."""
        made: Self = _validator(cls).validate_json(text)
        return made

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

    def model_dump_json(self) -> str:
        """Its fields as JSON."""
        return to_json(self).decode()


@cache
def _validator(kind: type[Given]) -> SchemaValidator:
    return SchemaValidator(_schema(kind))


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
    if origin in (Union, types.UnionType):  # with None
        return core_schema.nullable_schema(_schema(inner[0]))
    if origin is tuple:
        return core_schema.tuple_variable_schema(_schema(inner[0]))
    if origin is dict:
        return core_schema.dict_schema(_schema(inner[0]), _schema(inner[1]))
    return _PLAIN[kind] if kind in _PLAIN else _record(kind)


def _record(kind: type[Given]) -> CoreSchema:
    """What checks a record."""
    own = []
    for field in fields(kind):
        schema = _schema(kinds_of(kind)[field.name])
        if field.default is not MISSING:
            schema = core_schema.with_default_schema(schema, default=field.default)
        elif field.default_factory is not MISSING:
            make = field.default_factory
            schema = core_schema.with_default_schema(schema, default_factory=make)
        own.append(core_schema.dataclass_field(field.name, schema, kw_only=True))
    arguments = core_schema.dataclass_args_schema(kind.__name__, own)
    config = CoreConfig(extra_fields_behavior="forbid", allow_inf_nan=False)
    names = [field.name for field in fields(kind)]
    schema = core_schema.dataclass_schema(kind, arguments, names, config=config)
    return core_schema.no_info_after_validator_function(judged, schema)
