"""The commands of departments: from a paper to a department that is well, with exit codes that say so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner, Result

from adapters.onboarding.manifest import SAMPLE, UNTITLED
from catalog.loading import load
from hub.cli import main
from hub.errors import BadInput, NotThere
from tests.adapters.proving.test_stand_ins import wsdl
from tests.catalog.conftest import copied
from tests.house.source import ROOT

Command = Callable[..., Result]
PAPER = """
openapi: 3.0.3
info: {title: 测试局接口, version: "1"}
servers: [{url: "https://ignored.example/api"}]
components:
  securitySchemes: {t: {type: http, scheme: bearer}}
security: [{t: []}]
paths:
  /zt/{tyshxydm}:
    get:
      operationId: ZtCx
      summary: 主体查询
      parameters:
        - {name: tyshxydm, in: path, required: true, description: 统一社会信用代码, schema: {type: string}}
      responses:
        "200":
          description: 答复
          content:
            application/json:
              schema:
                type: object
                properties:
                  fhm: {type: string, description: 返回码}
                  sj:
                    type: object
                    properties:
                      fddbrxm: {type: string, description: 法定代表人姓名}
                      bz: {type: string, description: 备注}
        "404": {description: 查无此主体}
"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIJIAN_FOLDER", str(tmp_path / "hub"))
    monkeypatch.setenv("YIJIAN_SITE", str(copied("small", tmp_path)))
    (tmp_path / "zt.yaml").write_text(PAPER, "utf-8")

    def run(*words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(main, ["adapter", *words])
        assert done.exit_code == code, done.output
        return done

    return run


@pytest.fixture
def made(command: Command, tmp_path: Path) -> Path:
    command("new", "subjects", "--openapi", str(tmp_path / "zt.yaml"), "--title", "测试局")
    return tmp_path / "small" / "departments" / "subjects" / "department.toml"


def states(done: Result) -> dict[str, str]:
    (department,) = json.loads(done.output)
    return {finding["about"]: finding["state"] for finding in department["findings"]}


def test_a_new_department_is_well_but_for_the_person_who_reviews_it(command: Command, made: Path) -> None:
    found = states(command("check", "subjects", "--json"))
    assert found == {
        "catalog": "ok", "review": "look", "papers": "ok", "mapping": "ok", "connection": "look", "credentials": "untried", "expiry": "untried", "probe": "untried",
    }  # fmt: skip
    assert 'subject = ["uscc"]' in made.read_text("utf-8")


def test_it_answers_over_the_wire_as_its_papers_say(command: Command, made: Path) -> None:
    found = states(command("check", "subjects", "--simulated", "--json"))
    assert found["answers"] == found["probe"] == found["credentials"] == "ok"


def test_a_paper_that_was_changed_must_be_looked_at(command: Command, made: Path) -> None:
    (made.parent / "zt.yaml").write_text(PAPER.replace("备注", "说明"), "utf-8")
    found = states(command("check", "subjects", "--json", code=1))
    assert found["papers"] == "mend"


@pytest.mark.parametrize("simulated", [(), ("--simulated",)])
def test_a_changed_wsdl_is_one_mistake_and_what_depends_on_it_was_not_tried(
    command: Command, tmp_path: Path, simulated: tuple[str, ...]
) -> None:
    paper = tmp_path / "cx.wsdl"
    paper.write_text(wsdl('<x:element name="XH" type="x:string"/>'), "utf-8")
    command("new", "subjects", "--wsdl", str(paper), "--title", "测试局")
    copy = tmp_path / "small" / "departments" / "subjects" / paper.name
    copy.write_text(paper.read_text("utf-8") + "<!-- -->", "utf-8")
    told = command("check", "subjects", *simulated, code=1).output
    assert told.count("MEND") == 1 and "MEND  papers: departments/subjects/department.toml:" in told
    assert "skip  mapping: what is to be mended under papers keeps it from being tried" in told


def test_a_mapping_that_names_no_operation_is_one_mistake(command: Command, tmp_path: Path) -> None:
    (tmp_path / "cx.wsdl").write_text(wsdl('<x:element name="XH" type="x:string"/>'), "utf-8")
    command("new", "subjects", "--wsdl", str(tmp_path / "cx.wsdl"), "--title", "测试局")
    manifest = tmp_path / "small" / "departments" / "subjects" / "department.toml"
    manifest.write_text(manifest.read_text("utf-8").replace('operation = "Cx"', 'operation = "Xc"'), "utf-8")
    told = command("check", "subjects", "--simulated", code=1).output
    assert told.count("MEND") == 1 and "skip  answers: what is to be mended under mapping" in told


def test_what_cannot_be_drafted_leaves_nothing_behind(command: Command, tmp_path: Path) -> None:
    (tmp_path / "cx.wsdl").write_text(wsdl('<x:element name="XH" type="x:unheard"/>'), "utf-8")
    before = sorted((tmp_path / "small").rglob("*"))
    command("new", "subjects", "--wsdl", str(tmp_path / "cx.wsdl"), code=1)
    assert sorted((tmp_path / "small").rglob("*")) == before


def test_a_pinned_file_that_nothing_reads_is_not_said_to_be_well(command: Command, made: Path) -> None:
    (made.parent / "zt.yaml").write_text("{}", "utf-8")
    text = re.sub(r'"?zt.yaml"? = "\w+"', f'"zt.yaml" = "{sha256(b"{}").hexdigest()}"', made.read_text("utf-8"))
    made.write_text(text, "utf-8")
    assert states(command("check", "subjects", "--json"))["papers"] == "look"


def test_a_pinned_schema_that_could_be_no_openapi_is_only_watched_for_changes(command: Command, made: Path) -> None:
    (made.parent / "zt.xsd").write_text("<x/>", "utf-8")
    pin = f'[wire.documents]\n"zt.xsd" = "{sha256(b"<x/>").hexdigest()}"'
    made.write_text(made.read_text("utf-8").replace("[wire.documents]", pin), "utf-8")
    assert "ok    papers: 2 pinned, none changed" in command("check", "subjects").output


def test_of_a_manifest_that_is_no_toml_no_paper_is_well_and_a_chinese_key_is_to_be_quoted(
    command: Command, made: Path
) -> None:
    made.write_text(made.read_text("utf-8") + '\n备注 = "x"\n', "utf-8")
    for simulated in ((), ("--simulated",)):
        told = command("check", "subjects", *simulated, code=1).output
        assert "ok    papers" not in told and "skip  papers: not looked at: department.toml is no TOML" in told
        assert "put the key in straight quotes" in told and told.count("MEND") == 1


def test_a_sample_whose_resource_was_renamed_is_named(command: Command, made: Path) -> None:
    made.write_text(made.read_text("utf-8").replace("[resources.zt-cx", "[resources.zt-xx"), "utf-8")
    told = command("check", "subjects").output
    assert "look  mapping: nothing reads samples/zt-cx.answer.json: no resource has that name; it has zt-xx" in told
    samples = made.parent / "samples"
    assert f"→ mv {samples}/zt-cx.answer.json {samples}/zt-xx.answer.json" in told


def test_a_path_that_the_sample_has_not_must_be_mended(command: Command, made: Path) -> None:
    made.write_text(made.read_text("utf-8").replace('record = "$.sj"', 'record = "$.xx"'), "utf-8")
    done = command("check", "subjects", code=1)
    line = next(at for at, one in enumerate(made.read_text("utf-8").splitlines(), 1) if "$.xx" in one)
    place = f"departments/subjects/department.toml:{line}"
    assert (
        f"MEND  mapping: {place}: [resources.subjects.zt-cx] wire record: the paper has nothing at $.xx" in done.output
    )
    assert "the nearest is" not in done.output and done.output.count("MEND") == 1


def test_a_field_that_no_paper_promises_and_no_sample_fills_is_named(command: Command, made: Path) -> None:
    indent = " " * 20
    paper = PAPER.replace(f"{indent}properties:", f"{indent}additionalProperties: true\n{indent}properties:")
    (made.parent / "zt.yaml").write_text(paper, "utf-8")
    pin = f'"zt.yaml" = "{sha256(paper.encode()).hexdigest()}"'
    text = re.sub(r'"?zt.yaml"? = "\w+"', pin, made.read_text("utf-8"))
    made.write_text(
        text.replace("[resources.zt-cx.fields]", '[resources.zt-cx.fields]\nmobile_phone = "$.dhh"'), "utf-8"
    )
    told = command("check", "subjects", code=1).output
    assert "skip  mapping: its papers say nothing" in told and "zt-cx mobile_phone ($.dhh)" in told


def test_a_reviewed_resource_without_a_connection_must_be_mended(command: Command, made: Path) -> None:
    reviewed = made.read_text("utf-8").replace('share = "withheld"', 'share = "conditional"')
    made.write_text("".join(line for line in reviewed.splitlines(True) if not line.startswith("proposed")), "utf-8")
    assert states(command("check", "subjects", "--json", code=1))["connection"] == "mend"


def test_a_secret_that_ends_soon_is_spoken_of_and_one_that_lacks_must_be_mended(
    command: Command, made: Path, tmp_path: Path
) -> None:
    (tmp_path / "hub").mkdir()
    connections = '[departments.subjects]\naddress = "http://127.0.0.1:9"\nexpires = { token = 2020-01-01 }\n'
    (tmp_path / "hub" / "connections.toml").write_text(connections)
    found = states(command("check", "subjects", "--json", code=1))
    assert found["credentials"] == found["expiry"] == found["probe"] == "mend"


def test_a_username_token_is_proven_by_the_stand_in_and_not_tried_where_nobody_answers(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "cx.wsdl").write_text(wsdl('<x:element name="XH" type="x:string"/>'), "utf-8")
    command("new", "subjects", "--wsdl", str(tmp_path / "cx.wsdl"), "--title", "测试局")
    made = tmp_path / "small" / "departments" / "subjects" / "department.toml"
    declared = '[wire]\nsecurity = { username_token = "digest", user = "account" }\n'
    made.write_text(made.read_text("utf-8").replace("[wire]\n", declared, 1), "utf-8")
    proven = command("check", "subjects", "--simulated").output
    assert "credentials: let in with 'account' and 'password', and not without" in proven
    (tmp_path / "hub").mkdir()
    secrets = 'secrets = { account = "a", password = "b" }\n'
    connections = f'[departments.subjects]\naddress = "http://127.0.0.1:9"\n{secrets}'
    (tmp_path / "hub" / "connections.toml").write_text(connections)
    told = command("check", "subjects", code=1).output
    assert "credentials: account, password there, but not tried: nobody answered" in told


def test_a_department_that_is_not_there_is_named(command: Command, made: Path) -> None:
    done = command("check", "nobody", code=1)
    assert isinstance(done.exception, NotThere) and "subjects" in str(done.exception)


def test_two_papers_at_once_are_refused(command: Command, tmp_path: Path) -> None:
    paper = str(tmp_path / "zt.yaml")
    done = command("new", "subjects", "--openapi", paper, "--sample", paper, code=1)
    assert isinstance(done.exception, BadInput) and done.exception.code == "PAPERS_UNUSABLE"


def test_only_the_operations_that_are_wanted_are_drafted(command: Command, tmp_path: Path) -> None:
    paper = str(tmp_path / "zt.yaml")
    done = command("new", "subjects", "--openapi", paper, "--only", "Nichts", code=1)
    assert isinstance(done.exception, BadInput) and "ZtCx" in str(done.exception)
    command("new", "subjects", "--openapi", paper, "--only", "ZtCx")


def test_a_reviewed_question_that_would_ask_about_the_same_for_everybody_must_be_mended(
    command: Command, made: Path
) -> None:
    text = made.read_text("utf-8").replace('path = "/zt/{uscc}"', 'path = "/zt/1"')
    made.write_text(text.replace("proposed = true", ""), "utf-8")
    told = command("check", "subjects", "--simulated", code=1).output
    assert "MEND  review: subjects.zt-cx asks the same whoever it is about: write {uscc} into its path" in told
    assert "look  review: no echo nor request_echo" in told


def test_a_reviewed_resource_that_no_grant_names_is_said_to_answer_nobody(command: Command, made: Path) -> None:
    text = made.read_text("utf-8").replace('share = "withheld"', 'share = "conditional"')
    made.write_text(text.replace("proposed = true", ""), "utf-8")
    told = command("check", "subjects", code=1).output  # it is not connected either
    assert "look  review: no grant names resource subjects.zt-cx: nobody may ask it" in told
    assert f"→ $EDITOR {made.parents[2] / 'grants' / 'subjects.toml'}" in told


def test_a_line_that_is_still_marked_as_a_sample_must_be_mended_once_its_resource_is_reviewed(
    command: Command, made: Path
) -> None:
    text = made.read_text("utf-8") + f'\n[resources.zt-cx.wire.query]\npage = "1"  # ? {SAMPLE}; may be left out.\n'
    made.write_text(text, "utf-8")
    assert "still sends sample" not in command("check", "subjects", code=1).output  # only that the paper has no page
    made.write_text(text.replace("proposed = true", ""), "utf-8")
    told = command("check", "subjects", code=1).output
    assert f"MEND  review: the request still sends sample values: line {len(text.splitlines())} (marked" in told


def test_a_title_that_was_only_proposed_must_be_written_once_its_resource_is_reviewed(
    command: Command, made: Path
) -> None:
    text = made.read_text("utf-8").replace("share =", f"# ? {UNTITLED}\nshare =", 1)
    made.write_text(text, "utf-8")
    assert "only proposed:" not in command("check", "subjects").output
    made.write_text(text.replace("proposed = true", ""), "utf-8")
    at = next(number for number, line in enumerate(text.splitlines(), 1) if UNTITLED in line)
    told = command("check", "subjects", code=1).output
    assert f"MEND  review: clerks read a title that is only proposed: line {at};" in told


def test_a_declared_404_and_the_words_of_sharing_are_proposed(made: Path) -> None:
    text = made.read_text("utf-8")
    assert '# ? not_found_status = ["404"]' in text and "conditional 有条件" in text


def test_the_answer_that_was_written_with_the_folder_is_shown(command: Command, made: Path) -> None:
    assert "subjects.zt-cx from zt-cx.answer.json\n" in command("try", "subjects", "zt-cx").output


def test_a_file_drop_is_asked_of_its_replica_and_its_first_file_is_only_awaited(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "ry_20261101.csv").write_text("身份证号,姓名\r\n411323199003079914,测试甲\r\n", "utf-8")
    command("new", "rolls", "--sample", str(tmp_path / "ry_20261101.csv"), "--title", "测试名册局")
    assert states(command("check", "rolls", "--simulated", "--json"))["answers"] == "ok"
    (tmp_path / "drop").mkdir()
    (tmp_path / "hub").mkdir(exist_ok=True)
    (tmp_path / "hub" / "connections.toml").write_text(f'[departments.rolls]\nfolder = "{tmp_path / "drop"}"\n')
    assert states(command("check", "rolls", "--json"))["files"] == "look"


def test_the_new_fact_that_the_page_shows_is_taken_by_the_catalog(command: Command, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "adapters.md").read_text("utf-8")
    fact = page[page.index("[dog_licence_number]") :].partition("```")[0]
    (tmp_path / "small" / "dictionary").mkdir(exist_ok=True)
    (tmp_path / "small" / "dictionary" / "dogs.toml").write_text(dedent(f"   {fact}"), "utf-8")
    loaded = load(tmp_path / "small")
    assert not loaded.mismatches and loaded.site.dictionary["dog_licence_number"].title == "养犬登记证号"


MISTAKES = {
    "a word of the request": ('path = "/zt/{uscc}"', 'path = "/zt/{usc}"', "{usc} is no known word", "the nearest is uscc"),
    "a key of the wire": ('method = "GET"', 'methode = "GET"', "methode is no known key", "the nearest is method"),
    "a way to show who asks": ('style = "bearer"', 'style = "baerer"', "not 'baerer'", "the nearest is bearer"),
    "how a value is written": ('legal_representative_name = "$.fddbrxm"', 'legal_representative_name = { path = "$.fddbrxm", as = "nmae" }', "'nmae'", "the nearest is name"),
}  # fmt: skip


@pytest.mark.parametrize("what", MISTAKES)
def test_a_wrong_word_is_told_with_its_file_its_line_and_the_word_that_was_meant(
    command: Command, made: Path, tmp_path: Path, what: str
) -> None:
    right, wrong, says, nearest = MISTAKES[what]
    text = made.read_text("utf-8")
    assert right in text
    made.write_text(text.replace(right, wrong), "utf-8")
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "connections.toml").write_text('[departments.subjects]\naddress = "http://127.0.0.1:9"\n')
    line = next(at for at, one in enumerate(made.read_text("utf-8").splitlines(), 1) if wrong in one)
    (found,) = json.loads(command("check", "subjects", "--json", code=1).output)
    told = [one for one in found["findings"] if one["state"] == "mend" and one["about"] in ("mapping", "connection")]
    (one,) = told
    assert one["sentence"].startswith(f"departments/subjects/department.toml:{line}: ")
    assert says in one["sentence"] and nearest in one["sentence"] and one["command"] == f"$EDITOR {made}"


