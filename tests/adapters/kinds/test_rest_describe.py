"""An OpenAPI paper is read into operations, parameters and trees, and a sample made of it has exactly the places that it promises."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

import catalog
from adapters.contract import Misconfigured
from adapters.kinds.compared import Place
from adapters.kinds.paths import steps
from adapters.kinds.rest_describe import Body, Described, describe
from adapters.kinds.rest_paper import said_of
from adapters.kinds.rest_sample import sample, sample_body
from adapters.kinds.rest_schema import Shape, shape_of, walk

SITE = Path(catalog.__file__).parent / "sites" / "xixia" / "departments"
PAPERS = sorted(SITE.glob("*/*.openapi.yaml"))
PAPER = """
openapi: 3.1.0
info: {title: 测试局接口, version: 2026-11-20}
servers: [{url: "https://example.com/kf/v2/"}]
security: [{pz: []}]
paths:
  /ry/{zjh}/sb:
    parameters: [{name: zjh, in: path, schema: {type: string}}, {name: yh, in: query, schema: {type: integer}}]
    get:
      summary: 查参保
      parameters: [{name: yh, in: query, required: true, description: 页号, schema: {type: integer, minimum: 1}}]
      responses:
        200: {description: 好, content: {application/json: {schema: {$ref: "#/components/schemas/Xy"}}}}
        404: {description: 无}
  /sq:
    post:
      requestBody: {required: true, content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {xm: {type: string}}}}}}
      responses: {default: {description: 好, content: {application/xml: {schema: {$ref: "#/components/schemas/Hz"}}}}}
components:
  securitySchemes: {pz: {type: oauth2, flows: {clientCredentials: {tokenUrl: /lp/hq, scopes: {cx: 查询}}}}}
  schemas:
    Jc: {type: object, required: [m], properties: {m: {type: string, const: "0"}}}
    Xy:
      allOf: [{$ref: "#/components/schemas/Jc"}, {properties: {sj: {$ref: "#/components/schemas/Ry"}}}]
    Ry:
      type: [object, "null"]
      required: [xm]
      properties:
        xm: {type: string, description: 姓名}
        xb: {type: string, enum: ["1", "2"]}
        csrq: {type: string, format: date}
        sj: {type: array, items: {$ref: "#/components/schemas/Ry"}}
        dw: {oneOf: [{type: object, properties: {mc: {type: string}}}, {type: object, properties: {bm: {type: integer}}}]}
        bz: {anyOf: [{type: string}, {type: "null"}]}
    Hz:
      type: object
      xml: {name: HuiZhi}
      properties:
        hm: {type: string, xml: {attribute: true}}
        lb: {type: array, xml: {wrapped: true, name: Lb}, items: {type: string, xml: {name: Hang}}}
