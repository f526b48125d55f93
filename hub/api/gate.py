"""Who calls, whether the route is theirs, and what they sent: before any endpoint runs. It opens no route itself.

People send `Authorization: Session <token>`, systems `Authorization: Bearer <signed token>`. Cookies are not looked at, so no
other site can make a browser act here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from catalog.nearest import one_of
from hub import trace
from hub.api import access, problems
from hub.api.doors import ApiDoors
from hub.api.problems import SignInFirst, shown
from hub.api.reading import JSON_LIMIT, BodyRefused, body_of, json_of
from hub.errors import BadInput, HubError, NotAllowed
from hub.heads import method_of
from hub.identity.answering import SIGNATURE, Answering, nonce_of
from hub.identity.peers import TokenRefused
from hub.identity.principal import SYSTEMS, Principal
from hub.identity.signing import Arrived, body_digest

TOKEN_LIMIT = 200
BOTH = (
    "Send `Authorization: Session <token>` as a person (POST /api/v1/session gives it), "
    "or `Authorization: Bearer <token>` as a system; see docs/api.md."
)
_KEY = re.compile(r"[\x21-\x7e]{1,120}")


class KeyRefused(HubError):
    """The Idempotency-Key is missing or unusable."""

    code = "KEY_MISSING"
    status = 400


class Given(Request):
    """The request with its body already read, and parsed where it is JSON."""

    def __init__(self, request: Request, body: bytes, value: object) -> None:
        super().__init__(request.scope, request.receive)
        self._read, self._value = body, value

    async def body(self) -> bytes:
        return self._read

    async def json(self) -> Any:
        return self._value


def route_class(doors: ApiDoors) -> type[APIRoute]:
    """Routes that admit only whom `access.ACCESS` names, and answer every refusal as problem details."""

    class ApiRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()
            takes_json = self.body_field is not None

            async def guarded(request: Request) -> Response:
                trace.bind(case=trace.case_in(request.path_params))
                return _signed(doors, request, await answered(request))

            async def answered(request: Request) -> Response:
                try:
                    return await handler(await _admitted(doors, request, (request.method, self.path), takes_json))
                except HubError as refused:
                    return problems.answer(request, refused)
                except RequestValidationError as mistakes:
                    return problems.answer(request, problems.of_validation(mistakes.errors()))
                except HTTPException as refused:
                    return problems.answer(request, problems.of_http(refused))
                except ClientDisconnect:  # nobody is there to be answered, and it is no bug
                    return Response(status_code=400)
                except Exception as bug:
                    return problems.answer(request, problems.of_bug(request, bug))

            return guarded

    return ApiRoute


def _signed(doors: ApiDoors, request: Request, answer: Response) -> Response:
    """The answer to a system that was let in, with the hub's own signature over it."""
    caller: Principal | None = getattr(request.state, "caller", None)
    if doors.answer_key is None or caller is None or not caller.roles & SYSTEMS:
        return answer
    nonce = nonce_of(request.headers["authorization"])
    body = bytes(answer.body) if method_of(request.scope) != "HEAD" else b""
    answering = Answering(caller.organisation, nonce, request.state.request_id, answer.status_code, body)
    answer.headers[SIGNATURE] = doors.answer_key.sign(answering, doors.now())
    return answer


async def _admitted(doors: ApiDoors, request: Request, route: access.Route, takes_json: bool) -> Given:
    """The request, admitted and read. A stranger's body is not parsed, and a person's not even read before they are known."""
    roles = access.ACCESS[route]
    limit = doors.settings.max_upload_bytes if route in access.UPLOADS else JSON_LIMIT
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    by_system = bool(roles & SYSTEMS) and scheme.lower() != "session"
    if roles and not by_system:
        await _require_role(doors, request, await _person(doors, scheme, token.strip()), route)
    if by_system and not scheme and roles - SYSTEMS:
        raise TokenRefused(BOTH, code="TOKEN_MISSING")
    body = await body_of(request, limit)
    if by_system:
        await _require_role(doors, request, await _system(doors, request, body), route, body)
    if route in access.UPLOADS:
        return Given(request, body, None)
    if takes_json:
        return Given(request, body, json_of(request.headers.get("content-type", ""), body))
    if body not in (b"", b"{}"):
        raise BodyRefused("This route takes no body; send none.", code="BODY_UNEXPECTED")
    return Given(request, body, None)