def test_what_stands_in_the_file_of_connections_is_told_with_its_line(
    command: Command, made: Path, tmp_path: Path
) -> None:
    (tmp_path / "hub").mkdir()
    connections = tmp_path / "hub" / "connections.toml"
    connections.write_text('# of the hub\n\n[departments.subjects]\naddress = "127.0.0.1:9"\n')
    told = command("check", "subjects", code=1).output
    assert "MEND  connection: connections.toml:3: subjects: its address is not set" in told
    connections.write_text('[departments.subjects]\nadress = "http://127.0.0.1:9"\n')
    failed = command("check", "subjects", code=1)
    assert "use one of: address" in str(failed.exception) and "the nearest is address" in str(failed.exception)


def test_what_was_not_asked_is_told_and_is_not_called_well(command: Command, made: Path) -> None:
    (made.parent / "samples" / "zt-cx.answer.json").unlink()
    (department,) = json.loads(command("check", "subjects", "--simulated", "--json").output)
    (found,) = (one for one in department["findings"] if one["about"] == "answers")
    assert found["state"] == "untried"
    assert found["sentence"].startswith("1 of 1 resources were not asked, for no samples/<resource>.answer.json")


def test_a_front_database_is_asked_and_tried_by_its_sample_rows(command: Command, tmp_path: Path) -> None:
    tables = "CREATE TABLE ZTXX (TYSHXYDM varchar(18) COMMENT '统一社会信用代码', FDDBR varchar(40) COMMENT '法定代表人姓名');\nCREATE TABLE DMB (DM varchar(4), MC varchar(40));"
    (tmp_path / "qzk.sql").write_text(tables, "utf-8")
    command("new", "front", "--tables", str(tmp_path / "qzk.sql"), "--title", "测试前置库局")
    told = command("check", "front", "--simulated").output
    assert "ok    answers: 1 of 2 resources were asked over the wire and answered" in told
    assert "skip  answers: 1 of 2 resources were not asked, for nobody said which facts it is asked with" in told
    assert "front.ztxx from ztxx.rows.json\n" in command("try", "front", "ztxx").output
    for rows in (tmp_path / "small" / "departments" / "front" / "samples").glob("*.rows.json"):
        rows.unlink()
    assert "ok    probe: reached just now" in command("check", "front", "--simulated").output