"""


def described(paper: str = PAPER) -> Described:
    return describe(paper.encode(), "x.openapi.yaml")


def places(shape: Shape | None) -> list[str]:
    assert shape is not None
    return [path for path, _ in walk(shape)]


def answer(paper: str = PAPER, at: int = 0) -> Shape:
    body = described(paper).operations[at].answer
    assert body is not None
    return body.shape


def test_an_operation_has_its_parameters_its_answers_and_its_credentials() -> None:
    found = described()
    one = found.operations[0]
    assert (found.title, found.version, found.base) == ("测试局接口", "2026-11-20", "/kf/v2")
    assert (one.method, one.path, one.title, one.security) == ("GET", "/ry/{zjh}/sb", "查参保", ("pz",))
    # What the operation says of a parameter goes before what its path says.
    assert [(p.name, p.place, p.required, p.shape.kind) for p in one.parameters] == [
        ("zjh", "path", True, "text"),
        ("yh", "query", True, "integer"),
    ]
    assert set(one.answers) == {"200", "404"} and one.answers["404"] is None
    assert (found.securities["pz"].kind, found.securities["pz"].token_path) == ("oauth2", "/lp/hq")


def test_the_tree_of_an_answer_has_types_words_and_what_is_required() -> None:
    by_path = dict(walk(answer()))
    assert by_path["$.m"].enumeration == ("0",) and by_path["$.m"].required
    assert by_path["$.sj"].nullable and not by_path["$.sj"].required
    assert (by_path["$.sj.xm"].description, by_path["$.sj.xm"].required) == ("姓名", True)
    assert by_path["$.sj.xb"].enumeration == ("1", "2") and by_path["$.sj.csrq"].format == "date"
    assert by_path["$.sj.bz"].kind == "text" and by_path["$.sj.bz"].nullable
    assert (by_path["$.sj.dw.mc"].alternative, by_path["$.sj.dw.bm"].alternative) == (1, 2)


def said(shape: Shape, path: str) -> str | None:
    return said_of(Body("application/json", True, shape), Place("x", path, (steps(path),)))


def test_a_circle_of_references_ends_and_what_is_below_is_not_denied() -> None:
    shape = answer()
    assert places(shape).count("$.sj.sj[0]") == 1
    assert said(shape, "$.sj.sj[0].sj[0].sj[0].xm") is None


def test_a_place_that_the_paper_has_not_does_not_stand() -> None:
    shape = answer()
    assert said(shape, "$.sj.dw.bm") == "" and "nothing at $.sj.xingming" in str(said(shape, "$.sj.xingming"))
    assert "m has nothing inside" in str(said(shape, "$.m.x"))
    assert "sj is a list, so say which" in str(said(shape, "$.sj.sj.xm"))
    assert "sj is no list, so take [0] out" in str(said(shape, "$.sj[0].xm"))


def test_of_one_of_several_tables_of_a_name_neither_denies_the_other() -> None:
    text = {"type": "string"}
    several = [
        {"type": "object", "properties": {"sj": {"type": "object", "properties": {"a": text}}}},
        {"type": "object", "properties": {"sj": {"type": "object", "properties": {"b": text}}}},
    ]
    shape = shape_of(lambda node: node, {"oneOf": several}, "")  # type: ignore[arg-type, return-value]
    assert said(shape, "$.sj.a") == "" and said(shape, "$.sj.b") is None and said(shape, "$.xx")


def test_a_body_of_xml_is_in_the_words_of_its_elements_and_attributes() -> None:
    assert places(answer(at=1)) == [
        "$",
        "$.HuiZhi",
        "$.HuiZhi.@hm",
        "$.HuiZhi.Lb",
        "$.HuiZhi.Lb.Hang",
        "$.HuiZhi.Lb.Hang[0]",
    ]
    assert described().operations[1].request is not None


def test_a_sample_has_the_first_alternative_one_row_and_the_words_of_its_lists() -> None:
    made = sample(answer())
    assert isinstance(made, dict) and made["m"] == "0"
    assert made["sj"]["xb"] == "1" and made["sj"]["csrq"] == "2026-03-05" and made["sj"]["dw"] == {"mc": "测试"}
    json.dumps(made)


@pytest.mark.parametrize(
    "pattern", ["^MZ[0-9]{3}$", r"^\d{4}年\d{1,2}月$", "^(是|否)$", r"^[^ab]x?$", "^[0-9]{17}[0-9X]$"]
)
def test_a_sample_keeps_a_pattern(pattern: str) -> None:
    assert re.search(pattern, str(sample(Shape("x", "text", pattern=pattern))))


def test_a_reference_may_lead_into_a_list_of_the_paper() -> None:
    parts = "allOf: [{properties: {xm: {type: string}}}]"
    found = described(
        f"openapi: 3.0.0\npaths: {{/a: {{get: {{responses: {{'200': {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/A/allOf/0'}}}}}}}}}}}}}}}}\ncomponents: {{schemas: {{A: {{{parts}}}}}}}"
    )
    body = found.operations[0].answer
    assert body is not None and places(body.shape) == ["$", "$.xm"]


def test_an_operation_is_found_whatever_its_parts_in_braces_are_called() -> None:
    found = described()
    assert found.operation("get", "/ry/{id_number}/sb") is found.operations[0]
    assert found.operation("POST", "/ry/{zjh}/sb") is None and found.operation("GET", "/ry/sb") is None


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)
def test_every_paper_of_the_site_is_read_and_its_samples_have_its_places(path: Path) -> None:
    for one in describe(path.read_bytes(), path.name).operations:
        assert one.answer is not None
        made = sample(one.answer.shape)
        assert isinstance(made, dict) and set(made) <= {child.name for child in one.answer.shape.children}
        assert sample_body(one.answer) is not None


@pytest.mark.parametrize(
    ("paper", "says"),
    [
        ("swagger: '2.0'", "describes no operation"),
        ("openapi: 4.0.0", "is OpenAPI 4.0.0"),
        ("openapi: 3.0.0\npaths: {}", "describes no operation"),
        ("- 1", "holds no table"),
        ("a: [", "neither JSON nor YAML"),
        (PAPER.replace("#/components/schemas/Xy", "#/components/schemas/Wu"), "#/components/schemas/Wu"),
        (PAPER.replace("#/components/schemas/Xy", "http://example.com/a.yaml#/Xy"), "put all into one file"),
        (PAPER.replace("{type: object, required: [m], properties: {m: {type: string, const: \"0\"}}}", '{$ref: "#/components/schemas/Jc"}'), "back to itself"),
    ],
)  # fmt: skip
def test_a_paper_that_cannot_be_read_is_a_sentence(paper: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(says)):
        [(one.answers, one.request) for one in described(paper).operations]


def test_a_reference_into_another_file_of_the_folder_is_followed_and_its_own_references_stay_there() -> None:
    other = {"Xy": {"properties": {"sj": {"$ref": "#/Ry"}}}, "Ry": {"properties": {"xm": {"type": "string"}}}}
    paper = PAPER.replace("#/components/schemas/Xy", "lx.yaml#/Xy")
    found = describe(paper.encode(), "x.yaml", lambda name: yaml.safe_dump(other).encode())
    body = found.operations[0].answer
    assert body is not None and places(body.shape) == ["$", "$.sj", "$.sj.xm"]


SWAGGER = """
swagger: "2.0"
info: {title: 测试局接口, version: "1"}
host: 127.0.0.1:8080
basePath: /kf
consumes: [application/json]
produces: ["*/*"]
securityDefinitions: {pz: {type: apiKey, in: header, name: X-Pz}, lp: {type: oauth2, flow: application, tokenUrl: /lp}}
parameters: {Yh: {name: yh, in: query, required: true, type: integer, description: 页号}}
responses: {Hao: {description: 好, schema: {$ref: "#/definitions/Xy"}, examples: {application/json: {m: "0"}}}}
paths:
  /ry/{zjh}:
    parameters: [{$ref: "#/parameters/Yh"}]
    get:
      summary: 查
      security: [{pz: []}]
      parameters: [{name: zjh, in: path, required: true, type: string}]
      responses: {"200": {$ref: "#/responses/Hao"}}
    post:
      parameters: [{name: b, in: body, required: true, schema: {$ref: "#/definitions/Sq"}}]
      responses: {"200": {description: 好}}
  /wj:
    post:
      parameters: [{name: mc, in: formData, type: string, required: true}, {name: wj, in: formData, type: file}]
      responses: {"200": {description: 好}}
