"""The program log: one JSON object a line, with trace, case and department, and without anybody's facts, whoever wrote the line."""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.simulators import population
from hub import trace
from hub.errors import HubError
from hub.wiring.program_log import configure
from tests.support.spilled import ProgramLog, astray, spilled

NUMBER, PHONE, OLD, SHOP = "411323199001019918", "13912345678", "411323900101991", "92411323MA9YJ0016X"
CASE = "41132320261120000001"

Told = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def told() -> Told:
    """The lines so far."""
    out = io.StringIO()
    configure("INFO", "hub-7", out)
    return lambda: [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_says_where_it_belongs(told: Told) -> None:
    with trace.span("work", case=CASE, department="health"):
        structlog.get_logger("x").info("handed_over", tries=1)
        here = trace.here()
    (line,) = told()
    assert here and line["trace_id"] == here.trace_id
    assert (line["case"], line["department"], line["node"], line["tries"]) == (CASE, "health", "hub-7", 1)


def test_numbers_of_persons_are_masked_however_deep_they_lie(told: Told) -> None:
    structlog.get_logger("x").info(
        "odd", a={NUMBER: [{"b": (f"电话{PHONE}，", int(PHONE))}]}, c={OLD}, d=object, e=SHOP
    )
    text = json.dumps(told(), ensure_ascii=False)
    assert not [value for value in (NUMBER, PHONE, OLD, SHOP) if value in text] and text.count("•••") == 5


def test_ids_digests_and_case_numbers_are_left_alone(told: Told) -> None:
    kept = {
        "case": CASE,
        "item": f"{CASE}-01",
        "digest": "1391234567812345" * 4,
        "id": "01939123-4567-7139-8123-456781391234",
    }
    structlog.get_logger("x").info("plain", **kept)
    (line,) = told()
    assert {name: line[name] for name in kept} == kept


def test_lines_of_libraries_and_warnings_go_through_the_same_mask(told: Told) -> None:
    logging.getLogger("uvicorn.error").error("client said %s", NUMBER)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"call {PHONE}", stacklevel=1)
    lines = told()
    assert [line["logger"] for line in lines] == ["uvicorn.error", "py.warnings"]
    assert "•••" in lines[0]["event"] and "•••" in lines[1]["event"]


def test_an_exception_of_somebody_elses_is_told_by_kind_and_place_alone(told: Told) -> None:
    try:
        raise KeyError("测试甲")
    except KeyError:
        structlog.get_logger("x").exception("work_broken")
        logging.getLogger("uvicorn.error").exception("in the application")
    for line in told():
        assert line["exception"][0]["kind"] == "KeyError" and "test_program_log.py" in line["exception"][0]["at"][0]
        assert "测试甲" not in json.dumps(line, ensure_ascii=False)


def test_our_own_errors_are_quoted_with_what_caused_them(told: Told) -> None:
    try:
        try:
            raise ValueError("测试乙")
        except ValueError as e:
            raise HubError("Make room on the disk.", code="DISK_REFUSED") from e
    except HubError:
        structlog.get_logger("x").exception("refused")
    own, cause = told()[0]["exception"]
    assert (own["code"], own["says"]) == ("DISK_REFUSED", "Make room on the disk.")
    assert cause["kind"] == "ValueError" and "says" not in cause


def test_what_ends_the_process_is_one_line_too(told: Told) -> None:
    sys.excepthook(RuntimeError, RuntimeError("测试丙"), None)
    (line,) = told()
    assert (line["event"], line["level"]) == ("process_ended", "critical") and "测试丙" not in str(line)


def test_a_spilled_value_would_be_found_after_a_story(tmp_path: Path) -> None:
    person = population.PEOPLE[0]
    log = ProgramLog(tmp_path / "hub.out")
    log.file.write_text(f'{{"event": "good", "trace_id": "{"ab" * 16}"}}\n{{"event": "half')
    assert spilled(log.more()) == []
    with log.file.open("a") as file:
        file.write(f' a line", "note": "给{person.name}的"}}\n{{"event": "x", "a": ["{person.id_number}"]}}\n')
    text = log.more()
    assert spilled(text) == ["half a line", "x"] and log.more() == ""
    assert len(astray('{"event": "question", "case": "1", "trace_id": "t"}')) == 1


def test_a_full_disk_below_the_log_costs_a_line_and_not_the_work() -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    configure("INFO", "hub-7", Full())
    structlog.get_logger("x").warning("presence_not_noted", code="STORE_UNAVAILABLE")
