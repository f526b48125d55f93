"""The command an outsider uses: its words, its exit codes, and that it needs nothing else of Yijian."""

import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import segno

from certificates.command import moment, verify_command
from certificates.compact import credential
from certificates.errors import Malformed
from certificates.trust import write_authority
from tests.certificates.compact.making import WORLD, a_person, shown
from tests.certificates.making import AT, HYGIENE, World, content

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Question:
    """What is asked of the command."""

    file: Path
    trust: Path


@pytest.fixture
def question(world: World, tmp_path: Path) -> Question:
    """A good certificate and a trust folder that knows its issuer."""
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / f"{HYGIENE}.json").write_bytes(write_authority(world.trust().authorities[HYGIENE]))
    (trust / f"{HYGIENE}.ystatus").write_bytes(world.status_list())
    file = tmp_path / "licence.ycert"
    file.write_bytes(world.certificate())
    return Question(file, trust)


def _ask(question: Question, as_json: bool = False) -> tuple[int, str]:
    out = io.StringIO()
    return verify_command(question.file, question.trust, as_json, AT, out), out.getvalue()


def test_a_good_certificate_gives_0_and_every_check_by_name(question: Question) -> None:
    code, said = _ask(question)
    assert code == 0
    assert said.count("[通过]") == 11 and said.endswith("结论：核验通过。\n")
    assert "[通过] 数字签名（signature）：" in said


def test_a_status_that_was_not_checked_is_part_of_the_conclusion(question: Question) -> None:
    (question.trust / f"{HYGIENE}.ystatus").unlink()
    code, said = _ask(question)
    assert code == 0
    assert "结论：签名真实，但未核验：状态清单、证照状态。\n" in said and said.count("请向颁发机构查询") == 1


def test_a_changed_certificate_gives_1(question: Question) -> None:
    question.file.write_bytes(question.file.read_bytes().replace(b"T01:30:00Z", b"T01:30:01Z"))
    code, said = _ask(question)
    assert code == 1
    assert "[未通过] 数字签名" in said and said.endswith("结论：不可采信。\n")


def test_what_was_not_checked_because_a_check_failed_is_one_line_with_a_count_unless_all_is_asked(
    question: Question,
) -> None:
    question.file.write_bytes(b"{}")
    out, every = io.StringIO(), io.StringIO()
    verify_command(question.file, question.trust, False, AT, out)
    verify_command(question.file, question.trust, False, AT, every, every=True)
    assert out.getvalue().count("[未核验]") == 1 and "其余 10 项" in out.getvalue()
    assert every.getvalue().count("[未核验]") == 10 and "其余" not in every.getvalue()


def test_a_file_or_folder_that_cannot_be_read_gives_2(question: Question, tmp_path: Path) -> None:
    assert _ask(Question(tmp_path / "no.ycert", question.trust))[0] == 2
    assert _ask(Question(tmp_path, question.trust))[0] == 2
    code, said = _ask(Question(question.file, tmp_path / "no"), as_json=True)
    assert code == 2 and json.loads(said)["error"]["code"] == "trust-folder"


def test_what_is_unreadable_is_said_in_one_language(question: Question, tmp_path: Path) -> None:
    (question.trust / "readme.txt").write_text("1")
    asked = [Question(question.file, tmp_path / "NO"), question, Question(tmp_path / "NO", question.trust)]
    said = [_ask(each)[1].replace(str(tmp_path), "").replace("/NO", "") for each in asked]
    assert ["不是文件夹" in said[0], "readme.txt 不能使用" in said[1], "没有这个文件" in said[1]] == [True, True, False]
    assert not [each for each in said if re.search(r"[a-z]+ [a-z]+ [a-z]+", each)]


def _picture_of(credential_: bytes) -> bytes:
    picture = io.BytesIO()
    segno.make(credential.qr_text(credential_), error="m").save(picture, kind="png", scale=4)
    return picture.getvalue()


@pytest.fixture
def shown_code(question: Question) -> bytes:
    """A credential that shows one field; the trust folder knows its issuer."""
    (question.trust / f"{HYGIENE}.json").write_bytes(write_authority(WORLD.trust().authorities[HYGIENE]))
    (question.trust / f"{HYGIENE}.ystatus").write_bytes(WORLD.status_list())
    return shown("证照编号")


