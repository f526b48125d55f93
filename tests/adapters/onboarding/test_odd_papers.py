"""Papers in OpenAPI as strangers write them: each shape that once made a draft fail its own check. All of them are made up."""

from __future__ import annotations

import asyncio
import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.connect import Connection, Ports, connect
from adapters.contract import Misconfigured
from adapters.kinds.documents import Documents
from adapters.kinds.rest_sample import sample
from adapters.kinds.rest_schema import shape_of
from adapters.kinds.templates import Writing, fill
from adapters.onboarding import folder, from_openapi
from adapters.onboarding.folder import write
from adapters.onboarding.rehearsal import NoInbox, play
from adapters.proving.stand_ins import StandIns
from catalog.parsing_supply import department_of, resources_of
from catalog.schema import DEPARTMENT
from catalog.shapes import fit
from catalog.types import FieldDefinition, FieldType

OWN = {"uscc": FieldDefinition("uscc", "统一社会信用代码", FieldType.USCC)}
OBJECT = {"type": "object", "properties": {"tyshxydm": {"type": "string"}}}
ANSWER = {"200": {"description": "a", "content": {"application/json": {"schema": OBJECT}}}}


def now() -> datetime:
    return datetime(2026, 11, 28, tzinfo=UTC)


def operation(schema: object = None, kind: str = "application/json", **more: object) -> dict[str, object]:
    body = {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}} if schema else {}
    return {"operationId": "Q", "responses": ANSWER, **body, **more}


def answering(schema: object, kind: str = "application/json", **more: object) -> dict[str, object]:
    said = {"200": {"description": "a", "content": {kind: {"schema": schema, **more}}}}
    return {"operationId": "Q", "responses": said}


def drafted(tmp_path: Path, more: dict[str, object] | None = None, **paths: object) -> tuple[Path, list[str]]:
    """The department's folder, and all that is wrong with it: with its mapping, its samples, or against its own paper."""
    paper = {
        "openapi": "3.0.3",
        "info": {"title": "Odd", "version": "1"},
        "paths": {f"/{name}": {"post": one} for name, one in paths.items()},
        **(more or {}),
    }
    (tmp_path / "odd.openapi.json").write_text(json.dumps(paper), "utf-8")
    folder = write(
        tmp_path / "departments" / "odd", "示例局", from_openapi.draft(tmp_path / "odd.openapi.json"), OWN
    ).folder
    manifest, faults = fit(DEPARTMENT, tomllib.loads((folder / "department.toml").read_text("utf-8")))
    assert isinstance(manifest, dict) and not faults
    department, resources = department_of("odd", manifest, "411323", tmp_path), resources_of("odd", manifest)
    wrong = [one.trouble for one in asyncio.run(play(department, resources, OWN, now)) if one.trouble]
    connected = connect(
        department, resources, Connection("http://127.0.0.1:1", StandIns()), Ports(now, inbox=NoInbox())
    )
    found = asyncio.run(connected.checks[1]())
    asyncio.run(connected.close())
    return folder, wrong + found


def call(folder: Path) -> dict[str, object]:
    return dict(tomllib.loads((folder / "department.toml").read_text("utf-8"))["resources"]["q"]["wire"])


ODD: dict[str, object] = {
    "a list of tables of which nothing is said": {"type": "object", "required": ["rows"], "properties": {"rows": {"type": "array", "items": {"type": "object"}}}},
    "a table of which nothing is said": {"type": "object", "required": ["meta"], "properties": {"meta": {"type": "object"}}},
    "an example that holds JSON": {"type": "object", "properties": {"a": {"type": "string", "example": '{ "keep": false }'}}},
    "an example that holds a variable of a tool": {"type": "object", "properties": {"a": {"type": "string", "example": "{{id}}"}}},
    "names that are words of the mapping language": {"type": "object", "required": ["from", "when"], "properties": {"from": {"type": "string"}, "when": {"type": "string"}, "each": {"type": "array", "items": {"type": "object", "properties": {"from": {"type": "string"}}}}}},
    "a list and no table": {"type": "array", "items": {"type": "string"}},
    "an open table": {"type": "object", "additionalProperties": True},
    "a list of words of which the first is none": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "enum": ["", "1"]}}},
    "two ways to say it": {"oneOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}, {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}}]},
}  # fmt: skip


