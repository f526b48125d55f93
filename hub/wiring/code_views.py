"""用证码 as the doors ask for them, show them and use them. Plain values; they say nothing of how they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from hub.registry.codes import Cover
from hub.wiring.shared_views import Claims, Given


@dataclass(frozen=True)
class CodeAsked:
    """A code that a holder wants: for some of their certificates, for one `audience` (a department), one purpose, until a moment, so
    many times. `gives` is copy, fields or verify; `matter` the code of a matter, empty for any."""

    case_no: str = field(repr=False)
    covers: tuple[Cover, ...]
    audience: str
    purpose: str = field(repr=False)
    until: datetime
    times: int
    key: str
    gives: str = "copy"
    matter: str = ""


@dataclass(frozen=True)
class CodeCertificate:
    """A certificate that a code is for; `fields` are name and label of what it opens."""

    id: str
    identifier: str
    type: str
    type_name: str
    authority: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CodeView:
    """A code in a list; `state` is usable, code_revoked, code_expired or code_used_up. The code itself is in no list."""

    id: str
    audience: str
    audience_name: str
    matter: str
    matter_title: str
    purpose: str = field(repr=False)
    made_at: datetime
    until: datetime
    times: int
    used: int
    state: str
    gives: str
    certificates: tuple[CodeCertificate, ...]


@dataclass(frozen=True)
class CodeMade:
    """A new code, for its holder: it is told here, and nowhere again."""

    code: str = field(repr=False)
    view: CodeView


@dataclass(frozen=True)
class HolderCertificate:
    """A certificate of a holder that a code can be for; `fields` are name and label, no value is shown."""

    id: str
    number: str
    type_name: str
    authority: str
    valid_to: date | None
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class HolderView:
    """A holder at the window: what codes can be made for, those that were made, and for whom they may be."""

    holder_name: str = field(repr=False)
    case_no: str = field(repr=False)
    certificates: tuple[HolderCertificate, ...]
    codes: tuple[CodeView, ...]
    departments: tuple[tuple[str, str], ...]
    matters: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Redemption:
    """How a department uses a code: `handler` is the official who acts, `purpose` the matter where the code is for one, `form` that of a
    copy (pdf, ofd, png), `claims` what a code for verifying judges. `key` is that of the use; `call` is set where a page asks for the same
    use in another form."""

    code: str = field(repr=False)
    handler: str = field(repr=False)
    key: str
    purpose: str = ""
    form: str = "pdf"
    claims: Claims = field(default_factory=Claims)
    call: str = ""


@dataclass(frozen=True)
class RedeemedFacts:
    """What a code tells of one certificate: `values` the fields that it opens by name, `matches` the claims by name. `intent` and `record`
    are the numbers of its two records in the sharing log."""

    identifier: str
    type: str
    type_name: str
    authority: str
    status: str
    status_title: str
    valid_to: date | None
    intent: int
    record: int
    labels: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    matches: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class RedeemedCertificate(RedeemedFacts):
    """The same with the copy that it gave, in `file`."""

    file: Given | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Redeemed:
    """One use of a code; `left` is how many remain."""

    gives: str
    purpose: str = field(repr=False)
    until: datetime
    left: int
    certificates: tuple[RedeemedCertificate, ...]
