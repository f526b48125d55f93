"""What the doors may ask of certificates that are brought in or shown by their holders, one protocol each (others: `hub.wiring.doors`). It does nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from hub.identity.principal import Principal
from hub.wiring.bringing import RowResult, Scan
from hub.wiring.registry_views import CertificateRow
from hub.wiring.shared_views import LinkAsked, LinkMade, LinkView
from hub.wiring.showing import ShownCode


class CertificateLinksDoor(Protocol):
    """Links and codes that show chosen claims of a certificate to whoever opens or checks them, and the issuers' keys."""

    def make(self, p: Principal, certificate_id: str, asked: LinkAsked) -> LinkMade:
        """The same key again gives the same link. Raises NotAllowed (HOLDER_NOT_IN_CASE), BadInput, NotNow."""

    def links(self, p: Principal, certificate_id: str) -> tuple[LinkView, ...]: ...

    def revoke(self, p: Principal, certificate_id: str, link_id: str) -> LinkView: ...

    def show(self, p: Principal, certificate_id: str, case_no: str, chosen: tuple[str, ...]) -> ShownCode:
        """A code, kept nowhere. Raises NotAllowed (HOLDER_NOT_IN_CASE, CERTIFICATE_IMPORTED), NotNow, BadInput (CLAIM_UNKNOWN, SHOWING_TOO_LARGE)."""

    def open(self, text: str, source: str) -> bytes:
        """An SD-JWT VC, for anybody with the link. Raises NotThere (LINK_UNKNOWN), HubError (LINK_REVOKED, LINK_EXPIRED, LINK_USED_UP), NotNow."""

    def issuer(self, code: str) -> Mapping[str, object]:
        """Raises NotThere (ISSUER_NOT_THERE), as the next."""

    def jwks(self, code: str) -> Mapping[str, object]: ...


class BringingDoor(Protocol):
    """Certificates of other systems without a signed file: rows of data, scans."""

    def records(self, p: Principal, given: Iterable[Mapping[str, str]], key: str) -> tuple[RowResult, ...]: ...

    def scan(self, p: Principal, row: Mapping[str, str], scan: Scan) -> CertificateRow: ...

    def check(self, p: Principal, certificate_id: str, reason: str, key: str) -> CertificateRow: ...
