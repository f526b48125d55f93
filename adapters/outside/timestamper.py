"""Asks a timestamp authority (RFC 3161) over HTTP, behind the port Timestamper. It judges no chain: whoever verifies does.

Nothing is handed on that does not answer this request: digest, nonce, policy and the token's own signature are looked at first.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import httpx2

from adapters.authorities import public_authorities
from certificates import timestamps
from certificates.errors import Malformed, SigningFailed, TimestamperAway

NONCE_BITS = 63
TIMEOUT_SECONDS = 10.0


class HttpTimestamper:
    """Implements ``certificates.ports.Timestamper``. ``timeout`` is in seconds for the whole answer; threads may share one."""

    def __init__(
        self,
        url: str,
        policy: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._policy, self._timeout, self._clock = url, policy, timeout, clock
        self._client = httpx2.Client(
            timeout=timeout,
            headers={"Content-Type": timestamps.REQUEST_TYPE},
            verify=public_authorities(),
            trust_env=False,
        )

    def stamp(self, digest: bytes) -> bytes:
        """Return a token over the SHA-256 ``digest``. Raises TimestamperAway where it does not answer, SigningFailed; asking again is safe."""
        nonce = secrets.randbits(NONCE_BITS)
        answer = self._ask(timestamps.write_request(digest, nonce, self._policy))
        try:
            token = timestamps.read_response(answer)
            timestamps.require(timestamps.read(token), digest, nonce, self._policy)
        except Malformed as error:
            raise SigningFailed(error.code, f"The timestamp authority's answer cannot be used. {error}") from error
        return token

    def close(self) -> None:
        self._client.close()

    def _ask(self, request: bytes) -> bytes:
        # The client's own limit is for each read; an authority that sends a byte a second would never reach it.
        end = self._clock() + self._timeout
        octets = b""
        try:
            with self._client.stream("POST", self._url, content=request) as answer:
                if answer.status_code != httpx2.codes.OK:
                    raise _unusable(f"it answered with status {answer.status_code}")
                for part in answer.iter_bytes():
                    octets += part
                    if len(octets) > timestamps.MAX_BYTES or self._clock() > end:
                        raise _unusable("its answer is too long or too slow")
        except httpx2.HTTPError as error:
            raise _unusable("it cannot be reached") from error
        return octets


def _unusable(what: str) -> TimestamperAway:
    return TimestamperAway("timestamp-unreachable", f"No timestamp: {what}. Ask again later, or set another authority.")
