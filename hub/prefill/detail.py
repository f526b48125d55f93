"""What a query's row says of an answer: names, codes and digests, the matches to choose from. It writes nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from adapters.contract import Ambiguous, Found, Outcome, Pending, Unusable
from hub.exchange import Answered
from hub.store.files import StoredFile


@dataclass(frozen=True)
class Kept:
    """The files of an answer, on disk before their row commits."""

    raw: StoredFile | None = None
    documents: tuple[StoredFile, ...] = ()


def detail_of(answered: Answered, kept: Kept) -> dict[str, Any]:
    """What a page says of the outcome: names, codes and digests, never a value."""
    outcome = answered.outcome
    detail: dict[str, Any] = {"cut": list(answered.cut), "raw_file": kept.raw.sha256 if kept.raw else ""}
    match outcome:
        case Found():
            detail |= {"withheld": list(outcome.withheld), "missing": list(outcome.missing)}
            detail |= {"valid_to": outcome.valid_to.isoformat() if outcome.valid_to else ""}
            if outcome.certificate is not None:
                detail |= {"certificate": asdict(outcome.certificate)}
            if kept.documents:
                first = kept.documents[0]
                detail |= {"document_file": first.sha256, "document_type": first.media_type}
                detail |= {"documents": [stored.sha256 for stored in kept.documents]}
        case Unusable():
            detail |= {"field": outcome.field, "path": outcome.path, "rule": outcome.rule}
        case Pending():
            detail |= {"by": outcome.by.isoformat()}
        case _:
            pass
    return detail


def candidates_of(outcome: Outcome) -> list[dict[str, str]] | None:
    """The matches to choose from, as listed by the department."""
    if not isinstance(outcome, Ambiguous):
        return None
    return [{"choice": one.choice, "label": one.label} for one in outcome.candidates]
