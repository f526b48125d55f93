"""Credentials that are the same at each request: an API key, basic, bearer; and the signatures made anew for each. They fetch nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from adapters.kinds.auth.signing import Signer, Signing, proof, signed
from adapters.kinds.guard import Sending


@dataclass(frozen=True)
class Nobody:
    """The department asks for nothing."""

    async def show(self, sending: Sending) -> Sending:
        return sending

    def renew(self, refused: Sending) -> bool:
        return False


@dataclass(frozen=True)
class InHeaders(Nobody):
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    async def show(self, sending: Sending) -> Sending:
        return replace(sending, headers={**sending.headers, **self.headers})


@dataclass(frozen=True)
class InQuery(Nobody):
    """A key in the query stands in the logs of every server on the way: only where a department has no other."""

    params: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    async def show(self, sending: Sending) -> Sending:
        return replace(sending, params=(*sending.params, *self.params))


@dataclass(frozen=True)
class Signs(Nobody):
    """A signature of its own for each request; `sid` names the service that is asked."""

    signer: Signer
    id: str = field(repr=False)
    secret: str = field(repr=False)
    sid: str
    clock: Callable[[], datetime]
    nonce: Callable[[], str]

    async def show(self, sending: Sending) -> Sending:
        return signed(sending, self.signer, self._signing())

    def words(self, sending: Sending) -> Mapping[str, str]:
        """What would be sent, by name, for a wire that carries it in a place of its own."""
        return proof(sending, self.signer, self._signing())

    def _signing(self) -> Signing:
        return Signing(self.id, self.secret, self.clock(), self.nonce(), self.sid)


def basic(user: str, password: str) -> Mapping[str, str]:
    """RFC 7617, in UTF-8."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def bearer(token: str) -> Mapping[str, str]:
    """RFC 6750."""
    return {"Authorization": f"Bearer {token}"}
