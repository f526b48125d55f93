"""All that the pages ask of the hub, in one value. What each part promises is in `hub.wiring.doors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

import anyio

from hub.clock import Clock
from hub.settings import Settings
from hub.wiring.certificate_doors import BringingDoor, CertificateLinksDoor
from hub.wiring.doors import (
    ApplicantDoor,
    AuditorDoor,
    CatalogDoor,
    CertificateCodesDoor,
    ClerkDoor,
    CodeUseDoor,
    DepartmentsDoor,
    OperatorDoor,
    RegistryDoor,
    ReviewerDoor,
    SessionDoor,
    StatusDoor,
    VerifyDoor,
)


class Bell(Protocol):
    """Rings when the case of an open page may have changed."""

    async def wait(self, seconds: float) -> bool:
        """True as soon as it rang, False after `seconds` of silence."""


class Clockwork:
    """A bell that nobody rings: after each wait the page looks."""

    async def wait(self, seconds: float) -> bool:
        await anyio.sleep(seconds)
        return True


@dataclass(frozen=True)
class Doors:
    """All that `hub.web.app.router` needs. `closing` turns true when the process is asked to end, so that streams end too."""

    session: SessionDoor
    clerk: ClerkDoor
    reviewer: ReviewerDoor
    auditor: AuditorDoor
    catalog: CatalogDoor
    operator: OperatorDoor
    departments: DepartmentsDoor
    applicant: ApplicantDoor
    verification: VerifyDoor
    registry: RegistryDoor
    certificate_codes: CertificateCodesDoor
    code_use: CodeUseDoor
    certificate_links: CertificateLinksDoor
    bringing: BringingDoor
    status_lists: StatusDoor
    settings: Settings
    now: Clock
    closing: Callable[[], bool]
    units: Callable[[], Mapping[str, str]] = dict
    """Code of an organisation to its name, for the head of each page; an unknown code is shown as it is."""
    bell: Callable[[str], AbstractContextManager[Bell]] = lambda _case_id: nullcontext(Clockwork())
    """Of a case, by its id; called on the event loop."""
