"""What a PDF of unknown origin holds: the files attached to it, and what its pages say and show.

Whoever reads foreign bytes may be led into a loop or made to swell. So pypdf runs in a process of
its own, which gets the bytes, knows no file and no network, and is stopped when it takes too much
time or memory. Nothing in the PDF is executed or followed, and what comes back is plain data.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assessor.errors import AssessorError, shorten, shown

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader


class Limits(NamedTuple):
    """How much a PDF may ask for; no report comes near."""

    seconds: int = 60  # for one look into it
    memory: int = 1_500_000_000  # bytes of the process, where the system can hold it to them
    objects: int = 1_000_000
    files: int = 60
    unpacked: int = 50_000_000  # bytes of one stream, and of all attachments
    drawing: int = 2_000_000  # bytes of one page
    pages: int = 5_000
    letters: int = 20_000_000  # on all pages


LIMITS = Limits()


class Page(NamedTuple):
    """A page: its words, where its links lead, and a hash of all that is drawn on it.

    No words and no hash where too much is drawn.
    """

    words: list[str] | None
    links: list[str]
    drawn: str


class Look(NamedTuple):
    """What a PDF shows, and what no report holds."""

    stamp: str  # its first identifier
    about: dict[str, str]  # what it says of itself
    foreign: list[str]  # what acts by itself or lies over a page, in words
    bookmarks: list[str]
    pages: list[Page]


class BadPdf(AssessorError):
    """A PDF that cannot be read, or asks for too much; the message goes on from its name."""


def unpack(content: bytes, limits: Limits = LIMITS) -> dict[str, bytes]:
    """The attachments of a PDF by name; BadPdf where they cannot be had within limits."""
    held = _ask("files", content, limits)
    return {name: base64.b64decode(packed) for name, packed in held.items()}


def look(content: bytes, limits: Limits = LIMITS) -> Look:
    """What the pages say and show; BadPdf where that cannot be had within limits."""
    found = Look(*_ask("look", content, limits))
    return found._replace(pages=[Page(*page) for page in found.pages])


def _ask(task: str, content: bytes, limits: Limits) -> Any:
    """What the other process answers; it has the modules of this one and nothing of the folder."""
    call = "from assessor.unpacking import main; main()"
    roots = [root for root in sys.path if Path(root).is_absolute()]
    try:
        done = subprocess.run(  # noqa: S603 - ourselves, and nothing of the PDF in the call
            [sys.executable, "-P", "-s", "-c", call, task, json.dumps(limits)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.seconds,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(roots)},
            check=False,
        )
        told: Mapping[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise BadPdf(_too_long(limits)) from None
    except ValueError:  # it was stopped in the middle
        raise BadPdf(f"{_too_long(limits)}, or is broken as a PDF") from None
    except OSError as error:
        raise BadPdf(f"cannot be looked into ({error.strerror}); free some memory") from None
    if "refused" in told:
        raise BadPdf(told["refused"])
    return told["found"]


def _too_long(limits: Limits) -> str:
    return f"takes more than {limits.seconds} seconds or too much memory to read; no report does"


# --- in the other process ---


def main() -> None:
    """Read a PDF from standard input; write what was found, or why it is refused, as JSON."""
    task, given = sys.argv[1:]
    limits = Limits(*json.loads(given))
    _hold_to(limits)
    try:
        told = {"found": _found(_TASKS[task], sys.stdin.buffer.read(), limits)}
    except BadPdf as error:
        told = {"refused": str(error)}
    except MemoryError:
        told = {"refused": _too_long(limits)}
    except Exception as error:  # noqa: BLE001 - whatever a reader of foreign bytes stumbles over
        why = shorten(str(error)) or type(error).__name__
        told = {"refused": f"is broken as a PDF ({why}); ask for it again"}
    sys.stdout.write(json.dumps(told))


def _hold_to(limits: Limits) -> None:
    """Let the system stop this process where it takes too much, as far as the system can."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))


