"""The human-resources system answers as its WSDL says: a strict zeep client in RPC style reads it, and its XSD accepts each part."""

from __future__ import annotations

import csv
import hashlib
from typing import Any

import httpx2
import pytest
import zeep
import zeep.exceptions
from lxml import etree

from adapters.simulators import Running
from adapters.simulators.human_resources import ACCOUNT, PASSWORD, STYLES
from adapters.simulators.population import NOBODY, firm, person
from adapters.simulators.population.work import EMPLOYMENTS, INSURANCES
from tests.adapters.simulators.conftest import PAPERS, SmallHub, Wire, control, decide, eventually

CODE = "human-resources"
CODES = (CODE,)
SPACE = "urn:rsj:ggfw:v1"
SCHEMA = etree.XMLSchema(etree.parse(str(PAPERS / CODE / "ggfw.xsd")))
WORKER = person("laid_off")


class Office:
    """A strict client of the WSDL, as an integrator would build it."""

    def __init__(self, running: Running, http: httpx2.Client) -> None:
        self.wire = Wire(http)
        papers = str(PAPERS / CODE / "ggfw.wsdl")
        client = zeep.Client(papers, transport=self.wire, settings=zeep.Settings(strict=True))
        address = running.addresses[CODE] + "/rsj/services/GgFw"
        self.service = client.create_service(f"{{{SPACE}}}GgFwBd", address)

    def ask(self, operation: str, no: str = "q-1", reason: str = "失业登记", password: str = PASSWORD, **parts: Any) -> Any:  # fmt: skip
        head = {"LSH": no, "JRDW": "11411323MB0990008U", "SY": reason, "CZY": "u-1", "SJ": "2026-11-20 10:00:00"}
        return self.service[operation](tou=head, **parts, _soapheaders={"pz": {"YHM": ACCOUNT, "MM": password}})

    def of(self, operation: str, number: str, **more: Any) -> Any:
        part = {"dw": {"AAB998": number}} if operation == "cxDw" else {"ry": {"AAC002": number}}
        answer = self.ask(operation, **part, **more)
        self.follows_schema()
        return answer

    def follows_schema(self) -> None:
        """Each part of the last answer, under the global element of its name, is what the schema says."""
        wrapper = etree.fromstring(self.wire.last).find(".//{http://schemas.xmlsoap.org/soap/envelope/}Body")[0]
        assert etree.QName(wrapper).namespace == SPACE and wrapper.tag.endswith("Response")
        for part in wrapper:
            part.tag = f"{{{SPACE}}}{part.tag}"
            SCHEMA.assertValid(etree.fromstring(etree.tostring(part)))


@pytest.fixture
def office(running: Running, http: httpx2.Client) -> Office:
    return Office(running, http)


def application(item_no: str = "I-1", mended: str = "0", early: str = "0", digest: str = "") -> dict[str, Any]:
    body = b"scan"
    paper = {"XH": 1, "CLMC": "声明", "LY": "1", "NR": body, "ZY": digest or hashlib.sha256(body).hexdigest()}
    claim = {"SYYS": 38, "LZYY": "02", "QSNY": "202610", "DYZL": "1", "YBJF": "1"}
    return {"sq": {
        "BJLSH": item_no, "BZ": mended, "YWLX": "SYDY", "YWMC": "失业保险待遇申领", "RQ": early, "AAC002": WORKER.id_number,
        "AAC003": WORKER.name, "syj": claim, "clLb": {"cl": [paper]},
    }}  # fmt: skip


def test_everybody_who_works_or_worked_is_answered_as_the_paper_says(office: Office) -> None:
    for entry in EMPLOYMENTS[::4]:
        answer = office.of("cxJy", entry.person.id_number)
        assert answer.fh.FHM == "100" and answer.jyLb.da[0].AAB004.rstrip("　") == entry.employer.name
        assert (answer.jyLb.da[0].LZRQ is None) == (not entry.until)


def test_everybody_s_months_are_those_of_their_terms(office: Office) -> None:
    for entry in INSURANCES[::6]:
        record = office.of("cxCb", entry.person.id_number).cbLb.da[0]
        assert (record.SYYS, len(record.jfLb.jf), len(record.xzLb.xz)) == (entry.months, len(entry.terms), 5)


@pytest.mark.parametrize(
    ("operation", "part", "number"),
    [("cxSbk", "kLb", WORKER.id_number), ("cxBys", "byLb", person("graduate_idle").id_number), ("cxDw", "dwLb", firm("feed").uscc)],
)  # fmt: skip
def test_cards_files_and_employers_follow_the_schema(office: Office, operation: str, part: str, number: str) -> None:
    assert len(office.of(operation, number)[part].da) == 1


def test_days_are_written_without_idle_zeros(office: Office) -> None:
    assert office.of("cxJy", WORKER.id_number).jyLb.da[0].JYRQ == "2023/9/1"


def test_parts_have_no_namespace_and_the_wrapper_has(office: Office) -> None:
    office.of("cxJy", WORKER.id_number)
    assert b"<m:cxJyResponse" in office.wire.last and b"<fh>" in office.wire.last


def test_an_unknown_number_has_no_record(office: Office) -> None:
    assert office.of("cxJy", NOBODY).fh.FHM == "204"