definitions:
  Xy: {type: object, required: [m], properties: {m: {type: string}, lb: {type: array, items: {$ref: "#/definitions/Sq"}}}}
  Sq: {type: object, properties: {xm: {type: string, enum: [甲, 乙]}}}
"""


def test_swagger_2_is_read_as_well() -> None:
    found = described(SWAGGER)
    ask, send, upload = found.operations
    assert (found.base, found.securities["pz"].name, found.securities["lp"].token_path) == ("/kf", "X-Pz", "/lp")
    assert [(p.name, p.place, p.required, p.shape.kind) for p in ask.parameters] == [
        ("yh", "query", True, "integer"),
        ("zjh", "path", True, "text"),
    ]
    assert ask.answer is not None and ask.answer.examples == {"example": {"m": "0"}} and ask.security == ("pz",)
    assert places(ask.answer.shape) == ["$", "$.m", "$.lb", "$.lb[0]", "$.lb[0].xm"]
    # The paper forgot to say that its path has a part.
    assert [(p.name, p.place) for p in send.parameters][-1] == ("zjh", "path")
    assert send.request is not None and send.request.required and places(send.request.shape) == ["$", "$.xm"]
    assert upload.request is not None and upload.request.media_type == "multipart/form-data"
    assert [child.name for child in upload.request.shape.children if child.required] == ["mc"]


def test_a_tree_that_is_referred_to_twice_has_each_time_the_name_and_the_description_of_where_it_stands() -> None:
    paper = PAPER.replace(
        "        bz:",
        "        po: {$ref: '#/components/schemas/Dw', description: 配偶单位}\n        fq: {$ref: '#/components/schemas/Dw'}\n        bz:",
    )
    paper += "    Dw: {type: object, description: 单位, properties: {mc: {type: string}}}\n"
    found = dict(walk(answer(paper)))
    assert [found[path].description for path in ("$.sj.po", "$.sj.fq")] == ["配偶单位", "单位"]
    assert found["$.sj.po.mc"].kind == found["$.sj.fq.mc"].kind == "text"


@pytest.mark.parametrize("key", ["allOf", "oneOf", "anyOf", "properties"])
def test_a_paper_that_unfolds_without_end_is_cut(key: str) -> None:
    made = "{type: object, properties: {x: {type: string}}}"
    lines = [f"    A0: {made}"]
    for at in range(1, 24):
        eight = [f"{{$ref: '#/components/schemas/A{at - 1}', description: d}}"] * 8
        inside = ", ".join(f"p{n}: {one}" for n, one in enumerate(eight)) if key == "properties" else ", ".join(eight)
        lines.append(
            f"    A{at}: {{type: object, {key}: {'{' + inside + '}' if key == 'properties' else '[' + inside + ']'}}}"
        )
    shape = answer(PAPER.replace("#/components/schemas/Xy", "#/components/schemas/A23") + "\n".join(lines))
    assert shape.kind in ("object", "any")


def test_a_paper_in_yaml_has_the_names_and_words_of_the_wire_and_not_those_of_yaml_1_1() -> None:
    paper = """
