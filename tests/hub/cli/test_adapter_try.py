"""`yijian adapter try`: raw answer → path → what stood there → rule → value or reason; values of persons only from a sample of the folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hub.cli import main
from tests.catalog.conftest import XIXIA

Command = Callable[..., Result]

FLEET = """<?xml version="1.0" encoding="UTF-8"?><DLYSXY lsh="L7" jg="000"><YH tydm="91411323MA9YJ0024T" mc="示例运输有限公司" cls="2">
<CL hphm="豫R99001" zzl="12000" dj="三" jyz="20270230"/></YH></DLYSXY>"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIJIAN_FOLDER", str(tmp_path / "hub"))
    monkeypatch.setenv("YIJIAN_SITE", str(XIXIA))

    def run(*words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(main, ["adapter", "try", *words])
        assert done.exit_code == code, done.output
        return done

    return run


@pytest.fixture
def fleet(tmp_path: Path) -> str:
    (tmp_path / "fleet.xml").write_text(FLEET, encoding="utf-8")
    return str(tmp_path / "fleet.xml")


def steps(done: Result) -> dict[str, dict[str, Any]]:
    return {step["about"]: step for step in json.loads(done.output)["steps"]}


def test_each_step_of_an_answer_is_shown_with_its_reason(command: Command, fleet: str) -> None:
    found = steps(command("transport", "fleet", "--answer", fleet, "--json", code=1))
    assert (found["(result)"]["came"], found["(echo)"]["came"]) == ("found", "the same")
    assert (found["fleet_size"]["stood"], found["fleet_size"]["state"]) == ("9", "value")
    grade, until = found["vehicles[0].technical_grade"], found["vehicles[0].inspected_until"]
    assert (grade["path"], grade["came"], grade["state"]) == ("$.@dj", "code_list:inline", "unusable")
    assert (until["rule"], until["came"]) == ("as yyyymmdd", "yyyymmdd")
    assert found["vehicles[0].vehicle_model"]["state"] == "missing"


def test_the_first_broken_rule_is_the_outcome_and_each_has_its_advice(command: Command, fleet: str) -> None:
    told = json.loads(command("transport", "fleet", "--answer", fleet, "--json", code=1).output)
    assert told["outcome"]["result"] == "unusable" and told["outcome"]["field"].startswith("vehicles[0].")
    assert any("list" in sentence for sentence in told["advice"]) and len(told["advice"]) == 2


def test_an_answer_from_elsewhere_is_shown_by_its_shape_alone(command: Command, fleet: str) -> None:
    told = command("transport", "fleet", "--answer", fleet, code=1).output
    assert "某某某某某某某某" in told and "示例" not in told and "91411323" not in told and "99001" not in told


def test_only_the_field_that_is_asked_for_is_shown(command: Command, fleet: str) -> None:
    found = steps(command("transport", "fleet", "--answer", fleet, "--field", "fleet_size", "--json"))
    assert set(found) == {"(result)", "(record)", "(echo)", "fleet_size"}


def test_an_answer_about_somebody_else_is_seen(command: Command, fleet: str) -> None:
    done = command("transport", "fleet", "--answer", fleet, "--subject", "uscc=91411323MA9EXM1K6U", "--json", code=1)
    assert steps(done)["(echo)"]["came"] == "other_subject"


def test_an_answer_that_cannot_be_parsed_says_why(command: Command, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html><p>系统维护", encoding="utf-8")
    done = command("transport", "fleet", "--answer", str(tmp_path / "page.html"), code=1)
    assert "rule xml" in done.output and "a page of a proxy" in done.output


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("transport", "fleets"), "it answers: "),
        (("transports", "fleet"), "The site has no department 'transports'; it has: "),
        (("transport", "fleet", "--ask"), "--case NO --purpose MATTER"),
        (("transport", "fleet", "--subject", "x"), "key=value"),
    ],
)
def test_what_cannot_be_shown_says_what_to_give(command: Command, words: tuple[str, ...], advice: str) -> None:
    done = CliRunner().invoke(main, ["adapter", "try", *words])
    assert done.exit_code != 0 and advice in str(done.exception)


def test_a_sample_of_the_folder_is_shown_as_it_is(command: Command) -> None:
    told = command("transport", "fleet").output
    assert "transport.fleet from fleet-found.json\n" in told and "masked" not in told and "示例" in told


def test_a_dropped_file_is_read_as_the_hub_would_take_it_in(command: Command) -> None:
    done = command("real-estate", "deed", "--answer", str(XIXIA / "departments/real-estate/samples/bdcqz_20261119.csv"), "--json")  # fmt: skip
    found = steps(done)
    assert (found["(file)"]["stood"], found["(file)"]["came"]) == ("2 rows", "0 refused")
    assert (
        found["deed_number"]["state"] == found["owners"]["state"] == "value" and not json.loads(done.output)["masked"]
    )


def test_rows_that_would_be_refused_are_named_with_their_line_and_not_shown(command: Command, tmp_path: Path) -> None:
    sample = XIXIA / "departments/real-estate/samples/bdcqz_20261119.csv"
    spoilt = sample.read_bytes().replace(b"320.50", b"320.5x")
    (tmp_path / sample.name).write_bytes(spoilt)
    told = command("real-estate", "deed", "--answer", str(tmp_path / sample.name)).output
    assert "1 refused" in told and "row refused" in told and "320.5x" not in told and "values masked" in told
