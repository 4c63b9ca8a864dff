"""Documents to checked records; what does not fit, in words of our own and with its place.

To put a new fault of a record into our words, add its pydantic type to `_WANTED` or `_BOUNDS`.
"""

from __future__ import annotations

import re
import types
from collections.abc import Mapping, Sequence, Sized
from functools import cache
from reprlib import Repr
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assessor.errors import nearest, shorten, shown
from assessor.files import NUMBER, Document, capped
from assessor.notes import alias_of
from assessor.plain import Record, kinds_of

# A model can find a fault in each of 200,000 values: putting them all into words helps nobody.
MAX_WORDED = 1_000

Steps = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel | Record)

_WANTED = {
    "string_type": "text",
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "a number"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("list_type", "tuple_type"), "a list"),
    **dict.fromkeys(
        ("dict_type", "dataclass_type", "model_type", "model_attributes_type"),
        "fields ('name: value')",
    ),
}
_BOUNDS = {
    "greater_than": "write more than {gt}",
    "greater_than_equal": "write {ge} or more",
    "less_than": "write less than {lt}",
    "less_than_equal": "write {le} or less",
    "string_too_long": "its length is {length}, so shorten it to {max_length}",
    "string_pattern_mismatch": "write it in the form {pattern}",
    "too_long": "its length is {length}, so keep at most {max_length}",
    "too_short": "its length is {length}, so write {min_length} or more entries",
}
_GROUPED = r"[-+]?[0-9]{1,3}(?:[,_' \xa0\u2009\u202f][0-9]{3})+(?:\.[0-9]+)?"
_abridge = Repr()
_abridge.maxlevel, _abridge.maxlist, _abridge.maxdict = 2, 4, 4


def check(document: Document, model: type[M], at: Sequence[str | int] = ()) -> M:
    """The part of the document at a path as this model; InputError with every fault, in our words.

    At most 50 faults are told; a last one says how many more there are.
    """
    value = document.data
    for part in at:
        value = value[part]
    try:
        checked = model.checked if issubclass(model, Record) else model.model_validate
        record: M = checked(value)
    except ValidationError as error:
        details = [d for d in error.errors(include_url=False) if not _follows(d)]
        found = _merged([_word(d, model, value, tuple(at)) for d in details[:MAX_WORDED]])
        faults = (document.fault(f.place.path, f.message, key=f.at_key) for f in found)
        told = {*document.faults, *document.besides(faults)}
        raise capped(sorted(told), hidden=max(0, len(details) - MAX_WORDED)) from None
    if document.faults:
        raise capped(sorted(document.faults))
    return record


def _follows(detail: Any) -> bool:
    """Whether a list is told to be too short only because what is in it has faults of its own."""
    return bool(
        detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]
    )


# --- where a fault stands ---


class _Place(NamedTuple):
    """Where a pydantic location leads, through the data and through the model."""

    path: Steps  # as far as the data goes
    names: Steps  # as far as the model goes: a missing field too
    kinds: list[Any]  # what may stand there


class _Choice(NamedTuple):
    """A kind that a value may be of, and the names by which pydantic may call it."""

    names: set[str]
    kind: Any


def _place(model: Any, value: Any, loc: Steps, at: Steps) -> _Place:
    """Follows a pydantic location, leaving out what stands in no file: the names of kinds."""
    path, names = at, at
    choices = [_Choice(set(), model)]
    for part in loc:
        if len(choices) > 1:
            choices = [choice for choice in choices if part in choice.names] or choices[:1]
            continue
        inside = _inside(choices[0].kind, part) if choices else []
        if names == path and _has(value, part):
            path, value = (*path, part), value[part]
            names, choices = path, inside
        elif inside:
            names, choices = (*names, part), inside
    return _Place(path, names, [choice.kind for choice in choices])


def _has(value: Any, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and 0 <= part < len(value)
    return isinstance(value, dict) and part in value


def _inside(kind: Any, part: str | int) -> list[_Choice]:
    """What may stand in that field, item or entry of a kind; nothing where it has none such."""
    if _is_model(kind):
        fields = fields_of(kind)
        return _choices(fields[part]) if part in fields else []
    origin, arguments = get_origin(kind), get_args(kind)
    if not isinstance(origin, type) or not arguments:
        return []
    if issubclass(origin, Mapping):
        return _choices(arguments[1])
    return _choices(arguments[0]) if isinstance(part, int) else []


def _choices(kind: Any, discriminator: object = None) -> list[_Choice]:
    """The kinds a value may be of, None aside."""
    origin = get_origin(kind)
    if origin is Annotated:
        kind, *notes = get_args(kind)
        told = [getattr(note, "discriminator", None) for note in notes]
        return _choices(kind, next(filter(None, told), discriminator))
    if origin in (Union, types.UnionType):
        members = [member for member in get_args(kind) if member is not type(None)]
        return [choice for member in members for choice in _choices(member, discriminator)]
    tags = _options(kind, discriminator) if isinstance(discriminator, str) else []
    return [_Choice({getattr(kind, "__name__", ""), *tags}, kind)]


def _options(model: Any, name: str) -> list[str]:
    return _allowed(fields_of(model).get(name))


def _allowed(kind: Any) -> list[str]:
    kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return [str(option) for option in get_args(kind)] if get_origin(kind) is Literal else []


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel | Record)


