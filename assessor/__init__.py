"""Scores proposals for special economic zones and industrial clusters against what China teaches.

from assessor import assess, write
assessment = assess("proposal.yaml")
write(assessment, "proposal.pdf")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assessor.assessment import assess, assess_each, assess_portfolio
    from assessor.attaching import attachments
    from assessor.difference import Comparison, compare
    from assessor.errors import AssessorError, InputError, PdfUnavailable
    from assessor.frames import assess_table, score_batches
    from assessor.loading import load_rubric
    from assessor.proposal import Proposal, load_proposal
    from assessor.record import Assessment, PortfolioAssessment
    from assessor.rubric import Rubric
    from assessor.verification import Verification, verify
    from assessor.writers import to_frame, write

__all__ = [
    "Assessment",
    "AssessorError",
    "Comparison",
    "InputError",
    "PdfUnavailable",
    "PortfolioAssessment",
    "Proposal",
    "Rubric",
    "Verification",
    "assess",
    "assess_each",
    "assess_portfolio",
    "assess_table",
    "attachments",
    "compare",
    "load_proposal",
    "load_rubric",
    "score_batches",
    "to_frame",
    "verify",
    "write",
]

_MODULES = {
    "assessment": ("assess", "assess_each", "assess_portfolio"),
    "attaching": ("attachments",),
    "difference": ("Comparison", "compare"),
    "errors": ("AssessorError", "InputError", "PdfUnavailable"),
    "frames": ("assess_table", "score_batches"),
    "loading": ("load_rubric",),
    "proposal": ("Proposal", "load_proposal"),
    "record": ("Assessment", "PortfolioAssessment"),
    "rubric": ("Rubric",),
    "verification": ("Verification", "verify"),
    "writers": ("to_frame", "write"),
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `assess --help` starts at once."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"assessor.{module}"), name)
    raise AttributeError(f"module 'assessor' has no attribute {name!r}")