def test_a_front_database_that_nobody_can_be_looked_up_in_is_told_what_it_lacks(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "q.sql").write_text("CREATE TABLE RZ (BH int PRIMARY KEY, JGMC varchar(60));", "utf-8")
    command("new", "subjects", "--tables", str(tmp_path / "q.sql"), "--title", "测试局")
    manifest = tmp_path / "small" / "departments" / "subjects" / "department.toml"
    asked = re.sub(r"(?m)^subject = .*$", "subject = []", manifest.read_text("utf-8"))
    manifest.write_text(re.sub(r"(?m)^match = .*$", "", asked), "utf-8")
    told = command("check", "subjects").output
    assert "skip  mapping: nobody said which facts it is asked with (subject, match)" in told
    assert ".answer.json" not in told


def test_a_column_that_the_pinned_tables_have_not_is_told_without_the_database(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "q.sql").write_text("CREATE TABLE RZ (TYSHXYDM varchar(18) PRIMARY KEY, QYMC varchar(60));", "utf-8")
    command("new", "subjects", "--tables", str(tmp_path / "q.sql"), "--title", "测试局")
    manifest = tmp_path / "small" / "departments" / "subjects" / "department.toml"
    wrong = 'uscc = { first = ["TYSHXYDN", { path = "TYSHXYDM", when = { path = "LX", in = ["1"] } }] }'
    manifest.write_text(re.sub(r"(?m)^uscc = \{.*$", wrong, manifest.read_text("utf-8")), "utf-8")
    told = command("check", "subjects", "--simulated", code=1).output
    line = manifest.read_text("utf-8").splitlines().index(wrong) + 1
    place = f"MEND  mapping: departments/subjects/department.toml:{line}: [resources.subjects.rz.fields] uscc first"
    assert f"{place}: RZ.TYSHXYDN is not there; use one of: QYMC, TYSHXYDM; the nearest is TYSHXYDM." in told
    assert f"{place} when: RZ.LX is not there" in told and told.count("MEND") == 2