def test_of_a_picture_it_is_said_that_the_code_alone_was_judged_and_what_it_shows(
    question: Question, shown_code: bytes
) -> None:
    question.file.write_bytes(_picture_of(shown_code))
    code, said = _ask(question)
    assert code == 0 and "图片上印的其他内容没有核验" in said
    lines = {f"证照名称：{content().type_name}", f"证照编号：{content().number}", f"持证主体：{content().holder.name}"}
    assert lines <= set(said.splitlines())


def test_a_credential_is_shown_as_far_as_it_is_disclosed(question: Question, shown_code: bytes) -> None:
    question.file.write_text(credential.qr_text(shown(made=a_person())))
    said = _ask(question)[1]
    assert "证照编号：未出示" in said and "持证主体：测**" in said and "测试甲" not in said and "图片" not in said


@pytest.mark.parametrize("pictured", [True, False])
def test_the_json_report_of_a_credential_names_it_and_its_key(
    question: Question, shown_code: bytes, pictured: bool
) -> None:
    question.file.write_bytes(_picture_of(shown_code) if pictured else shown_code)
    report = json.loads(_ask(question, as_json=True)[1])
    key = WORLD.trust().authorities[HYGIENE].keys[0].public.key_id
    assert (report["identifier"], report["suite"], report["key_id"]) == (str(content().identifier), "ES256", key)
    assert bool(report["note"]) is pictured and content().holder.name not in json.dumps(report, ensure_ascii=False)


def test_the_json_report_holds_the_checks_and_nothing_of_the_content(question: Question) -> None:
    code, said = _ask(question, as_json=True)
    report = json.loads(said)
    assert code == 0 and report["ok"]
    assert {check["outcome"] for check in report["checks"]} == {"passed"}
    assert "西峡县示例民宿" not in said and "91411323MA9000040P" not in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, AT),
        ("2026-05-01", datetime(2026, 5, 1, 15, 59, 59, tzinfo=UTC)),
        ("2026-06-01", AT),  # the day is not over: now
        ("2026-05-01T08:00+08:00", datetime(2026, 5, 1, tzinfo=UTC)),
        ("2027-05-01T00:00Z", datetime(2027, 5, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_now_a_day_or_a_time(text: str | None, expected: datetime) -> None:
    assert moment(text, AT) == expected


@pytest.mark.parametrize("text", ["", "1.5.2026", "2026-02-30", "2026-05-01T08:00", "9999-12-31", "9999-12-31T00:00Z"])
def test_a_moment_that_is_none_is_refused_with_advice(text: str) -> None:
    with pytest.raises(Malformed, match="--at"):
        moment(text, AT)


def _run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    start = ["-c", code] if code else ["-m", "certificates"]
    return subprocess.run(
        [sys.executable, "-X", "utf8", *start, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


def test_an_outsider_verifies_with_this_package_alone(question: Question) -> None:
    listing = "import sys, certificates.__main__ as m; c = m.main(sys.argv[1:]); print(*sys.modules, file=sys.stderr); sys.exit(c)"
    arguments = ("verify", str(question.file), "--trust", str(question.trust), "--at", "2026-06-01T00:00Z", "--json")
    done = _run(*arguments, code=listing)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"]
    loaded = {module.partition(".")[0] for module in done.stderr.split()}
    ours = {"hub", "adapters", "catalog", "certificates"}
    assert loaded & ours == {"certificates"}
    assert not loaded & {"sqlalchemy", "pydantic", "httpx2", "segno", "socket"}


def test_the_module_is_a_command(question: Question) -> None:
    done = _run("verify", str(question.file), "--trust", str(question.trust), "--at", "2020-01-01")
    assert done.returncode == 1
    assert "[未通过] 有效期（period）" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("verify",), ("verify", "x", "--trust", ".", "--at", "yesterday")])
def test_a_wrong_call_gives_2(arguments: tuple[str, ...]) -> None:
    assert _run(*arguments).returncode == 2


def test_a_file_of_gigabytes_is_refused_without_being_read(question: Question) -> None:
    with question.file.open("r+b") as file:
        file.truncate(5 * 1024**3)  # sparse: no room is taken
    before = datetime.now(UTC)
    assert _ask(question)[0] == 1
    assert datetime.now(UTC) - before < timedelta(seconds=5)
