"""A paper that answers in pages gets a proposal that works once its mark is taken away; what only counts is never taken for a fact."""

from __future__ import annotations

import asyncio
import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.contract import Found
from adapters.onboarding import from_openapi
from adapters.onboarding.folder import Written, write
from adapters.onboarding.played import Played
from adapters.onboarding.rehearsal import play
from catalog.parsing_supply import department_of, resources_of
from catalog.schema import DEPARTMENT
from catalog.shapes import fit
from catalog.types import FieldDefinition, FieldType

DICTIONARY = {
    name: FieldDefinition(name, title, type_)
    for name, title, type_ in (
        ("id_number", "公民身份号码", FieldType.ID_NUMBER),
        ("name", "姓名", FieldType.TEXT),
        ("sex", "性别", FieldType.TEXT),
        ("family_size", "家庭人口数", FieldType.INTEGER),
    )
}
ROW = {"sfzh": {"type": "string", "description": "公民身份号码"}, "xm": {"type": "string", "description": "姓名"}}
INTEGER = {"type": "integer"}
Words = dict[str, dict[str, object]]


def paper(asked: Words, counted: Words) -> dict[str, object]:
    rows = {"type": "array", "items": {"type": "object", "properties": ROW}}
    answer = {"type": "object", "properties": {"sj": {"type": "object", "properties": {"lb": rows, **counted}}}}
    said = {"200": {"description": "a", "content": {"application/json": {"schema": answer}}}}
    about = {"name": "sfzh", "in": "query", "required": True, "schema": {"type": "string"}, "description": "身份证号"}
    more = [
        {"name": name, "in": "query", "schema": one, "description": one.get("title", "")} for name, one in asked.items()
    ]
    return {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/q": {"get": {"operationId": "Q", "parameters": [about, *more], "responses": said}}},
    }


def written(tmp_path: Path, asked: Words, counted: Words, example: object = None) -> Written:
    said = paper(asked, counted)
    if example is not None:
        said["paths"]["/q"]["get"]["responses"]["200"]["content"]["application/json"]["example"] = example  # type: ignore[index]
    (tmp_path / "p.json").write_text(json.dumps(said), "utf-8")
    return write(tmp_path / "departments" / "d", "示例馆", from_openapi.draft(tmp_path / "p.json"), DICTIONARY)


def drafted(tmp_path: Path, asked: Words, counted: Words) -> Path:
    return written(tmp_path, asked, counted).folder


def played(folder: Path, text: str) -> Played:
    manifest, faults = fit(DEPARTMENT, tomllib.loads(text))
    assert isinstance(manifest, dict) and not faults
    department = department_of("d", manifest, "411323", folder.parent.parent)
    clock = datetime(2026, 11, 28, tzinfo=UTC)
    (one,) = asyncio.run(play(department, resources_of("d", manifest), DICTIONARY, lambda: clock))
    return one


def meant(text: str, words: dict[str, str]) -> str:
    """The draft as a person leaves it who follows the proposal."""
    lines = text.replace("# ? paging", "paging").splitlines()
    found = [next((f'{name} = "{{{word}}}"' for name, word in words.items() if line.startswith(f"{name} = ")), line) for line in lines]  # fmt: skip
    return "\n".join(found)


