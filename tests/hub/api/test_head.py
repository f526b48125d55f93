"""HEAD, at both doors: answered as GET is where nothing about anybody is shown, refused everywhere else, and never in the sharing log."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx2
import pytest

from adapters.client import sign
from hub.web.statics import address
from tests.hub.api.test_route_roles import mounted
from tests.hub.api.wired import FOOD, Wired

AUTHORITY = "11411323MB0000902F"
ANSWERED = {
    "/healthz": "",
    "/readyz": "",
    address("yijian.css"): "",
    "/favicon.ico": "",
    "/login": "",
    "/progress": "",
    f"/s/{AUTHORITY}": "",
    f"/s/{AUTHORITY}.ystatus": "",
    f"/i/{AUTHORITY}/jwks.json": "",
    f"/.well-known/jwt-vc-issuer/i/{AUTHORITY}": "",
    "/verify": "",
    "/verify/offline": "",
    "/api/v1/keys": "",
    "/api/v1/matters": "clerk",
    "/api/v1/catalog": "clerk",
    "/api/v1/catalog/dcat": "clerk",
    "/api/v1/catalog/versions": "catalog_manager",
}
"""What anybody, or a person of that role, may ask with HEAD."""
SHOWS_NOBODY = re.compile(
    r"/(static|favicon|login|progress|s|i|\.well-known|verify|api/v1/(openapi|keys|matters|catalog)|catalog)\b"
)


def headers(wired: Wired, role: str) -> dict[str, str]:
    return wired.session(role) if role else {}


@pytest.mark.parametrize("path", ANSWERED)
def test_what_shows_nobody_is_answered_as_get_is_without_a_body(wired: Wired, http: httpx2.Client, path: str) -> None:
    known, before = headers(wired, ANSWERED[path]), wired.hub.log.size()
    got, head = http.get(path, headers=known), http.head(path, headers=known)
    assert head.status_code == got.status_code and head.content == b"" and wired.hub.log.size() == before
    for name in ("content-type", "content-length", "etag", "cache-control"):
        assert head.headers.get(name) == got.headers.get(name)


def test_every_other_get_is_refused_with_what_is_allowed_and_is_no_disclosure(
    wired: Wired, http: httpx2.Client
) -> None:
    shown = [path for method, path in mounted(wired.app.routes) if method == "GET" and not SHOWS_NOBODY.match(path)]
    known = wired.session("clerk")
    before = wired.hub.log.size()
    answers = {path: http.head(re.sub(r"{\w+(:path)?}", "x", path), headers=known) for path in shown}
    assert len(shown) > 40 and {one.status_code for one in answers.values()} == {405}
    assert all("GET" in (said := one.headers["allow"]) and "HEAD" not in said for one in answers.values())
    assert wired.hub.log.size() == before


def test_a_system_signs_the_head_that_it_sends(wired: Wired, http: httpx2.Client) -> None:
    def asked(method: str) -> int:
        word = sign(FOOD, wired.systems[FOOD], method, "/api/v1/catalog", b"", datetime.now(UTC))
        return http.head("/api/v1/catalog", headers={"Authorization": word}).status_code

    assert (asked("HEAD"), asked("GET")) == (200, 401)


def test_what_takes_no_such_method_says_that_head_is_one(http: httpx2.Client) -> None:
    assert http.delete("/api/v1/catalog").headers["allow"] == "GET, HEAD"
    assert http.delete("/verify").headers["allow"] == "GET, HEAD, POST"
