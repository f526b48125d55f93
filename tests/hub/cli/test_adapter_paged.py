"""`yijian adapter try` and `record` with an answer in pages: whom it is about is found in it, and half an answer is called so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.cli import main

Command = Callable[..., Result]
TOML = """
[department]
code = "city-library"
name = "示例图书馆"
uscc = ""
kind = "rest"
phone = ""
max_in_flight = 4
[resources.cards]
title = "借书证"
share = "conditional"
subject = ["id_number"]
timeout_seconds = 5
[resources.cards.wire]
path = "/dzk/{id_number}"
query = { ym = "{page}", ts = "{page_size}" }
result = "$.fhm"
found = ["0"]
record = "$.sj.lb"
paging = { by = "page", rows = "$.sj.lb", size = 20, total = "$.zs" }
echo = { id_number = "$.sfzh" }
[resources.cards.fields]
name = "$.xm"
"""
NUMBER = "411323199003079914"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    folder = tmp_path / "site" / "departments" / "city-library"
    (folder / "samples").mkdir(parents=True)
    (folder / "department.toml").write_text(TOML, encoding="utf-8")
    monkeypatch.setenv("YIJIAN_FOLDER", str(tmp_path / "hub"))
    monkeypatch.setenv("YIJIAN_SITE", str(tmp_path / "site"))

    def run(*words: str, zs: object = 1, sfzh: str = NUMBER, code: int = 0) -> Result:
        tree = {"fhm": "0", "zs": zs, "sj": {"lb": [{"sfzh": sfzh, "xm": "测试甲"}]}}
        answer = folder / "samples" / "cards.answer.json"
        answer.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
        given = ("--name", "found", "--answer", str(answer)) if words[0] == "record" else ()
        done = CliRunner().invoke(main, ["adapter", words[0], "city-library", "cards", *given, *words[1:]])
        assert done.exit_code == code, (done.output, done.exception)
        return done

    return run


def steps(done: Result) -> dict[str, str]:
    return {step["about"]: step["came"] for step in json.loads(done.output)["steps"]}


def test_a_page_is_tried_about_whom_it_is(command: Command) -> None:
    found = steps(command("try", "--json"))
    assert found == {"(result)": "found", "(record)": "one", "(echo)": "the same", "name": "测试甲"}


def test_a_page_about_somebody_else_than_was_said_is_shown_with_its_steps(command: Command) -> None:
    found = steps(command("try", "--json", "--subject", "id_number=411323198811029937", code=1))
    assert (found["(echo)"], found["name"]) == ("other_subject", "测试甲")


@pytest.mark.parametrize(("zs", "says"), [("viele", "paging's total"), (2, "a further page follows")])
def test_a_page_that_is_not_the_whole_answer_is_shown_and_says_why(command: Command, zs: object, says: str) -> None:
    done = command("try", zs=zs, code=1)
    assert says in done.output and "测试甲" in done.output


def test_a_page_is_recorded_without_saying_whom_it_is_about(command: Command) -> None:
    assert "cards-found.json is written (found)" in command("record").output


@pytest.mark.parametrize(("zs", "sfzh", "says"), [(1, "", "give --subject"), (2, NUMBER, "not whole")])
def test_what_is_no_whole_answer_about_somebody_is_not_recorded(command: Command, zs: int, sfzh: str, says: str) -> None:  # fmt: skip
    done = command("record", zs=zs, sfzh=sfzh, code=1)
    assert says in str(done.exception) and "parsed" not in str(done.exception)
