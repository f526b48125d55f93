"""Whether a department lets us in with the credentials of its connection: the verdict, and the words for each way to be refused.

It sends nothing and repeats no secret: secrets are named.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from cryptography import x509

from adapters.contract import Unavailable, Why
from adapters.kinds.guard import Reply
from adapters.kinds.line import Line, clocks_apart
from adapters.kinds.values import BEIJING

CERTIFICATE_STATUSES = frozenset((495, 496))
"""What nginx and its heirs say of a client certificate: wrong or ended, missing."""

COMPARE = "compare the secrets of its connection with what the department handed over, or ask it for new ones."


class Verdict(StrEnum):
    TAKEN = "taken"
    REFUSED = "refused"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Proof:
    """What a call with our credentials came to; the sentence says what to do where it was refused."""

    verdict: Verdict
    sentence: str


def taken(sentence: str) -> Proof:
    return Proof(Verdict.TAKEN, sentence)


def refused(sentence: str) -> Proof:
    return Proof(Verdict.REFUSED, sentence)


def unproven(sentence: str) -> Proof:
    return Proof(Verdict.UNPROVEN, sentence)


def ended(line: Line, names: tuple[str, ...]) -> Iterator[Proof]:
    """What can be told without asking anybody: our certificate's end, a secret's by the connection, a token's own (JWT)."""
    now, code = line.clock(), line.department.code
    certificate = certificate_end(line)
    if certificate is not None and certificate < now:
        yield refused(
            f"{code}: our client certificate ended on {_day(certificate)}; ask for a new one and name it in its connection."
        )
    for name in names:
        until = line.expires.get(name) or token_end(line.secrets.get(name, ""))
        if until is not None and until < now.astimezone(BEIJING).date():
            yield refused(
                f"{code}: the secret {name!r} ended on {until}; ask the department for a new one and set it in its connection."
            )


def certificate_end(line: Line) -> datetime | None:
    """When the certificate by which we show who we are ends; None where there is none that can be read."""
    if line.certificate is None:
        return None
    try:
        return x509.load_pem_x509_certificate(line.certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None  # connecting says what is wrong with it


def token_end(secret: str) -> date | None:
    """The day in China on which a JSON Web Token ends (`exp`, RFC 7519 §4.1.4); None for any other secret. Nothing of it is trusted."""
    parts = secret.split(".")
    if len(parts) != 3:
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(int(said["exp"]), UTC).astimezone(BEIJING).date()
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def is_refusal(reply: Reply) -> bool:
    """By HTTP alone."""
    return reply.status in (401, 403, 407) or reply.status in CERTIFICATE_STATUSES


def why(line: Line, names: tuple[str, ...], reply: Reply, *, by_clock: bool, is_known: bool = False) -> Proof:
    """Why HTTP refused. `by_clock`: what we show holds for minutes only, so that a clock that is off explains it. `is_known`: whoever
    shows nothing is refused otherwise, so that HTTP 403 means that it knows us."""
    code, secrets = line.department.code, named(names)
    for apart in clocks_apart(code, reply, line.clock()) if by_clock else ():
        return refused(f"{apart} It refuses what we sign (HTTP {reply.status}) for that reason: set the clock first.")
    said = reply.headers.get("www-authenticate", "").lower()
    if reply.status in CERTIFICATE_STATUSES:
        return refused(
            f"{code}: it does not take our client certificate (HTTP {reply.status}); ask which one it expects."
        )
    if "expired" in said:
        return refused(
            f"{code}: it says that {secrets} ended; ask the department for a new one and set it in its connection."
        )
    if reply.status == 403 and is_known:
        return refused(
            f"{code}: it knows {secrets} and gives no right to this call (HTTP 403); ask the department for the right to call it."
        )
    if reply.status == 403:
        return refused(
            f"{code}: it can be reached and refused {secrets} (HTTP 403): it does not take them, or gives them no right to this call; "
            f"{COMPARE.removesuffix('.')}, and ask it which calls they may make."
        )
    return refused(f"{code}: it does not take {secrets} (HTTP {reply.status}); {COMPARE}")


def not_shown(line: Line, names: tuple[str, ...], outcome: Unavailable) -> Proof | None:
    """A connection that ended while our certificate was shown; None where it says nothing about who we are."""
    if line.certificate is None or outcome.reason not in (Why.BROKEN_OFF, Why.UNTRUSTED):
        return None
    return refused(
        f"{line.department.code}: it ended the encrypted connection when it saw our client certificate; "
        "ask whether it knows the authority that issued it."
    )


def wrong(code: str, names: tuple[str, ...], spoken: str = "") -> Proof:
    said = f" ({spoken})" if spoken else ""
    return refused(f"{code}: it does not take {named(names)}{said}; {COMPARE}")


def named(names: tuple[str, ...]) -> str:
    return " and ".join(repr(name) for name in names) or "what we show"


def _day(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()
