"""What is told of a long piece of work, and that nothing is of a short one."""

from __future__ import annotations

import io
import re
import threading
import time

import pytest

from assessor import progress
from assessor.progress import Progress, time_left


class Clock:
    """A time that passes when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(progress.time, "monotonic", lambda: self.now)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def watched(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, total: int, seconds: float
) -> str:
    """What is shown of so many steps of so many seconds each."""
    clock = Clock(monkeypatch)
    monkeypatch.setattr("sys.stderr", stream)
    with Progress("Reports") as told:
        for done in range(1, total + 1):
            clock.now += seconds
            told(done, total)
    return stream.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_quick_work_is_not_worth_a_word(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert watched(monkeypatch, stream, 100, 0.019) == ""


def test_a_line_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    told = watched(monkeypatch, io.StringIO(), 40, 0.5).splitlines()
    assert told == [
        "Reports: 4 of 40 done, about 18 s left",
        "Reports: 14 of 40 done, about 13 s left",
        "Reports: 24 of 40 done, about 8 s left",
        "Reports: 34 of 40 done, about 3 s left",
    ]


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    shown = watched(monkeypatch, Terminal(), 40, 0.5)
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert "Reports" in plain
    assert "20/40 about 10 s left" in plain
    assert shown.endswith("\x1b[2K")  # the bar goes when the work is done


def test_a_terminal_that_is_gone_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    assert watched(monkeypatch, Gone(), 9, 1) == ""
    monkeypatch.setattr("sys.stderr", None)
    with Progress("Reports") as told:
        told(1, 2)


def test_when_all_is_done_nothing_is_left_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    assert watched(monkeypatch, io.StringIO(), 1, 60) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "about 0 s"), (89, "about 89 s"), (100, "about 2 min"), (9000, "about 2.5 h")],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert time_left(seconds) == words


def lasting(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: float) -> str:
    """What is shown of work of so many seconds, where one tells after 0.1 s and every 0.1 s."""
    monkeypatch.setattr(progress, "QUIET", 0.1)
    monkeypatch.setattr(progress, "PAUSE", 0.1)
    monkeypatch.setattr("sys.stderr", stream)
    before = threading.active_count()
    with progress.Lasting("Writing a\x1b.pdf"):
        time.sleep(seconds)
    assert threading.active_count() == before  # for a process with threads is not to be forked
    return stream.getvalue()


def test_work_without_steps_tells_how_long_it_has_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lasting(monkeypatch, io.StringIO(), 0) == ""
    lines = lasting(monkeypatch, io.StringIO(), 0.35).splitlines()
    assert len(lines) >= 2
    assert set(lines) == {"Writing a\\x1b.pdf: 0 s so far"}


def test_on_a_terminal_that_is_one_line_which_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    told = lasting(monkeypatch, Terminal(), 0.2)
    assert told == "\r\x1b[2KWriting a\\x1b.pdf: 0 s so far\r\x1b[2K"


def test_work_without_steps_goes_on_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    monkeypatch.setattr(progress, "QUIET", 0)
    with progress.Lasting("Writing"):
        time.sleep(0.01)
