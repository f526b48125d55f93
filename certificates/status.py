"""The status of certificates, and the list in which an authority signs it. It decides no status itself.

Codes after the construction ministry's interface (a national list in GB/T 36902/36903 was not found, so: proposed).
The list holds exceptions: a certificate that it does not name is valid.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from certificates import canonical, identifier
from certificates.canonical import Json
from certificates.envelope import Envelope, Seal, close, open_envelope
from certificates.errors import Malformed
from certificates.identifier import ISSUER_CODE
from certificates.shape import Members, write_instant

FORMAT = "yijian-status-list/1"
VALID, OTHER = "01", "99"
STATUSES = {
    VALID: "有效",
    "02": "暂扣",
    "03": "撤销",
    "04": "注销",
    "05": "失效",
    "06": "迁出",
    "07": "吊销",
    OTHER: "其他",
}
_STATUS = re.compile("|".join(STATUSES))


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """The status that one certificate has since a moment; ``remark`` is required for 99 and free otherwise."""

    identifier: str
    status: str
    since: datetime
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class StatusList:
    """What one authority says; it counts up to ``next_update``, and a later list has a higher ``sequence``."""

    authority: str
    sequence: int
    next_update: datetime
    entries: tuple[StatusEntry, ...]

    def status_at(self, identifier_text: str, at: datetime) -> StatusEntry | None:
        """Return the latest entry for the certificate that had begun by ``at``; None means valid (01)."""
        begun = [entry for entry in self.entries if entry.identifier == identifier_text and entry.since <= at]
        return max(begun, key=lambda entry: entry.since, default=None)


class Register(Protocol):
    """The issuer's own books (证照库), where the verifier is the system that issued: asked directly, never stale, signed by nobody."""

    def entries(self, identifier_text: str) -> tuple[StatusEntry, ...] | None:
        """Every change of status of a certificate that was issued here; None for one that was not, about which lists must speak."""
        ...


@dataclass(frozen=True, slots=True)
class SignedStatusList:
    """A list as read from its file; ``envelope.signed_at`` is when it was issued."""

    content: StatusList
    envelope: Envelope


def issue_status_list(content: StatusList, seal: Seal) -> bytes:
    """Sign the list at ``seal.signed_at``. Raises Malformed when it contradicts itself, and what ``close`` raises."""
    document = _write(content)
    _read(document)
    if content.next_update <= seal.signed_at:
        raise Malformed("shape", "next_update must lie after the signing time; the list would be born stale.")
    return close(FORMAT, document, seal)


def read_status_list(raw: bytes) -> SignedStatusList:
    """Read a ``.ystatus`` file. Raises Malformed. It is not verified: ``verify.verify`` does that."""
    envelope = open_envelope(raw, FORMAT)
    return SignedStatusList(_read(canonical.parse_canonical(envelope.payload)), envelope)


def _write(content: StatusList) -> Json:
    entries: list[Json] = [
        {
            "identifier": entry.identifier,
            "status": entry.status,
            "since": write_instant(entry.since),
            "remark": entry.remark,
        }
        for entry in content.entries
    ]
    return {
        "authority": content.authority,
        "sequence": content.sequence,
        "next_update": write_instant(content.next_update),
        "entries": entries,
    }


def _read(document: Json) -> StatusList:
    members = Members(document, "status_list")
    content = StatusList(
        members.text("authority", ISSUER_CODE),
        members.integer("sequence"),
        members.instant("next_update"),
        tuple(_entry(each) for each in members.objects("entries")),
    )
    members.done()
    moments = {(entry.identifier, entry.since) for entry in content.entries}
    if len(moments) != len(content.entries):
        raise Malformed("shape", "status_list.entries gives one certificate two statuses at one moment.")
    return content


def _entry(members: Members) -> StatusEntry:
    entry = StatusEntry(
        str(identifier.parse(members.text("identifier"))),
        members.text("status", _STATUS),
        members.instant("since"),
        members.optional_text("remark"),
    )
    members.done()
    if entry.status == OTHER and entry.remark is None:
        raise Malformed("shape", "status 99 (other) needs a remark that says which.")
    return entry
