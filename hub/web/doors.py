"""All that the pages ask of the hub, in one value. What each part promises is in `hub.wiring.doors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.clock import Clock
from hub.settings import Settings
from hub.wiring.doors import ApplicantDoor, AuditorDoor, CatalogDoor, ClerkDoor, OperatorDoor, ReviewerDoor, SessionDoor


@dataclass(frozen=True)
class Doors:
    """All that `hub.web.app.router` needs. `closing` turns true when the process is asked to end, so that streams end too."""

    session: SessionDoor
    clerk: ClerkDoor
    reviewer: ReviewerDoor
    auditor: AuditorDoor
    catalog: CatalogDoor
    operator: OperatorDoor
    applicant: ApplicantDoor
    settings: Settings
    now: Clock
    closing: Callable[[], bool]
    units: Callable[[], Mapping[str, str]] = dict
    """Code of an organisation to its name, for the head of each page; an unknown code is shown as it is."""
