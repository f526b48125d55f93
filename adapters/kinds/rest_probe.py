"""Proves the credentials of a department that is called over HTTP, by a call about nobody: the one that `[wire.probe]` declares, or a guess.

The guess is a HEAD with our credentials and, where that says nothing, one without any: a department that lets the first in and turns
the second away has taken them. Nothing is ever tried with a wrong credential: accounts are locked by that.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Iterator

from adapters.contract import Denied, Misconfigured, Unavailable, Unusable
from adapters.kinds import proof
from adapters.kinds.answers import meaning
from adapters.kinds.auth.credential import Credentials
from adapters.kinds.guard import Reply, Sending
from adapters.kinds.line import Line, check_words
from adapters.kinds.proof import Proof
from adapters.kinds.rest_read import parsed
from adapters.kinds.rest_wire import auth_of, check_call, request
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Unfillable

SECONDS = 5.0
MOST = 8
"""Different credentials of one department that are proven."""
PROBE_KEYS = frozenset(
    ("method", "base", "path", "query", "headers", "body", "auth", "format", "send", "encoding", "result", "found")
) | {"denied", "expired", "refused", "inside"}
WORDS = frozenset(("now", "request_id"))
USUAL_SECRETS = {
    "bearer": ("token",),
    "api_key": ("api_key",),
    "basic": ("user", "password"),
    "oauth2": ("client_id", "client_secret"),
}
"""What each style shows where the manifest gives no other name; any other style is a signer."""
DECLARE = "declare a call about nobody under [wire.probe] (docs/departments.md), so that it can be proven"


def check_probe(line: Line) -> Settings | None:
    """The declared probe. Raises Misconfigured for one that cannot work."""
    if "probe" not in line.settings.table:
        return None
    settings = line.settings.inner("probe")
    settings.only(PROBE_KEYS)
    settings.text("path")
    check_words(settings, ("path", "query", "headers", "body"), WORDS)
    check_call(line, settings)
    meaning(settings)
    return settings


def rest_proof(line: Line, calls: Callable[[], Iterator[Settings]]) -> Callable[[], Awaitable[list[Proof]]]:
    """Of the declared probe, else of each different credential among the calls. Raises Misconfigured."""
    declared = check_probe(line)

    async def prove() -> list[Proof]:
        if declared is not None:
            return [one for one in [await _declared(line, declared)] if one is not None]
        found = [await _guessed(line, settings) for settings in _different(line, calls())]
        return [one for one in found if one is not None]

    return prove


def _different(line: Line, calls: Iterator[Settings]) -> list[Settings]:
    """One call for each credential that is shown."""
    by_auth = {repr(sorted(auth_of(line, one).table.items(), key=str)): one for one in reversed([*calls])}
    return [*reversed(by_auth.values())][:MOST]


def secrets_of(line: Line, auth: Settings) -> tuple[str, ...]:
    """Names of the secrets that an `auth` shows."""
    style = auth.text("style", "none")
    if style == "none":
        return ()
    usual = USUAL_SECRETS.get(style, ("app_id", "app_secret"))
    keys = ("user", "password") if style == "basic" else ("secret",) if len(usual) == 1 else ("id", "secret")
    return tuple(auth.text(key, name) for key, name in zip(keys, usual, strict=True))


def _is_by_clock(auth: Settings) -> bool:
    return auth.text("style", "none") not in ("none", *USUAL_SECRETS)


async def _declared(line: Line, settings: Settings) -> Proof | None:
    scope = line.scope({"now": line.clock(), "request_id": f"probe-{secrets.token_hex(8)}"})
    try:
        sending = request(line, settings, scope, SECONDS)
    except Unfillable as e:
        raise Misconfigured(f"{settings.where}: {e.place} cannot be filled ({e.rule}); correct it.") from e
    auth = auth_of(line, settings)
    names, code = secrets_of(line, auth), line.department.code
    for known in proof.ended(line, names):
        return known
    reply = await _sent(line, auth, sending)
    told = _told(line, auth, names, reply)
    if told is not None or not isinstance(reply, Reply):
        return told
    said_by, got = meaning(settings), await parsed(line, reply, settings) if "result" in settings.table else None
    said = said_by.of(got[0]) if said_by is not None and isinstance(got, tuple) else ""
    if said in ("denied", "expired", "refused"):
        spoken = "a code that its papers give for an ended one" if said == "expired" else "by a code of its own"
        return proof.wrong(code, names, spoken)
    if reply.status >= 400 or (said_by is not None and said != "found"):
        return proof.unproven(
            f"{code}: its probe was answered with HTTP {reply.status} and no word of `found`; correct [wire.probe]."
        )
    return proof.taken(f"the declared probe was let in with {proof.named(names)}")


async def _guessed(line: Line, settings: Settings) -> Proof | None:
    auth, code = auth_of(line, settings), line.department.code
    names = secrets_of(line, auth)
    if not names and line.certificate is None:
        return None
    for known in proof.ended(line, names):
        return known
    path = settings.text("base", line.settings.text("base", "")) + settings.text("path", "/")
    sending = Sending("HEAD", _plain_part(path), SECONDS, {"Connection": "close"}, about_nobody=True)
    reply = await _sent(line, auth, sending)
    told = _told(line, auth, names, reply)
    if not isinstance(reply, Reply) or not names or (told is not None and reply.status != 403):
        return told
    if told is None and auth.text("style") == "oauth2":
        return proof.taken(f"a token was given for {proof.named(names)}")
    without = await line.guard.send(sending, lambda _: False)
    if isinstance(without, Reply) and proof.is_refusal(without) and without.status != reply.status:
        if told is not None:
            return proof.why(line, names, reply, by_clock=_is_by_clock(auth), is_known=True)
        return proof.taken(f"let in with {proof.named(names)}, and not without")
    if told is not None:
        return proof.unproven(
            f"{code}: HTTP 403 with and without {proof.named(names)}: it does not take them, or refuses such calls; {DECLARE}"
        )
    return proof.unproven(f"{code}: it answers the same with and without {proof.named(names)}; {DECLARE}")


def _plain_part(path: str) -> str:
    """Up to the first placeholder: whatever stands there is about somebody."""
    return re.split(r"\{", path)[0] or "/"


async def _sent(line: Line, auth: Settings, sending: Sending) -> Reply | Unavailable | Unusable | Denied:
    """With a credential that is made for this call alone: a token that is kept proves nothing of today."""
    fresh = Credentials(line.department.code, line.secrets, (line.tokens or line.guard).send, line.clock)
    shown = await fresh.of(auth).show(sending)
    return await line.guard.send(shown, lambda _: False) if isinstance(shown, Sending) else shown


def _told(
    line: Line, auth: Settings, names: tuple[str, ...], reply: Reply | Unavailable | Unusable | Denied
) -> Proof | None:
    """What is settled by HTTP, TLS or the place that gives tokens; None where it is not."""
    if isinstance(reply, Denied):
        return proof.wrong(line.department.code, names, "no token was given for them")
    if isinstance(reply, Unavailable):
        return proof.not_shown(line, names, reply)
    if isinstance(reply, Reply) and proof.is_refusal(reply):
        return proof.why(line, names, reply, by_clock=_is_by_clock(auth))
    return None
