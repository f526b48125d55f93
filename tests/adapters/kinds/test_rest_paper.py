"""A mapping is held against the department's OpenAPI paper: each way in which they can differ is a sentence before anybody is asked."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path

import pytest
import yaml

from adapters.contract import Misconfigured
from adapters.kinds.documents import Documents
from adapters.kinds.rest_paper import unread
from tests.adapters.kinds.making import connected

PAPER = """
openapi: 3.0.3
info: {title: 测试局接口, version: "1"}
servers: [{url: "http://127.0.0.1:8000/kf"}]
paths:
  /ry/{zjh}:
    get:
      parameters:
        - {name: zjh, in: path, required: true, schema: {type: string}}
        - {name: X-Bh, in: header, required: true, schema: {type: string}}
        - {name: yh, in: query, schema: {type: integer}}
      responses: {"200": {description: 好, content: {application/json: {schema: {$ref: "#/components/schemas/Xy"}}}}}
  /sq:
    post:
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Sq"}}}}
      responses: {"200": {description: 好, content: {application/json: {schema: {$ref: "#/components/schemas/Hz"}}}}}
components:
  schemas:
    Xy:
      type: object
      properties:
        m: {type: string}
        sj: {type: object, properties: {xm: {type: string}, gj: {type: string}, lb: {type: array, items: {type: object, properties: {mc: {type: string}}}}}}
        bw: {type: string}
    Sq:
      type: object
      required: [lsh, nr]
      properties: {lsh: {type: string}, nr: {type: object, required: [mc], properties: {mc: {type: string}, cl: {type: array, items: {type: object, properties: {xh: {type: integer}}}}}}}
    Hz: {type: object, properties: {m: {type: string}, slh: {type: string}}}
"""
TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "rest"
[wire]
base = "/kf"
[wire.documents]
"kf.openapi.yaml" = "PIN"
[resources.r]
title = "测试"
share = "conditional"
subject = ["id_number"]
[resources.r.wire]
path = "/ry/{id_number}"
query = { yh = "1" }
headers = { X-Bh = "{request_id}" }
result = "$.m"
found = ["0"]
record = "$.sj"
echo = { id_number = "$.xm" }
[resources.r.fields]
owner_name = { path = "$.xm", when = { path = "$.gj", in = ["1"] } }
[resources.r.lists.owners]
path = "$.lb"
fields = { owner_name = "$.mc" }
[handles.permit.hand_over]
method = "POST"
path = "/sq"
result = "$.m"
taken = ["0"]
department_no = "$.slh"
[handles.permit.hand_over.body]
lsh = "{key}"
nr = { mc = "{form.a}", cl = { each = "attachments", row = { xh = { from = "{number}", as = "integer" } } } }
"""


def said(folder: Path, toml: str = TOML, paper: str = PAPER, name: str = "kf.openapi.yaml") -> list[str]:
    (folder / name).write_text(paper)
    text = toml.replace("kf.openapi.yaml", name).replace("PIN", hashlib.sha256(paper.encode()).hexdigest())

    async def check() -> list[str]:
        line = connected(text, "http://127.0.0.1:9", folder=folder)
        try:
            return [one for one in await line.check() if "nothing answers" not in one]
        finally:
            await line.close()

    return asyncio.run(check())


def test_a_mapping_that_agrees_with_its_paper_says_nothing(tmp_path: Path) -> None:
    assert said(tmp_path) == []


AS_JSON = json.dumps(yaml.safe_load(PAPER), ensure_ascii=False)


@pytest.mark.parametrize(
    ("name", "paper"),
    [
        ("swagger.verified.json", AS_JSON),
        ("接口.yml", PAPER),
        ("v2.yaml", "\ufeff" + PAPER.lstrip()),
        ("a.JSON", AS_JSON),
    ],
)
def test_a_paper_is_known_by_what_it_holds_whatever_its_name(tmp_path: Path, name: str, paper: str) -> None:
    (one,) = said(tmp_path, TOML.replace("/ry/{id_number}", "/rk/{id_number}"), paper, name)
    assert "no paper has GET /kf/rk/{id_number}" in one


