"""The registry as a source for pre-fill: what somebody's certificates of a type say, and whether they hold now. It decides no permission.

The store behind the port `adapters.contract.CertificateStore`; whoever asks has come through the exchange.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from adapters.contract import Certificate, Document, Held
from certificates.certificate import CertificateContent
from certificates.ofd.metadata import FIELD_PREFIX, Metadata, metadata_of
from certificates.status import VALID
from hub.clock import Clock, local
from hub.registry import rows
from hub.registry.acts import LAPSED, SUSPENDED
from hub.registry.rows import Carrier, Entry
from hub.store.database import Database
from hub.store.files import Files
from hub.wiring.carriers import FILE_TITLES
from hub.wiring.registry import content_of, standing_of

SUSPENDED_NOW, EXPIRED, ENDED, NOT_YET = (
    f"certificate_{word}" for word in ("suspended", "expired", "ended", "not_yet")
)
"""Why a certificate is no answer now."""
GIVEN = ("ofd", "pdf", "scan", "ycert")
"""The file that goes along, the first of these that is there: what a person of a department can open."""


@dataclass(frozen=True)
class HeldCertificates:
    """`region` and `index_key` are the hub's."""

    database: Database
    files: Files
    region: str
    index_key: bytes = field(repr=False)
    clock: Clock

    def held(self, type_code: str, holder: str) -> tuple[Held, ...]:
        today = local(self.clock()).date()
        with self.database.read() as session:
            found = rows.of_holder(session, self.region, self.index_key, holder.strip().upper(), type_code)
            kept = [(one, rows.files_of(session, one.id), standing_of(session, one)) for one in _latest(found)]
        told = ((one, files, stands.checked, content_of(self.files, one)) for one, files, stands in kept)
        return tuple(
            self._held(one, files, checked, content, today)
            for one, files, checked, content in told
            if content is not None
        )

    def _held(
        self, one: Entry, files: Mapping[str, Carrier], checked: bool, content: CertificateContent, today: date
    ) -> Held:
        about = Certificate(
            one.identifier, content.type_name, content.number, content.authority.name, one.trust, checked
        )
        return Held(about, _record(content), fault_of(one, today), one.valid_to, self._document(content, files))

    def _document(self, content: CertificateContent, files: Mapping[str, Carrier]) -> Document | None:
        kind = next((kind for kind in GIVEN if kind in files), "")
        if not kind:
            return None
        file = files[kind]
        return Document(f"{content.type_name}{FILE_TITLES[kind][1]}", file.media_type, self.files.read(file.file))


def _record(content: CertificateContent) -> Mapping[str, str]:
    """What it says by the tags of GB/T 36903; the type's own fields under the names of the catalog, which begin as theirs."""
    plain = {tag: text for tag, text in metadata_of(Metadata(content)) if not tag.startswith(FIELD_PREFIX)}
    named = {f"{FIELD_PREFIX}{one.name.removeprefix(FIELD_PREFIX)}": one.value for one in content.fields}
    return plain | named


def _latest(found: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Of each certificate the version that was made last."""
    latest: dict[str, Entry] = {}
    for one in found:
        stem = one.identifier.rsplit(".", 2)[0]
        if stem not in latest or one.version > latest[stem].version:
            latest[stem] = one
    return tuple(latest.values())


def fault_of(one: Entry, today: date) -> str:
    """Why it does not hold on this day, empty where it does: by its status, and by its days: the clock's own act may come later in the night."""
    if one.status == SUSPENDED:
        return SUSPENDED_NOW
    if one.status not in (VALID, LAPSED):
        return ENDED
    if one.status == LAPSED or (one.valid_to is not None and one.valid_to < today):
        return EXPIRED
    return NOT_YET if one.valid_from is not None and one.valid_from > today else ""