def _found(task: Callable[[PdfReader, Limits], Any], content: bytes, limits: Limits) -> Any:
    import logging
    import warnings

    from pypdf import Configuration, PdfReader, apply_configuration
    from pypdf.errors import DependencyError

    logging.disable()
    warnings.simplefilter("ignore")
    most = limits.unpacked
    bounded = Configuration(
        maximum_declared_stream_length=most,
        array_based_stream_maximum_output_length=most,
        zlib_maximum_output_length=most,
        lzw_maximum_output_length=most,
        run_length_maximum_output_length=most,
        brotli_maximum_output_length=most,
        jbig2dec_binary=None,  # it would be started as a program
    )
    with apply_configuration(bounded):
        try:
            reader = PdfReader(io.BytesIO(content))
            encrypted = reader.is_encrypted
        except DependencyError:  # of what would decrypt it
            encrypted = True
        if encrypted:
            raise BadPdf("is encrypted; ask for it as it was written, without a password")
        known = sum(map(len, reader.xref.values())) + len(reader.xref_objStm)
        if known > limits.objects:
            raise BadPdf(f"has more than {limits.objects:,} objects; no report does")
        return task(reader, limits)


def _files(reader: PdfReader, limits: Limits) -> dict[str, str]:
    held = list(islice(reader.attachment_list, limits.files + 1))
    if len(held) > limits.files:
        raise BadPdf(f"carries more than {limits.files} files; no report does")
    files: dict[str, bytes] = {}
    for file in held:
        name = str(file.name)
        if name in files:
            raise BadPdf(f"carries two files called {shown(name)}; no report does")
        files[name] = file.content
        if sum(map(len, files.values())) > limits.unpacked:
            raise BadPdf(f"carries more than {limits.unpacked // 10**6} MB; no report does")
    return {name: base64.b64encode(content).decode() for name, content in files.items()}


def _look(reader: PdfReader, limits: Limits) -> Look:
    if len(reader.pages) > limits.pages:
        raise BadPdf(f"has more than {limits.pages:,} pages; no report does")
    numbers = {page.indirect_reference.idnum: n for n, page in _numbered(reader)}
    hashes = _Hashes(numbers)
    found: list[Page] = []
    letters = 0
    for _, page in _numbered(reader):
        found.append(_page(page, hashes, limits))
        letters += sum(map(len, found[-1].words or ()))
        if letters > limits.letters:
            raise BadPdf(f"has more than {limits.letters:,} letters; no report does")
    identifiers = reader.trailer.get("/ID") or [""]
    about = {str(key): str(value) for key, value in (reader.metadata or {}).items()}
    foreign = [*_acting(reader), *_lying_over(reader)]
    return Look(str(identifiers[0]), about, foreign, _bookmarks(reader), found)


def _numbered(reader: PdfReader) -> Iterator[tuple[int, Any]]:
    return enumerate(reader.pages, 1)


def _page(page: PageObject, hashes: _Hashes, limits: Limits) -> Page:
    notes = [_own(note) for note in _own(page.get("/Annots")) or ()]
    links = [_target(note) for note in notes if _own(note.get("/Subtype")) == "/Link"]
    drawn = page.get_contents()
    if drawn is not None and len(drawn.get_data()) > limits.drawing:
        return Page(None, links, "")
    return Page(page.extract_text().split(), links, hashes.of(dict(page)).hex())


def _own(value: Any) -> Any:
    """What a reference stands for; any other value itself."""
    return None if value is None else value.get_object()


def _target(note: Mapping[str, Any]) -> str:
    """Where a link leads, an address or a place of the document, and what it says of it."""
    action = _own(note.get("/A")) or {}
    parts = (note.get("/Dest"), action.get("/URI"), action.get("/D"), note.get("/Contents"))
    return " ".join(dict.fromkeys(str(part) for part in map(_own, parts) if isinstance(part, str)))