async def _person(doors: ApiDoors, scheme: str, token: str) -> Principal:
    if scheme.lower() == "bearer":
        raise NotAllowed("This route is for people; a system has its own routes (docs/api.md).", code="ROLE_MISSING")
    usable = scheme.lower() == "session" and 0 < len(token) <= TOKEN_LIMIT
    found = await run_in_threadpool(doors.session.principal, token, doors.now()) if usable else None
    if found is None:
        raise SignInFirst("Log in with POST /api/v1/session, then send `Authorization: Session <token>`.")
    return found[0]


async def _system(doors: ApiDoors, request: Request, body: bytes) -> Principal:
    authorization = request.headers.get("authorization", "")
    arrived = Arrived(authorization, method_of(request.scope), _target(request), body_digest(body))
    caller = await run_in_threadpool(doors.department.authenticate, arrived, doors.now())
    trace.bind(department=caller.organisation)
    return caller


def _target(request: Request) -> str:
    """Path and query exactly as on the wire: that is what was signed."""
    path: bytes = request.scope.get("raw_path") or str(request.scope["path"]).encode()
    query: bytes = request.scope.get("query_string", b"")
    return (path + (b"?" + query if query else b"")).decode("latin-1")


async def _require_role(
    doors: ApiDoors, request: Request, caller: Principal, route: access.Route, body: bytes | None = None
) -> None:
    """Raises NotAllowed (ROLE_MISSING); of an act on a certificate that is in the log. `body` where it was read."""
    request.state.caller, roles = caller, access.ACCESS[route]
    if caller.roles & roles:
        return
    act = access.CERTIFICATE_ACTS.get(route)
    if act is not None:
        act = act or _act_in(await body_of(request, JSON_LIMIT) if body is None else body)
        await run_in_threadpool(doors.registry.note_role, caller, request.path_params["certificate_id"], act)
    raise NotAllowed(f"Only {' or '.join(sorted(roles))} may call this route.", code="ROLE_MISSING")


def _act_in(body: bytes) -> str:
    """The act that a body names; empty where it names none."""
    try:
        given = json_of("application/json", body)
    except HubError:
        return ""
    act = given.get("act") if isinstance(given, dict) else None
    return act if isinstance(act, str) else ""


async def _caller(request: Request) -> Principal:
    caller: Principal = request.state.caller
    return caller


async def _call_key(request: Request) -> str:
    key = request.headers.get("idempotency-key")
    if key is None:
        raise KeyRefused("Send Idempotency-Key: a new one (a UUID) for each new call, the same one when you repeat it.")
    if not _KEY.fullmatch(key):
        raise KeyRefused("An Idempotency-Key is 1–120 visible ASCII characters, no spaces.", code="KEY_MALFORMED")
    return key


def only_words(*known: str) -> Callable[[Request], None]:
    """A dependency that refuses a word of the query which its route does not know, or that stands twice: neither is a silent default."""

    def check(request: Request) -> None:
        words = [word for word, _ in request.query_params.multi_items()]
        wrong = {shown(word): _no_such(word, known) for word in words if word not in known}
        wrong |= {word: "It stands there more than once; send it once." for word in known if words.count(word) > 1}
        if wrong:
            said = dict(list(wrong.items())[:20])
            raise BadInput("Correct the query and send the request again.", said)

    return check


def _no_such(word: str, known: tuple[str, ...]) -> str:
    return (
        f"There is no such word here; {one_of(word, known)}." if known else "This route takes no query; leave it out."
    )


Caller = Annotated[Principal, Depends(_caller)]
"""Who calls; an endpoint that asks for it must not be public."""

CallKey = Annotated[str, Depends(_call_key)]
"""The Idempotency-Key of a route in `access.KEYED`."""

NO_WORDS = (Depends(only_words()),)
"""Of a route without a query: any word of one is refused."""
