"""Plays a case and files another, and collects what then exists: ids by the name of the parameter that takes them. It calls no generated data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.client import Doc, Peer, YijianClient
from hub.demo.stage import Stage
from hub.demo.story import APPLICANT, MATTER, Cast, Story

PLATFORM = "platform"
RESOURCES = ("real-estate.lease", "market-regulation.business-licence", "public-security.person")
FILING = {
    "matter": MATTER,
    "answers": {},
    "chosen": ["food-permit"],
    "parties": {"enterprise": {"identifier": APPLICANT, "proof": "platform", "phone": "13800000000"}},
    "delivery": {"way": "electronic"},
    "values": {"enterprise.contact_phone": "0377-69990001"},
}


@dataclass(frozen=True)
class Ground:
    """What exists. `known` by parameter or field; `department` of an item case by its number."""

    known: Mapping[str, tuple[str, ...]]
    departments: Mapping[str, str]
    openings: tuple[Doc, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        return ", ".join(f"{len(ids)} {name}" for name, ids in self.known.items())


def played(stage: Stage) -> Ground:
    """One case to its archive, one dispatched, one just opened, one filing waiting and one withdrawn."""
    story = Story(Cast(stage.hub_url, stage.password))
    first, _ = story.open_and_fill()
    story.receive(first)
    second, _ = story.open_and_fill()
    story.receive(second)
    story.step_at_inbox("health", second, "accept")
    clerk = story.person("clerk")
    opened = [clerk.open_case(**_opening(), key=f"fuzz-{n}") for n in range(3)]
    filed = _filed(stage)
    cases = [clerk.case(case_id) for case_id in (first, second, *opened)]
    ground = Ground(_known(story, cases, filed), _departments(stage, cases), (_opening(),))
    story.leave()
    return ground


def peer(stage: Stage, organisation: str) -> Peer:
    key = stage.folder / "departments" / "keys" / f"{organisation}.pem"
    return Peer(organisation, key.read_bytes(), stage.hub_url)


def _opening() -> Doc:
    party = {"identifier": APPLICANT, "proof": "营业执照原件核验", "phone": "13800000000"}
    return {"matter": MATTER, "answers": {}, "chosen": ["food-permit"], "parties": {"enterprise": party}}


def _filed(stage: Stage) -> list[Doc]:
    platform = peer(stage, PLATFORM)
    try:
        filed = [platform.file(FILING, key=f"fuzz-{n}") for n in range(3)]
        platform.withdraw(filed[0]["id"], "不办了")
        return filed
    finally:
        platform.close()


def _known(story: Story, cases: list[Doc], filed: list[Doc]) -> dict[str, tuple[str, ...]]:
    clerk, auditor, manager = (story.person(name) for name in ("clerk", "auditor", "catalog"))
    fields = [f["key"] for case in cases for group in case["groups"] for f in group["fields"]]
    entries = [row for who in ("health", "fire", "power") for row in _inbox(story.person(who))]
    return {
        "case_id": _once(case["id"] for case in cases),
        "case_no": _once(case["case_no"] for case in cases),
        "item_no": _once(item["item_no"] for case in cases for item in case["items"]),
        "item": _once(item["code"] for case in cases for item in case["items"]),
        "key": _once(fields)[:20],
        "query_id": _once(query["id"] for case in cases for query in case["queries"])[:20],
        "resource": RESOURCES,
        "case": _once(item["item_no"] for case in cases for item in case["items"]),
        "purpose": (MATTER,),
        "code": _once([MATTER, *RESOURCES, *(m["code"] for case in cases for m in case["materials"])]),
        "notice_id": _once(notice["id"] for case in cases for notice in case["notices"]),
        "filing_id": _once(one["id"] for one in filed),
        "entry_id": _once(row["id"] for row in entries),
        "seq": _once(row["seq"] for row in auditor.audit()["rows"])[:5],
        "work_id": ("1", "2", "999999"),
        "older": _once(one["digest"] for one in manager.catalog("versions")),
        "newer": _once(one["digest"] for one in manager.catalog("versions")),
        "matter": _once(one["code"] for one in clerk.matters())[:5],
        "action": _once([*(a["code"] for case in cases for a in case["actions"]), "accept", "approve", "correct", "suspend", "acknowledge"]),
        "way": ("retry", "choose", "ask_for_paper", "go_on", "ask_again", "defer", "promise", "remove"),
        "proof": ("营业执照原件核验", "居民身份证读卡"),
        "identifier": (APPLICANT,),
    }  # fmt: skip


def _inbox(person: YijianClient) -> list[Doc]:
    return [*person.inbox()["rows"], *person.inbox("done")["rows"]]


def _departments(stage: Stage, cases: list[Doc]) -> dict[str, str]:
    """By number of the item case, its department's code, where that department has a key."""
    keys = {path.name.removesuffix(".pem") for path in (stage.folder / "departments" / "keys").glob("*[!b].pem")}
    from catalog.loading import load

    site = load(stage.settings.site).site
    pairs = ((item["item_no"], site.items[item["code"]].department) for case in cases for item in case["items"])
    return {number: code for number, code in pairs if code in keys}


def _once(found: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(one) for one in found if one not in ("", None)))  # type: ignore[attr-defined]
