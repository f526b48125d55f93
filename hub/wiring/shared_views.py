"""What departments' systems ask of the registry, and what they are given. Plain values; they say nothing of how they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class Within:
    """The item case in which a system asks: its number, its matter (`purpose`), and the id of the official who acts."""

    purpose: str
    case: str = field(repr=False)
    handler: str = field(repr=False)


@dataclass(frozen=True)
class Wanted:
    """Which certificates: one by its `identifier` or the text of its `qr` code, or a `holder`'s of one `type`."""

    identifier: str = ""
    qr: str = field(default="", repr=False)
    holder: str = field(default="", repr=False)
    type: str = ""


@dataclass(frozen=True)
class Claims:
    """What somebody says of a certificate. `values` are fields by KZ name, `sha256` is of a file that they hold."""

    holder: str = field(default="", repr=False)
    holder_name: str = field(default="", repr=False)
    number: str = ""
    sha256: str = ""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class SharedCertificate:
    """One version as the registry has it. `values` are its own fields by KZ name."""

    identifier: str
    number: str
    type: str
    type_name: str
    authority: str
    status: str
    status_title: str
    status_since: datetime | None
    version: int
    issued_on: date
    valid_from: date | None
    valid_to: date | None
    origin: str
    trust: str
    holder_name: str = field(repr=False)
    holder: str = field(repr=False)
    values: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Shared:
    """What a query came to. `intent` and `record` are the numbers of its two records in the sharing log."""

    outcome: str
    intent: int
    record: int
    certificates: tuple[SharedCertificate, ...]


@dataclass(frozen=True)
class Given:
    """A file that was given: an annotated copy with its last day, or a file of the certificate itself."""

    identifier: str
    form: str
    name: str
    media_type: str
    expires_on: date | None
    intent: int
    record: int
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Judged:
    """What the registry says of a certificate and of what was claimed of it. `matches` are the claims by name."""

    outcome: str
    intent: int
    record: int
    identifier: str
    status: str
    status_title: str
    status_since: datetime | None
    valid_to: date | None
    matches: Mapping[str, bool]


@dataclass(frozen=True)
class LinkAsked:
    """A link that a holder wants: the claims that it shows by name, one purpose, until a moment, so many times."""

    case_no: str = field(repr=False)
    shown: tuple[str, ...]
    purpose: str = field(repr=False)
    until: datetime
    times: int
    key: str


@dataclass(frozen=True)
class LinkView:
    """A link in a list; `shown` are names and words, `state` is usable, link_revoked, link_expired, link_used_up, or certificate_not_valid while
    the certificate does not hold. The link itself is in no list."""

    id: str
    shown: tuple[tuple[str, str], ...]
    purpose: str = field(repr=False)
    made_at: datetime
    until: datetime
    times: int
    used: int
    state: str


@dataclass(frozen=True)
class LinkMade:
    """A new link, for its holder: it is told here, and nowhere again."""

    link: str = field(repr=False)
    view: LinkView
