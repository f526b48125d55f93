"""Plays any matter of the list through the hub's doors, one clerk and the departments' reviewers at a time. It knows no matter by name.

What the form asks and no department answers is typed from the dictionary's own examples; what a person must do at an inbox is done as soon
as the hub offers it. Whatever the hub refuses ends the play with its reason.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import httpx2

from adapters.client import ClientProblem, Doc, YijianClient, new_key
from hub.demo.plays import Play
from hub.demo.story import SCAN, SHOWN_DAY

STEPS = ("accept", "take", "approve", "complete")
"""What a reviewer does with an item case, in this order, as far as it is offered. What is only told is acknowledged."""
PAYMENT = "待缴款"
"""What a declaration waits for once the tax is known."""
LOOK_EVERY_SECONDS = 0.4
LOOK_ANYWAY_SECONDS = 5.0
"""After so long the case and the inboxes are looked at although its feed tells of nothing."""
AT_THE_COUNTER = "checking"
"""The state of a case that is not yet received."""


class Stuck(Exception):
    """A play that cannot go on; the message says where and why."""


@dataclass(frozen=True)
class Office:
    """Where everybody sits: the hub's address, one password, the reviewer's user name and the server by the department's name."""

    hub_url: str
    password: str
    reviewers: Mapping[str, str]
    servers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 180.0
    look_every_seconds: float = LOOK_EVERY_SECONDS


@dataclass
class Ended:
    """What came of one play."""

    play: Play
    case: Doc = field(default_factory=dict)
    problem: str = ""
    seconds: float = 0.0


