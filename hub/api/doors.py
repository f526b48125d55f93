"""All that the JSON door asks of the hub, in one value. What each part promises is in `hub.wiring.doors`."""

from __future__ import annotations

from dataclasses import dataclass

from hub.clock import Clock
from hub.identity.answering import AnswerKey
from hub.settings import Settings
from hub.wiring.certificate_doors import BringingDoor, CertificateLinksDoor
from hub.wiring.doors import (
    ApplicantDoor,
    AuditorDoor,
    CatalogDoor,
    CertificateCodesDoor,
    CertificateSharingDoor,
    ClerkDoor,
    CodeUseDoor,
    DepartmentDoor,
    OperatorDoor,
    PlatformDoor,
    RegistryDoor,
    ReviewerDoor,
    SessionDoor,
    SharingDoor,
    VerifyDoor,
)


@dataclass(frozen=True)
class ApiDoors:
    """All that `hub.api.app.install` needs."""

    session: SessionDoor
    clerk: ClerkDoor
    reviewer: ReviewerDoor
    auditor: AuditorDoor
    catalog: CatalogDoor
    operator: OperatorDoor
    applicant: ApplicantDoor
    verification: VerifyDoor
    registry: RegistryDoor
    certificate_sharing: CertificateSharingDoor
    certificate_codes: CertificateCodesDoor
    code_use: CodeUseDoor
    certificate_links: CertificateLinksDoor
    bringing: BringingDoor
    department: DepartmentDoor
    platform: PlatformDoor
    sharing: SharingDoor
    answer_key: AnswerKey | None
    settings: Settings
    now: Clock
