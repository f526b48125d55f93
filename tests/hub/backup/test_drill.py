"""The drill of docs/operations.md, line by line, with a case under way: the restored hub ends it, and every count holds at the far side."""

from __future__ import annotations

import re
import shlex
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from hub.clock import utc_now
from hub.demo.counting import pushes, site_of
from hub.demo.matching import recorded, unmatched
from hub.demo.run import report, well
from hub.demo.stage import Shared, Stage, set_up
from hub.demo.story import APPLICANT, MATTER, Cast, Story
from hub.sharinglog import LogKeys
from tests.conftest import ENGINES
from tests.hub.backup.conftest import Place

pytestmark = pytest.mark.pg
PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
LEFT_TO_DO = {"restore /backup/hub --keys": 1, "doctor": 1}
"""Exit codes other than 0: the log is behind; the stage's departments are not all connected."""


def drill() -> tuple[list[str], list[str], list[str]]:
    """The commands of the page: while it runs, before it is lost, on the new machine (without `serve`, which the stage does)."""
    section = PAGE.read_text("utf-8").partition("### Restoring, and practising it")[2]
    block = re.search(r"```sh\n(.*?)```", section, re.S)
    assert block is not None
    parts: list[list[str]] = []
    for line in block[1].splitlines():
        if line.startswith("# "):
            parts.append([])
        else:
            parts[-1].append(line.partition(" #")[0].removeprefix("yijian ").strip())
    running, losing, new = parts
    assert new.pop() == "serve"
    return running, losing, new


@dataclass
class Drill:
    """A stage, and where its backups lie."""

    stage: Stage
    base: Path
    new: Place

    @property
    def place(self) -> Place:
        s = self.stage.settings
        return Place(s.folder, s.database_url, s.log_url)

    def run(self, lines: list[str], place: Place) -> str:
        told = ""
        for line in lines:
            words = [
                w.replace("/backup", f"{self.base}/backup").replace("/elsewhere", f"{self.base}")
                for w in shlex.split(line)
            ]
            code = next((code for start, code in LEFT_TO_DO.items() if line.startswith(start)), 0)
            told += place.run(*words, code=code).output
        return told

    def lose(self) -> None:
        """The hub dies and its disk with it; only what lay elsewhere is left."""
        self.stage.kill_hub()
        self.run(drill()[1], self.place)
        shutil.copy(next((self.place.folder / "heads").iterdir()), self.base / "backup" / "last.head")
        shutil.rmtree(self.place.folder)

    def start_again(self) -> None:
        s = self.stage.settings
        made = {"folder": self.new.folder, "database_url": self.new.database_url, "log_url": self.new.log_url}
        self.stage.settings = s.model_copy(update=made)
        self.stage.start_hub()


@pytest.fixture(params=ENGINES)
def practised(request: pytest.FixtureRequest, tmp_path: Path, in_common: Shared) -> Iterator[Drill]:
    request.node.user_properties.append(("engine", request.param))
    with ExitStack() as stack:
        urls = [""] * 4
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres")
            urls = [stack.enter_context(server.fresh()) for _ in range(4)]
        stage = set_up(tmp_path / "stage", 0, database_url=urls[0], log_url=urls[1], brisk=True, shared=in_common)
        stack.callback(stage.end)
        (tmp_path / "backup").mkdir()
        yield Drill(stage, tmp_path, Place(tmp_path / "new", urls[2], urls[3]))


def reports_come_again(stage: Stage) -> int:
    """What an operator asks of every department: send again what you reported since the backup."""
    told = [httpx2.post(f"{url}/_resend", json={}, trust_env=False) for url in stage.addresses.values()]
    return sum(answer.json()["resent"] for answer in told if answer.status_code == 200)


def opened(story: Story) -> str:
    """The number of a case that is opened now."""
    clerk = story.person("clerk")
    page = clerk.opening(MATTER, {})
    party = {"identifier": APPLICANT, "proof": page["roles"][0]["proofs"][0]["code"]}
    case_id = clerk.open_case(MATTER, {}, [item["code"] for item in page["items"]], {"enterprise": party})
    case = clerk.wait_for(case_id, lambda c: bool(c["queries"]) and c["counts"]["open_queries"] == 0)
    return str(case["case_no"])


def effects(stage: Stage, code: str) -> int:
    journal = httpx2.get(f"{stage.addresses[code]}/_journal", trust_env=False).json()
    return sum(1 for effect in journal["effects"] if effect["operation"] == "received")


def test_a_restored_hub_ends_the_case_that_was_under_way_and_its_log_does_not_fork(practised: Drill) -> None:
    stage = practised.stage
    running, _, new = drill()
    story = Story(Cast(stage.hub_url, stage.password))
    case_id, played = story.open_and_fill()
    backup = threading.Thread(target=practised.run, args=(running, practised.place))
    backup.start()  # while the case is received and handed over
    story.receive(case_id)
    backup.join()
    for who in ("power", "health", "fire"):  # people's work that the backup has not
        story.step_at_inbox(who, case_id, "accept")
    lost_no = opened(story)
    story.leave()
    practised.lose()

    told = practised.run(new, practised.new)
    assert "LOG_BEHIND_HEAD" not in told and "a head of" in told and "VERIFIED" in told
    practised.start_again()
    story = Story(Cast(stage.hub_url, stage.password))
    case = story.person("clerk").case(case_id)
    if case["state"] in ("draft", "checking"):
        story.receive(case_id)  # the backup was faster than the clerk
    story.person("clerk").wait_for(case_id, lambda c: all(i["department_no"] for i in c["items"]), 60)
    assert reports_come_again(stage) > 0
    story.decide(case_id)
    played.case = story.end(case_id)
    story.finish(case_id, played)
    assert well(report(stage, played))
    assert pushes(stage, played.case["case_no"]).doubled == 0
    assert effects(stage, "market-regulation") == 1  # handed over before the loss and after it: one application
    later = opened(story)
    assert later[:14] == lost_no[:14] and int(later[14:]) > int(lost_no[14:]) + 900
    story.leave()
    settings = stage.settings
    log = recorded(settings.log_database, LogKeys.load(settings.keys_folder / "log"), settings.log_origin_name, utc_now)
    strange = [line for line in unmatched(site_of(stage), log, stage.addresses) if "(?)" not in line]
    assert strange == []  # the doctor's own knocking, which asks about nobody, is no operation of any department
