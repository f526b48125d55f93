"""What the catalog manager reads over the API, on a hub with the site published in two versions."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from catalog.reading import read_site
from hub.clock import utc_now
from hub.store import catalogs
from tests.catalog.conftest import XIXIA
from tests.hub.api.wired import Wired

GUESTHOUSE = "/api/v1/catalog/matters/open-guesthouse"


def got(wired: Wired, path: str, status: int = 200) -> Any:
    with wired.http() as http:
        answer = http.get(path, headers=wired.session("catalog_manager"))
    assert answer.status_code == status, answer.text
    return answer.json()


def another_day(folder: Path) -> Path:
    """The site with a hotel permit that takes longer than it did."""
    item = folder / "items" / "hotel-permit.toml"
    item.write_text(item.read_text("utf-8").replace("promised_workdays = ", "promised_workdays = 1", 1), "utf-8")
    return folder


@pytest.fixture
def later(wired: Wired, tmp_path: Path) -> tuple[str, str]:
    """Digests of the published version and of a later one, in which the hotel permit takes a day more."""
    folder = another_day(Path(shutil.copytree(XIXIA, tmp_path / "site")))
    before = wired.hub.catalogs.current_digest()
    with wired.hub.database.write() as session:
        after = catalogs.publish(session, "411323", read_site(folder)[0], "测试丁", utc_now())
        catalogs.publish(session, "411323", read_site(XIXIA)[0], "测试丁", utc_now())
    return before, after


def test_who_sends_no_token_hears_of_both_kinds(wired: Wired) -> None:
    with wired.http() as http:
        refused = http.get("/api/v1/catalog").json()
    assert refused["code"] == "TOKEN_MISSING" and "Session" in refused["detail"] and "Bearer" in refused["detail"]


def test_every_item_names_its_unit_and_the_matters_it_is_in(wired: Wired) -> None:
    rows = {row["code"]: row for row in got(wired, "/api/v1/catalog/items")}
    hotel = rows["hotel-permit"]
    assert hotel["department"] == "西峡县公安局" and hotel["proposed"] is True
    assert {"open-guesthouse", "open-farm-stay"} == {one["code"] for one in hotel["matters"]}


def test_a_guide_comes_full_and_short(wired: Wired) -> None:
    full, short = got(wired, f"{GUESTHOUSE}/guide"), got(wired, f"{GUESTHOUSE}/guide?short=true")
    assert len(full["elements"]) > len(short["elements"]) > 16
    assert "24 事项办理流程图" in full["missing"]


def test_two_versions_are_told_apart(wired: Wired, later: tuple[str, str]) -> None:
    before, after = later
    (change,) = got(wired, f"/api/v1/catalog/differences?older={before}&newer={after}")
    assert (change["area"], change["code"], change["what"]) == ("items", "hotel-permit", "承诺工作日")
    assert got(wired, f"/api/v1/catalog/differences?older={before}&newer={before}") == []


def test_a_version_that_was_never_published_is_not_there(wired: Wired) -> None:
    found = got(wired, f"/api/v1/catalog/differences?older={'0' * 64}&newer={'1' * 64}", 404)
    assert found["code"] == "CATALOG_NOT_THERE"


def test_a_resource_says_who_uses_it_and_each_field_its_share_type(wired: Wired) -> None:
    rows = {row["code"]: row for row in got(wired, "/api/v1/catalog/resources")}
    licence = rows["market-regulation.business-licence"]
    assert "open-guesthouse" in {one["code"] for one in licence["matters"]}
    assert all(field["share"] for field in licence["fields"])
    assert any(field["matters"] > 10 for field in licence["fields"])


def test_the_version_in_force_says_from_when_and_by_whom(wired: Wired, later: tuple[str, str]) -> None:
    rows = {row["digest"]: row for row in got(wired, "/api/v1/catalog/versions")}
    before, after = later
    assert (rows[before]["by"], rows[before]["moved_by"], rows[before]["current"]) == ("test", "测试丁", True)
    assert rows[before]["in_force_since"] >= rows[after]["published_at"] and rows[after]["in_force_since"] is None


def test_a_version_names_the_person_who_published_it(wired: Wired, later: tuple[str, str], tmp_path: Path) -> None:
    seat = wired.hub.session.principal(wired.token("catalog_manager"), utc_now())
    assert seat is not None
    manager, document = seat[0], read_site(another_day(tmp_path / "site"))[0]
    with wired.hub.database.write() as session:
        digest = catalogs.publish(session, "411323", document, manager.subject, utc_now())
    (row,) = (row for row in got(wired, "/api/v1/catalog/versions") if row["digest"] == digest)
    assert row["by"] == row["moved_by"] == manager.name != manager.subject
