"""Every route × every caller, on the application as it is built: who is let in and who is not. A route without a line here fails.

The table is this test's own: it is not read from the tables of the doors, so that a slip there shows here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import httpx2
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from adapters.client import sign
from hub.clock import utc_now
from tests.hub.api.wired import FOOD, PASSWORD, PLATFORM, Wired

PEOPLE = ("clerk", "reviewer", "auditor", "catalog_manager", "operator")
CALLERS = (*PEOPLE, "department", "platform", "nobody")
EVERYBODY = set(CALLERS)

Route = tuple[str, str]


def lines(text: str) -> set[Route]:
    """`METHOD /path` per line."""
    return {(line.split()[0], line.split()[1]) for line in text.strip().splitlines()}


API: dict[str, set[Route]] = {
    "everybody": lines("""
        GET /api/v1/openapi.json
        POST /api/v1/session
        POST /api/v1/progress
        POST /api/v1/progress/files
        POST /api/v1/progress/showings
        POST /api/v1/certificates/verify
        GET /api/v1/keys"""),
    "known": lines("""
        GET /api/v1/catalog
        GET /api/v1/catalog/dcat
        GET /api/v1/catalog/resources/{code}
        GET /api/v1/catalog/resources/{code}/schema
        GET /api/v1/catalog/resources/{code}/sample
        GET /api/v1/catalog/resources/{code}/openapi"""),
    "people": lines("""
        GET /api/v1/session
        DELETE /api/v1/session"""),
    "clerk": lines("""
        POST /api/v1/certificates/imports
        GET /api/v1/certificates/{certificate_id}/codes
        POST /api/v1/certificates/{certificate_id}/codes
        POST /api/v1/certificates/{certificate_id}/codes/{code_id}/revocation
        POST /api/v1/certificates/imports/scans
        POST /api/v1/certificates/{certificate_id}/checks
        GET /api/v1/certificates/{certificate_id}/links
        POST /api/v1/certificates/{certificate_id}/links
        POST /api/v1/certificates/{certificate_id}/showings
        POST /api/v1/certificates/{certificate_id}/links/{link_id}/revocation
        GET /api/v1/matters
        POST /api/v1/openings
        GET /api/v1/cases
        POST /api/v1/cases
        GET /api/v1/cases/{case_id}
        GET /api/v1/cases/{case_id}/feed
        POST /api/v1/cases/{case_id}/actions
        GET /api/v1/cases/{case_id}/fields/{key}
        PUT /api/v1/cases/{case_id}/fields/{key}
        POST /api/v1/cases/{case_id}/fields/{key}/override
        POST /api/v1/cases/{case_id}/fields/{key}/resolution
        POST /api/v1/cases/{case_id}/fields/{key}/confirmation
        POST /api/v1/cases/{case_id}/queries/{query_id}/ways
        GET /api/v1/cases/{case_id}/materials/{code}
        PUT /api/v1/cases/{case_id}/materials/{code}
        POST /api/v1/cases/{case_id}/materials/{code}/ways
        GET /api/v1/cases/{case_id}/certificates/{item}
        GET /api/v1/cases/{case_id}/certificates/{item}/files/{kind}
        GET /api/v1/notices/{notice_id}
        POST /api/v1/notices/{notice_id}/prints
        GET /api/v1/filings
        POST /api/v1/filings/{filing_id}/case"""),
    "clerk reviewer": lines("""
        GET /api/v1/certificates
        POST /api/v1/certificates/searches
        GET /api/v1/certificates/{certificate_id}
        GET /api/v1/certificates/{certificate_id}/files/{kind}
        POST /api/v1/certificates/{certificate_id}/copies
        GET /api/v1/certificates/{certificate_id}/copies/{copy_id}"""),
    "clerk department": lines("""
        POST /api/v1/certificates/imports/records"""),
    "reviewer department": lines("""
        POST /api/v1/certificates/{certificate_id}/acts"""),
    "reviewer": lines("""
        GET /api/v1/inbox
        GET /api/v1/inbox/{entry_id}
        POST /api/v1/inbox/{entry_id}/actions
        POST /api/v1/inbox/{entry_id}/answer
        GET /api/v1/inbox/{entry_id}/materials/{code}"""),
    "auditor": lines("""
        GET /api/v1/audit/records
        POST /api/v1/audit/searches
        GET /api/v1/audit/records/{seq}
        POST /api/v1/audit/records/{seq}/disclosure
        POST /api/v1/audit/verification"""),
    "auditor operator": lines("""
        GET /api/v1/audit/health"""),
    "clerk catalog_manager": lines("""
        GET /api/v1/catalog/matters/{code}/guide"""),
    "catalog_manager": lines("""
        GET /api/v1/catalog/matters
        GET /api/v1/catalog/matters/{code}
        GET /api/v1/catalog/items
        GET /api/v1/catalog/differences
        GET /api/v1/catalog/resources
        GET /api/v1/catalog/needs
        GET /api/v1/catalog/policy
        GET /api/v1/catalog/versions
        POST /api/v1/catalog/checks
        POST /api/v1/catalog/publications"""),
    "operator": lines("""
        GET /api/v1/operations
        GET /api/v1/operations/accounts
        POST /api/v1/operations/work/{work_id}/retry
        POST /api/v1/operations/work/{work_id}/skip"""),
    "department": lines("""
        GET /api/v1/item-cases/{item_no}
        POST /api/v1/item-cases/{item_no}/acceptance
        POST /api/v1/item-cases/{item_no}/pre-review
        POST /api/v1/item-cases/{item_no}/special-procedures
        POST /api/v1/item-cases/{item_no}/decision
        POST /api/v1/exchange/{resource}
        POST /api/v1/certificates/shared/query
        POST /api/v1/certificates/shared/download
        POST /api/v1/certificates/shared/verify
        POST /api/v1/certificates/shared/codes
        POST /api/v1/certificates/shared/redemptions
        GET /api/v1/exchange/requests/{number}"""),
    "platform": lines("""
        POST /api/v1/filings
        GET /api/v1/filings/{filing_id}
        POST /api/v1/filings/{filing_id}/withdrawal
        GET /api/v1/case-states/{case_no}"""),
}

PAGES: dict[str, set[Route]] = {
    "everybody": lines("""
        GET /static/{digest}/{name:path}
        GET /favicon.ico
        POST /csp-reports
        GET /login
        POST /login
        GET /progress
        POST /progress
        POST /progress/files
        POST /progress/showings
        GET /s/{code}.ystatus
        GET /s/{code}
        GET /p/{text}
        GET /i/{code}/jwks.json
        GET /.well-known/jwt-vc-issuer/i/{code}
        GET /verify
        GET /verify/offline
        POST /verify"""),
    "people": lines("""
        GET /
        POST /logout"""),
    "clerk": lines("""
        POST /certificates/imports
        POST /certificates/scans
        POST /certificates/{certificate_id}/checks
        POST /certificates/{certificate_id}/links
        POST /certificates/{certificate_id}/showings
        POST /certificates/{certificate_id}/links/{link_id}/revocation
        GET /desk
        GET /matters/{code}/open
        POST /matters/{code}/open
        POST /matters/{code}/choices
        GET /cases/{case_id}
        GET /cases/{case_id}/feed
        GET /cases/{case_id}/changes
        GET /cases/{case_id}/progress
        GET /cases/{case_id}/fields/{key}
        POST /cases/{case_id}/fields/{key}
        POST /cases/{case_id}/fields/{key}/override
        POST /cases/{case_id}/fields/{key}/resolve
        POST /cases/{case_id}/fields/{key}/confirm
        POST /cases/{case_id}/queries/{query_id}
        GET /cases/{case_id}/materials/{code}/file
        POST /cases/{case_id}/materials/{code}/file
        POST /cases/{case_id}/materials/{code}
        POST /cases/{case_id}/act
        GET /cases/{case_id}/certificates/{item}
        GET /cases/{case_id}/certificates/{item}/file
        GET /cases/{case_id}/certificates/{item}/files/{kind}
        POST /codes
        POST /codes/made
        POST /codes/revocations
        GET /notices/{notice_id}
        POST /notices/{notice_id}/print
        GET /filings
        POST /filings/{filing_id}/take"""),
    "clerk reviewer": lines("""
        GET /codes
        POST /codes/checks
        GET /certificates
        POST /certificates
        GET /certificates/{certificate_id}
        GET /certificates/{certificate_id}/files/{kind}
        POST /certificates/{certificate_id}/copies
        GET /certificates/{certificate_id}/copies/{copy_id}"""),
    "reviewer": lines("""
        POST /codes/uses
        POST /codes/files
        POST /certificates/{certificate_id}/acts
        GET /inbox
        GET /inbox/{entry_id}
        POST /inbox/{entry_id}/act
        POST /inbox/{entry_id}/answer
        GET /inbox/{entry_id}/materials/{code}/file"""),
    "auditor": lines("""
        GET /audit
        POST /audit
        GET /audit/records/{seq}
        POST /audit/records/{seq}/disclose
        GET /audit/verify
        POST /audit/verify"""),
    "clerk catalog_manager": lines("""
        GET /catalog/matters/{code}/guide"""),
    "catalog_manager": lines("""
        GET /catalog/matters
        GET /catalog/matters/{code}
        GET /catalog/items
        GET /catalog/resources
        GET /catalog/needs
        GET /catalog/needs.csv
        GET /catalog/differences
        GET /catalog/policy
        GET /catalog/versions
        POST /catalog/check
        POST /catalog/publish"""),
    "operator catalog_manager": lines("""
        GET /departments
        POST /departments/check
        POST /departments/{code}/check"""),
    "operator": lines("""
        GET /operations
        GET /operations/changes
        POST /operations/work/{work_id}/retry
        POST /operations/work/{work_id}/skip
        POST /operations/files/{department}/take
        POST /operations/files/{department}/turn-down
        GET /accounts"""),
}

WORDS = {"everybody": EVERYBODY, "people": set(PEOPLE), "known": EVERYBODY - {"nobody"}}
LOGIN = f"username=p.clerk&password={PASSWORD}".encode()
ENDING = {("DELETE", "/api/v1/session"), ("POST", "/logout")}


def allowed(table: dict[str, set[Route]]) -> dict[Route, set[str]]:
    return {route: WORDS.get(who) or set(who.split()) for who, routes in table.items() for route in routes}


EXPECTED = allowed(API) | allowed(PAGES)


def mounted(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    """Every (method, path) that the application answers, in routers within routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from mounted(inner.routes)
            continue
        assert isinstance(route, APIRoute), f"{route!r} is mounted beside the doors; nobody guards it"
        for method in route.methods or ():
            yield method, route.path


