"""What depends on a rubric alone, kept between runs.

Checked rubrics, whose YAML is read and checked once and not at every start; and drawn weights.
They lie in the user's cache folder, which may be deleted at any time. An entry holds only if it is
whole and was written by this very code; no entry can run code, for it is read into records or into
numbers alone.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import sys
from contextlib import suppress
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TABLES = 4  # of numbers that are kept: each change of a weight makes a new one
LARGEST = 32_000_000  # bytes of a table that is kept; those of the shipped rubrics have 10 million
_DIGEST = hashlib.sha256().digest_size
_MODULES = {"assessor.indicators", "assessor.questions", "assessor.logic", "assessor.rubric"}
_PATHS = {"PosixPath", "WindowsPath"}


def recall(path: Path) -> Any:
    """What was kept for the file at a path; None where there is nothing, or nothing that holds."""
    try:
        raw = _entry(os.fsencode(path.resolve()), "rubric").read_bytes()
    except (OSError, RuntimeError):
        return None
    digest, content = raw[:_DIGEST], raw[_DIGEST:]
    if digest != _digest(content):
        return None
    with suppress(AttributeError, EOFError, LookupError, TypeError, ValueError, pickle.PickleError):
        return _Records(io.BytesIO(content)).load()
    return None


def keep(path: Path, value: Any) -> None:
    """Keep records, and lists or mappings of them, for a path; silent where that cannot be."""
    content = pickle.dumps(value, protocol=5)
    with suppress(OSError, RuntimeError):
        entry = _entry(os.fsencode(path.resolve()), "rubric")
        _write(entry, _digest(content), content)


def recall_numbers(key: bytes, shape: tuple[int, int]) -> Floats | None:
    """The table of numbers that was kept by a key; None where there is none of this shape."""
    numbers = np.empty(shape)
    try:
        with _entry(key, "numbers").open("rb") as file:
            digest = file.read(_DIGEST)
            whole = file.readinto(numbers.data) == numbers.nbytes and not file.read(1)
    except (OSError, RuntimeError):
        return None
    return numbers if whole and digest == _seal(key, numbers) else None


def keep_numbers(key: bytes, numbers: Floats) -> None:
    """Keep a table of numbers by what it was made from; silent where that cannot be.

    Those that were written first go, once there are more than `TABLES`.
    """
    if numbers.nbytes > LARGEST:
        return
    with suppress(OSError, RuntimeError):
        entry = _entry(key, "numbers")
        _write(entry, _seal(key, numbers), numbers.data)
        tables = sorted(entry.parent.glob("*.numbers"), key=os.path.getmtime)
        for old in tables[:-TABLES]:
            old.unlink()


def _entry(key: bytes, sort: str) -> Path:
    """The file that keeps what belongs to a key; RuntimeError where the user has no home."""
    room = Path(os.environ.get("XDG_CACHE_HOME", ""))
    folder = room if room.is_absolute() else Path.home() / ".cache"
    return folder / "zone-assessor" / f"{hashlib.sha256(key).hexdigest()[:32]}.{sort}"


def _write(entry: Path, *parts: bytes | memoryview) -> None:
    from tempfile import TemporaryDirectory

    entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=entry.parent) as room:
        whole = Path(room) / entry.name
        with whole.open("wb") as file:
            file.writelines(parts)
        whole.replace(entry)


def _seal(key: bytes, numbers: Floats) -> bytes:
    """The digest of a table, by the sums of its rows: that of all bytes takes far longer."""
    return _digest(key + numbers.view(np.uint64).sum(axis=1).tobytes())


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(_writer() + content).digest()


@cache
def _writer() -> bytes:
    """What wrote an entry: this Python, and every module of this package as it stands."""
    with os.scandir(Path(__file__).parent) as files:
        modules = [(f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    return repr((sys.version, sorted(m for m in modules if m[0].endswith(".py")))).encode()


class _Records(pickle.Unpickler):
    """Reads paths and the dataclasses of a rubric, and nothing else that has a name."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "pathlib" and name in _PATHS:
            return type(Path())
        found = getattr(import_module(module), name) if module in _MODULES else None
        if isinstance(found, type) and is_dataclass(found):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is no record")
