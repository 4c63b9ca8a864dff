"""A portfolio as text for the terminal: a table of 80 columns or more, and how many failed."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from assessor.certainty import rank_sentence
from assessor.portfolio_headlines import (
    copies_headline,
    dominance_sentence,
    gaps_headline,
    promises_sentence,
    tests_headline,
)
from assessor.portfolio_view import Group, Line, groups
from assessor.record import PortfolioAssessment
from assessor.terminal import (
    CERTAIN,
    COLOURS,
    OPEN,
    SCORE,
    STARRED,
    Lines,
    bar,
    clean,
    console,
    cut,
    heading,
    printed,
    scale,
    wrapped,
)
from assessor.wording import counted, sentence, whole

BAR, WEAKEST = 14, 12  # columns
WIDE = 80  # on fewer columns there is no bar, and no weakest factor
WIDEST = 160
WHY = "what is wrong stands on standard error"


def ranking(portfolio: PortfolioAssessment) -> str:
    """The proposals in order, rubric by rubric, with their intervals; how many failed.

    On a wide terminal long names take fewer lines.
    """
    paper, width = console(WIDEST)
    return printed(paper, _ranking(portfolio, width))


def _ranking(portfolio: PortfolioAssessment, width: int) -> Lines:
    abroad = len({row.country for row in portfolio.ranking}) > 1
    prose = min(width, WIDE)
    for group in groups(portfolio):
        facts = group.first.rubric
        told = f"{counted(len(group.lines), 'proposal')} by the rubric {facts.id} {facts.version}"
        yield from heading(f"{sentence(facts.title)}: ", told, prose)
        yield from _table(group, abroad, width)
        yield from _legend(group, prose)
        yield from _conclusions(group, prose)
    if portfolio.failed:
        yield from heading("Not read: ", f"{len(portfolio.failed)}; {WHY}", prose)
    yield Text()


def _table(group: Group, abroad: bool, width: int) -> Lines:
    ranges = {line.number: _range(line) for line in group.lines}
    wide = max(len("range"), *map(len, ranges.values()))
    bars, weakest = (0, 0) if width < WIDE else (BAR, WEAKEST)
    # The name comes last, where it may be long, Chinese or written from right to left.
    head = f"rank {'range':>{wide}} {'rating':<7} "
    if bars:
        head += f"{scale(bars)} score cover {'weakest':<{weakest}} "
    else:
        head += "score "
    yield Text(f"{head}proposal", style="dim")
    for line in group.lines:
        rank = "–" if line.row.rank is None else str(line.row.rank)
        start = Text(f"{rank:>4} {ranges[line.number]:>{wide}} {line.rating:<7} ")
        if bars:
            mark = None if line.row.rank is None else line.row.score
            start.append(bar(bars, line.row.interval, mark), style=COLOURS[line.row.rating])
            start.append(f" {group.score(line):>5} {_cover(line):>5} ")
            start.append(f"{cut(group.short(line.row.weakest), weakest):<{weakest}} ")
        else:
            start.append(f"{group.score(line):>5} ")
        yield from _beside(start, line, abroad, width)


def _range(line: Line) -> str:
    if line.row.rank_range is None:
        return "–"
    best, worst = line.row.rank_range
    return str(best) if best == worst else f"{best}–{worst}"


def _cover(line: Line) -> str:
    return f"{whole(line.row.coverage)}%"


def _beside(start: Text, line: Line, abroad: bool, width: int) -> Lines:
    """The cells of a line, and beside them the name in as many lines as it takes.

    With it stands what tells it from others: its country where there are several, its file. A file
    that is too long for the column has a line of its own.
    """
    place = line.row.country if abroad and line.row.country != "ZZ" else ""
    file = clean(line.file) if line.twin else ""
    apart = file and cell_len(file) + 2 > width - len(start)
    told = "; ".join(filter(None, [place, "" if apart else file]))
    name = f"{line.row.name} ({told})" if told else line.row.name
    first, *rest = wrapped(name, width, indent=len(start))
    yield start.append_text(first[len(start) :])
    yield from rest
    if apart:
        yield from wrapped(f"({file})", width, indent=max(4, width - cell_len(file) - 2))


def _legend(group: Group, width: int) -> Lines:
    """What signs and figures mean, as far as they occur."""
    open_ = any(line.row.interval[1] > line.row.interval[0] for line in group.lines)
    if open_ and width >= WIDE:
        yield Text(
            f"{CERTAIN} certain  {OPEN} open until more is known  {SCORE} score", style="dim"
        )
    if len(group.rated) > 1:
        yield from wrapped(
            "range: the ranks that open answers allow, by the rubric's weights", width, style="dim"
        )
    if group.unrated:
        told = f"NR not rated: {counted(len(group.unrated), 'proposal')}, too little is known."
        yield from wrapped(told, width, style="dim")
    if any(line.row.starred for line in group.lines):
        yield from wrapped(STARRED, width, style="dim")


def _conclusions(group: Group, width: int) -> Lines:
    """What the proposals share; nothing for one alone."""
    if len(group.lines) == 1:
        return
    said = [gaps_headline(group) if group.gaps else "", dominance_sentence(group)]
    said += [copies_headline(group) if group.copies or group.nearly else ""]
    said += [tests_headline(group) if group.unmet else ""]
    said += [promises_sentence(group)]
    said += [rank_sentence(group.chances) if group.chances else ""]
    for words in filter(None, said):
        yield from wrapped(f"{words.rstrip('.')}.", width, "- ", 2)
