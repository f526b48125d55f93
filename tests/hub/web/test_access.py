"""Every page is in the table of access, and the table is what happens."""

from __future__ import annotations

import re

import pytest
from fastapi import APIRouter

from hub.identity.principal import Role
from hub.web import access
from hub.web.app import _hold_against_access, router
from hub.web.doors import Doors
from tests.hub.web.conftest import Visit

CLOSED = [route for route, role in access.ACCESS.items() if role]
PEOPLE = {"clerk": Role.CLERK, "reviewer": Role.REVIEWER, "auditor": Role.AUDITOR, "catalog": Role.CATALOG_MANAGER, "operator": Role.OPERATOR}  # fmt: skip


def address(path: str) -> str:
    known = {"case_id": "none", "seq": "99", "code": "none"}
    return re.sub(r"\{(\w+)(:path)?\}", lambda m: known.get(m[1], "x"), path)


def test_a_page_without_a_line_in_the_table_cannot_be_mounted(doors: Doors) -> None:
    pages = router(doors)
    pages.add_api_route("/unlisted", lambda: None, methods=["GET"])
    with pytest.raises(ValueError, match="/unlisted"):
        _hold_against_access(pages)


def test_a_line_in_the_table_without_a_page_is_noticed() -> None:
    with pytest.raises(ValueError, match="/desk"):
        _hold_against_access(APIRouter())


def test_without_a_session_every_closed_page_leads_to_the_login(visit: Visit) -> None:
    nobody = visit("")
    for method, path in CLOSED:
        answer = nobody.request(method, address(path))
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/login"), path


@pytest.mark.parametrize("person", PEOPLE)
def test_only_the_role_of_a_page_gets_in(visit: Visit, person: str) -> None:
    client = visit(person)
    for method, path in CLOSED:
        answer = client.request(method, address(path), data={"written": "x"} if method == "POST" else None)
        refused = answer.status_code == 403 and "NOT_ALLOWED" in answer.text
        assert refused == (not access.ACCESS[(method, path)] & {"*", PEOPLE[person]}), path
