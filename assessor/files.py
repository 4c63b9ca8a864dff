"""YAML files in, plain data out; every mistake with its line and column.

`load` is the only door for YAML from disk. It reads the words of YAML 1.2, so that `country: NO`
is Norway, and it refuses what would be read otherwise than it looks: a key that stands twice, a
merge key, a tag. The parser's events are turned into plain data here rather than by PyYAML, whose
own composer crashes the interpreter at 100,000 opening brackets and expands aliases without end.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import yaml

from assessor.errors import AssessorError, Fault, InputError, nearest, shorten, shown
from assessor.syntax import Place, broken, line_and_column

MAX_BYTES = 5_000_000
MAX_DEPTH = 40
MAX_VALUES = 200_000
MAX_ALIASES = 100
MAX_CHARACTERS = 100_000
MAX_DIGITS = 100
MAX_FAULTS = 50

Places = Mapping[int, Mapping[str | int, tuple[Place, Place]]]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# PyYAML's own expression, which it compiles in any case and which takes 3 ms.
_UNPRINTABLE: re.Pattern[str] = yaml.reader.Reader.NON_PRINTABLE
# Line breaks that YAML knows and editors do not would shift every line; so would a late mark.
_MISLEADING = re.compile("[\x85\u2028\u2029\ufeff]")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DIRECTIVE = re.compile(r"(?:\A|[\r\n])%")
_CORE_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_OPEN = object()  # what stands behind an anchor while it is being read
_SIGNATURES = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "an Excel, Word or ZIP file",
    b"\x89PNG": "a picture",
}


@dataclass(frozen=True)
class Document:
    """A YAML file as read: plain data, and where each part of it stands in the text.

    The places belong to the lists and dicts of `data` themselves: copy before changing them.
    `faults` are those of the text; where they stand, `data` holds something else in their place.
    """

    name: str
    data: Any = field(repr=False)
    sha256: str
    text: str = field(repr=False)
    _top: Place = field(default=(1, 1), repr=False, compare=False)
    # By the id of a list or dict and what is in it: where the key and the value begin.
    _places: Places = field(default_factory=dict, repr=False, compare=False)
    faults: tuple[Fault, ...] = ()
    content: bytes = field(default=b"", repr=False, compare=False)  # as it came from the disk

    def at(self, path: Sequence[str | int], key: bool = False) -> Place:
        """Line and column, from 1, of the value (or of its key) at a path such as ("a", 0).

        Where the path goes on beyond what is written, the nearest part above it that is.
        """
        place, node = self._top, self.data
        for depth, part in enumerate(path, 1):
            places = self._places.get(id(node), {}).get(part)
            if places is None:
                break
            place = places[0 if key and depth == len(path) else 1]
            node = node[part]
        return place

    def fault(self, path: Sequence[str | int], message: str, key: bool = False) -> Fault:
        """A fault of the value (or of its key) at that path."""
        return Fault(self.name, *self.at(path, key), message)

    def besides(self, faults: Iterable[Fault]) -> list[Fault]:
        """Of these faults, those that are not due to a fault of the text in the same place."""
        known = {(fault.line, fault.column) for fault in self.faults}
        return [fault for fault in faults if (fault.line, fault.column) not in known]


def load(path: str | Path, *, strict: bool = True) -> Document:
    """The YAML file at this path; InputError with every fault if it cannot be used.

    At most 5 MB, 40 levels deep, 200,000 values, 100 aliases, 100,000 characters in one text. Where
    not `strict`, faults that leave the rest readable go into the document, for `check` to tell.
    """
    return loads(_read(path), os.fspath(path), strict=strict)


def loads(content: bytes | str, name: str, *, strict: bool = True) -> Document:
    """The YAML in these bytes or this text, as `load` has it; `name` is for messages."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if len(raw) > MAX_BYTES:
        raise _refusal(name, f"has more than {MAX_BYTES // 10**6} MB; split it, or shorten it")
    text = _decoded(raw, name) if isinstance(content, bytes) else content
    text = text.removeprefix("\ufeff")
    composer = _Composer(text, name)
    data = composer.document()
    if strict and composer.faults:
        raise composer.refusal()
    digest = hashlib.sha256(raw).hexdigest()
    faults = tuple(composer.faults)
    return Document(name, data, digest, text, composer.top, composer.places, faults, raw)


def shipped(folder: str) -> Path:
    """Where the package's own "rubrics", "templates" or "examples" lie; AssessorError if lost."""
    package = Path(__file__).resolve().parent
    # Beside an installed package lie those of other people, so only a checkout counts.
    beside = [package.parent] if (package.parent / "pyproject.toml").is_file() else []
    for home in (package, *beside):
        if (home / folder).is_dir():
            return home / folder
    raise AssessorError(f"the folder {shown(folder)} is missing; install the package again")


# --- reading ---


