"""我要开民宿, played through the hub's doors by its people. It imports nothing but an HTTP client and the public client.

Whoever reads it reads the matter: the clerk opens it, departments answer, the form fills, items are accepted and decided, the hotel
permit waits for fire and hygiene, certificates are signed, everything is pushed, the auditor looks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from adapters.client import Doc, YijianClient

MATTER = "open-guesthouse"
APPLICANT = "91411323MA9YJ00160"
SHOWN_DAY = time.strftime("%Y-%m-%d", time.localtime(time.time() + 30 * 86400))
"""A day for the visit that lies ahead whenever the story is played."""

TYPED: Mapping[str, str] = {
    "enterprise.contact_phone": "13800000000",
    "enterprise.staff_count": "6",
    "legal_representative.phone": "13800000001",
    "premises.premises_name": "山水间示例民宿",
    "premises.building_floors": "3",
    "premises.floors_used": "一层至三层",
    "premises.room_count": "14",
    "premises.bed_count": "22",
    "premises.evacuation_exits": "2",
    "premises.operating_area": "300",
    "premises.health_certified_staff": "6",
    "premises.air_conditioning": "split",
    "premises.water_source": "mains",
    "hotel.security_officer_name": "示例壬",
    "hotel.security_officer_phone": "13800000002",
    "hotel.guest_registration_system": "police",
    "hotel.camera_count": "12",
    "fire.facilities": "hydrant,smoke,lighting",
    "fire.extinguisher_count": "10",
    "fire.officer_name": "示例壬",
    "fire.officer_phone": "13800000002",
    "food.business_type": "2",
    "food.items": "0201,0202",
    "food.kitchen_area": "26",
    "food.seat_count": "30",
    "food.safety_officer_name": "示例癸",
    "food.online_trading": "false",
    "power.capacity_kw": "60",
    "power.phase_count": "3",
    "power.contact_person": "示例壬",
    "power.contact_phone": "13800000002",
    "power.appointment_on": SHOWN_DAY,
}
"""What only the applicant knows. Names and numbers are fictional."""

HYGIENE_REPORT: Mapping[str, str] = {
    "hygiene_report_number": "XWJ-2026-0991",
    "hygiene_report_date": "2026-10-12",
    "hygiene_report_conclusion": "合格",
}

SCAN = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
"""A one-page scan of nothing."""


@dataclass(frozen=True)
class Cast:
    """Who plays, at which address. `tell` is told each step in words."""

    hub_url: str
    password: str
    tell: Callable[[str], None] = lambda _: None
    seconds: float = 90.0


PRINTED = ("ofd", "pdf", "png", "credential")
"""The files of a certificate that its holder is given, beside the data."""


@dataclass
class Played:
    """What came of it."""

    case: Doc
    prefill_ms: int | None = None
    """How long the departments took to fill the form; None where the hub was killed meanwhile."""
    critical_path_ms: int = 0
    queries: int = 0
    certificates: dict[str, bytes] = field(default_factory=dict)
    printed: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """By identifier: the files of PRINTED."""
    audit: list[Doc] = field(default_factory=list)
    checks: list[Doc] = field(default_factory=list)
    health: Doc = field(default_factory=dict)


class Story:
    """One case from the counter to the archive."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._people: dict[str, YijianClient] = {}
        self._wires: dict[str, httpx2.Client] = {}

    def play(self) -> Played:
        """Play it whole. Raises ClientProblem or TimeoutError where the hub does not do its part."""
        case_id, played = self.open_and_fill()
        self.receive(case_id)
        self.decide(case_id)
        played.case = self.end(case_id)
        self.finish(case_id, played)
        self.leave()
        return played

    def person(self, name: str) -> YijianClient:
        if name not in self._people:
            self._wires[name] = httpx2.Client(trust_env=False, timeout=60)
            self._people[name] = YijianClient(self._cast.hub_url, self._wires[name])
            self._people[name].login(name, self._cast.password)
        return self._people[name]

    def leave(self) -> None:
        for name, client in self._people.items():
            client.logout()
            self._wires[name].close()
        self._people.clear()

    # --- the steps -----------------------------------------------------------------------------------------------------

    def open_and_fill(self) -> tuple[str, Played]:
        """The clerk proves the applicant and opens the case; departments fill the form, the rest is typed."""
        clerk, tell = self.person("clerk"), self._cast.tell
        page = clerk.opening(MATTER, {})
        chosen = [item["code"] for item in page["items"]]
        tell(f"窗口打开“{page['title']}”，联办事项 {len(chosen)} 个")
        party = {"identifier": APPLICANT, "proof": page["roles"][0]["proofs"][0]["code"], "phone": "13800000000"}
        started = time.monotonic()
        case_id = clerk.open_case(MATTER, {}, chosen, {page["roles"][0]["code"]: party})
        case = clerk.wait_for(case_id, _asked_all, self._cast.seconds)
        played = Played(case, int((time.monotonic() - started) * 1000), critical_path(case), len(case["queries"]))
        for query in case["queries"]:
            tell(
                f"  第{query['round']}轮 {query['department']} · {query['resource']}：{query['sentence']}（日志 #{query['log_seq']}）"
            )
        self._answer_question(case["case_no"])
        case = clerk.wait_for(
            case_id, lambda c: c["counts"]["open_queries"] == 0 and not _pending(c), self._cast.seconds
        )
        counts = case["counts"]
        tell(
            f"  一表 {counts['fields_total']} 项，自动填入 {counts['fields_prefilled']} 项；材料 {counts['materials_total']} 项，免提交 {counts['materials_exempted']} 项"
        )
        self._type(clerk, case)
        self._hand_in(clerk, case)
        return case_id, played

    def receive(self, case_id: str) -> None:
        clerk = self.person("clerk")
        clerk.act(case_id, "receive", promise=True)
        self._cast.tell("收件，出具收件回执，五个事项同时分办")

    def decide(self, case_id: str) -> None:
        """The inbox departments accept and decide; the departments with systems do it by themselves."""
        for who in ("power", "health", "fire"):
            self.step_at_inbox(who, case_id, "accept")
        self._cast.tell("供电公司接单，卫健委、消防受理；公安局容缺预审，等待前置结果")
        for who in ("power", "health", "fire"):
            self.step_at_inbox(who, case_id, "approve")
        self._cast.tell("卫健委、消防准予许可，证照签发后结果推送公安局")

    def end(self, case_id: str) -> Doc:
        """Wait for the hotel permit, delivery and archive."""
        case = self.person("clerk").wait_for(case_id, lambda c: c["state"] == "archived", self._cast.seconds)
        for item in case["items"]:
            self._cast.tell(f"  {item['title']}：{item['state_title']} {item['certificate']}")
        self._cast.tell(f"办件 {case['case_no']} {case['state_title']}")
        return case

    def finish(self, case_id: str, played: Played) -> None:
        """Fetch the certificates, and let the auditor look."""
        self._collect(case_id, played)
        self._audit(played)

    def _answer_question(self, case_no: str) -> None:
        """A person of the health commission answers from the paper files."""
        health = self.person("health")
        entry = _until(
            lambda: next(
                (r for r in health.inbox()["rows"] if r["kind"] == "question" and r["case_no"] == case_no), None
            ),
            self._cast.seconds,
        )
        health.answer(entry["id"], True, HYGIENE_REPORT)
        self._cast.tell("  卫健委人工答复：公共场所卫生检测报告")

    def _type(self, clerk: YijianClient, case: Doc) -> None:
        fields = [f for group in case["groups"] for f in group["fields"]]
        for f in fields:
            if f["required"] and f["status"] == "empty":
                reason = "original_seen" if f["locked"] else ""
                clerk.set_field(case["id"], f["key"], TYPED[f["key"]], reason)
        self._cast.tell(f"  窗口录入其余 {sum(1 for f in fields if f['required'] and f['status'] == 'empty')} 项")

    def _hand_in(self, clerk: YijianClient, case: Doc) -> None:
        """One material is deferred, one comes by promise, the rest is scanned."""
        missing = [m for m in clerk.case(case["id"])["materials"] if m["status"] in ("missing", "waiting")]
        ways = {
            "defer": next((m for m in missing if m["deferrable"]), None),
            "promise": next((m for m in missing if m["promise_allowed"]), None),
        }
        for m in missing:
            way = next((name for name, one in ways.items() if one is m), "")
            if way:
                clerk.material_way(case["id"], m["code"], way, "申请人自愿并承诺")
            else:
                clerk.upload(case["id"], m["code"], f"{m['name']}.pdf", "application/pdf", SCAN)
        self._cast.tell(f"  收取材料 {len(missing)} 项（其中容缺、承诺各一项）")

    def step_at_inbox(self, who: str, case_id: str, action: str, reason: str = "") -> None:
        """Take one action in a department's inbox as soon as it is possible there."""
        person = self.person(who)
        case_no = self.person("clerk").case(case_id)["case_no"]

        def ready() -> Doc | None:
            for row in person.inbox()["rows"]:
                if row["kind"] == "handover" and row["case_no"] == case_no:
                    entry = person.inbox_entry(str(row["id"]))
                    if any(a["code"] == action for a in entry["actions"]):
                        return dict(row)
            return None

        person.inbox_act(self.until(ready)["id"], action, reason)

    def until(self, look: Callable[[], Any]) -> Any:
        """What `look` gives as soon as it gives something. Raises TimeoutError."""
        return _until(look, self._cast.seconds)

    def _collect(self, case_id: str, played: Played) -> None:
        clerk = self.person("clerk")
        for item in played.case["items"]:
            if item["certificate"]:
                played.certificates[item["certificate"]] = clerk.certificate(case_id, item["code"])
                played.printed[item["certificate"]] = clerk.certificate_files(item["certificate"], PRINTED)

    def _audit(self, played: Played) -> None:
        auditor = self.person("auditor")
        played.audit = auditor.audit(case_no=played.case["case_no"])["rows"]
        played.checks = auditor.verify_log()
        played.health = auditor.log_health()
        failed = [c["name"] for c in played.checks if c["state"] == "failed"]
        self._cast.tell(
            f"审计：日志 {played.health['size']} 条，本办件最近 {len(played.audit)} 条，校验{'未通过：' + '、'.join(failed) if failed else '全部通过'}"
        )


def _asked_all(case: Doc) -> bool:
    """Nothing is being asked any more, and somebody was."""
    return bool(case["queries"]) and case["counts"]["open_queries"] == 0


def _pending(case: Doc) -> bool:
    return any(q["state"] == "pending" for q in case["queries"])


def critical_path(case: Doc) -> int:
    """The slowest answer of each round, added up: the least time in which the form could be filled. Persons' answers apart."""
    slowest: dict[int, int] = {}
    for query in case["queries"]:
        if query["milliseconds"] is not None and query["state"] != "pending":
            slowest[query["round"]] = max(slowest.get(query["round"], 0), query["milliseconds"])
    return sum(slowest.values())


def _until(look: Callable[[], Any], seconds: float) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.2)
    raise TimeoutError(f"nothing came within {seconds:.0f} s")
