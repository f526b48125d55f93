"""A hub whose disk is full: it says so at each door, keeps nothing half-written, asks nobody, and goes on once there is room."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.client import ClientProblem
from hub.wiring.program_log import configure
from tests.hub.api.wired import Wired, opened
from tests.support.full_disk import full_disk

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def own(prepared_folder: Path, tmp_path: Path) -> Iterator[Wired]:
    """A hub on SQLite: database, log and files lie on the disk of this process."""
    shutil.copytree(prepared_folder, tmp_path / "hub")
    configure("WARNING", "hub-1", io.StringIO())  # what this process prints may lie on the disk that is full
    found = opened(tmp_path / "hub")
    yield found
    found.hub.close()


def test_on_a_full_disk_nothing_is_stored_or_shown_and_the_case_goes_on_once_there_is_room(own: Wired) -> None:
    clerk = own.person("clerk")
    case_id, files = own.case(clerk), own.hub.settings.folder / "files"
    before = sorted(path for path in files.rglob("*") if path.is_file())
    with full_disk():
        for act, given in ((clerk.case, ()), (clerk.upload, ("floor-plan", "a.pdf", "application/pdf", PDF))):
            with pytest.raises(ClientProblem) as caught:
                act(case_id, *given)
            assert (caught.value.status, caught.value.code) in ((503, "LOG_UNAVAILABLE"), (507, "DISK_REFUSED"))
    assert sorted(path for path in files.rglob("*") if path.is_file()) == before
    clerk.upload(case_id, "floor-plan", "a.pdf", "application/pdf", PDF)
    material = next(m for m in clerk.case(case_id)["materials"] if m["code"] == "floor-plan")
    assert material["status"] == "uploaded" and own.hub.log.verify().ok


def test_a_page_says_in_one_sentence_that_the_disk_is_full(own: Wired) -> None:
    case_id = own.case(own.person("clerk"))
    with own.http() as browser:
        browser.cookies.set("yijian", own.token("clerk"))
        with full_disk():
            refused = browser.get(f"/cases/{case_id}")
        assert refused.status_code == 503 and "共享日志暂时写不进去" in refused.text and "Traceback" not in refused.text
        assert browser.get(f"/cases/{case_id}").status_code == 200
