"""What the progress page shows an applicant: values alone, no rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.cases.views import EventView, ItemView, StageView


@dataclass(frozen=True)
class OwnFile:
    """Which file of whose certificate an applicant asks for. `holder` is the whole number that stands on the certificate; `code` as for
    the page."""

    case_no: str
    code: str = field(repr=False)
    holder: str = field(repr=False)
    item: str
    kind: str


@dataclass(frozen=True)
class ApplicantView:
    """The progress page that an applicant reads, without personal facts beyond their own case."""

    case_no: str
    matter: str
    state_title: str
    stages: tuple[StageView, ...]
    items: tuple[ItemView, ...]
    events: tuple[EventView, ...]
    unstamped: bool = False
    """Whether a certificate's files wait for their timestamp: they are good, and say less than they will."""