def test_a_pinned_file_that_nothing_reads_is_named_and_one_that_a_paper_or_the_mapping_reads_is_not(
    tmp_path: Path,
) -> None:
    bodies = {
        "p.json": '{"swagger": "2.0", "paths": {"/a": {"$ref": "t.yaml#/a"}}}',
        "t.yaml": "a: 1",
        "mx.csv": "a,b",
        "x.yaml": "info: openapi",
    }
    for name, body in bodies.items():
        (tmp_path / name).write_text(body)
    pins = {name: hashlib.sha256(body.encode()).hexdigest() for name, body in bodies.items()}
    assert unread(Documents("d", tmp_path, pins), ["mx.csv"]) == ("x.yaml",)


@pytest.mark.parametrize(
    ("ours", "instead", "says"),
    [
        ('path = "/ry/{id_number}"', 'path = "/rk/{id_number}"', "no paper has GET /kf/rk/{id_number}"),
        ('path = "/ry/{id_number}"', 'path = "/ry/{id_number}"\nmethod = "POST"', "no paper has POST"),
        ('headers = { X-Bh = "{request_id}" }', "", "X-Bh is required as a header parameter"),
        ('query = { yh = "1" }', 'query = { ys = "1" }', "the paper has no parameter 'ys'"),
        ('result = "$.m"\nfound', 'result = "$.code"\nfound', "wire result: the paper has nothing at $.code"),
        ('record = "$.sj"', 'record = "$.shuju"', "record: the paper has nothing at $.shuju"),
        ('id_number = "$.xm"', 'id_number = "$.zjh"', "echo id_number: the paper has nothing at $.zjh"),
        ('path = "$.xm", when', 'path = "$.xingming", when', "owner_name: the paper has nothing at $.xingming"),
        ('path = "$.gj"', 'path = "$.guoji"', "owner_name when: the paper has nothing at $.guoji"),
        ('owner_name = "$.mc"', 'owner_name = "$.name"', "owners.owner_name: the paper has nothing at $.name"),
        ('department_no = "$.slh"', 'department_no = "$.no"', "department_no: the paper has nothing at $.no"),
        ('lsh = "{key}"', 'liushui = "{key}"', "body: the paper has no 'liushui'"),
        ('lsh = "{key}"', "", "'lsh' is required there"),
        ('{ mc = "{form.a}", cl', "{ cl", "body.nr: 'mc' is required there"),
        ("row = { xh", "row = { hao", "body.nr.cl: the paper has no 'hao'"),
    ],
)
def test_a_difference_is_a_sentence_that_names_the_place(tmp_path: Path, ours: str, instead: str, says: str) -> None:
    assert ours in TOML
    assert any(says in one for one in said(tmp_path, TOML.replace(ours, instead))), says


def test_what_stands_in_a_document_within_the_answer_is_not_in_the_paper_and_not_denied(tmp_path: Path) -> None:
    inner = TOML.replace('record = "$.sj"', 'record = "$.bw.sj"\ninside = { "$.bw" = "json" }')
    assert said(tmp_path, inner) == []


def test_a_paper_that_was_changed_is_a_sentence(tmp_path: Path) -> None:
    said(tmp_path)
    (tmp_path / "kf.openapi.yaml").write_text(PAPER + "\n")
    pin = hashlib.sha256(PAPER.encode()).hexdigest()

    async def check() -> list[str]:
        line = connected(TOML.replace("PIN", pin), "http://127.0.0.1:9", folder=tmp_path)
        try:
            return await line.check()
        finally:
            await line.close()

    assert any("kf.openapi.yaml was changed" in one for one in asyncio.run(check()))


@pytest.mark.parametrize(
    ("ours", "instead", "where"),
    [
        ('query = { yh = "1" }', 'query = { yh = "{secret.k}" }', "query"),
        ('headers = { X-Bh = "{request_id}" }', 'headers = { X-Bh = "{secret.k}" }', "headers"),
        ('lsh = "{key}"', 'lsh = "{secret.k}"', "body"),
        ('base = "/kf"', 'base = "/kf"\nheaders = { X-K = "{secret.k}" }', "headers"),
    ],
)
def test_a_secret_where_nothing_fills_it_is_refused_with_where_it_may_stand(
    ours: str, instead: str, where: str
) -> None:
    with pytest.raises(Misconfigured, match=rf"{where}: {{secret\.k}} is not filled here; secrets may stand in SOAP"):
        connected(TOML.replace(ours, instead), "http://127.0.0.1:9")