def _read(path: str | Path) -> bytes:
    name = os.fspath(path)
    try:
        # Before opening, for to open a pipe is to wait for its writer.
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            raise _refusal(name, "is a folder; name a YAML file in it")
        if not stat.S_ISREG(mode):
            raise _refusal(name, "is a pipe or a device; save its content as a file first")
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise _refusal(name, f"no such file; {_neighbours(Path(path))}") from None
    except PermissionError:
        raise _refusal(name, "may not be read; give yourself the right to read it") from None
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        reason = getattr(error, "strerror", None) or error
        raise _refusal(name, f"cannot be read ({reason}); copy it elsewhere and retry") from None


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return f"the folder {shown(str(path.parent))} cannot be opened"
    found = islice(path.parent.iterdir(), 10_000)
    names = sorted(p.name for p in found if p.suffix in {".yaml", ".yml"} and p.is_file())
    return nearest(path.name, names) or "there is no YAML file in that folder"


def _decoded(raw: bytes, name: str) -> str:
    for signature, what in _SIGNATURES.items():
        if raw.startswith(signature):
            raise _refusal(name, f"is {what}, not text; name a YAML file")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise _refusal(name, "is UTF-16; save it as UTF-8") from None
        if b"\0" in raw:
            raise _refusal(name, "is not text; name a YAML file") from None
        text = raw[: error.start].decode().removeprefix("\ufeff")
        message = f"byte 0x{raw[error.start]:02X} is not UTF-8; save the file as UTF-8"
        place = line_and_column(text, len(text))
        raise InputError([Fault(name, *place, message)]) from None


def _refusal(name: str, message: str) -> InputError:
    return InputError([Fault(name, 0, 0, message)])


def capped(faults: Sequence[Fault], hidden: int = 0) -> InputError:
    """At most 50 faults, and a last one for those that are not told."""
    told = list(faults[:MAX_FAULTS])
    if more := len(faults) - len(told) + hidden:
        message = f"faults that are not shown here: {more}; mend these first"
        told.append(Fault(told[0].file, 0, 0, message))
    return InputError(told)


# --- composing ---


