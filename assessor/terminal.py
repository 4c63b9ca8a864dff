"""Paper and ink of the terminal: at most 80 columns, readable without colour and in a file.

What the user wrote comes out as plain letters, whatever it is: no markup, no control characters.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Literal, cast

from rich.console import Console
from rich.text import Text

from assessor.errors import printable
from assessor.record import Interval, Rating

WIDTH, NARROWEST = 80, 40
COLOURS: dict[Rating, str] = {"A": "blue", "B": "cyan", "C": "yellow", "D": "red", "NR": "dim"}
CERTAIN, OPEN, SCORE = "█", "░", "┃"
STARRED = "* evidence was looked for, not found, and counts as 0"
# What a terminal without Unicode shows instead.
PLAIN = str.maketrans({CERTAIN: "#", OPEN: "-", SCORE: "|", "–": "-", "…": "~", "→": ">"})
Lines = Iterator[Text]


def console() -> tuple[Console, int]:
    """The terminal and how wide to write: at most 80 columns, in a file always."""
    real = Console()
    width = max(NARROWEST, min(real.width if real.is_terminal else WIDTH, WIDTH))
    # Its own file: even the capture of Rich writes to standard output, which may be full.
    paper = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=real.is_terminal,
        color_system=_colours(real),
        no_color=real.no_color,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    return paper, width


def _colours(real: Console) -> Literal["standard", "256", "truecolor"] | None:
    match real.color_system:
        case "standard" | "256" | "truecolor" as system:
            return system
        case _:
            return None


def printed(paper: Console, lines: Iterable[Text]) -> str:
    """The lines as one text, in letters that the terminal knows."""
    for line in lines:
        paper.print(line, soft_wrap=True)
    text = cast("io.StringIO", paper.file).getvalue()
    return text if _knows_unicode() else text.translate(PLAIN)


def _knows_unicode() -> bool:
    # In the locale C, Python itself writes UTF-8, but the terminal need not understand it.
    told = os.environ.get("LC_ALL") or os.environ.get("LANG")
    encoding: str | None = getattr(sys.stdout, "encoding", None)  # standard output may be closed
    return (encoding or "").lower().startswith("utf") and told not in {"C", "POSIX"}


def clean(text: str) -> str:
    """A text on one line, without anything that would move the cursor."""
    return printable(" ".join(text.split()))


def cut(text: str, most: int) -> str:
    """A text on one line of at most so many letters."""
    text = clean(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def wrapped(
    text: str, width: int, first: str = "", indent: int = 0, style: str = "", mark: str = ""
) -> Lines:
    """Text in lines of so many columns, with `first` (in style `mark`) where the first begins."""
    # Rich knows that a Chinese letter takes two columns, textwrap does not.
    body = Text(clean(text), style=style).wrap(Console(width=width), width - indent)
    for number, line in enumerate(body):
        line.rstrip()
        start = Text(first, style=mark) if number == 0 else Text()
        start.pad_right(indent - len(start))
        yield Text().append_text(start).append_text(line)


def heading(title: str, rest: str, width: int) -> Lines:
    """An empty line, then the title in bold and the rest."""
    yield Text()
    for number, line in enumerate(wrapped(title + rest, width)):
        if number == 0:
            line.stylize("bold", 0, len(title))
        yield line


def scale(width: int) -> str:
    """The heading of bars so many columns wide."""
    return f"0{'50':^{width - 4}}100" if width else ""


def bar(width: int, interval: Interval, score: float | None) -> str:
    """A bar of so many columns: solid up to what is certain, open up to what is possible.

    The score, 0 to 100, is marked where there is one and the interval has room for it.
    """
    low, high = (int(width * end / 100 + 0.5) for end in interval)
    signs = CERTAIN * low + OPEN * (high - low)
    if high - low > 1 and score is not None:
        at = min(int(width * score / 100 + 0.5), high - 1)
        signs = signs[:at] + SCORE + signs[at + 1 :]
    return f"{signs:<{width}}"
