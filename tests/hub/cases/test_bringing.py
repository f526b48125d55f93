"""Certificates of other systems without a signed file: rows of data (C), scans (D), many at once; what each grade may be used for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from typer.testing import CliRunner

from adapters.contract import Held
from certificates import identifier
from certificates.certificate import IssuingAuthority, issue
from certificates.trust import Authority, Trust
from hub import grades
from hub.cli import main
from hub.clock import new_id
from hub.errors import HubError
from hub.grades import Standing
from hub.registry import records
from hub.registry.records import RowRefused, read_record
from hub.registry.rows import Wanted
from hub.store.tables import certificates, queries
from hub.wiring.annotated import CopyAsked
from hub.wiring.bringing import Bringing, RowResult, Scan
from hub.wiring.bulk import Unreadable, bring_in
from hub.wiring.held_certificates import HeldCertificates
from tests.certificates import making
from tests.conftest import ENGINES
from tests.hub.cases.making import NOW, SITE
from tests.hub.cases.world import FIRM, World, opened
from tests.support.postgres import Postgres

TYPE = "11410000MB9900017M001"


@pytest.fixture(scope="module", params=ENGINES)
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, prepared_keys: Path
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("bringing")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_file"), folder / "hub.sqlite")
        yield from _opened(folder, prepared_keys, f"sqlite:///{folder / 'hub.sqlite'}")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.fresh(request.getfixturevalue("migrated_template")) as url:
        yield from _opened(folder, prepared_keys, url)


def _opened(folder: Path, keys: Path, url: str) -> Iterator[World]:
    world = opened(folder / "hub", keys, url)
    yield world
    world.hub.close()


@pytest.fixture
def world(standing: World, request: pytest.FixtureRequest) -> World:
    """One hub for all tests of an engine: each has certificates of its own numbers."""
    request.node.user_properties.append(("engine", standing.hub.database.dialect))
    return standing


RING = making.KeyRing("ES256")
PNG = Scan(b"\x89PNG\r\n\x1a\n scan", "image/png")
ROW: Mapping[str, str] = {
    "type": TYPE,
    "number": "示例卫证字〔2020〕第1号",
    "holder_name": "示例旅馆",
    "holder_code": FIRM.uscc,
    "authority": "health",
    "issued_on": "2025-03-01",
    "valid_to": "2029-02-28",
    "KZ_CSMC": "示例旅馆",
}


def row(serial: str, **other: str) -> Mapping[str, str]:
    return {**ROW, "number": f"示例卫证字〔2020〕第{serial}号", **other}


def taken(world: World, *given: Mapping[str, str], door: str = "health", key: str = "") -> tuple[RowResult, ...]:
    return world.hub.bringing.records(world.system(door), given, key or new_id(world.now[0]))


def test_a_row_of_the_issuer_s_system_stands_in_the_registry_as_c(world: World) -> None:
    [result] = taken(world, row("11"))
    view = world.hub.registry.certificate(world.officer("health"), result.id)
    assert (result.result, result.trust, view.holder_code, view.row.authority) == (
        "taken",
        "C",
        FIRM.uscc,
        "西峡县卫生健康委员会",
    )
    assert "没有签名" in view.row.trust_title and view.acts[0].reason.endswith("由本证照库赋码。")
    assert [kind for kind, _ in view.files] == [], "nobody signed it, so no face of it is drawn"


def test_the_same_row_twice_is_one_and_another_is_shown_and_overwrites_nothing(world: World) -> None:
    [first] = taken(world, row("12"))
    assert [r.result for r in taken(world, row("12"), row("12"))] == ["known", "known"]
    [other] = taken(world, {**row("12"), "valid_to": "2033-02-28", "KZ_KFS": "12", "status": "04"})
    assert (other.result, other.id, other.differs) == ("conflict", first.id, ("valid_to", "KZ_KFS", "status"))
    assert world.hub.registry.certificate(world.clerk, first.id).row.status == "01"


def test_a_row_that_the_window_typed_is_d_until_its_issuer_says_the_same(world: World) -> None:
    [typed] = world.hub.bringing.records(world.clerk, [row("74")], "typed-74")
    view = world.hub.registry.certificate(world.officer("health"), typed.id)
    assert (typed.trust, [why for _, why in view.uses][:1]) == ("D", ["grade_not_enough"])
    assert "由窗口人员录入" in view.acts[0].reason and "由窗口录入" in view.row.trust_title
    [told] = taken(world, row("74"))
    view = world.hub.registry.certificate(world.officer("health"), typed.id)
    assert (told.result, told.id, told.trust, view.row.trust) == ("known", typed.id, "C", "C")
    assert "由颁发机关的系统以数据提供" in view.acts[-1].reason


def test_a_delivery_is_in_the_log_before_its_rows_and_names_nobody(world: World) -> None:
    before = world.hub.log.size()
    taken(world, row("13"))
    batch = next(iter(world.hub.log.entries(before))).record
    assert (batch["phase"], batch["rows"], batch["provider"]["org"]) == ("received-batch", 1, "health")
    assert FIRM.uscc not in str(batch) and "示例旅馆" not in str(batch)


BAD = [
    ({"type": "11410000MB9900017M999"}, "type"),
    ({"number": ""}, "number"),
    ({"holder_code": "411323199001019911"}, "holder_code"),
    ({"holder_code_type": "111"}, "holder_code_type"),
    ({"authority": "tax"}, "authority"),
    ({"authority": "nobody"}, "authority"),
    ({"issued_on": "2025-02-30"}, "issued_on"),
    ({"issued_on": "2026-11-21"}, "issued_on"),
    ({"issued_on": "1800-01-01"}, "issued_on"),
    ({"valid_to": "2024-01-01"}, "valid_to"),
    ({"valid_from": "2024-01-01", "valid_to": "2025-02-28"}, "valid_to"),
    ({"status": "08"}, "status"),
    ({"KZ_NONE": "x"}, "KZ_NONE"),
    ({"KZ_CSMC": "旅馆\u202e"}, "KZ_CSMC"),
    ({"identifier": f"1.2.156.3005.2.{TYPE}.11411323MB0000904M.1.001.X"}, "identifier"),
]


def test_what_ended_before_it_came_holds_for_nobody_and_numbers_are_in_usual_letters() -> None:
    ended = read_record(SITE, {**ROW, "valid_to": "2026-11-19"}, NOW.date())
    last = read_record(SITE, {**ROW, "valid_to": "2026-11-20", "number": "ＪＹ１（2020）"}, NOW.date())
    assert (ended.status, last.status, last.content.number) == ("05", "01", "JY1（2020）")


@pytest.mark.parametrize(("change", "column"), BAD, ids=[f"{column}-{i}" for i, (_, column) in enumerate(BAD)])
def test_a_row_that_does_not_fit_is_refused_by_its_column(change: Mapping[str, str], column: str) -> None:
    with pytest.raises(RowRefused) as refused:
        read_record(SITE, {**ROW, **change}, NOW.date())
    said = "".join(change.values())
    assert refused.value.column == column and (not said or said not in refused.value.why)


def test_dates_are_read_as_departments_write_them_and_a_blank_end_is_none() -> None:
    content = read_record(SITE, {**ROW, "issued_on": "20250301", "valid_to": "长期"}, NOW.date()).content
    assert (content.valid_from.isoformat(), content.valid_to) == ("2025-03-01", None)
    assert str(content.identifier) == str(read_record(SITE, ROW, NOW.date()).content.identifier), (
        "worked out, not drawn"
    )


def test_a_system_brings_its_own_certificates_alone(world: World) -> None:
    [result] = taken(world, ROW, door="tax")
    assert (result.result, result.column) == ("refused", "authority")


def test_a_scan_stands_for_nothing_before_a_clerk_compared_it(world: World) -> None:
    one = world.hub.bringing.scan(world.clerk, row("14"), PNG).id
    view = world.hub.registry.certificate(world.clerk, one)
    assert view.row.trust == "D" and view.to_check and dict(view.uses)["免提交材料"] == "not_looked_at"
    world.hub.bringing.check(world.clerk, one, "与原件逐项核对一致", "k")
    world.hub.bringing.check(world.clerk, one, "与原件逐项核对一致", "k")
    view = world.hub.registry.certificate(world.clerk, one)
    assert dict(view.uses)["免提交材料"] == "" and dict(view.uses)["预填表单"] == "grade_not_enough"
    assert [act.title for act in view.acts] == ["归集入库", "窗口核对"]
    assert world.hub.registry.file(world.clerk, one, "scan").body == PNG.body


@pytest.mark.parametrize(
    "scan", [Scan(b"<html>", "image/png"), Scan(PNG.body, "image/jpeg"), Scan(PNG.body, "text/html")]
)
def test_a_scan_that_is_not_what_it_says_is_refused(world: World, scan: Scan) -> None:
    with pytest.raises(HubError) as refused:
        world.hub.bringing.scan(world.clerk, row("15"), scan)
    there = world.hub.registry.search(world.clerk, Wanted(row("15")["number"]), 1)[0]
    assert refused.value.code == "SCAN_UNREADABLE" and there == ()


def test_no_copy_is_made_of_what_nobody_signed(world: World) -> None:
    [one] = taken(world, row("16"))
    with pytest.raises(HubError) as refused:
        world.hub.registry.copy(world.clerk, one.id, CopyAsked("示例用途", NOW.date(), f"copy-{one.id}"))
    assert refused.value.code == "GRADE_NOT_ENOUGH"


@pytest.mark.parametrize(
    ("grade", "checked", "uses"),
    [
        ("", True, ("prefill", "material", "copy", "share")),
        ("A", False, ("prefill", "material", "copy", "share")),
        ("B", False, ("prefill", "material", "share")),
        ("C", False, ("prefill", "material", "share")),
        ("D", False, ()),
        ("D", True, ("material",)),
    ],
)
def test_the_site_says_what_each_grade_is_good_for(grade: str, checked: bool, uses: tuple[str, ...]) -> None:
    stands = Standing(grade, checked)
    for policy in (SITE.policy, {}):
        assert tuple(use for use in grades.USES if not grades.why_not(policy, stands, use)) == uses


# --- as a source for pre-fill ---------------------------------------------------------------------------------------------


def held(world: World, number: str) -> Held:
    of = world.hub.bringing._of
    source = HeldCertificates(of.database, of.files, of.region, of.index_key, world.hub.clock)
    return next(one for one in source.held(TYPE, FIRM.uscc) if one.certificate.number == number)


def test_a_certificate_answers_by_holder_and_type_with_what_it_says(world: World) -> None:
    taken(world, row("41"))
    one = held(world, row("41")["number"])
    assert (one.record["CZZT"], one.record["KZ_CSMC"], one.record["ZZYXQJZRQ"]) == (
        "示例旅馆",
        "示例旅馆",
        "2029-02-28",
    )
    assert (one.fault, one.certificate.trust, one.certificate.issuer, one.document) == (
        "",
        "C",
        "西峡县卫生健康委员会",
        None,
    )


def resting_on(world: World, number: str) -> str:
    """A case that could be received, one of whose questions this certificate answered."""
    case_id = world.open(f"rests-{number}")
    world.complete(case_id)
    told = asdict(held(world, number).certificate)
    of_case, c = queries.c.case_id == case_id, queries.c
    with world.hub.database.write() as session:
        one = session.execute(select(c.id).where(of_case).limit(1)).scalar_one()
        kept = {"state": "answered", "outcome": "found", "evidence_id": "e" * 36, "detail": {"certificate": told}}
        session.execute(update(queries).where(c.id == one).values(**kept))
    return case_id


def tries(world: World, case_id: str) -> int:
    with world.hub.database.read() as session:
        return int(session.execute(select(func.max(queries.c.tries)).where(queries.c.case_id == case_id)).scalar_one())


def test_a_case_is_not_received_on_a_certificate_that_was_suspended_meanwhile_and_the_registry_is_asked_again(
    world: World,
) -> None:
    [one] = taken(world, row("71"))
    case_id = resting_on(world, row("71")["number"])
    with world.hub.database.write() as session:
        session.execute(update(certificates).where(certificates.c.id == one.id).values(status_code="02"))
    with pytest.raises(HubError) as refused:
        world.receive(case_id)
    assert (refused.value.code, "现已暂扣" in str(refused.value)) == ("CERTIFICATE_NOT_HELD", True)
    assert (world.state(case_id), tries(world, case_id)) == ("checking", 2)
    assert any("现已暂扣" in each for each in world.hub.clerk.case(world.clerk, case_id).warnings)


def test_a_case_is_received_on_a_certificate_that_still_holds(world: World) -> None:
    taken(world, row("72"))
    case_id = resting_on(world, row("72")["number"])
    world.receive(case_id)
    assert tries(world, case_id) == 1


@pytest.mark.parametrize(
    ("serial", "change", "fault"),
    [
        ("42", {"status": "02"}, "certificate_suspended"),
        ("43", {"status": "07"}, "certificate_ended"),
        ("44", {"valid_to": "2025-04-01"}, "certificate_expired"),
        ("45", {"valid_from": "2028-01-01"}, "certificate_not_yet"),
    ],
)
def test_one_that_does_not_hold_now_says_why(world: World, serial: str, change: Mapping[str, str], fault: str) -> None:
    taken(world, row(serial, **change))
    assert held(world, row(serial)["number"]).fault == fault


def test_a_scan_goes_along_and_says_whether_a_clerk_compared_it(world: World) -> None:
    one = world.hub.bringing.scan(world.clerk, row("46"), PNG).id
    assert not held(world, row("46")["number"]).certificate.checked
    world.hub.bringing.check(world.clerk, one, "与原件逐项核对一致", "k-scan")
    scan = held(world, row("46")["number"])
    assert scan.certificate.checked and scan.document is not None and scan.document.body == PNG.body


# --- lists and folders --------------------------------------------------------------------------------------------------


def brought(world: World, path: Path) -> tuple[Mapping[str, int], list[str]]:
    report = path.with_suffix(".report.csv")
    counts = bring_in(world.hub.bringing, SITE, path, "health", report)
    return counts, report.read_text("utf-8-sig").splitlines()[1:]


def test_a_list_is_taken_row_by_row_with_nothing_lost_and_run_again_is_no_news(world: World, tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(PNG.body)
    rows = [row("21"), row("", number=""), row("22", scan="one.png"), row("23", scan="../x.png")]  # fmt: skip
    path = tmp_path / "list.jsonl"
    path.write_text("\n".join([*map(json.dumps, rows), "[]"]), encoding="utf-8")
    counts, report = brought(world, path)
    assert counts == {"taken": 2, "known": 0, "refused": 3, "conflict": 0} and len(report) == 5
    aside = (tmp_path / "list.jsonl.aside.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in aside] == [rows[1], rows[3], []]
    assert brought(world, path)[0] == {"taken": 0, "known": 2, "refused": 3, "conflict": 0}


def test_a_csv_of_a_spreadsheet_is_read_and_a_row_of_other_width_is_refused(world: World, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    head, line = ",".join(ROW), ",".join(row("31").values())
    path.write_text(f"{head}\r\n{line}\r\n{line},x\r\n", encoding="utf-8-sig")
    counts, report = brought(world, path)
    assert counts == {"taken": 1, "known": 0, "refused": 1, "conflict": 0} and report[1].startswith("2,refused,,,row")


def signed(serial: str, authority: str = SITE.departments["health"].uscc) -> bytes:
    """A certificate as the health office's own system signed it."""
    office = IssuingAuthority("西峡县卫生健康委员会", authority)
    made = making.content(identifier=identifier.make(making.TYPE, authority, serial), authority=office)
    return issue(made, RING, making.HYGIENE, "ES256", making.SIGNED_AT)