def test_every_route_has_its_line_here(wired: Wired) -> None:
    found = list(mounted(wired.app.routes))
    assert len(found) > 100 and len(found) == len(set(found))
    assert set(found) - set(EXPECTED) == set(), "these routes have no line in this test: say who may call them"
    assert set(EXPECTED) - set(found) == set(), "these lines have no route any more"


def test_a_route_without_a_line_would_be_seen(wired: Wired) -> None:
    stray = APIRouter()

    @stray.post("/stray")
    def unguarded() -> None: ...

    assert set(mounted([*wired.app.routes, *stray.routes])) - set(EXPECTED) == {("POST", "/stray")}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(("method", "path"), sorted(EXPECTED), ids=lambda part: part)
def test_only_those_named_are_let_in(wired: Wired, door: httpx2.Client, method: str, path: str, caller: str) -> None:
    answer = knock(wired, door, (method, path), caller)
    let_in = caller in EXPECTED[method, path]
    assert answer.status_code < 500, answer.text
    assert refused(answer, path) != let_in, (
        f"{caller} {'must' if let_in else 'must not'} be let in: {answer.status_code}"
    )


def refused(answer: httpx2.Response, path: str) -> bool:
    """At the JSON door 401 or 403; at the pages 403 or the way to the login (where logging out leads too, with a spent cookie)."""
    if path.startswith("/api/"):
        return answer.status_code in (401, 403)
    sent_away = answer.headers.get("location", "").startswith("/login") and "set-cookie" not in answer.headers
    return answer.status_code == 403 or sent_away


