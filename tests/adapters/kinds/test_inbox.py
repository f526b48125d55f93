"""Inbox: a department without a system is a store and a promise, never a silence."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.connect import Connected, Ports, connect_inbox
from adapters.contract import (
    Found,
    Misconfigured,
    PeerRefused,
    PeerUnreachable,
    Pending,
    Stop,
    Unavailable,
    UpstreamResult,
)
from tests.adapters.kinds.far_side import far_side, says
from tests.adapters.kinds.making import INBOX_DUE, NOW, PORTS, Store, connected, department_of, handover, query

TOML = """
[department]
code = "d"
name = "测试委"
uscc = "11411323MB00009009"
kind = "inbox"
[resources.r]
title = "报告"
share = "conditional"
subject = ["uscc"]
fields = { hygiene_report_number = "hygiene_report_number" }
[handles.permit]
"""


def test_a_question_is_noted_and_pending_with_its_due_time() -> None:
    store = Store()
    line = connected(TOML, "", ports=type(PORTS)(clock=PORTS.clock, inbox=store))
    assert line.answers is not None
    (resource,) = department_of(TOML)[1].values()
    outcome = asyncio.run(line.answers.answer(query(resource, {"uscc": "x"}, request_id="R1")))
    assert outcome == Pending("T1", INBOX_DUE) and store.noted == [("question", "R1")]


def test_item_cases_stops_and_upstream_results_wait_at_the_inbox() -> None:
    store = Store()
    line = connected(TOML, "", ports=type(PORTS)(clock=PORTS.clock, inbox=store))
    assert line.handles is not None
    handles = line.handles

    async def run() -> str:
        taken = await handles.hand_over(handover("permit", {}, key="H"))
        await handles.stop(Stop("S", "n", taken.department_no, "撤回", "permit"))
        await handles.supply(UpstreamResult("U", "n", taken.department_no, "other", "结果", "X", None, NOW, "permit"))
        return taken.department_no

    assert asyncio.run(run()) == "N1" and store.noted == [("d", "H"), ("d", "S"), ("d", "U")]


def test_an_inbox_without_its_store_is_told_at_once() -> None:
    with pytest.raises(Misconfigured, match="inbox store"):
        connected(TOML, "")


# --- a department with a system, some of it at the inbox ------------------------------------------------------------------

MIXED = """
[department]
code = "d"
name = "测试委"
uscc = "11411323MB00009009"
kind = "rest"
[resources.register]
title = "登记簿"
share = "conditional"
subject = ["uscc"]
fields = { enterprise_name = "$.mc" }
wire = { path = "/djb/{uscc}" }
[resources.report]
title = "报告"
share = "conditional"
subject = ["uscc"]
way = "inbox"
fields = { hygiene_report_number = "hygiene_report_number" }
[handles.permit.hand_over]
method = "POST"
path = "/sq"
body = { lsh = "{item_no}" }
department_no = "$.no"
[handles.filing]
way = "inbox"
"""


def ports(store: Store) -> Ports:
    return Ports(clock=PORTS.clock, inbox=store)


def test_a_question_of_one_resource_waits_for_a_person_while_another_is_asked_over_the_wire() -> None:
    store = Store()

    async def run() -> tuple[object, object]:
        async with far_side(says({"mc": "示例民宿"})) as side:
            line = connected(MIXED, side.address, ports=ports(store))
            assert line.answers is not None
            resources = department_of(MIXED)[1]
            register = await line.answers.answer(query(resources["d.register"], {"uscc": "x"}))
            report = await line.answers.answer(query(resources["d.report"], {"uscc": "x"}, request_id="R1"))
            await line.close()
            return register, report

    register, report = asyncio.run(run())
    assert isinstance(register, Found) and report == Pending("T1", INBOX_DUE) and store.noted == [("question", "R1")]


def test_an_item_at_the_inbox_never_reaches_the_wire_and_the_other_does() -> None:
    store = Store()

    async def run() -> tuple[str, str, int]:
        async with far_side(says({"no": "W1"})) as side:
            line = connected(MIXED, side.address, ports=ports(store))
            assert line.handles is not None
            wire = await line.handles.hand_over(handover("permit", {}))
            inbox = await line.handles.hand_over(handover("filing", {}, key="H"))
            await line.handles.stop(Stop("S", "n", inbox.department_no, "撤回", "filing"))
            await line.close()
            return wire.department_no, inbox.department_no, len(side.came)

    assert asyncio.run(run()) == ("W1", "N1", 1) and store.noted == [("d", "H"), ("d", "S")]


def refused(text: str, match: str) -> None:
    with pytest.raises(Misconfigured, match=match):
        connected(text, "http://127.0.0.1:1", ports=ports(Store()))


def test_a_way_beside_a_wire_of_its_own_is_refused() -> None:
    refused(MIXED + 'hand_over = { path = "/x" }\n', "stands alone")
    refused(MIXED.replace('way = "inbox"\nfields', 'way = "inbox"\nwire = { path = "/x" }\nfields'), "neither wire")


def test_another_way_than_the_inbox_is_refused() -> None:
    refused(MIXED.replace('[handles.filing]\nway = "inbox"', '[handles.filing]\nway = "fax"'), "stands alone")


def test_an_item_that_no_way_takes_is_refused_in_words() -> None:
    text = MIXED.replace("[handles.permit.hand_over]", "[resources.register.unused]")
    line = connected(text, "http://127.0.0.1:1", ports=ports(Store()))
    assert line.handles is not None
    with pytest.raises(PeerRefused, match="by telephone"):
        asyncio.run(line.handles.hand_over(handover("permit", {})))


FILES = """
[department]
code = "d"
name = "测试委"
uscc = "11411323MB00009009"
kind = "filedrop"
[wire]
control = { file = "wjm", rows = "hs", sha256 = "zy", produced_on = "rq" }
[wire.files.f]
pattern = "f_{yyyymmdd}.csv"
columns = ["XM"]
[handles.filing]
"""


def test_item_cases_of_a_file_drop_go_by_file_or_to_the_inbox(tmp_path: Path) -> None:
    def drop(text: str) -> Connected:
        both = Ports(clock=PORTS.clock, inbox=Store(), on_batch=lambda _: None, replica_folder=tmp_path)
        return connected(text, "", ports=both, drop=tmp_path)

    with pytest.raises(Misconfigured, match=r'write way = "inbox" there'):
        drop(FILES)
    line = drop(FILES + 'way = "inbox"\n')
    assert line.collects is not None and line.handles is not None
    assert asyncio.run(line.handles.hand_over(handover("filing", {}))).department_no == "N1"
    by_file = '[handles.permit.hand_over]\nname = "{key}.csv"\ncolumns = { NO = "{item_no}" }\n'
    both = drop(FILES.replace("[wire]", '[wire]\noutgoing = { folder = "xf" }') + 'way = "inbox"\n' + by_file)
    assert both.handles is not None
    asyncio.run(both.handles.hand_over(handover("permit", {}, key="k1")))
    asyncio.run(both.handles.hand_over(handover("filing", {}, key="k2")))
    assert sorted(place.name for place in (tmp_path / "xf").glob("k*")) == ["k1.csv", "k1.ok"]


# --- a system that nobody has connected yet --------------------------------------------------------------------------------


def test_persons_work_at_the_inbox_before_their_system_is_connected() -> None:
    department, resources = department_of(MIXED)
    line = connect_inbox(department, resources.values(), ports(Store()))
    assert line is not None and line.answers is not None and line.handles is not None
    asked = [line.answers.answer(query(resource, {"uscc": "x"})) for resource in resources.values()]
    outcomes = {type(asyncio.run(one)) for one in asked}  # type: ignore[arg-type]
    assert outcomes == {Pending, Unavailable} and "not connected" in asyncio.run(line.check())[0]


def test_an_item_case_for_a_system_that_is_not_connected_waits() -> None:
    department, resources = department_of(MIXED)
    line = connect_inbox(department, resources.values(), ports(Store()))
    assert line is not None and line.handles is not None
    with pytest.raises(PeerUnreachable, match="not connected"):
        asyncio.run(line.handles.hand_over(handover("permit", {})))


def test_a_department_without_an_inbox_has_nothing_before_it_is_connected() -> None:
    department, resources = department_of(FILES.split("[handles")[0])
    assert connect_inbox(department, resources.values(), ports(Store())) is None
