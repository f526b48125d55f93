"""One site spoiled in one way per test: the mismatch names the fault with file and line. Each test is named after the fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.loading import load
from catalog.mismatch import Mismatch, NoSite
from tests.catalog.conftest import ON

Spoil = Callable[..., list[Mismatch]]

NUMBER = 'type = "decimal"'
MATTER, PERMIT = "matters/open-stage.toml", "items/stage-permit.toml"
TYPES = "certificates.toml"
REGISTER, CULTURE = "departments/register/department.toml", "departments/culture/department.toml"


def line(folder: Path, file: str, text: str) -> int:
    """The line on which a text first stands."""
    whole = (folder / file).read_text(encoding="utf-8")
    return whole[: whole.index(text)].count("\n") + 1


def test_the_unspoiled_site_has_no_mismatch(small: Path) -> None:
    assert load(small, ON).mismatches == ()


FAULTS = [
    # (file, old text, new text, code, text on the line that must be named)
    pytest.param(REGISTER, 'kind = "rest"', 'kind = "rest', "BAD_TOML", 'kind = "rest', id="malformed-toml"),
    pytest.param(REGISTER, 'kind = "rest"', 'kind = "rest"\ncolour = "red"', "UNKNOWN_KEY", "colour", id="unknown-key"),
    pytest.param(REGISTER, 'kind = "rest"', 'kind = "fax"', "BAD_CHOICE", 'kind = "fax"', id="unknown-kind"),
    pytest.param(REGISTER, 'share = "conditional"\n', "", "MISSING_KEY", "[resources.licence]", id="missing-key"),
    pytest.param(
        REGISTER, "max_age_days = 30", 'max_age_days = "30"', "BAD_TYPE", "max_age_days", id="text-for-a-number"
    ),
    pytest.param(
        REGISTER,
        'legal_representative_name = "$.fr"',
        'boss = "$.fr"',
        "UNKNOWN_FIELD",
        "boss",
        id="field-not-in-dictionary",
    ),
    pytest.param(
        REGISTER, "max_age_days = 30", "proposed = true", "PROPOSED_SHARED", "share =", id="proposed-and-shared"
    ),
    pytest.param(
        REGISTER, "11410000MB9900017M", "11410000MB9900017N", "BAD_USCC", "uscc =", id="wrong-check-character"
    ),
    pytest.param(
        REGISTER,
        "max_age_days = 30",
        'certificate_type = "11410000MB9900017M999"',
        "UNKNOWN_CERTIFICATE_TYPE",
        "certificate_type",
        id="unknown-certificate-type",
    ),
    pytest.param(
        CULTURE,
        "[handles.stage-check]",
        "[handles.stage-chek]",
        "UNKNOWN_ITEM",
        "[handles.stage-chek]",
        id="handles-an-unknown-item",
    ),
    pytest.param(
        "items/stage-check.toml",
        'department = "culture"',
        'department = "register"',
        "NOT_HANDLED",
        "department =",
        id="item-not-handled",
    ),
    pytest.param(
        PERMIT,
        '"stage.stage_area", "stage.venue"]',
        '"stage.stage_aera", "stage.venue"]',
        "UNKNOWN_FIELD",
        "fields =",
        id="item-asks-a-field-not-in-the-matter",
    ),
    pytest.param(
        PERMIT,
        'certificate_type = "11410000MB9900033B001"',
        'certificate_type = "11410000MB9900033B009"',
        "UNKNOWN_CERTIFICATE_TYPE",
        "certificate_type",
        id="result-of-unknown-type",
    ),
    pytest.param(
        PERMIT,
        'fields = ["enterprise.enterprise_name", "stage.stage_area"]',
        'fields = ["stage.stage_area"]',
        "CERTIFICATE_INCOMPLETE",
        'fields = ["stage.stage_area"]',
        id="certificate-lacks-a-value",
    ),
    pytest.param(
        TYPES, "years = 3", "years = 3, unlimited = true", "VALIDITY_UNCLEAR", "validity", id="a-period-of-two-rules"
    ),
    pytest.param(
        TYPES, "years = 3", 'until = "stage_area"', "VALIDITY_UNCLEAR", "validity", id="a-period-until-no-date"
    ),
    pytest.param(
        TYPES, '["culture"]', '["nobody"]', "UNKNOWN_DEPARTMENT", "issued_by", id="certificate-of-an-unknown-issuer"
    ),
    pytest.param(
        TYPES,
        'issued_by = ["culture"]',
        'issued_by = ["culture"]\nface = "nowhere"',
        "UNKNOWN_FACE",
        "face =",
        id="face-of-no-layout",
    ),
    pytest.param(TYPES, "KZ_WTMJ", "KZ_DWMC", "DUPLICATE_FIELD", "extensions", id="one-name-for-two-extensions"),
    pytest.param(
        TYPES, 'field = "stage_area"', 'field = "area"', "UNKNOWN_FIELD", '"area"', id="extension-of-no-field"
    ),
    pytest.param(
        PERMIT,
        "promised_workdays = 5",
        "promised_workdays = 25",
        "LIMIT_TOO_LONG",
        "promised_workdays",
        id="promise-longer-than-the-law",
    ),
    pytest.param(
        PERMIT,
        'code = "lease"',
        'code = "licence"',
        "DUPLICATE_CODE",
        'code = "licence"\nname = "租赁合同"',
        id="material-twice",
    ),
    pytest.param(
        PERMIT,
        'when = { venue = ["leased"] }',
        'when = { venue = ["rented"] }',
        "UNKNOWN_ANSWER",
        "when =",
        id="condition-on-an-unknown-answer",
    ),
    pytest.param(
        PERMIT,
        "deferral_allowed = true",
        "deferral_allowed = false",
        "DEFERRAL_UNCLEAR",
        "deferrable = true",
        id="deferrable-in-an-item-that-defers-nothing",
    ),
    pytest.param(
        PERMIT,
        'upstream_item = "stage-check"',
        'upstream_item = "no-such-item"',
        "UNKNOWN_ITEM",
        "exemption =",
        id="exempt-by-an-unknown-item",
    ),
    pytest.param(
        "materials.toml",
        "register.licence",
        "register.license",
        "UNKNOWN_RESOURCE",
        None,
        id="exempt-by-an-unknown-resource",
    ),
    pytest.param(
        MATTER,
        'field = "enterprise_name"',
        'field = "enterprise_nam"',
        "UNKNOWN_FIELD",
        'enterprise_nam"',
        id="source-field-not-answered",
    ),
    pytest.param(
        MATTER,
        'field = "enterprise_name"',
        'field = "id_number"',
        "WITHHELD",
        'field = "id_number"',
        id="source-withheld",
    ),
    pytest.param(
        MATTER,
        'field = "partners[0].name"',
        'field = "partners.name"',
        "NO_ROW",
        'field = "partners.name"',
        id="list-source-without-a-row",
    ),
    pytest.param(
        MATTER,
        'resource = "register.licence"',
        'resource = "register.license"',
        "UNKNOWN_RESOURCE",
        "register.license",
        id="source-of-an-unknown-resource",
    ),
    pytest.param(
        MATTER,
        'subject = { uscc = "enterprise.uscc" }',
        'subject = { uscc = "enterprise.usc" }',
        "UNKNOWN_FIELD",
        'enterprise.usc"',
        id="subject-is-no-form-key",
    ),
    pytest.param(
        MATTER,
        'subject = { uscc = "enterprise.uscc" }',
        'subject = { id_number = "enterprise.uscc" }',
        "SUBJECT_UNSATISFIED",
        "{ id_number",
        id="subject-not-satisfied",
    ),
    pytest.param(
        MATTER,
        'subject = { uscc = "enterprise.uscc" }',
        'subject = { uscc = "enterprise.enterprise_name" }',
        "CYCLE",
        'key = "enterprise.enterprise_name"',
        id="field-asked-with-itself",
    ),
    pytest.param(
        MATTER,
        'downstream = "stage-permit"',
        'downstream = "stage-permit"\n\n[[dependencies]]\nupstream = "stage-permit"\ndownstream = "stage-check"',
        "CYCLE",
        None,
        id="dependency-cycle",
    ),
    pytest.param(
        MATTER,
        'upstream = "stage-check"',
        'upstream = "stage-chek"',
        "UNKNOWN_ITEM",
        "stage-chek",
        id="dependency-on-an-unknown-item",
    ),
    pytest.param(
        MATTER,
        'item = "stage-check"',
        'item = "stage-permit"',
        "DUPLICATE_CODE",
        'item = "stage-permit"\norder = 1',
        id="item-twice-in-a-matter",
    ),
    pytest.param(
        MATTER, 'lead = "culture"', 'lead = "nobody"', "UNKNOWN_DEPARTMENT", "lead =", id="lead-without-a-folder"
    ),
    pytest.param(
        MATTER,
        'default = "own"',
        'when = { weather = ["fine"] }\ndefault = "own"',
        "UNKNOWN_ANSWER",
        "when = { weather",
        id="question-hangs-on-no-question",
    ),
    pytest.param(
        MATTER,
        'default = "own"',
        'when = { venue = ["leased"] }\ndefault = "own"',
        "CYCLE",
        "when = { venue",
        id="question-hangs-on-itself",
    ),
    pytest.param(
        MATTER, 'default = "own"', 'default = "none"', "UNKNOWN_ANSWER", "default =", id="default-is-no-answer"
    ),
    pytest.param(
        MATTER,
        'applicant_kind = "enterprise"',
        'applicant_kind = "enterprise"\ntogether = [["stage-check", "tea"]]',
        "UNKNOWN_ITEM",
        "together",
        id="group-with-an-unknown-item",
    ),
    pytest.param(MATTER, 'proofs = ["电子营业执照"]\n', "", "NO_PROOF", "[[roles]]", id="applicant-without-proof"),
    pytest.param(
        MATTER,
        'identifier = "enterprise.uscc"',
        'identifier = "enterprise.number"',
        "UNKNOWN_FIELD",
        "identifier",
        id="identifier-is-no-field",
    ),
    pytest.param(
        MATTER,
        'proofs = ["电子营业执照"]',
        'proofs = ["电子营业执照"]\nrelation = { via = "enterprise.uscc", resources = ["register.licence"] }',
        "RELATION_UNRESOLVED",
        "relation",
        id="relation-that-no-answer-fills",
    ),
    pytest.param(
        MATTER,
        'key = "stage.venue"',
        'key = "backstage.venue"',
        "UNKNOWN_ROLE",
        "backstage.venue",
        id="field-of-an-unknown-role",
    ),
    pytest.param(
        MATTER,
        'answer_of = "venue"',
        'answer_of = "weather"',
        "UNKNOWN_ANSWER",
        "answer_of",
        id="field-takes-an-unknown-answer",
    ),
    pytest.param(
        "grants.toml",
        '"partners.name"',
        '"partners.id_number"',
        "MISSING_GRANT",
        "fields =",
        id="grant-does-not-cover-a-field",
    ),
    pytest.param(
        "grants.toml",
        'purposes = ["open-stage"]',
        'purposes = ["other"]',
        "MISSING_GRANT",
        "purposes =",
        id="no-grant-for-the-matter",
    ),
    pytest.param(
        "grants.toml", "until = 2027-12-31", "until = 2026-11-19", "GRANT_EXPIRED", "until", id="grant-ran-out"
    ),
    pytest.param(
        "grants.toml",
        'ground = "核验主体资格"',
        'ground = "核验"\ncertificates = ["11410000MB9900033B009"]\ndepartments = ["register"]',
        "UNKNOWN_CERTIFICATE_TYPE",
        "certificates =",
        id="grant-of-an-unknown-certificate-type",
    ),
    pytest.param(
        "grants.toml",
        'ground = "核验主体资格"',
        'ground = "核验"\ncertificates = ["11410000MB9900033B001"]',
        "UNKNOWN_DEPARTMENT",
        None,
        id="grant-of-certificates-to-nobody",
    ),
    pytest.param(
        "grants.toml",
        '"partners.name"',
        '"partners.name", "colour"',
        "UNKNOWN_FIELD",
        "fields =",
        id="grant-of-an-unknown-field",
    ),
    pytest.param(
        "policy.toml",
        "[province.on_item_failure]",
        "[province.on_item_failur]",
        "UNKNOWN_KEY",
        "[province.on_item_failur]",
        id="unknown-policy-key",
    ),
    pytest.param(
        "policy.toml",
        'value = "end_dependents_only"',
        'value = "panic"',
        "BAD_CHOICE",
        'value = "panic"',
        id="policy-value-not-allowed",
    ),
    pytest.param(
        "notices/intake_receipt.txt",
        "{case_no}",
        "{case_number}",
        "UNKNOWN_BLANK",
        None,
        id="notice-with-an-unknown-blank",
    ),
    pytest.param(
        "dictionary.toml",
        'title = "租赁", aliases = ["租用"]',
        'title = "自有"',
        "DUPLICATE_CODE",
        "codes =",
        id="one-title-for-two-codes",
    ),
    pytest.param("dictionary.toml", NUMBER, f"{NUMBER}\nminimum = 9\nmaximum = 3", "BAD_BOUNDS", None, id="bounds"),
    pytest.param(
        "dictionary.toml", NUMBER, f'{NUMBER}\nnot_before = "today"', "BAD_TYPE", None, id="not-before-of-a-number"
    ),
    pytest.param(
        "site.toml",
        'platform = "platform"',
        'platform = "culture"',
        "UNKNOWN_PLATFORM",
        "platform =",
        id="platform-is-none",
    ),
    pytest.param("calendar.csv", "2026-11-20,1", "2026-11-31,1", "BAD_DAY", "2026-11-31", id="no-such-day"),
    pytest.param(
        "calendar.csv",
        "2026-11-20,1,星期五,示例\n",
        "2026-11-20,1,星期五\n",
        "BAD_ROW",
        "2026-11-20",
        id="calendar-row-too-short",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "code", "on_line"), FAULTS)
def test_a_fault_is_named_with_file_and_line(
    small: Path, spoil: Spoil, file: str, old: str, new: str, code: str, on_line: str | None
) -> None:
    found = spoil(file, old, new)
    named = [one for one in found if one.code == code]
    assert named, [str(one) for one in found]
    if on_line is not None:
        assert (file, line(small, file, on_line)) in [(one.file, one.line) for one in named], [
            str(one) for one in named
        ]


def test_a_byte_order_mark_is_no_fault(small: Path) -> None:
    path = small / MATTER
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load(small, ON).mismatches == ()


def test_windows_line_ends_are_no_fault_and_change_no_digest(small: Path) -> None:
    before = load(small, ON).document
    for path in small.rglob("*.txt"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(small, ON).document == before


def test_a_gb18030_file_is_named_as_such(small: Path) -> None:
    path = small / PERMIT
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    found = next(one for one in load(small, ON).mismatches if one.file == PERMIT)
    assert (found.code, found.line) == ("BAD_ENCODING", 2)
    assert "GB18030" in found.message and "UTF-8" in found.message


def test_a_utf16_file_is_named_as_such(small: Path) -> None:
    (small / "site.toml").write_bytes('region = "411323"'.encode("utf-16"))
    assert "UTF-16" in next(one.message for one in load(small, ON).mismatches if one.file == "site.toml")


def test_a_duplicate_code_names_the_second_file(small: Path) -> None:
    (small / "items" / "zz.toml").write_bytes((small / PERMIT).read_bytes())
    found = [one for one in load(small, ON).mismatches if one.code == "DUPLICATE_CODE"]
    assert [(one.file, one.line) for one in found] == [("items/zz.toml", 1)]
    assert PERMIT in found[0].message


def test_a_misspelt_file_is_not_silently_left_out(small: Path) -> None:
    (small / "grant.toml").write_text("", encoding="utf-8")
    (small / "items" / "more.tml").write_text("", encoding="utf-8")
    found = {one.file for one in load(small, ON).mismatches if one.code == "UNKNOWN_FILE"}
    assert found == {"grant.toml", "items/more.tml"}


def test_a_file_too_big_is_not_read(small: Path) -> None:
    (small / "dictionary.toml").write_bytes(b"#" * (2 << 20))
    assert "TOO_BIG" in [one.code for one in load(small, ON).mismatches if one.file == "dictionary.toml"]


def test_every_mistake_is_reported_not_only_the_first(small: Path, spoil: Spoil) -> None:
    spoil(REGISTER, 'kind = "rest"', 'kind = "fax"\ncolour = "red"')
    spoil(MATTER, 'lead = "culture"', 'lead = "nobody"')
    found = {one.code for one in spoil("grants.toml", "until = 2027-12-31", "until = 2020-01-01")}
    assert found >= {"BAD_CHOICE", "UNKNOWN_KEY", "UNKNOWN_DEPARTMENT", "GRANT_EXPIRED"}


def test_a_missing_notice_is_a_mismatch(small: Path) -> None:
    (small / "notices" / "correction_notice.txt").unlink()
    assert [one.file for one in load(small, ON).mismatches] == ["notices/correction_notice.txt"]


def test_a_folder_that_is_no_site_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoSite, match="YIJIAN_SITE"):
        load(tmp_path)


def test_a_broken_file_is_one_mistake_and_not_a_dozen_unknown_names(small: Path) -> None:
    """Who depends on it is not told that it does not exist: it does, and cannot be read."""
    path = small / PERMIT
    path.write_text(path.read_text(encoding="utf-8").replace("code =", "code", 1), encoding="utf-8")
    assert [one.code for one in load(small, ON).mismatches if one.code.startswith("UNKNOWN_ITEM")] == []
    assert ("BAD_TOML", PERMIT) in {(one.code, one.file) for one in load(small, ON).mismatches}


def test_of_a_department_that_cannot_be_read_only_its_own_line_is_told(spoil: Spoil) -> None:
    found = spoil(REGISTER, 'kind = "rest"', 'kind = "rest')
    assert [one.code for one in found] == ["BAD_TOML"], [str(one) for one in found]
    assert "a quote may be open: close it" in found[0].message