openapi: 3.0.3
info: {title: t, version: 1}
x-shared: &shared {type: string}
paths:
  /q:
    get:
      parameters:
        - {name: t, in: query, schema: {type: string}, example: 12:30:00}
      responses:
        200:
          description: a
          content:
            application/json:
              schema:
                type: object
                properties:
                  on: {type: string, enum: [NO, Yes, y], example: NO}
                  off: {<<: *shared, example: 0012}
                  no: {type: string, example: 2026-11-29}
                  1: {type: integer, example: 0x1F}
                  ja: {type: boolean, example: true}
                  f: {type: number, example: 1.50}
"""
    (one,) = described(paper).operations
    assert one.answer is not None and one.parameters[0].shape.example == "12:30:00" and "200" in one.statuses
    said = {child.name: (child.enumeration, child.example) for child in one.answer.shape.children}
    assert said == {
        "on": (("NO", "Yes", "y"), "NO"), "off": ((), "0012"), "no": ((), "2026-11-29"), "1": ((), 31), "ja": ((), True), "f": ((), 1.5),
    }  # fmt: skip


@pytest.mark.parametrize("broken", ["? [a, b]\n: c", "a: b: c", "a: !!python/object/apply:os.getcwd []", "- a"])
def test_a_paper_that_is_no_table_of_names_is_refused(broken: str) -> None:
    with pytest.raises(Misconfigured):
        described(broken)