@pytest.mark.parametrize("what", ODD)
def test_a_draft_passes_its_own_check_whatever_its_request_is(tmp_path: Path, what: str) -> None:
    _, wrong = drafted(tmp_path, q=operation(ODD[what]))
    assert wrong == []


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/xml"])
def test_a_body_is_sent_in_the_form_that_the_paper_wants(tmp_path: Path, kind: str) -> None:
    folder, wrong = drafted(tmp_path, q=operation(OBJECT, kind))
    assert wrong == [] and call(folder)["send"] == ("form" if "form" in kind else "xml")


def test_one_answer_in_xml_does_not_make_the_whole_department_speak_it(tmp_path: Path) -> None:
    folder, wrong = drafted(tmp_path, q=answering(OBJECT, "application/xml"), other=operation(OBJECT))
    assert wrong == [] and call(folder)["format"] == "xml"


@pytest.mark.parametrize("schema", [{"type": "array", "items": {"type": "string"}}, {"type": "string"}, {}])
def test_an_answer_in_which_no_record_stands_is_said_and_has_no_sample(tmp_path: Path, schema: object) -> None:
    folder, wrong = drafted(tmp_path, q=answering(schema))
    assert wrong == [] and not list(folder.glob("samples/*"))
    assert "a mapping reads nothing from it" in (folder / "department.toml").read_text("utf-8")


def test_an_example_without_a_row_gives_way_to_the_schema(tmp_path: Path) -> None:
    folder, wrong = drafted(tmp_path, q=answering({"type": "array", "items": OBJECT}, example=[]))
    assert wrong == [] and len(json.loads((folder / "samples" / "q.answer.json").read_bytes())) == 1


def test_a_body_that_nobody_writes_is_said_and_its_operation_left_out(tmp_path: Path) -> None:
    folder, wrong = drafted(tmp_path, q=operation(OBJECT), cbor=operation({"type": "string"}, "application/cbor"))
    assert wrong == [] and "application/cbor, which is not written here" in (folder / "department.toml").read_text(
        "utf-8"
    )


def test_only_the_operations_that_are_wanted_are_read(tmp_path: Path) -> None:
    broken = operation({"$ref": "#/components/schemas/Wu"}) | {"operationId": "Broken"}
    paper = {"openapi": "3.0.3", "paths": {"/a": {"post": operation(OBJECT)}, "/b": {"post": broken}}}
    (tmp_path / "two.json").write_text(json.dumps(paper), "utf-8")
    assert [one.name for one in from_openapi.draft(tmp_path / "two.json", ("Q",)).operations] == ["Q"]


@pytest.mark.parametrize("word", ["Broken", "Br*", "POST /b", "* /b"])
def test_an_operation_is_wanted_by_its_name_by_its_path_or_by_a_part_of_either(tmp_path: Path, word: str) -> None:
    paper = {
        "openapi": "3.0.3",
        "paths": {"/a": {"post": operation(OBJECT)}, "/b": {"post": operation(OBJECT) | {"operationId": "Broken"}}},
    }
    (tmp_path / "two.json").write_text(json.dumps(paper), "utf-8")
    assert [one.name for one in from_openapi.draft(tmp_path / "two.json", (word,)).operations] == ["Broken"]


