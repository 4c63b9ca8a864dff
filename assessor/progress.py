"""How far a long piece of work has come, on standard error.

Nothing for the first two seconds; then a bar with the time left on a terminal, and elsewhere a
plain line every few seconds. Work without steps to count tells how long it has taken.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from assessor.errors import printable

QUIET = 2.0  # seconds before anything is shown
PAUSE = 5.0  # seconds between plain lines


class Progress:
    """Shows the way from 0 to the total: call it with how many are done, and of how many."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._start = time.monotonic()
        self._next = self._start + QUIET
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now < self._next or done == total or sys.stderr is None:
            return
        left = time_left((now - self._start) / done * (total - done))
        with suppress(OSError):  # who closes standard error wants to know nothing
            if sys.stderr.isatty():
                self._show(done, total, left)
            else:
                self._next = now + PAUSE
                sys.stderr.write(f"{self._what}: {done} of {total} done, {left} left\n")
                sys.stderr.flush()

    def _show(self, done: int, total: int, left: str) -> None:
        if self._bar is None:
            self._bar = _bar(self._what, total)
        self._bar.update(self._bar.task_ids[0], completed=done, left=left, refresh=True)


class Lasting:
    """Tells from time to time that a piece of work goes on of which nobody knows the end."""

    def __init__(self, what: str) -> None:
        self._what = printable(what)
        self._start = time.monotonic()
        self._done = threading.Event()
        self._teller = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> Self:
        self._teller.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        # A process with threads is not to be forked, so it is gone before anything else is done.
        self._done.set()
        self._teller.join()

    def _tell(self) -> None:
        if self._done.wait(QUIET) or sys.stderr is None:
            return
        with suppress(OSError):
            terminal = sys.stderr.isatty()
            start, end = ("\r\x1b[2K", "") if terminal else ("", "\n")
            pause = 1.0 if terminal else PAUSE
            told = True
            while told:
                seconds = time.monotonic() - self._start
                sys.stderr.write(f"{start}{self._what}: {seconds:.0f} s so far{end}")
                sys.stderr.flush()
                told = not self._done.wait(pause)
            if terminal:
                sys.stderr.write(start)
                sys.stderr.flush()


def _bar(what: str, total: int) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn(what, markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]} left", markup=False),
        console=Console(stderr=True),
        auto_refresh=False,  # would need a thread, and a process with threads is not to be forked
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    bar.add_task(what, total=total, left="")
    bar.start()
    return bar


def time_left(seconds: float) -> str:
    """A time in words that are no more exact than the guess."""
    if seconds < 90:
        return f"about {seconds:.0f} s"
    if seconds < 5400:
        return f"about {seconds / 60:.0f} min"
    return f"about {seconds / 3600:.1f} h"
