"""What connecting a department takes and gives: where it is, what the hub lends it, and what it can then do. It connects nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from adapters.contract import (
    Answers,
    Batch,
    CertificateStore,
    Collects,
    Handles,
    InboxStore,
    Misconfigured,
    Polls,
    Receives,
    Tells,
)
from adapters.kinds.compared import Compared, together
from adapters.kinds.guard import Breaker, Reached, Through
from adapters.kinds.load import Load
from adapters.kinds.proof import Proof, refused
from adapters.manners import Manners
from catalog.fallback import Fallback
from catalog.types import Department


@dataclass(frozen=True)
class Connection:
    """Where a department is and what opens its door: never part of a catalog. `folder` is the drop folder of a file drop,
    `ca` a PEM file of the authority behind its TLS certificate, `options` differences of this installation."""

    address: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: Path | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    """PEM files by which we show who we are; the key's password is the secret `key_password`."""
    options: Mapping[str, str] = field(default_factory=dict)
    expires: Mapping[str, date] = field(default_factory=dict)
    """Until when a secret holds, by its name, where the department said so."""


@dataclass(frozen=True)
class Ports:
    """What adapters need of the hub. `reached` is told of their durable moments, by name, where somebody wants to know."""

    clock: Callable[[], datetime]
    inbox: InboxStore | None = None
    registry: CertificateStore | None = None
    on_batch: Callable[[Batch], None] | None = None
    replica_folder: Path | None = None
    replica_url: str = ""
    """Of the PostgreSQL in which many nodes share their replicas; "" for files below `replica_folder`."""
    traceparent: Callable[[], str] = lambda: ""
    """The present trace as W3C Trace Context, which goes along with each request over HTTP; it says nothing about anybody."""
    share: int = 1
    """How many processes ask: each takes that part of what a department bears at once."""
    before: Load | None = None
    """Of the department's line that a new one replaces: what is under way there counts among what it bears."""
    reached: Reached | None = None
    through: Through | None = None
    """What stands between the lines over HTTP and their sockets, for recording and replay."""


@dataclass(frozen=True)
class ByHand:
    """What persons of the department do while its wire is down: the rule of its manifest, and its inbox."""

    rule: Fallback
    answers: Answers
    handles: Handles


@dataclass(frozen=True)
class Connected:
    """A connected department; what it cannot do is None. Bound to the event loop that first uses it."""

    department: Department
    answers: Answers | None = None
    handles: Handles | None = None
    receives: Receives | None = None
    tells: Tells | None = None
    by_hand: ByHand | None = None
    collects: Collects | None = None
    polls: Polls | None = None
    breaker: Breaker | None = None
    load: Load | None = None
    manners: Manners = field(default_factory=lambda: Manners(tries=1))
    checks: tuple[Callable[[], Awaitable[list[str]]], ...] = ()
    compares: tuple[Callable[[], Awaitable[Compared]], ...] = ()
    """The mapping held against the papers, where the kind has any; `checks` say what is wrong with it too."""
    proofs: tuple[Callable[[], Awaitable[list[Proof]]], ...] = ()
    closes: tuple[Callable[[], Awaitable[None]], ...] = ()
    against_papers: Callable[[], list[str]] | None = None
    """One sentence for each call that its pinned papers do not know. Synchronous; reads files alone. Raises Misconfigured."""
    fresh_on: Callable[[], date | None] | None = None
    """Of what day the stalest of its bulk files is; None in it before the first came. Synchronous, as is `aside`."""
    aside: Callable[[], tuple[str, ...]] | None = None
    """Sentences about files that were set aside and wait for a person."""
    awaited: Callable[[], tuple[str, ...]] | None = None
    """Kinds of bulk files of which none was taken in yet."""

    async def check(self) -> list[str]:
        """Sentences about what would not work: documents, mapping, reachability. Empty when all is well. Asks about nobody."""
        found: list[str] = []
        for check in self.checks:
            try:
                found += await check()
            except Misconfigured as e:
                found.append(str(e))
        return found

    async def compare(self) -> Compared:
        """The mapping against the papers. Asks nobody and opens no connection. Raises Misconfigured for papers that cannot be read."""
        return together([await compare() for compare in self.compares])

    async def prove(self) -> list[Proof]:
        """What calls with our credentials came to, about nobody. Empty where there is nothing to prove, or nobody answers."""
        found: list[Proof] = []
        for proof in self.proofs:
            try:
                found += await proof()
            except Misconfigured as e:
                found.append(refused(str(e)))
        return list(dict.fromkeys(found))

    async def close(self) -> None:
        for close in self.closes:
            await close()