def test_a_paper_whose_manifest_no_catalog_reads_is_refused_with_the_way_to_take_a_part(tmp_path: Path) -> None:
    paths = {f"/a{at}": {"post": operation(OBJECT) | {"operationId": f"TakeIt{at}"}} for at in range(3)}
    (tmp_path / "many.json").write_text(json.dumps({"openapi": "3.0.3", "paths": paths}), "utf-8")
    with (
        pytest.raises(Misconfigured, match=r"3 operations make .* --only 'Take\*'.*TakeIt0, TakeIt1"),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(folder, "LARGEST_MANIFEST", 1000)
        write(tmp_path / "subjects", "", from_openapi.draft(tmp_path / "many.json"), {})


def test_a_circle_is_cut_and_what_stands_above_it_is_whole(tmp_path: Path) -> None:
    one = {"type": "object", "properties": {"xm": {"type": "string"}, "next": {"$ref": "#/components/schemas/Two"}}}
    two = {"type": "object", "properties": {"bh": {"type": "string"}, "back": {"$ref": "#/components/schemas/One"}}}
    paths = {
        "/a": {"get": answering({"$ref": "#/components/schemas/One"})},
        "/b": {"get": answering({"$ref": "#/components/schemas/Two"})},
    }
    paper = {"openapi": "3.0.3", "paths": paths, "components": {"schemas": {"One": one, "Two": two}}}
    (tmp_path / "x.openapi.json").write_text(json.dumps(paper), "utf-8")
    found = from_openapi.draft(tmp_path / "x.openapi.json").operations
    assert [".".join(place.path) for place in found[0].answer] == ["xm", "next.bh"]
    assert [".".join(place.path) for place in found[1].answer] == ["bh", "back.xm"]


def test_a_template_writes_names_and_texts_that_look_like_its_own_words() -> None:
    template = {"=from": "{a}", "=when": '{"a": {"b": "{a}"}, "c": false}', "==x": "1"}
    filled = fill(template, {"a": "示例"}, Writing(Documents("odd", Path(), {}), "here"))
    assert filled == {"from": "示例", "when": '{"a": {"b": "示例"}, "c": false}', "=x": "1"}


PERSON = {"type": "object", "required": ["lx", "xm"], "properties": {"lx": {"type": "string"}, "xm": {"type": "string"}, "csrq": {"type": "string", "format": "date"}}}  # fmt: skip
FIRM = {"type": "object", "required": ["lx", "mc"], "properties": {"lx": {"type": "string"}, "mc": {"type": "string"}}}
EITHER = {"oneOf": [{"$ref": "#/components/schemas/Ren"}, {"$ref": "#/components/schemas/Qy"}], "discriminator": {"propertyName": "lx", "mapping": {"1": "#/components/schemas/Ren"}}}  # fmt: skip
PARTS = {"components": {"schemas": {"Ren": PERSON, "Qy": FIRM}}}


def test_of_a_body_that_is_one_of_several_every_alternative_is_named_with_a_sample(tmp_path: Path) -> None:
    how = {"type": "object", "properties": {"how": EITHER}}
    folder, wrong = drafted(tmp_path, PARTS, q=operation(EITHER), r=operation(how))
    told = (folder / "department.toml").read_text("utf-8")
    assert wrong == [] and told.count('lx = "1"') == 2
    assert told.count('# one of: xm + csrq, mc\n# or: mc = "测试"\nxm = ') == 1
    assert told.count('# at most one of: xm + csrq, mc\n# or: mc = "测试"\nxm = ') == 1


def test_a_place_that_tells_alternatives_apart_says_the_schemas_name_where_no_list_says_more() -> None:
    other = {**EITHER, "oneOf": list(reversed(EITHER["oneOf"]))}  # type: ignore[call-overload]
    shape = shape_of(lambda one: {"Ren": PERSON, "Qy": FIRM}.get(str(one.get("$ref"))[-3:].strip("/"), one), other, "")  # type: ignore[attr-defined]
    assert shape.children[0].enumeration == ("Qy", "1") and sample(shape) == {"lx": "Qy", "mc": "测试"}


@pytest.mark.parametrize("example", [{"a": "1", "b": "2"}, {"a": {"@lx": {"b": "1"}}}, {"a": [{"b": "1"}, {"b": "2"}]}])
def test_an_example_of_json_where_the_answer_is_xml_gives_way_to_the_schema(tmp_path: Path, example: object) -> None:
    folder, wrong = drafted(tmp_path, q=answering(OBJECT, "application/xml", example=example))
    assert wrong == [] and "tyshxydm" in (folder / "samples" / "q.answer.xml").read_text("utf-8")


@pytest.mark.parametrize("undo", [":undo", ""])
def test_two_calls_of_one_address_are_told_apart_by_what_follows_the_braces_or_by_the_request(
    tmp_path: Path, undo: str
) -> None:
    own = {"name": "x", "in": "query", "required": True, "schema": {"type": "string"}}
    paths = {"a/{b}": operation(), f"a/{{c}}{undo}": operation() | {"operationId": "Undo", "parameters": [own]}}
    for one, name in (("a/{b}", "b"), (f"a/{{c}}{undo}", "c")):
        said = [
            *paths[one].get("parameters", []),
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}},
        ]  # type: ignore[misc]
        paths[one] = {**paths[one], "parameters": said}
    _, wrong = drafted(tmp_path, **paths)
    assert wrong == []


