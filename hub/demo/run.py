"""Runs the demo: sets the stage, plays the story with visible progress, then stays up or prints one JSON object. It knows no rule of a case."""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from hub.demo.counting import departments_by_kind, pushes
from hub.demo.plays import plays
from hub.demo.stage import Stage, set_up
from hub.demo.story import MATTER, Cast, Played, Story
from hub.demo.tour import tour, toured_well
from hub.errors import HubError

Say = Callable[[str], None]
TAX = "tax"
"""The department at which somebody must pay before it decides."""


@dataclass(frozen=True)
class What:
    """What is played, and what is shown: the one story (with `kill` while the hub dies), or every matter of the list (`only` some)."""

    once: bool = False
    as_json: bool = False
    every: bool = False
    only: tuple[str, ...] = ()
    kill: bool = False
    seed: int | None = None


def run(what: What, *, folder: Path | None, port: int) -> int:
    """Gives the exit code: 0 when the story came to its end and every check holds, 130 when somebody ended it before."""
    say = _quiet if what.as_json else _say
    place = folder or Path(tempfile.mkdtemp(prefix="yijian-demo-"))
    say(f"演示目录 {place}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with alone(place):
            return _run(place, 0 if what.once and port == 8080 else port, what, say)
    except KeyboardInterrupt:
        say("\n已结束")
        return 130
    except HubError as e:
        print(f"{e.code}: {e}", file=sys.stderr)
        return 1
    finally:
        if what.once and folder is None:
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """Nobody else's demo runs in this folder meanwhile. Raises HubError (DEMO_FAILED) where one does; a killed one holds nothing."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            message = "A demo runs in this folder already: end it, or give another folder with --folder."
            raise HubError(message, code="DEMO_FAILED") from e
        yield


def _run(place: Path, port: int, what: What, say: Say) -> int:
    if what.kill and (place / "hub").exists():
        raise HubError(
            "Whether nothing was doubled is counted in a new folder: give another --folder.", code="DEMO_FAILED"
        )
    stage = set_up(place, port, idempotent_platform=not what.kill, brisk=what.kill, start=not what.kill)
    try:
        say(f"已就绪 {stage.hub_url}，部门系统 {len(stage.addresses)} 个")
        if stage.unconnected:
            say(f"无模拟系统、不能查询的部门：{'、'.join(stage.unconnected)}")
        outcome, good = _played(stage, what, say)
        if what.as_json:
            print(json.dumps(outcome, ensure_ascii=False))
        if not what.once:
            _stay(stage, say)
        return 0 if good else 1
    finally:
        stage.end()


def _played(stage: Stage, what: What, say: Say) -> tuple[dict[str, Any], bool]:
    if what.every:
        return _toured(stage, what, say)
    if what.kill:
        from hub.demo.killed import killed

        return killed(stage, what.seed, say)
    return _told(stage, what, say)


def _told(stage: Stage, what: What, say: Say) -> tuple[dict[str, Any], bool]:
    outcome = report(stage, Story(Cast(stage.hub_url, stage.password, say)).play())
    if not what.as_json:
        _show(outcome, say)
    return outcome, well(outcome)


def _toured(stage: Stage, what: What, say: Say) -> tuple[dict[str, Any], bool]:
    chosen = [play for play in plays() if not what.only or play.matter in what.only]
    outcome = tour(stage, chosen, say)
    log = outcome["log"]
    say(
        f"“一件事” {outcome['matters']} 件，联办事项 {outcome['rows']} 行，联办单位 {outcome['units']} 个；"
        f"共享日志 {log['size']} 条，未配对 {log['unpaired']} 条，{'校验通过' if log['verified'] else '校验未通过'}"
    )
    return outcome, toured_well(outcome)


def report(stage: Stage, played: Played) -> dict[str, Any]:
    """The one JSON object: the story's figures, counted on both sides, and the log's state."""
    certificates = list(_verified(stage, played))
    counts = played.case["counts"]
    told = pushes(stage, played.case["case_no"])
    checks = [check["state"] for check in played.checks]
    return {
        "stories": [
            {
                "matter": MATTER,
                "case_no": played.case["case_no"],
                "fields_total": counts["fields_total"],
                "fields_prefilled": counts["fields_prefilled"],
                "materials_total": counts["materials_total"],
                "materials_exempted": counts["materials_exempted"],
                "queries": played.queries,
                "critical_path_ms": played.critical_path_ms,
                "prefill_ms": played.prefill_ms,
                "items": [{"item": i["code"], "state": i["state"]} for i in played.case["items"]],
                "certificates": certificates,
                "pushed": told.pushed,
                "received_by_platform": told.received,
                "state": played.case["state"],
            }
        ],
        "departments_by_kind": departments_by_kind(stage),
        "log": {
            "size": played.health["size"],
            "unpaired": played.health["unpaired"],
            "root": played.health["root"],
            "verified": bool(checks) and "failed" not in checks,
        },
    }


def well(outcome: dict[str, Any]) -> bool:
    """Whether everything that the demo promises came true."""
    log = outcome["log"]
    return log["verified"] and not log["unpaired"] and all(_story_well(story) for story in outcome["stories"])


def _story_well(story: dict[str, Any]) -> bool:
    signed = story["certificates"]
    return (
        story["state"] == "archived"
        and bool(signed)
        and all(c["verified"] for c in signed)
        and story["pushed"] == story["received_by_platform"] > 0
    )


def _verified(stage: Stage, played: Played) -> Iterator[dict[str, Any]]:
    """What an outsider finds of each certificate: the standalone verifier, with the trust folder, in a process of its own."""
    trust = str(stage.settings.folder / "trust")
    with tempfile.TemporaryDirectory() as place:
        names: list[tuple[str, str]] = []
        for identifier, body in played.certificates.items():
            for kind, content in {"ycert": body, **played.printed[identifier]}.items():
                Path(place, f"{len(names)}.{kind}").write_bytes(content)
                names.append((identifier, kind))
        files = [str(Path(place, f"{number}.{kind}")) for number, (_, kind) in enumerate(names) if kind != "png"]
        command = [sys.executable, "-m", "certificates", "verify", *files, "--trust", trust, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    judged = dict(zip([name for name in names if name[1] != "png"], found, strict=False))
    for identifier in played.certificates:
        mine = {kind: judged.get((identifier, kind), {}) for _, kind in names if _ == identifier and kind != "png"}
        good = {kind: bool(one.get("ok")) for kind, one in mine.items()}
        yield {
            "id": identifier,
            "suite": mine["ycert"].get("suite", ""),
            "verified": all(good.values()),
            "files": {**good, "png": played.printed[identifier]["png"].startswith(b"\x89PNG")},
        }


def _show(outcome: dict[str, Any], say: Say) -> None:
    story, log = outcome["stories"][0], outcome["log"]
    say(
        f"证照 {len(story['certificates'])} 张，{'全部通过独立核验' if all(c['verified'] for c in story['certificates']) else '有未通过核验的'}（{story['certificates'][0]['suite']}）"
    )
    say(
        f"推送 {story['pushed']} 条，平台收到 {story['received_by_platform']} 条；预填 {story['prefill_ms']} ms（关键路径 {story['critical_path_ms']} ms）"
    )
    say(f"共享日志 {log['size']} 条，未配对 {log['unpaired']} 条，根 {log['root'][:16]}…")


def _stay(stage: Stage, say: Say) -> None:
    """Stay up until somebody ends it."""
    say(f"\n打开 {stage.hub_url}  （按 Ctrl-C 结束）\n演示账号，密码均为 {stage.password}：")
    for somebody in stage.people:
        say(f"  {somebody.username:<20} {somebody.role:<16} {somebody.organisation:<20} {somebody.name}")
    say("部门的模拟系统：")
    for code, address in stage.addresses.items():
        say(f"  {code:<20} {address}")
    say("证照自己核验（状态清单管一天；没有清单时只能得出“签名真实，但未核验：证照状态”）：")
    for line in _verifying(stage):
        say(f"  {line}")
    if TAX in stage.addresses:
        say(
            f'  契税待缴款时，这样缴（编号见办件页事项下）：curl -d \'{{"item_no": "办件编号-02"}}\' {stage.addresses[TAX]}/_pay'
        )
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say("\n已结束")


def _verifying(stage: Stage) -> Iterator[str]:
    """The commands with which a stranger verifies what the demo issued: its trust folder, the authorities' status lists, the verifier."""
    yield f"cp -r {quote(str(stage.settings.folder / 'trust'))} trust"
    none = 'echo "${a%.json} 不在这里签发证照，没有状态清单"'
    yield f"(cd trust && for a in *.json; do curl -sfO {stage.hub_url}/s/${{a%.json}}.ystatus || {none}; done)"
    yield "yijian certificate verify 证照.ofd --trust trust"


def _say(text: str) -> None:
    print(text, flush=True)


def _quiet(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
