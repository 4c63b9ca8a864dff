"""Checked rubrics, kept between runs: their YAML is read and checked once, not at every start.

They lie in the user's cache folder, which may be deleted at any time. An entry holds only if it is
whole and was written by this very code; no entry can run code, for it is read into records alone.
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
from tempfile import TemporaryDirectory
from typing import Any

_DIGEST = hashlib.sha256().digest_size
_MODULES = {"assessor.indicators", "assessor.logic", "assessor.rubric"}
_PATHS = {"PosixPath", "WindowsPath"}


def recall(path: Path) -> Any:
    """What was kept for the file at a path; None where there is nothing, or nothing that holds."""
    try:
        raw = _entry(path).read_bytes()
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
        entry = _entry(path)
        entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=entry.parent) as room:
            whole = Path(room) / entry.name
            whole.write_bytes(_digest(content) + content)
            whole.replace(entry)


def _entry(path: Path) -> Path:
    """The file that keeps what belongs to a path; RuntimeError where the user has no home."""
    room = Path(os.environ.get("XDG_CACHE_HOME", ""))
    folder = room if room.is_absolute() else Path.home() / ".cache"
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()
    return folder / "zone-assessor" / f"{name[:32]}.rubric"


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