def test_a_parameter_of_several_values_that_may_be_left_out_is_offered_and_each_value_is_sent(tmp_path: Path) -> None:
    several = {"name": "tyshxydm", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
    folder, wrong = drafted(tmp_path, q=operation(parameters=[several]))
    offered = '# ? tyshxydm = ["{uscc}"]'
    manifest = folder / "department.toml"
    assert not wrong and offered in manifest.read_text("utf-8")
    text = manifest.read_text("utf-8").replace(offered, 'tyshxydm = ["1", "2"]')
    assert tomllib.loads(text)["resources"]["q"]["wire"]["query"] == {"tyshxydm": ["1", "2"]}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"style": "deepObject", "explode": True}, {"filter[tyshxydm]": "{uscc}", "filter[nd]": "2026"}),
        ({}, {"tyshxydm": "{uscc}", "nd": "2026"}),
    ],
    ids=("deepObject", "form"),
)
def test_a_table_in_the_query_is_the_words_that_its_style_writes(
    tmp_path: Path, how: dict[str, object], words: dict[str, str]
) -> None:
    inside = {"tyshxydm": {"type": "string"}, "nd": {"type": "integer", "example": 2026}, "sub": {"type": "object"}}
    table = {"type": "object", "required": ["tyshxydm", "nd"], "properties": inside}
    folder, wrong = drafted(
        tmp_path, q=operation(parameters=[{"name": "filter", "in": "query", "required": True, "schema": table, **how}])
    )
    assert not wrong and call(folder)["query"] == words


def test_a_table_in_a_table_of_the_query_is_asked_for_by_the_words_of_both(tmp_path: Path) -> None:
    owner = {"type": "object", "required": ["tyshxydm"], "properties": {"tyshxydm": {"type": "string"}}}
    table = {"type": "object", "required": ["owner"], "properties": {"owner": owner}}
    asked = {"name": "filter", "in": "query", "required": True, "style": "deepObject", "schema": table}
    folder, wrong = drafted(tmp_path, q=operation(parameters=[asked]))
    assert not wrong and call(folder)["query"] == {"filter[owner][tyshxydm]": "{uscc}"}


@pytest.mark.parametrize(
    ("how", "between"),
    [
        ({"explode": False}, ","),
        ({"style": "pipeDelimited", "explode": False}, "|"),
        ({"style": "spaceDelimited"}, " "),
        ({"explode": True}, ""),
    ],
)
def test_a_list_that_is_written_as_one_value_is_no_word_that_is_sent_several_times(
    tmp_path: Path, how: dict[str, object], between: str
) -> None:
    several = {"name": "zt", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}, **how}
    folder, wrong = drafted(tmp_path, q=operation(parameters=[several]))
    text = (folder / "department.toml").read_text("utf-8")
    assert not wrong and ("each sent under this name" in text) is (not between)
    assert (f"with {between!r} between them" in text) is bool(between)


def test_tokens_from_another_place_than_the_answers_are_told_with_the_option_that_a_connection_needs(
    tmp_path: Path,
) -> None:
    flows = {"clientCredentials": {"tokenUrl": "https://login.example/oauth/token", "scopes": {}}}
    paper = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://dogs.example/api"}],
        "components": {"securitySchemes": {"o": {"type": "oauth2", "flows": flows}}},
        "security": [{"o": []}],
        "paths": {"/q": {"get": operation()}},
    }
    said = []
    for token in ("https://login.example/oauth/token", "https://dogs.example/oauth/token", "/oauth/token"):
        flows["clientCredentials"]["tokenUrl"] = token
        (tmp_path / "p.json").write_text(json.dumps(paper), "utf-8")
        said.append(from_openapi.draft(tmp_path / "p.json").doubts)
    assert 'token_address = "https://login.example"' in said[0][0] and said[1:] == [(), ()]