@pytest.mark.parametrize(("mode", "code"), [("busy", "503"), ("denied", "403"), ("nobody", "204"), ("several", "300")])
def test_a_mode_of_the_look_up_has_its_own_code(
    office: Office, running: Running, http: httpx2.Client, mode: str, code: str
) -> None:
    control(http, running, CODE, mode=mode, times=1)
    found = office.of("cxJy", WORKER.id_number)
    assert code == found.fh.FHM
    assert office.of("cxJy", WORKER.id_number).fh.FHM == "100"


def test_a_wrong_password_is_a_fault(office: Office) -> None:
    with pytest.raises(zeep.exceptions.Fault) as fault:
        office.of("cxJy", WORKER.id_number, password="wrong")
    assert fault.value.detail.findtext(".//CWM") == "J01"


def test_an_empty_reason_is_a_fault(office: Office) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="事由"):
        office.of("cxJy", WORKER.id_number, reason=" ")


def test_a_number_against_the_schema_is_a_fault_that_does_not_repeat_it(office: Office) -> None:
    with pytest.raises(zeep.exceptions.Fault):
        office.ask("cxJy", ry={"AAC002": "41132319840911ABCD"})
    assert b"ABCD" not in office.wire.last


def test_bytes_that_are_no_soap_and_operations_that_are_none_are_faults(running: Running, http: httpx2.Client) -> None:
    answer = http.post(f"{running.addresses[CODE]}/rsj/services/GgFw", content=b"<no soap")
    assert answer.status_code == 500 and b"J02" in answer.content
    assert http.get(f"{running.addresses[CODE]}/rsj/services/GgFw").status_code == 404


def test_an_application_gets_one_number_however_often_it_arrives(office: Office, running: Running) -> None:
    first, second = office.ask("ywSq", **application()), office.ask("ywSq", **application())
    office.follows_schema()
    assert (first.fh.FHM, second.fh.FHM, second.sd.YWH) == ("100", "101", first.sd.YWH)
    assert len(running.journal(CODE).of_kind("effect")) == 1


def test_an_attachment_with_a_false_digest_is_a_fault(office: Office) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="摘要"):
        office.ask("ywSq", **application(digest="0" * 64))


def test_a_decided_application_cannot_be_withdrawn(office: Office, running: Running, http: httpx2.Client) -> None:
    number = office.ask("ywSq", **application()).sd.YWH
    for step in ("accept", "approve"):
        assert decide(http, running, CODE, number=number, step=step).status_code == 200
    assert office.ask("ywZx", zx={"YWH": number, "YY": "晚了"}).FHM == "411"


def test_an_unknown_number_cannot_be_withdrawn(office: Office) -> None:
    assert office.ask("ywZx", zx={"YWH": "none", "YY": "x"}).FHM == "410"


def test_an_upstream_result_counts_once_and_only_in_pre_review(office: Office) -> None:
    early, plain = (office.ask("ywSq", **application(no, early=flag)).sd.YWH for no, flag in (("I-1", "1"), ("I-2", "0")))  # fmt: skip
    result = {"QZYW": "SYDJ", "TG": "1", "RQ": "20261120"}
    assert [office.ask("qzTs", qz={"YWH": early, **result}).FHM for _ in range(2)] == ["100", "101"]
    assert office.ask("qzTs", qz={"YWH": plain, **result}).FHM == "412"


def test_a_benefit_is_granted_for_the_months_that_were_paid(
    automatic: Running, http: httpx2.Client, hub: SmallHub
) -> None:
    Office(automatic, http).ask("ywSq", **application())
    eventually(lambda: hub.paths() == ["acceptance", "decision"])
    assert hub.told[1].json()["results"] == {"HDYS": "12"}


def test_wrong_date_is_an_impossible_date(office: Office, running: Running, http: httpx2.Client) -> None:
    control(http, running, CODE, mode="wrong", variant="date")
    assert office.ask("cxJy", ry={"AAC002": WORKER.id_number}).jyLb.da[0].JYRQ == "2026/2/31"


def test_wrong_other_answers_about_somebody_else(office: Office, running: Running, http: httpx2.Client) -> None:
    control(http, running, CODE, mode="wrong", variant="other")
    record = office.ask("cxJy", ry={"AAC002": WORKER.id_number}).jyLb.da[0]
    assert WORKER.id_number != record.AAC002


def test_the_served_papers_are_the_papers_handed_out(running: Running, http: httpx2.Client) -> None:
    base = f"{running.addresses[CODE]}/rsj/services/GgFw"
    assert http.get(f"{base}?wsdl").content == (PAPERS / CODE / "ggfw.wsdl").read_bytes()


def column(paper: str, name: str) -> set[str]:
    with (PAPERS / CODE / paper).open(encoding="utf-8", newline="") as file:
        return {row[name] for row in csv.DictReader(file)}


def test_every_kind_of_business_has_a_style_and_a_result() -> None:
    kinds = {style.item for style in STYLES}
    assert kinds == column("ywlx.csv", "dm") == column("jg.csv", "业务类型")


def test_every_code_that_an_answer_carries_is_in_its_list(office: Office) -> None:
    found = [office.of("cxJy", entry.person.id_number).jyLb.da[0] for entry in EMPLOYMENTS[::3]]
    assert {record.JYZT for record in found} <= column("jyzt.csv", "dm")
    assert {record.LZYY for record in found if record.LZYY} <= column("lzyy.csv", "dm")
