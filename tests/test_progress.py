"""What is told of a long piece of work, and that nothing is of a short one."""

from __future__ import annotations

import io
import re

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