def test_a_mapping_of_a_file_is_asked_by_its_sample_row_and_a_column_that_is_none_is_told(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "small" / "dictionary").mkdir(exist_ok=True)
    facts = "".join(
        f'[{name}]\ntitle = "{title}"\ntype = "text"\nsensitivity = "personal"\nmax_length = 40\n'
        for name, title in (("dog_number", "养犬证号"), ("dog_name", "犬名"))
    )
    (tmp_path / "small" / "dictionary" / "dogs.toml").write_text(facts, "utf-8")
    (tmp_path / "qz_20261101.csv").write_text("bh,mc\nA-1,示例甲\nA-2,示例乙\n", "utf-8")
    command("new", "dogs", "--sample", str(tmp_path / "qz_20261101.csv"), "--title", "测试犬只局")
    made = tmp_path / "small" / "departments" / "dogs" / "department.toml"
    text = (
        made.read_text("utf-8")
        .replace("subject = []", 'subject = ["dog_number"]')
        .replace("match = {}", 'match = { bh = "dog_number" }')
    )
    made.write_text(f'{text}dog_name = "mx"\n', "utf-8")
    line = len(made.read_text("utf-8").splitlines())
    told = command("check", "dogs", code=1).output
    assert (
        f"MEND  mapping: departments/dogs/department.toml:{line}: [resources.dogs.qz].dog_name: 'mx' is no column of 'qz'"
        in told
    )
    made.write_text(f'{text}dog_name = "mc"\n', "utf-8")
    assert states(command("check", "dogs", "--simulated", "--json"))["answers"] == "ok"
    made.write_text(text.replace("match = {", 'where = { mc = ["无"] }\nmatch = {'), "utf-8")
    assert (
        "for no row in samples/ is one of those that its `where` keeps"
        in command("check", "dogs", "--simulated").output
    )


def test_a_file_of_authorities_that_is_not_there_is_told_with_the_line_of_its_connection(
    command: Command, made: Path, tmp_path: Path
) -> None:
    (tmp_path / "hub").mkdir()
    connection = f'\n[departments.subjects]\naddress = "https://127.0.0.1:9"\nca = "{tmp_path / "none.pem"}"\n'
    (tmp_path / "hub" / "connections.toml").write_text(connection)
    told = command("check", "subjects", code=1).output
    assert f"MEND  connection: connections.toml:2: {tmp_path / 'none.pem'} holds no certificate of an authority" in told