class Player:
    """Plays one case after another, each person logged in once."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._people: dict[str, YijianClient] = {}
        self._wires: dict[str, httpx2.Client] = {}

    def play(self, play: Play) -> Ended:
        """Play it to its end. Never raises for what the hub or a department did: the problem is in the result."""
        began = time.monotonic()
        ended = Ended(play)
        try:
            self.go_on(play, new_key(), ended)
        except (ClientProblem, Stuck, TimeoutError, httpx2.HTTPError) as wrong:
            ended.problem = f"{type(wrong).__name__}: {wrong}"
        ended.seconds = time.monotonic() - began
        return ended

    def go_on(self, play: Play, key: str, ended: Ended) -> None:
        """Take the case of that key from where it stands to its end: what is done already is not done again."""
        clerk = self._person("clerk")
        case_id = self._open(play, key)
        ended.case = clerk.case(case_id)
        if ended.case["state"] == AT_THE_COUNTER:
            self._fill(play, case_id)
            clerk.act(case_id, "receive", promise=True)
        self._see_to_its_end(case_id)
        ended.case = clerk.case(case_id)

    def leave(self) -> None:
        for client in self._people.values():
            with suppress(ClientProblem):  # the hub may be gone: then there is nothing to leave
                client.logout()
        for wire in self._wires.values():
            wire.close()
        self._people.clear()
        self._wires.clear()

    # --- at the counter ------------------------------------------------------------------------------------------------

    def _open(self, play: Play, key: str) -> str:
        clerk = self._person("clerk")
        page = clerk.opening(play.matter, play.answers)
        chosen = list(play.items) or [item["code"] for item in page["items"]]
        return clerk.open_case(play.matter, play.answers, chosen, _parties(play, page["roles"]), key)

    def _fill(self, play: Play, case_id: str) -> None:
        """Wait for the departments, answer at the inboxes, settle what is unclear, type the rest, hand in the materials."""
        case = self._asked(case_id)
        for f in _fields(case):
            if f["status"] == "conflict":
                self._person("clerk").resolve(case_id, f["key"], f["alternatives"][0]["which"], "original_seen")
        for _ in range(3):  # what is typed may let another question be asked
            typed = self._type(play, case)
            case = self._asked(case_id)
            if not typed:
                break
        self._hand_in(case)

    def _asked(self, case_id: str) -> Doc:
        """The case once nothing is being asked any more; questions at an inbox are answered meanwhile."""
        end = time.monotonic() + self._office.seconds
        while True:
            case = self._person("clerk").case(case_id)
            waiting = [query for query in case["queries"] if query["state"] == "pending"]
            if not waiting and not case["counts"]["open_queries"]:
                return case
            if time.monotonic() > end:
                raise Stuck(
                    f"questions are still open after {self._office.seconds:.0f} s: {[q['resource'] for q in waiting]}"
                )
            for department in {query["department"] for query in waiting}:
                self._answer(department, case["case_no"])
            self._until_it_moves(case)

    def _answer(self, department: str, case_no: str) -> None:
        reviewer = self._reviewer(department)
        for row in _of_case(reviewer, case_no):
            if row["kind"] == "question":
                entry = reviewer.inbox_entry(row["id"])
                try:
                    reviewer.answer(row["id"], True, {f["key"]: _example(f) for f in entry["answers"]})
                except ClientProblem as e:
                    if e.code != "TICKET_UNKNOWN":
                        raise  # quicker than any person: the question is not yet noted as pending, the next look finds it

    def _type(self, play: Play, case: Doc) -> int:
        """Type what is required and empty; gives how many were typed."""
        clerk, count = self._person("clerk"), 0
        for f in _fields(case):
            if f["required"] and f["status"] == "empty":
                value = play.typed.get(f["key"]) or _example(f)
                clerk.set_field(case["id"], f["key"], value, "original_seen" if f["locked"] else "")
                count += 1
        return count

    def _hand_in(self, case: Doc) -> None:
        """One material is deferred and one promised where that is allowed; the rest is scanned."""
        clerk = self._person("clerk")
        missing = [m for m in case["materials"] if m["status"] in ("missing", "waiting")]
        taken = {m["status"] for m in case["materials"]}
        defer = next((m["code"] for m in missing if m["deferrable"]), "")
        promise = next((m["code"] for m in missing if m["promise_allowed"] and not m["deferrable"]), "")
        ways = {
            "defer": defer if "deferred" not in taken else "",
            "promise": promise if "promised" not in taken else "",
        }
        for m in missing:
            way = next((name for name, code in ways.items() if code == m["code"]), "")
            if way:
                clerk.material_way(case["id"], m["code"], way, "申请人自愿并承诺")
            else:
                clerk.upload(case["id"], m["code"], f"{m['name'][:40]}.pdf", "application/pdf", SCAN)

    # --- in the departments --------------------------------------------------------------------------------------------

    def _see_to_its_end(self, case_id: str) -> None:
        """Departments with a system decide by themselves; for the others a reviewer does what the inbox offers."""
        end, clerk = time.monotonic() + self._office.seconds, self._person("clerk")
        while (case := clerk.case(case_id))["state"] != "archived":
            if time.monotonic() > end:
                states = {item["code"]: item["state"] for item in case["items"]}
                raise Stuck(f"the case is {case['state']} after {self._office.seconds:.0f} s: {states}")
            open_items = [item for item in case["items"] if item["state"] not in ("approved", "completed", "delivered")]
            for item in open_items:
                if item["paused"] == PAYMENT:
                    self._pay(item)
            for department in {item["department"] for item in open_items} & set(self._office.reviewers):
                self._review(department, case["case_no"])
            self._until_it_moves(case)

    def _until_it_moves(self, case: Doc) -> None:
        """Wait until the case is not as it was seen: its feed costs the hub a tenth of the whole case, and of the inboxes beside it."""
        clerk, end = self._person("clerk"), time.monotonic() + LOOK_ANYWAY_SECONDS
        while time.monotonic() < end:
            time.sleep(self._office.look_every_seconds)
            if clerk.feed(case["id"], case["feed_no"])["rows"]:
                return

    def _pay(self, item: Doc) -> None:
        """The applicant pays where the department says; paying again changes nothing there. Raises Stuck where nobody takes money."""
        server = self._office.servers.get(item["department"])
        if server is None:
            raise Stuck(f"{item['code']} waits for a payment, and {item['department']} has no server to pay at")
        paid = httpx2.post(f"{server}/_pay", json={"item_no": item["item_no"]}, trust_env=False, timeout=30)
        paid.raise_for_status()

    def _review(self, department: str, case_no: str) -> None:
        reviewer = self._reviewer(department)
        for row in _of_case(reviewer, case_no):
            if row["kind"] != "handover":
                continue
            entry = reviewer.inbox_entry(row["id"])
            offered = {action["code"] for action in entry["actions"]}
            step = next((step for step in STEPS if step in offered), "")
            if step:
                reviewer.inbox_act(row["id"], step)

    # --- people --------------------------------------------------------------------------------------------------------

    def _reviewer(self, department: str) -> YijianClient:
        if department not in self._office.reviewers:
            raise Stuck(f"nobody sits at the inbox of {department}")
        return self._person(self._office.reviewers[department])

    def _person(self, name: str) -> YijianClient:
        if name not in self._people:
            if name not in self._wires:  # whoever could not log in comes again
                self._wires[name] = httpx2.Client(trust_env=False, timeout=120)
            client = YijianClient(self._office.hub_url, self._wires[name])
            client.login(name, self._office.password)
            self._people[name] = client
        return self._people[name]


def _parties(play: Play, roles: list[Doc]) -> dict[str, dict[str, str]]:
    """The applicant in the first role that can be proven, the others in theirs."""
    provable = [role for role in roles if role["proofs"]]
    numbers = {provable[0]["code"]: play.applicant, **play.others}
    return {
        role["code"]: {
            "identifier": numbers[role["code"]],
            "proof": role["proofs"][0]["code"],
            "name": play.name_of(numbers[role["code"]]),
            "phone": "13800000000",
        }
        for role in provable
        if role["code"] in numbers
    }


def _fields(case: Doc) -> Iterator[Doc]:
    for group in case["groups"]:
        yield from group["fields"]


def _of_case(reviewer: YijianClient, case_no: str) -> list[Doc]:
    return [row for row in reviewer.inbox()["rows"] if row["case_no"] == case_no]


def _example(f: Doc) -> str:
    """What somebody would write there. Raises Stuck for a field of the dictionary without an example."""
    if f["example"]:
        return str(f["example"])
    if f["options"]:
        return str(f["options"][0]["code"])
    if f["type"] == "date":
        return SHOWN_DAY
    raise Stuck(f"{f['key']} ({f['title']}) must be typed, and its entry of the dictionary has no example")
