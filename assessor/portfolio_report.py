"""`PortfolioAssessment` → HTML: the ranking, what proposals share, and what tells them apart.

The single reports' templates, words and styles serve here too; what is shown and said
stands in `portfolio_view` and `portfolio_headlines`. To add a section: a file in
`templates/portfolio/`, a line in `GROUP_SECTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

from assessor import portfolio_headlines, portfolio_view, wording
from assessor.files import shipped
from assessor.portfolio_view import Group, groups
from assessor.questions import within
from assessor.record import Assessment, Caveat, Place, PortfolioAssessment, Source
from assessor.report import (
    Section,
    cleaned,
    covered,
    fingerprint,
    font_faces,
    moment,
    styles,
    templates,
)

# (template, name, conclusion); a section whose conclusion is empty is left out.
GROUP_SECTIONS: tuple[tuple[str, str, Callable[[Group], str]], ...] = (
    ("ranking", "Ranking", portfolio_headlines.ranking_headline),
    ("factors", "Factors", portfolio_headlines.factors_headline),
    ("gaps", "Shared gaps", portfolio_headlines.gaps_headline),
    ("unknown", "What is not known", portfolio_headlines.unknown_headline),
    ("copies", "Copies", portfolio_headlines.copies_headline),
    ("tests", "Prerequisites", portfolio_headlines.tests_headline),
)
METHOD_HEADLINE = "Each score stands for itself; ranks only put them in order"
GAPS_IN_FULL, GAPS_IN_FULL_OF_EACH = 6, 4  # of one group, of each of several
LONG = 60  # proposals from which a table of contents helps


@dataclass(frozen=True)
class Folio:
    """One portfolio and what its templates ask of it besides: groups, sections, sources."""

    portfolio: PortfolioAssessment
    record: str  # the first letters of the hash of the record

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        return groups(self.portfolio)

    @cached_property
    def _sections(self) -> list[tuple[Group | None, Section]]:
        found: list[tuple[Group | None, str, str, str]] = []
        for group in self.groups:
            name = f"{wording.sentence(group.plural)}: " if len(self.groups) > 1 else ""
            for file, title, headline in GROUP_SECTIONS:
                said = within(title) if name else title
                found.append((group, file, name + said, headline(group)))
        found.append(
            (None, "failed", "Not read", portfolio_headlines.failed_headline(self.portfolio))
        )
        found.append((None, "method", "Method and sources", METHOD_HEADLINE))
        numbers = count(1)
        return [
            (group, Section(file, n := next(numbers), title, headline, f"s{n}"))
            for group, file, title, headline in found
            if headline
        ]

    def sections(self, group: Group | None) -> list[Section]:
        """The sections of one group; those of the whole for None."""
        return [section for of, section in self._sections if of is group]

    @property
    def parts(self) -> tuple[Group | None, ...]:
        """The groups, and None for what concerns them all."""
        return (*self.groups, None)

    @property
    def long(self) -> bool:
        return len(self.portfolio.ranking) > LONG

    @property
    def total(self) -> int:
        return len(self.portfolio.ranking)

    @property
    def title(self) -> str:
        return f"Portfolio of {wording.counted(self.total, 'proposal')}"

    @property
    def draws(self) -> int:
        """How often weights and open answers were drawn, for each rubric alike; 0 where never."""
        return max((one.draws for one in self.portfolio.rank_chances), default=0)

    @property
    def countries(self) -> list[str]:
        """The countries of the proposals in words, the most frequent first."""
        codes = [row.country for row in self.portfolio.ranking if row.country != "ZZ"]
        return [wording.country(c) for c in sorted(set(codes), key=lambda c: (-codes.count(c), c))]

    @property
    def one_country(self) -> bool:
        """Whether to name it in each line would tell nothing."""
        return len({row.country for row in self.portfolio.ranking}) == 1

    @property
    def gaps_in_full(self) -> int:
        """How many shared gaps of each group are told in full."""
        return GAPS_IN_FULL if len(self.groups) == 1 else GAPS_IN_FULL_OF_EACH

    @property
    def made_up(self) -> bool:
        return all(one.proposal.made_up for one in self.portfolio.assessments)

    @property
    def foot(self) -> str:
        """What stands at the foot of every page."""
        rubrics = ", ".join(f"{g.first.rubric.id} {g.first.rubric.version}" for g in self.groups)
        made_up = " · made-up proposals" if self.made_up else ""
        return f"Rubric {rubrics} · record {self.record[:8]}{made_up}"

    @cached_property
    def sources(self) -> list[Source]:
        """Each paper, with the places that this report cites."""
        papers = {one.citation: one for one, _ in self._cited()}
        return [
            Source(
                citation=paper.citation,
                short=paper.short,
                other=paper.other,
                places=self._places(paper.citation),
            )
            for paper in papers.values()
        ]

    def _places(self, citation: str) -> dict[str, Place]:
        return {
            name: one.places[name]
            for one, cited in self._cited()
            for name in cited
            if one.citation == citation and name in one.places
        }

    def _cited(self) -> Iterator[tuple[Source, tuple[str, ...]]]:
        for group in self.groups:
            yield group.first.source, tuple(s for c in group.first.caveats for s in c.sources)
            if group.resemblance:
                yield group.resemblance.source, group.resemblance.lesson.sources
            for gap in group.gaps[: self.gaps_in_full]:
                if gap.lesson:
                    yield gap.source, gap.lesson.sources

    @cached_property
    def caveats(self) -> list[tuple[Assessment, Caveat]]:
        """What every reader must know, once however many rubrics say it."""
        said = {c.id: (group.first, c) for group in self.groups for c in group.first.caveats}
        return list(said.values())


@dataclass
class _Setter:
    """Makes every text that a template writes fit to be set, and keeps what the fonts lack."""

    known: frozenset[str] | None  # the characters that can be shown; None for all
    lost: set[str] = field(default_factory=set)

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, str) or hasattr(value, "__html__"):
            return value
        text = cleaned(value)
        missing = set(text) - self.known if self.known is not None else set()
        self.lost |= missing
        return text.translate(dict.fromkeys(map(ord, missing), "□")) if missing else text

    @property
    def untold(self) -> list[str]:
        """The characters that could not be shown so far."""
        return sorted(self.lost)


def to_html(portfolio: PortfolioAssessment, for_pdf: bool = False) -> str:
    """The report of a portfolio as one HTML file, as `report.to_html` makes that of a proposal.

    ValueError where no proposal was judged.
    """
    if not portfolio.assessments:
        raise ValueError("there is no assessment to report on; give at least one")
    setter = _Setter(covered() if for_pdf else None)
    folder = shipped("templates") / "portfolio"
    return (
        templates()
        .overlay(finalize=setter)
        .get_template("portfolio/report.html.j2")
        .render(
            folio=Folio(portfolio, fingerprint(portfolio)),
            setter=setter,
            view=portfolio_view,
            headlines=portfolio_headlines,
            moment=moment(portfolio.assessments).date().isoformat(),
            for_pdf=for_pdf,
            styles="" if for_pdf else styles(),
            more_styles=(folder / "portfolio.css").read_text("utf-8"),
            font_faces="" if for_pdf else font_faces(),
        )
    )