PAPERS: dict[str, tuple[Words, Words, str, dict[str, str]]] = {
    "page and size": (
        {"page": INTEGER, "size": {"type": "integer", "default": 10}},
        {"total": INTEGER, "next": {"type": "string"}, "size": INTEGER},
        '{ by = "page", rows = "$.sj.lb", size = 10, total = "$.sj.total" }',
        {"page": "page", "size": "page_size"},
    ),
    "pages from nought": (
        {"pageNum": {"type": "integer", "default": 0}, "pageSize": INTEGER},
        {"totalElements": INTEGER},
        '{ by = "page", rows = "$.sj.lb", size = 20, first = 0, total = "$.sj.totalElements" }',
        {"pageNum": "page", "pageSize": "page_size"},
    ),
    "offset and limit": (
        {"offset": INTEGER, "limit": INTEGER},
        {},
        '{ by = "offset", rows = "$.sj.lb", size = 20 }',
        {"offset": "offset", "limit": "page_size"},
    ),
    "a page that says whether there is another": (
        {"page": INTEGER, "size": INTEGER},
        {"hasNextPage": {"type": "boolean"}},
        '{ by = "page", rows = "$.sj.lb", size = 20, more = "$.sj.hasNextPage" }',
        {"page": "page", "size": "page_size"},
    ),
    "a page that says whether it is the last": (
        {"page": INTEGER, "size": INTEGER},
        {"c": {"type": "string", "enum": ["0", "1"], "title": "是否末页"}},
        '{ by = "page", rows = "$.sj.lb", size = 20, last = "$.sj.c" }',
        {"page": "page", "size": "page_size"},
    ),
    "a cursor": (
        {"cursor": {"type": "string"}},
        {"nextCursor": {"type": "string"}},
        '{ by = "cursor", rows = "$.sj.lb", next = "$.sj.nextCursor" }',
        {"cursor": "cursor"},
    ),
    "initials": (
        {"dqym": {"type": "string"}, "myts": {"type": "string"}},
        {"zts": INTEGER},
        '{ by = "page", rows = "$.sj.lb", size = 20, total = "$.sj.zts" }',
        {"dqym": "page", "myts": "page_size"},
    ),
    "Chinese remarks": (
        {"a": INTEGER | {"title": "页码"}, "b": INTEGER | {"title": "每页条数"}},
        {"c": INTEGER | {"title": "总条数"}},
        '{ by = "page", rows = "$.sj.lb", size = 20, total = "$.sj.c" }',
        {"a": "page", "b": "page_size"},
    ),
}


@pytest.mark.parametrize("how", PAPERS)
def test_a_paper_that_pages_gets_a_proposal_that_works_once_it_is_meant(tmp_path: Path, how: str) -> None:
    asked, counted, proposal, words = PAPERS[how]
    folder = drafted(tmp_path, asked, counted)
    text = (folder / "department.toml").read_text("utf-8")
    assert f"# ? paging = {proposal}  #" in text and "family_size" not in text
    assert isinstance(played(folder, text).outcome, Found)
    one = played(folder, meant(text, words))
    assert not one.trouble and isinstance(one.outcome, Found)


def test_an_example_that_counts_other_rows_than_it_shows_makes_a_sample_that_agrees_and_is_told(tmp_path: Path) -> None:
    rows = [{"sfzh": f"{at}", "xm": f"示例{at}"} for at in range(3)]
    made = written(tmp_path, {"page": INTEGER, "size": {"type": "integer", "default": 2}}, {"total": INTEGER}, {"sj": {"lb": rows, "total": 42}})  # fmt: skip
    assert any("counts 42 at $.sj.total and shows 3 rows" in doubt for doubt in made.doubts)
    text = (made.folder / "department.toml").read_text("utf-8")
    assert "# Note: the paper's example counts 42" in text
    one = played(made.folder, meant(text, {"page": "page", "size": "page_size"}))
    assert not one.trouble and isinstance(one.outcome, Found)


def test_what_lies_outside_of_the_rows_is_offered_as_no_field(tmp_path: Path) -> None:
    folder = drafted(
        tmp_path, {"page": INTEGER}, {"total": INTEGER, "bz": {"type": "string"}, "xb": {"type": "string"}}
    )
    fields = (folder / "department.toml").read_text("utf-8").partition("[resources.q.fields]")[2]
    assert "total" not in fields and "# ? =" not in fields and "bz" not in fields
    assert "# Outside of the record, where no path from it leads: $.sj.xb  perhaps sex" in fields


@pytest.mark.parametrize(
    "asked",
    [{"limit": INTEGER}, {"page": INTEGER | {"title": "户口簿类型"}}, {"start": {"type": "string", "format": "date"}}],
)
def test_a_paper_that_does_not_page_gets_no_proposal(tmp_path: Path, asked: Words) -> None:
    assert "paging" not in (drafted(tmp_path, asked, {}) / "department.toml").read_text("utf-8")