_KEYS = {
    "/OpenAction": "does something when it is opened",
    "/AA": "does something by itself",
    "/JS": "carries JavaScript",
    "/JavaScript": "carries JavaScript",
    "/AcroForm": "carries a form or a signature",
    "/OCProperties": "has layers that can be hidden",
}
_ACTIONS = {
    "/JavaScript": "carries JavaScript",
    "/Launch": "starts a program",
    **dict.fromkeys(("/GoToR", "/GoToE"), "opens another file"),
    **dict.fromkeys(("/SubmitForm", "/ImportData", "/ResetForm"), "fills in or sends a form"),
    **dict.fromkeys(("/Movie", "/Sound", "/Rendition", "/RichMediaExecute"), "plays something"),
    **dict.fromkeys(("/Hide", "/SetOCGState", "/Named", "/GoTo3DView"), "changes what is shown"),
}


def _acting(reader: PdfReader) -> list[str]:
    """What the file does beyond following a link, wherever it stands."""
    found: set[str] = set()
    seen: set[int] = set()
    left: list[Any] = [reader.trailer]
    while left:
        node = left.pop()
        if hasattr(node, "idnum"):
            if node.idnum in seen:
                continue
            seen.add(node.idnum)
            node = node.get_object()
        if isinstance(node, dict):
            found |= {told for key, told in _KEYS.items() if key in node}
            found |= {_ACTIONS[kind] for kind in [str(_own(node.get("/S")))] if kind in _ACTIONS}
            left.extend(dict.values(node))
        elif isinstance(node, list):
            left.extend(list.__iter__(node))
    return sorted(found)


def _lying_over(reader: PdfReader) -> Iterator[str]:
    """Notes, stamps, fields and all else that lies over a page and is no plain link."""
    for n, page in _numbered(reader):
        for note in _own(page.get("/Annots")) or ():
            kind = str(_own(note).get("/Subtype", "")).removeprefix("/")
            if kind != "Link":
                yield f"page {n}: something lies over it ({shorten(kind) or 'of no kind'})"
            elif "/AP" in _own(note):
                yield f"page {n}: a link draws something over it"


def _bookmarks(reader: PdfReader) -> list[str]:
    left: list[Any] = [reader.outline]
    found = []
    while left:
        node = left.pop()
        if isinstance(node, list):
            left.extend(reversed(node))
        else:
            found.append(str(node.title))
    return found


class _Hashes:
    """Hashes of what is drawn, the same in whatever order and form a file holds its objects."""

    def __init__(self, pages: Mapping[int, int]) -> None:
        self.known = {number: b"page %d" % n for number, n in pages.items()}

    def of(self, value: Any) -> bytes:
        """Of a value and all that it refers to, but for what it is a part of."""
        if not hasattr(value, "idnum"):
            return self._plain(value)
        if value.idnum not in self.known:
            self.known[value.idnum] = b"itself"
            self.known[value.idnum] = self._plain(value.get_object())
        return self.known[value.idnum]

    def _plain(self, value: Any) -> bytes:
        parts = [type(value).__name__.removeprefix("Encoded").removeprefix("Decoded").encode()]
        if isinstance(value, dict):
            names = sorted(str(key) for key in value if key not in _ASIDE)
            parts += [part for key in names for part in (key.encode(), self.of(_raw(value, key)))]
            if hasattr(value, "get_data"):
                parts.append(value.get_data())
        elif isinstance(value, list):
            parts += map(self.of, list.__iter__(value))
        else:
            parts.append(str(value).encode("utf-8", "backslashreplace"))
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()


_ASIDE = {"/Parent", "/Length", "/Filter", "/DecodeParms"}


def _raw(value: Mapping[Any, Any], key: str) -> Any:
    """A value as it stands, were it a reference."""
    return dict.__getitem__(value, key)  # type: ignore[index]


_TASKS: Mapping[str, Callable[[PdfReader, Limits], Any]] = {"files": _files, "look": _look}
