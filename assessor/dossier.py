"""One proposal with the rubrics that judged it and what they say: what its report is made from."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assessor.attaching import PROPOSALS, attached, rubric_files, texts_together
from assessor.files import Document
from assessor.proposal import Proposal
from assessor.record import Assessment
from assessor.rubric import Rubric
from assessor.tables import TableRow

MOST_CARRIED = 2_000  # proposals
MOST_LETTERS = 20_000_000
LONGEST = 80  # bytes of a name without its ending, far below what any system or archive takes
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])")  # by Windows, with any ending


@dataclass(frozen=True)
class Dossier:
    """A proposal, its rubrics and its records: one of each, or two where it is of kind `both`.

    `file` is where it was read, with its row in a table.
    """

    file: str
    proposal: Proposal
    rubrics: tuple[Rubric, ...]
    assessments: tuple[Assessment, ...]

    def attachments(self) -> dict[str, bytes]:
        """What travels in its PDF: its own file, and all that its rubrics rest on."""
        document = self.proposal.document
        if document is None:
            return rubric_files(self.rubrics)
        return attached(_attached_name(document), _content(document), self.rubrics)


def attached_together(dossiers: Sequence[Dossier]) -> dict[str, bytes]:
    """What travels in the PDF of a portfolio: its proposals, and all that their rubrics rest on.

    Nothing where some proposal has no file, or where they are too many or too long to travel.
    """
    documents = [dossier.proposal.document for dossier in dossiers]
    texts = {
        dossier.file: _content(document).decode("utf-8", "surrogatepass")
        for dossier, document in zip(dossiers, documents, strict=True)
        if document
    }
    if (
        None in documents
        or len(texts) > MOST_CARRIED
        or sum(map(len, texts.values())) > MOST_LETTERS
    ):
        return {}
    rubrics = {rubric.file.id: rubric for dossier in dossiers for rubric in dossier.rubrics}
    return {PROPOSALS: texts_together(texts), **rubric_files([*rubrics.values()])}


def _content(document: Document) -> bytes:
    """A file as it was read; of a row in a table its text."""
    return document.content or document.text.encode("utf-8", "surrogatepass")


def _attached_name(document: Document) -> str:
    """The name of the file; of a row in a table, which is written as JSON, with its number."""
    path = Path(document.name.encode("utf-8", "backslashreplace").decode())
    return f"{path.stem}-row-{document.row}.json" if isinstance(document, TableRow) else path.name


def report_names(dossiers: Sequence[Dossier]) -> list[str]:
    """The file name of each report, from the proposal's name and safe on any system.

    Where names are the same, a hash tells them apart: of the file's own name, so that a changed
    file keeps its report, or of a row's content, so that rows may change places.
    """
    plain = [slug(dossier.proposal.name) for dossier in dossiers]
    shared = Counter(plain)
    names = [
        f"{name}-{_digest(_identity(dossier))}" if shared[name] > 1 else name
        for name, dossier in zip(plain, dossiers, strict=True)
    ]
    return [f"{name}.pdf" for name in _numbered(names)]


def slug(name: str) -> str:
    """A name as a file name without its ending: letters and digits of any script, and hyphens.

    Small letters, for some systems do not tell them from capitals; at most 80 bytes, of which the
    last are a hash where it was cut; never empty and none that Windows keeps for itself.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).lower())
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else "-" for c in folded)
    plain = re.sub("-+", "-", kept).strip("-") or "proposal"
    if len(plain.encode()) > LONGEST:
        room = LONGEST - len(_digest("")) - 1
        start = plain.encode()[:room].decode("utf-8", "ignore").rstrip("-")
        return f"{start}-{_digest(name)}"
    return f"proposal-{plain}" if _RESERVED.fullmatch(plain) else plain


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _identity(dossier: Dossier) -> str:
    """What tells a proposal from others of its name: its file and folder, or a row's content."""
    if isinstance(dossier.proposal.document, TableRow):
        return dossier.proposal.sha256
    return "/".join(Path(dossier.file).absolute().parts[-2:])


def _numbered(names: Sequence[str]) -> Iterator[str]:
    """The names, those that are still the same with a number in order of coming."""
    taken = set(names)
    seen: set[str] = set()
    for name in names:
        number, found = 2, name
        while found in seen or (found != name and found in taken):
            found, number = f"{name}-{number}", number + 1
        seen.add(found)
        yield found
