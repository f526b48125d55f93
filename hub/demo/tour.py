"""The tour of the whole list: every play through the doors, some at once, and one report of what came of all. It knows no rule of a case."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from adapters.client import YijianClient
from catalog.types import Site
from hub.clock import utc_now
from hub.demo.counting import departments_by_kind, pushes, site_of
from hub.demo.every import Ended, Office, Player
from hub.demo.matching import recorded, unmatched_at_last
from hub.demo.plays import Play
from hub.demo.stage import Stage
from hub.sharinglog import LogKeys

Say = Callable[[str], None]
AT_ONCE = 6
"""Cases under way at the same time: departments answer and decide in their own time, most of it is waiting."""
LOOK_EVERY_SECONDS = 1.0
"""So many cases keep a hub busy; to ask after each of them more often would only slow all down."""


def tour(stage: Stage, plays: Sequence[Play], say: Say) -> dict[str, Any]:
    """Play them all; gives the one JSON object, counted on both sides."""
    site = site_of(stage)
    office = replace(office_of(stage, site), look_every_seconds=LOOK_EVERY_SECONDS)
    waiting: SimpleQueue[Play] = SimpleQueue()
    for play in plays:
        waiting.put(play)
    ended: list[Ended] = []
    clerks = [
        threading.Thread(target=_work, args=(office, waiting, ended, site, say))
        for _ in range(min(AT_ONCE, len(plays)))
    ]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    return _report(stage, site, ended)


def office_of(stage: Stage, site: Site, seconds: float = 180.0) -> Office:
    """Where everybody sits on this stage; `seconds` is how long anybody waits for anything."""
    servers = {site.departments[code].name: url for code, url in stage.addresses.items() if code in site.departments}
    return Office(stage.hub_url, stage.password, _reviewers(stage, site), servers, seconds)


def toured_well(outcome: dict[str, Any]) -> bool:
    """Whether every case came to its end, every push arrived once and the log stands."""
    cases_well = all(case["state"] == "archived" and not case["problem"] for case in outcome["cases"])
    pushed_well = all(case["pushed"] == case["received_by_platform"] for case in outcome["cases"])
    log = outcome["log"]
    matched = not outcome["journals"]["unmatched"]
    return bool(outcome["cases"]) and cases_well and pushed_well and log["verified"] and not log["unpaired"] and matched


def _reviewers(stage: Stage, site: Site) -> dict[str, str]:
    return {
        site.departments[person.organisation].name: person.username
        for person in stage.people
        if person.role == "reviewer" and person.organisation in site.departments
    }


def _work(office: Office, waiting: SimpleQueue[Play], ended: list[Ended], site: Site, say: Say) -> None:
    player = Player(office)
    try:
        while True:
            try:
                play: Play | None = waiting.get_nowait()
            except Empty:
                return
            while play is not None:
                one = player.play(play)
                ended.append(one)
                say(_line(one, site))
                play = play.then if not one.problem else None
    finally:
        player.leave()


def _line(one: Ended, site: Site) -> str:
    title = site.matters[one.play.matter].title if one.play.matter in site.matters else one.play.matter
    if one.problem:
        return f"  未办完 {title}（{one.play.matter}）：{one.problem}"
    counts = one.case["counts"]
    return (
        f"  {one.case['state_title']} {title}：一表 {counts['fields_total']} 项，自动填入 {counts['fields_prefilled']} 项；"
        f"材料 {counts['materials_total']} 项，免提交 {counts['materials_exempted']} 项；{one.seconds:.0f} 秒"
    )


def _report(stage: Stage, site: Site, ended: Sequence[Ended]) -> dict[str, Any]:
    done = [one for one in ended if one.case.get("state") == "archived" and not one.problem]
    rows = {(one.play.matter, item["code"]) for one in done for item in one.case["items"]}
    checks, health = _audited(stage)
    cases = sorted(_cases(stage, ended), key=lambda case: (case["sequence"], case["case_no"]))
    return {
        "matters": len({one.play.matter for one in done}),
        "rows": len(rows),
        "units": len(site.departments) - 1,
        "departments_by_kind": departments_by_kind(stage),
        "cases": cases,
        "log": {
            "size": health["size"],
            "unpaired": health["unpaired"],
            "root": health["root"],
            "verified": bool(checks) and "failed" not in {check["state"] for check in checks},
        },
        "journals": {"departments": len(stage.addresses), "unmatched": _unmatched(stage, site)},
    }


def _unmatched(stage: Stage, site: Site) -> list[str]:
    """The departments' own journals against the sharing log, both ways."""
    keys = LogKeys.load(stage.settings.keys_folder / "log")
    log = partial(recorded, stage.settings.log_database, keys, stage.settings.log_origin_name, utc_now)
    return unmatched_at_last(site, log, stage.addresses)


def _cases(stage: Stage, ended: Sequence[Ended]) -> Iterator[dict[str, Any]]:
    site = site_of(stage)
    for one in ended:
        matter = site.matters.get(one.play.matter)
        counts = one.case.get("counts", {})
        case_no = one.case.get("case_no", "")
        told = pushes(stage, case_no) if case_no else None
        yield {
            "matter": one.play.matter,
            "sequence": matter.sequence if matter else 0,
            "answers": dict(one.play.answers),
            "case_no": case_no,
            "state": one.case.get("state", ""),
            "problem": one.problem,
            "fields": counts.get("fields_total", 0),
            "prefilled": counts.get("fields_prefilled", 0),
            "materials": counts.get("materials_total", 0),
            "exempted": counts.get("materials_exempted", 0),
            "items": {item["code"]: item["state"] for item in one.case.get("items", ())},
            "pushed": told.pushed if told else 0,
            "received_by_platform": told.received if told else 0,
            "seconds": round(one.seconds, 1),
        }


def _audited(stage: Stage) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    with YijianClient(stage.hub_url) as auditor:
        auditor.login("auditor", stage.password)
        return auditor.verify_log(), auditor.log_health()