@cache
def fields_of(model: Any) -> dict[str | int, Any]:
    """What may stand in each field of a model, by its name in a file."""
    if issubclass(model, BaseModel):
        fields = model.model_fields.items()
        return {info.alias or name: Annotated[info.annotation, info] for name, info in fields}
    return {alias_of(kind) or name: kind for name, kind in kinds_of(model).items()}


# --- words ---


class _Found(NamedTuple):
    """A fault of a value; `wanted` is the kind that it should be of, "" if it is of a right one."""

    place: _Place
    message: str
    wanted: str = ""
    subject: str = ""
    at_key: bool = False


def _word(detail: ErrorDetails, model: Any, value: Any, at: Steps) -> _Found:
    """One pydantic fault as a reader of the file would say it."""
    sort, loc, given = detail["type"], detail["loc"], detail["input"]
    context: dict[str, Any] = detail.get("ctx", {})
    place = _place(model, value, loc, at)
    subject = f"{_name(place)} is {_described(given)}"
    if sort == "missing":
        what = shown(loc[-1]) if isinstance(loc[-1], str) else _name(place)
        return _Found(place, f"{what} is missing; add it")
    if sort in ("extra_forbidden", "unexpected_keyword_argument"):
        kinds = filter(_is_model, _place(model, value, loc[:-1], at).kinds)
        known = [str(name) for kind in kinds for name in fields_of(kind)]
        way_out = nearest(str(loc[-1]), known) or "leave it out"
        return _Found(place, f"{shown(str(loc[-1]))} is not known here; {way_out}", at_key=True)
    if sort in ("union_tag_invalid", "union_tag_not_found"):
        return _word_tag(place, context)
    if sort == "literal_error":
        return _word_option(place, given, context["expected"])
    if sort in _WANTED:
        told = f"{subject}; {_way_out(_WANTED[sort], given)}"
        return _Found(place, told, _WANTED[sort], subject)
    if sort in _BOUNDS:
        limits = {k: f"{v:.15g}" if isinstance(v, float) else v for k, v in context.items()}
        length = len(given) if isinstance(given, Sized) else 0
        return _Found(place, f"{subject}; {_BOUNDS[sort].format(**limits, length=length)}")
    if sort == "value_error":
        return _Found(place, str(context["error"]))
    return _Found(place, f"{subject}; {detail['msg']}")


def _word_tag(place: _Place, context: Mapping[str, Any]) -> _Found:
    """The field that tells which of several kinds of fields these are, such as `kind`."""
    name = context["discriminator"].strip("'")
    options = [option for kind in place.kinds for option in _options(kind, name)]
    if "tag" not in context:
        return _Found(place, f"{shown(name)} is missing; add it ({nearest('', options)})")
    place = place._replace(path=(*place.path, name))
    return _Found(place, _no_option(context["tag"], name, options, context["expected_tags"]))


def _word_option(place: _Place, given: object, expected: str) -> _Found:
    options = [option for kind in place.kinds for option in _allowed(kind)]
    return _Found(place, _no_option(given, _name(place), options, expected))


def _no_option(given: object, name: str, options: list[str], expected: str) -> str:
    article = "an" if name[:1] in "aeiou" else "a"
    value = shown(given) if isinstance(given, str) else _described(given)
    way_out = nearest(str(given), options) or f"write {shorten(expected)}"
    return f"{value} is not {article} {name}; {way_out}"


def _merged(found: list[_Found]) -> list[_Found]:
    """Faults, with those of a value that may be of several kinds made one."""
    faults: dict[Steps, list[_Found]] = {}
    for fault in found:
        faults.setdefault(fault.place.path, []).append(fault)
    # Where a value is of one kind but for a detail, the detail is what the reader can use.
    around = {path[:depth] for path in faults for depth in range(len(path))}
    merged = []
    for path, here in faults.items():
        if details := [fault for fault in here if not fault.wanted]:
            merged += details
        elif path not in around:
            merged.append(_either(here))
    return merged


def _either(faults: list[_Found]) -> _Found:
    """One fault of those of a value that is of none of several kinds."""
    *others, last = {fault.wanted: fault for fault in faults}.values()
    if not others:
        return last
    kinds = ", ".join(fault.wanted for fault in others)
    return last._replace(message=f"{last.subject}; write {kinds} or {last.wanted}")


def _way_out(wanted: str, given: object) -> str:
    if wanted == "text" and isinstance(given, int | float):
        return "put quotes round it"
    if wanted in ("a number", "a whole number") and isinstance(given, str):
        number = re.sub("[^-+.0-9]", "", given) if re.fullmatch(_GROUPED, given) else given
        number = re.sub(r"^([-+]?)0+(?=[0-9])", r"\1", number)
        if NUMBER.fullmatch(number):
            return f"write {shorten(number)}" + (" without quotes" if number == given else "")
    return f"write {wanted}"


def _described(value: object) -> str:
    """A value in the words of somebody who never heard of types: text 'abc', the number 3."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {shown(value)}"
    if isinstance(value, str):
        return f"text {shown(value)}"
    sort = "the list" if isinstance(value, list) else "the fields"
    return f"{sort} {shorten(_abridge.repr(value))}"


def _name(place: _Place) -> str:
    """What a message calls a value: its key, or "item 2 of" its key."""
    name, items = "the file", ""
    for step in place.names:
        if isinstance(step, str):
            name, items = shorten(step), ""
        else:
            items = f"item {step + 1} of {items}"
    return items + name
