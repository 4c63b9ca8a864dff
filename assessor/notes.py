"""Notes on the fields of records: what a value must keep to beyond its type.

They say what pydantic's `Field` and validators say, in the words of pydantic's own core. But
pydantic's take longer to import than a proposal takes to judge, and a run whose input is right and
whose rubric is in the cache can do without them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args, get_origin

from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core.core_schema import CoreSchema


class Note:
    """Something said of a field in the brackets of its `Annotated`."""

    def around(self, schema: CoreSchema) -> CoreSchema:
        """What checks the type, with what this note asks for."""
        return schema

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return self.around(handler(source))


class Limits(Note):
    """Bounds by the names that pydantic gives them: `max_length`, `ge`, `pattern`, `strict`, ..."""

    def __init__(self, **bounds: Any) -> None:
        self.bounds = bounds

    def around(self, schema: CoreSchema) -> CoreSchema:
        checks: Any = schema
        if checks["type"] == "nullable":
            return cast("CoreSchema", {**checks, "schema": self.around(checks["schema"])})
        if checks["type"] in ("function-after", "chain"):  # the bounds are those of the new text
            return core_schema.chain_schema([schema, core_schema.str_schema(**self.bounds)])
        return cast("CoreSchema", {**checks, **self.bounds})


class After(Note):
    """A function that takes the checked value and gives it, perhaps changed, or a ValueError."""

    def __init__(self, judge: Callable[[Any], Any]) -> None:
        self.judge = judge

    def around(self, schema: CoreSchema) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.judge, schema)


class Before(Note):
    """A function that takes what was given and gives what is to be checked."""

    def __init__(self, turn: Callable[[Any], Any]) -> None:
        self.turn = turn

    def around(self, schema: CoreSchema) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.turn, schema)


class Called(Note):
    """The name of the field in a file, where it is another; the last note of the field."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def around(self, schema: CoreSchema) -> CoreSchema:
        return cast("CoreSchema", {**schema, "metadata": {"alias": self.alias}})


class OneOf(Note):
    """The field that tells of which of several kinds a record is."""

    def __init__(self, discriminator: str) -> None:
        self.discriminator = discriminator

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic import Field

        return handler(Annotated[source, Field(discriminator=self.discriminator)])


def alias_in(schema: Any) -> str | None:
    """The name that `Called` has left in what checks a field."""
    told = schema["schema"] if schema["type"] == "default" else schema
    alias: str | None = told.get("metadata", {}).get("alias")
    return alias


def alias_of(kind: Any) -> str:
    """The name in a file of a field of this kind; "" where it is the field's own."""
    notes = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return next((note.alias for note in notes if isinstance(note, Called)), "")