def test_a_folder_of_signed_files_is_taken_file_by_file_and_again_is_no_news(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "signed"
    folder.mkdir()
    offices = (SITE.departments["health"].uscc, making.FIRE)
    for name, file in {"1": signed("1"), "2": signed("2")[:-1], "3": signed("3", making.FIRE)}.items():
        (folder / f"{name}.ycert").write_bytes(file)
    (folder / "notes.txt").write_text("nothing signed")
    keys = (making.World("ES256", RING).key(),)
    trust = Trust({code: Authority(code, "西峡县卫生健康委员会", keys) for code in offices}, {})
    bringing = Bringing(replace(world.hub.bringing._of, trust=lambda: trust), world.hub.log)
    for result in ("taken", "known"):
        counts = bring_in(bringing, SITE, folder, "health", tmp_path / "report.csv")
        assert counts == {"taken": 0, "known": 0, "refused": 2, "conflict": 0} | {result: 1}
    report = (tmp_path / "report.csv").read_text("utf-8-sig").splitlines()
    assert "只能归集本部门" in report[3], "whose system signed it is not the source that was named"


def test_the_command_tells_by_its_code_what_became_of_the_rows(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = world.hub.settings
    monkeypatch.setenv("YIJIAN_FOLDER", str(settings.folder))
    monkeypatch.setenv("YIJIAN_DATABASE_URL", settings.database_url)
    path = tmp_path / "list.jsonl"
    for rows, code in (([row("51")], 0), ([row("51"), row("52", status="08")], 1), ([], 0)):
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        done = CliRunner().invoke(main, ["registry", "import", str(path), "--source", "health"])
        assert done.exit_code == code, done.output
    assert CliRunner().invoke(main, ["registry", "import", str(path), "--source", "nobody"]).exit_code == 2


@pytest.mark.parametrize("body", ["类型,编号\n".encode("gb18030"), b"a,b\n1,2\n", b'type,number\n"x'])
def test_a_list_that_cannot_be_read_is_refused_whole(world: World, tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(body)
    with pytest.raises(Unreadable):
        bring_in(world.hub.bringing, SITE, path, "health", tmp_path / "report.csv")


def test_every_column_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs/e-certificates.md").read_text("utf-8")
    assert all(f"`{name}`" in page for name in records.COLUMNS)