@pytest.fixture(scope="module")
def door(wired: Wired) -> Iterator[httpx2.Client]:
    """The application, started once for all who knock."""
    with wired.http() as http:
        yield http


def knock(wired: Wired, door: httpx2.Client, route: Route, caller: str) -> httpx2.Response:
    """The request with the caller's own credentials and nobody else's, and for pages with the session's word."""
    method, path = route[0], re.sub(r"\{[^}]*\}", "1", route[1])
    body = b"{}" if method in ("POST", "PUT") and path.startswith("/api/") else b""
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"} if body else {}
    if path == "/login":
        body, headers = LOGIN, {"Content-Type": "application/x-www-form-urlencoded"}
    door.cookies.clear()
    headers.update(credentials(wired, route, caller, body))
    return door.request(method, path, content=body, headers=headers)


def credentials(wired: Wired, route: Route, caller: str, body: bytes) -> dict[str, str]:
    if caller == "nobody":
        return {}
    if caller in ("department", "platform"):
        name = FOOD if caller == "department" else PLATFORM
        target = re.sub(r"\{[^}]*\}", "1", route[1])
        return {"Authorization": sign(name, wired.systems[name], route[0], target, body, datetime.now(UTC))}
    token = wired.hub.session.login(f"p.{caller}", PASSWORD, utc_now())[0] if route in ENDING else wired.token(caller)
    if route[1].startswith("/api/"):
        return {"Authorization": f"Session {token}"}
    return {"Cookie": f"yijian={token}", "X-CSRF": word(wired, token)}


def word(wired: Wired, token: str) -> str:
    """The session's own word against forged forms."""
    seated = wired.hub.session.principal(token, utc_now())
    assert seated is not None
    return seated[1]