class _Composer:
    """Makes plain data of the parser's events and notes the place of each part.

    Limits are held on every event, before anything is built on it.
    """

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.top: Place = (1, 1)
        self.places: dict[int, dict[str | int, tuple[Place, Place]]] = {}
        self.anchors: dict[str, Any] = {}
        self.faults: list[Fault] = []
        self.depth = self.values = self.aliases = 0
        self.next: Any = iter(()).__next__

    def document(self) -> Any:
        """The data of the one document; what was refused on the way stands in `faults`.

        InputError where it cannot be read to its end.
        """
        if bad := _first_forbidden(self.text):
            self.stop(bad.start(), _forbidden(bad.group()))
        # The parser compares each directive with all before it, so many would take hours.
        if directive := _DIRECTIVE.search(self.text):
            self.stop(directive.end() - 1, "a line begins with '%'; indent it, or leave it out")
        try:
            self.next = iter(yaml.parse(self.text, Loader=_LOADER)).__next__
            data = self.whole()
        except yaml.MarkedYAMLError as error:
            self.stop(*broken(error, self.text))
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # What the pure Python parser lets out, such as an escape beyond the last character.
            self.stop(0, f"is not YAML ({error}); mend it")
        return data

    def whole(self) -> Any:
        self.next()
        event = self.next()
        if type(event) is yaml.DocumentStartEvent:
            event = self.next()
        nothing = type(event) is yaml.ScalarEvent and not event.value and not event.style
        if nothing or type(event) is yaml.StreamEndEvent:
            raise _refusal(self.name, "is empty; write 'name: value' into it")
        self.top = _place(event)
        data = self.value(event)
        self.next()
        event = self.next()
        if type(event) is not yaml.StreamEndEvent:
            told = "a second document begins here; keep one in a file, without '---' or '...'"
            self.stop(event, told)
        return data

    def value(self, event: Any) -> Any:
        self.values += 1
        if self.values > MAX_VALUES:
            self.stop(event, f"more than {MAX_VALUES} values; split the file")
        if event.anchor is not None:
            return self.alias(event) if type(event) is yaml.AliasEvent else self.anchored(event)
        return self.node(event)

    def node(self, event: Any) -> Any:
        if event.tag is not None:
            self.refuse(event, f"tag {shown(event.tag)} is not used here; leave it out")
        if type(event) is yaml.ScalarEvent:
            return self.scalar(event)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.stop(event, f"more than {MAX_DEPTH} levels deep; write it flatter")
        data = self.mapping() if type(event) is yaml.MappingStartEvent else self.sequence()
        self.depth -= 1
        return data

    def mapping(self) -> dict[str, Any]:
        data: dict[str, Any] = {}
        places: dict[str | int, tuple[Place, Place]] = {}
        while type(event := self.next()) is not yaml.MappingEndEvent:
            key = self.key(event)
            if key in data:
                line = places[key][0][0]
                self.refuse(event, f"{shown(key)} already stands in line {line}; keep one of them")
            value = self.next()
            place, content = (_place(event), _place(value)), self.value(value)
            if key not in data:
                places[key], data[key] = place, content
        self.places[id(data)] = places
        return data

    def sequence(self) -> list[Any]:
        data: list[Any] = []
        places: dict[str | int, tuple[Place, Place]] = {}
        while type(event := self.next()) is not yaml.SequenceEndEvent:
            place = _place(event)
            places[len(data)] = place, place
            data.append(self.value(event))
        self.places[id(data)] = places
        return data

    def key(self, event: Any) -> str:
        if type(event) is not yaml.ScalarEvent:
            self.stop(event, "a list, fields or an alias stand as a key; write a plain text")
        key: str = event.value
        if event.anchor is not None or event.tag is not None:
            self.refuse(event, f"key {shown(key)} has an anchor or a tag; write the key alone")
        if not event.style:
            if key == "<<":
                self.refuse(event, "merge key '<<' is not used here; write the fields out")
            if not key:
                self.refuse(event, "nothing stands before ':'; write a key, or leave ':' out")
        self.measure(event)
        return key

    def scalar(self, event: Any) -> str | int | float | bool | None:
        text: str = event.value
        if event.style or len(text) > MAX_CHARACTERS:
            self.measure(event)
            return text
        if text and text[0] in "+-.0123456789":
            return self.number(event, text)
        return _CORE_WORDS.get(text, text)

    def measure(self, event: Any) -> None:
        if len(event.value) > MAX_CHARACTERS:
            told = f"text {shown(event.value)} has more than {MAX_CHARACTERS} characters"
            self.refuse(event, f"{told}; shorten it")
        if event.style == '"' and (bad := _first_forbidden(event.value)):
            self.refuse(event, _forbidden(bad.group()))

    def number(self, event: Any, text: str) -> int | float | str:
        if _NOT_FINITE.fullmatch(text):
            self.refuse(event, f"{text} is no figure; write a number, or leave it out")
        if not NUMBER.fullmatch(text):
            return text
        if len(text) > MAX_DIGITS:
            told = f"{shorten(text)} has {len(text)} characters, a number at most {MAX_DIGITS}"
            self.refuse(event, f"{told}; shorten it, or put quotes round it")
            return text
        if _INTEGER.fullmatch(text):
            return int(text)
        number = float(text)
        if math.isinf(number):
            self.refuse(event, f"{text} is too large a number; write one below 1e308")
        return number

    def anchored(self, event: Any) -> Any:
        if event.anchor in self.anchors:
            self.refuse(event, f"anchor '&{shorten(event.anchor)}' stands twice; rename one")
        self.anchors[event.anchor] = _OPEN
        data = self.anchors[event.anchor] = self.node(event)
        return data

    def alias(self, event: Any) -> Any:
        name = f"alias '*{shorten(event.anchor)}'"
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            self.stop(event, f"more than {MAX_ALIASES} aliases; write the values out")
        if event.anchor not in self.anchors:
            self.refuse(event, f"{name} has no anchor before it; write the value out")
            return None
        data = self.anchors[event.anchor]
        if data is _OPEN:
            self.stop(event, f"{name} stands inside its own anchor; write the value out")
        size, height = _extent(data)
        self.values += size
        if self.values > MAX_VALUES:
            self.stop(event, f"{name} makes it more than {MAX_VALUES} values; write less")
        if self.depth + height > MAX_DEPTH:
            self.stop(event, f"{name} makes it more than {MAX_DEPTH} levels deep; write it flatter")
        return data

    def refuse(self, where: Any, message: str) -> None:
        """Note what is wrong with an event or at an index of the text."""
        at_index = isinstance(where, int)
        place = line_and_column(self.text, where) if at_index else _place(where)
        self.faults.append(Fault(self.name, *place, message))

    def stop(self, where: Any, message: str) -> NoReturn:
        self.refuse(where, message)
        raise self.refusal()

    def refusal(self) -> InputError:
        return capped(sorted(self.faults, key=lambda fault: (fault.line, fault.column)))


def _place(event: Any) -> Place:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1


def _extent(data: Any) -> tuple[int, int]:
    """How many values stand in a value, and how many levels deep it is."""
    if not isinstance(data, dict | list):
        return 0, 0
    parts = [_extent(part) for part in (data.values() if isinstance(data, dict) else data)]
    return sum(1 + size for size, _ in parts), 1 + max((height for _, height in parts), default=0)


def _first_forbidden(text: str) -> re.Match[str] | None:
    """The first character that a file cannot hold; None where there is none."""
    found = (_UNPRINTABLE.search(text), _MISLEADING.search(text))
    return min((bad for bad in found if bad), key=lambda bad: bad.start(), default=None)


def _forbidden(letter: str) -> str:
    return f"character U+{ord(letter):04X} is not used in text; remove it, or write a space"
