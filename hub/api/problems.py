"""Refusals as problem details (RFC 9457) with the hub's stable codes. It decides nothing; what it says carries nobody's facts."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.errors import BadInput, HubError, NotThere

MEDIA_TYPE = "application/problem+json"
RETRYABLE = frozenset({429, 500, 503})
log = logging.getLogger(__name__)


Source = Literal["client", "hub", "provider", "provider-business"]

FAILED = "Yijian-Failed"
"""The header of every refusal, with its `source`: by it a caller knows that the hub failed, not the department."""


class Problem(BaseModel):
    """The body of every answer that is a refusal."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "type": "/errors/KEY_REUSED",
                    "title": "Key reused",
                    "status": 409,
                    "detail": "This Idempotency-Key was used for another request; make a new key for a new request.",
                    "code": "KEY_REUSED",
                    "fields": {},
                    "request_id": "5f1d7c9a3b2e4d6f8a0b1c2d3e4f5a6b",
                    "retryable": False,
                    "source": "client",
                    "rule": "",
                }
            ]
        },
    )

    type: str = Field(description="/errors/<code>; the codes are described in docs/errors.md.")
    title: str = Field(description="The code in words, the same each time.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What to do next.")
    code: str = Field(description="Stable; decide by it, never by title or detail.")
    fields: Mapping[str, str] = Field(description="Each field that cannot be taken, and why; empty unless 422.")
    request_id: str = Field(description="Also in X-Request-Id: name it when you ask the operator.")
    retryable: bool = Field(
        description="Whether the same request (with the same Idempotency-Key) may go through later."
    )
    source: Source = Field(description="Whose doing it is: yours, the hub's, or the asked department's system or word.")
    rule: str = Field(description="The rule or reason behind the code, where there is one.")


class SignInFirst(HubError):
    """No living session."""

    code = "SIGN_IN_FIRST"
    status = 401


def answer(request: Request, error: HubError) -> Response:
    """The refusal as it goes over the wire."""
    headers: dict[str, str] = {FAILED: _source(error)}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Session realm="yijian", Bearer realm="yijian"'
    return Response(_problem(request, error).model_dump_json(), error.status, headers, MEDIA_TYPE)


def _problem(request: Request, error: HubError) -> Problem:
    return Problem(
        type=f"/errors/{error.code}",
        title=error.code.replace("_", " ").capitalize(),
        status=error.status,
        detail=str(error),
        code=error.code,
        fields=error.fields if isinstance(error, BadInput) else {},
        request_id=getattr(request.state, "request_id", ""),
        retryable=error.status in RETRYABLE,
        source=_source(error),
        rule=error.rule,
    )


def _source(error: HubError) -> Source:
    return cast("Source", error.source) if error.source else "hub" if error.status >= 500 else "client"


def of_validation(mistakes: Sequence[Mapping[str, Any]]) -> HubError:
    """What pydantic found, in our words: places and rules, never what was sent there."""
    if any(mistake["loc"][:1] == ("path",) for mistake in mistakes):
        return NotThere("There is nothing under this address; see the number or id again.")
    fields = {_place(mistake["loc"]): _rule(mistake) for mistake in mistakes[:100]}
    return BadInput("Correct the fields named in `fields` and send the request again.", fields)


PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z_.\[\]0-9-]{0,79}")
MANY_DIGITS = re.compile(r"[0-9]{5}")


def _place(location: Sequence[str | int]) -> str:
    """`parties.applicant.identifier`. A name that the sender made up is shown only if it cannot be somebody's number."""
    return ".".join(shown(part) for part in location[1:] if part != "[key]") or str(location[0])


def shown(part: str | int) -> str:
    """A name that the sender chose, if it cannot be somebody's number."""
    text = str(part)
    plain = isinstance(part, int) or (PLAIN_NAME.fullmatch(text) and not MANY_DIGITS.search(text))
    return text if plain else "?"


def _rule(mistake: Mapping[str, Any]) -> str:
    if mistake["type"] == "extra_forbidden":
        return "There is no such field here; leave it out."
    return str(mistake["msg"])


def of_http(error: HTTPException) -> HubError:
    """What the router itself refuses."""
    if error.status_code == 404:
        return NotThere("There is no such route; /api/v1/openapi.json lists them all.")
    if error.status_code == 405:
        return HubError("This route has other methods; see Allow.", code="METHOD_NOT_ALLOWED", status=405)
    return HubError("The request cannot be taken as it is; see docs/api.md.", code="BAD_REQUEST", status=400)


def of_bug(request: Request, bug: Exception) -> HubError:
    """A bug. The program log gets its kind and place, not its message: that may quote somebody's facts."""
    frames = traceback.extract_tb(bug.__traceback__)
    where = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames[-12:]))
    log.error("api bug: request %s, %s at %s", request.state.request_id, type(bug).__name__, where)
    return HubError(
        "The hub made a mistake; nothing half-done was kept. Try again later with the same key, else name `request_id` to "
        "the operator.",
        code="INTERNAL",
        status=500,
    )
