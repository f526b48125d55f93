"""What every call to one department shares: its settings, documents, guard, secrets and clock. It sends nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path

from adapters.contract import Misconfigured, PeerRefused
from adapters.kinds.auth.credential import Credentials
from adapters.kinds.documents import Documents
from adapters.kinds.guard import Guard, Reply
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Scope, names
from catalog.nearest import one_of
from catalog.types import Department

FAR_APART_SECONDS = 120
SECRET = "secret."


@dataclass(frozen=True)
class Line:
    """What every call to one department shares."""

    department: Department
    documents: Documents
    guard: Guard
    secrets: Mapping[str, str] = field(repr=False)
    clock: Callable[[], datetime]
    certificate: Path | None = None
    key: Path | None = None
    """PEM files by which we show who we are."""
    tokens: Guard | None = None
    """The line to where tokens are given, if that is another address."""
    expires: Mapping[str, date] = field(default_factory=dict)
    """Until when a secret holds, by its name, where the department said so."""
    trust: Path | None = None
    """A PEM file, or a folder of them: whose signature answers must bear, where the manifest demands one."""

    async def close(self) -> None:
        await self.guard.close()
        if self.tokens is not None:
            await self.tokens.close()

    def scope(self, words: Scope) -> Scope:
        """The words of one call, with the department's own constants as `wire.<name>`."""
        constants = self.settings.inner("words").table
        return {**words, **{f"wire.{name}": value for name, value in constants.items()}}

    @cached_property
    def credentials(self) -> Credentials:
        """One for all calls, so that a token is fetched once for all of them."""
        return Credentials(self.department.code, self.secrets, (self.tokens or self.guard).send, self.clock)

    @property
    def settings(self) -> Settings:
        return Settings(self.department.wire, f"{self.department.code} [wire]")

    def secrets_in(self, template: object) -> Scope:
        """What fills the `{secret.x}` of a template. Raises Misconfigured for one that is not set."""
        return {name: self.secret(name.removeprefix(SECRET)) for name in names(template) if name.startswith(SECRET)}

    def secret(self, name: str) -> str:
        if name not in self.secrets:
            raise Misconfigured(f"{self.department.code}: the secret {name!r} is not set for this connection; set it.")
        return self.secrets[name]


def clocks_apart(code: str, reply: Reply, now: datetime) -> Iterator[str]:
    """A sentence where the far side's clock, by its header Date, is far from ours: signatures are then refused, tokens end early."""
    try:
        apart = (parsedate_to_datetime(reply.headers.get("date", "")) - now).total_seconds()
    except (ValueError, TypeError):
        return
    if abs(apart) > FAR_APART_SECONDS:
        way = "ahead of" if apart > 0 else "behind"
        yield f"{code}: its clock is {abs(round(apart))} seconds {way} ours; find out which of the two is wrong."


def check_words(settings: Settings, keys: Iterable[str], known: Iterable[str], secret: Iterable[str] = ()) -> None:
    """Raises Misconfigured for a placeholder that no scope will ever have. Under the keys in `secret` secrets are filled."""
    allowed, keys, filled = set(known), tuple(keys), tuple(secret)
    check_no_secrets(settings, (key for key in keys if key not in filled))
    for key in keys:
        for name in names(settings.table.get(key)):
            if "." not in name and name not in allowed:
                raise Misconfigured(
                    f"{settings.where} {key}: {{{name}}} is no known word; {one_of(name, allowed)} (docs/departments.md)."
                )


def check_no_secrets(settings: Settings, keys: Iterable[str]) -> None:
    """Raises Misconfigured for a secret where nothing fills it: everywhere but in a SOAP header and the request in a SOAP body."""
    for key in keys:
        for name in names(settings.table.get(key)):
            if name.startswith(SECRET):
                raise Misconfigured(
                    f"{settings.where} {key}: {{{name}}} is not filled here; secrets may stand in SOAP headers "
                    "([wire.header]), in the request of a SOAP call and in [wire.auth], whose style puts them where they belong (docs/departments.md)."
                )


def step_settings(department: Department, item: str, step: str) -> Settings:
    """The table `[handles.<item>.<step>]`. Raises PeerRefused where this department does not take it."""
    wire = department.handles.get(item)
    if wire is None:
        raise PeerRefused(f"{department.code} takes no item {item!r}; tell the department by telephone.")
    if step not in wire:
        raise PeerRefused(f"{department.code} has no way to {step} for {item!r}; tell the department by telephone.")
    return Settings(wire, f"{department.code} [handles.{item}]").inner(step)
