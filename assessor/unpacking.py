"""What a PDF of unknown origin holds: the files attached to it, and the words on its pages.

Whoever reads foreign bytes may be led into a loop or made to swell. So pypdf runs in a process of
its own, which gets the bytes, knows no file and no network, and is stopped when it takes too much
time or memory. Nothing in the PDF is executed or followed, and what comes back is plain data.
"""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
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
Page = list[str] | None  # the words of a page; None where too much is drawn on it


class BadPdf(AssessorError):
    """A PDF that cannot be read, or asks for too much; the message goes on from its name."""


def unpack(content: bytes, limits: Limits = LIMITS) -> dict[str, bytes]:
    """The attachments of a PDF by name; BadPdf where they cannot be had within limits."""
    held = _ask("files", content, limits)
    return {name: base64.b64decode(packed) for name, packed in held.items()}


def words(content: bytes, limits: Limits = LIMITS) -> list[Page]:
    """The words of each page; BadPdf where they cannot be had within limits."""
    pages: list[Page] = _ask("pages", content, limits)
    return pages


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
        reader = PdfReader(io.BytesIO(content))
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


def _pages(reader: PdfReader, limits: Limits) -> Sequence[Page]:
    if len(reader.pages) > limits.pages:
        raise BadPdf(f"has more than {limits.pages:,} pages; no report does")
    found: list[Page] = []
    letters = 0
    for page in reader.pages:
        found.append(_words(page, limits))
        letters += sum(map(len, found[-1] or ()))
        if letters > limits.letters:
            raise BadPdf(f"has more than {limits.letters:,} letters; no report does")
    return found


def _words(page: PageObject, limits: Limits) -> Page:
    drawn = page.get_contents()
    if drawn is not None and len(drawn.get_data()) > limits.drawing:
        return None
    return page.extract_text().split()


_TASKS: Mapping[str, Callable[[PdfReader, Limits], Any]] = {"files": _files, "pages": _pages}
