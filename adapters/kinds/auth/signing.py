"""Signs a request with a shared secret, as one table says: what is signed, how, and where the values stand. It sends nothing.

A signature of these kinds shows who asks. Only one that covers the body's digest shows what was asked, and none covers the answer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import parse_qsl, quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from adapters.contract import Misconfigured
from adapters.kinds.guard import Sending
from adapters.kinds.values import BEIJING
from catalog.nearest import one_of

SIGNATURE = "signature"
WORDS = frozenset(
    (
        "id",
        "sid",
        "secret",
        "time",
        "nonce",
        "method",
        "path",
        "query",
        "params",
        "body",
        "digest",
        "digest_hex",
        SIGNATURE,
    )
)
"""What the texts of a signer may name; `secret` in the signed text alone, `signature` in what is sent alone."""

_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Signer:
    """`text` is what is signed, `put` what is sent: the name of a header or query word → its text."""

    algorithm: str
    text: str
    put: Mapping[str, str]
    place: str = "header"
    time: str = "epoch_ms"
    encoding: str = "base64"


@dataclass(frozen=True)
class Signing:
    """What one signature is made of. `nonce` is used once."""

    id: str
    secret: str = field(repr=False)
    now: datetime
    nonce: str
    sid: str = ""


def signed(sending: Sending, signer: Signer, signing: Signing) -> Sending:
    """The request with its signature."""
    found = proof(sending, signer, signing)
    if signer.place == "query":
        return replace(sending, params=(*sending.params, *found.items()))
    return replace(sending, headers={**sending.headers, **found})


def proof(sending: Sending, signer: Signer, signing: Signing) -> Mapping[str, str]:
    """The values of `put`, by name: for a wire that carries them in a place of its own, such as a SOAP header."""
    words = _words(sending, signer, signing)
    beside = {name: _filled(text, words) for name, text in signer.put.items() if f"{{{SIGNATURE}}}" not in text}
    if "{params}" in signer.text:
        given = [*_given(sending), *(beside.items() if signer.place == "query" else ())]
        words["params"] = "&".join(f"{name}={value}" for name, value in sorted(given) if value != "")
    text = _filled(signer.text, {**words, "secret": signing.secret})
    signature = _encoded(ALGORITHMS[signer.algorithm](signing.secret.encode(), text.encode()), signer.encoding)
    return {name: _filled(text, {**words, SIGNATURE: signature}) for name, text in signer.put.items()}


def check(signer: Signer, where: str) -> None:
    """Raises Misconfigured for words, algorithms and forms that are not written here, and for a secret that would be sent."""
    for key, said, known in (
        ("algorithm", signer.algorithm, ALGORITHMS),
        ("time", signer.time, TIMES),
        ("encoding", signer.encoding, ("base64", "hex", "hex_upper")),
        ("place", signer.place, ("header", "query")),
    ):
        if said not in known:
            raise Misconfigured(f"{where}: {key} = {said!r} is none; {one_of(said, known)}.")
    _check_words((signer.text,), WORDS - {SIGNATURE}, f"{where} text")
    _check_words(signer.put.values(), WORDS - {"secret", "body", "params"}, f"{where} put")
    if not any(f"{{{SIGNATURE}}}" in text for text in signer.put.values()):
        raise Misconfigured(f"{where}: put has no {{signature}}; say in which header or query word it stands.")
    if "{secret}" not in signer.text and not signer.algorithm.startswith("hmac-"):
        raise Misconfigured(
            f"{where}: a plain {signer.algorithm} needs {{secret}} in its text, or anybody could make it."
        )


def _check_words(texts: Iterable[str], known: frozenset[str], where: str) -> None:
    for text in texts:
        for name in _PLACE.findall(text):
            if name not in known:
                raise Misconfigured(f"{where}: {{{name}}} is no word there; {one_of(name, known)}.")


def _words(sending: Sending, signer: Signer, signing: Signing) -> dict[str, str]:
    body = sending.content or b""
    digest = hashlib.sha256(body).digest()
    words = {
        "id": signing.id,
        "sid": signing.sid,
        "time": TIMES[signer.time](signing.now),
        "nonce": signing.nonce,
        "method": sending.method,
        "path": sending.path,
        "query": "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(sending.params)),
        "digest": base64.b64encode(digest).decode(),
        "digest_hex": digest.hex(),
    }
    return {**words, "body": body.decode("utf-8", "replace")} if "{body}" in signer.text else words


def _given(sending: Sending) -> list[tuple[str, str]]:
    """The parameters of the query and of a form."""
    media_type = next((value for name, value in sending.headers.items() if name.lower() == "content-type"), "")
    form = media_type.startswith("application/x-www-form-urlencoded")
    fields = parse_qsl((sending.content or b"").decode("ascii", "replace"), keep_blank_values=True) if form else []
    return [*sending.params, *fields]


def _filled(text: str, words: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: words[match[1]], text)


def _encoded(signature: bytes, encoding: str) -> str:
    if encoding == "base64":
        return base64.b64encode(signature).decode()
    return signature.hex().upper() if encoding == "hex_upper" else signature.hex()


def _hmac(name: str) -> Callable[[bytes, bytes], bytes]:
    return lambda secret, text: hmac.digest(secret, text, name)


def _plain(name: str) -> Callable[[bytes, bytes], bytes]:
    return lambda _, text: hashlib.new(name, text).digest()


def _hmac_sm3(secret: bytes, text: bytes) -> bytes:
    made = HMAC(secret, hashes.SM3())
    made.update(text)
    return made.finalize()


def _sm3(_: bytes, text: bytes) -> bytes:
    made = hashes.Hash(hashes.SM3())
    made.update(text)
    return made.finalize()


ALGORITHMS: Mapping[str, Callable[[bytes, bytes], bytes]] = {
    "hmac-sha256": _hmac("sha256"),
    "hmac-sha1": _hmac("sha1"),
    "hmac-sm3": _hmac_sm3,
    "sha256": _plain("sha256"),
    "sha1": _plain("sha1"),
    "sm3": _sm3,
    "md5": _plain("md5"),
}
"""(secret, text) → bytes. The weak ones are here because departments ask for them; they guard nothing that TLS does not."""

TIMES: Mapping[str, Callable[[datetime], str]] = {
    "epoch_ms": lambda now: str(int(now.timestamp() * 1000)),
    "epoch_s": lambda now: str(int(now.timestamp())),
    "yyyymmddhhmmss": lambda now: now.astimezone(BEIJING).strftime("%Y%m%d%H%M%S"),
    "datetime": lambda now: now.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
    "iso": lambda now: now.astimezone(BEIJING).isoformat(timespec="seconds"),
}
