"""The city managers' server answers as `csgl.xsd` says; what happened stands in `Dm`, not in the HTTP status."""

from __future__ import annotations

import csv

import httpx2
import pytest
from lxml import etree

from adapters.simulators import Running
from adapters.simulators.population import deed
from adapters.simulators.population.construction import DRAINS
from adapters.simulators.urban_management import CREDENTIAL
from tests.adapters.simulators.conftest import PAPERS, SmallHub, control, decide, eventually

CODE = "urban-management"
CODES = (CODE,)
SPACE = "urn:zhcg:xzsp:1.3"
SCHEMA = etree.XMLSchema(etree.parse(str(PAPERS / CODE / "csgl.xsd")))
HEAD = "<Bw><Qqbh>{no}</Qqbh><Qqdw>11411323MB0990008U</Qqdw><Jbr>u-1</Jbr>{reason}<Qqsj>2026-11-20 10:00:00</Qqsj></Bw>"
PERMIT = (
    "<Ywlx>PSXK</Ywlx><Czlx>1</Czlx><Bjlsh>{item_no}</Bjlsh><Sxmc>排水许可</Sxmc><Rqys>否</Rqys>"
    "<Sqr><Lx>G</Lx><Mc>测试甲</Mc><Zjh>411323198001019905</Zjh><Fzr><Xm>测试甲</Xm></Fzr></Sqr>"
    "<Dd><Dz>西峡县样例路1号</Dz><Sylx>L</Sylx></Dd>"
    "<Ps><Phdm>P1</Phdm><Yslr>2.00</Yslr><Pslr>1.50</Pslr><Pfks>1</Pfks><Ycl>隔油池</Ycl><Wrw>01</Wrw></Ps><Cllb/>"
)


def post(http: httpx2.Client, running: Running, path: str, root: str, inner: str, **more: str) -> httpx2.Response:
    reason = "<Cxsy>我要开蛋糕店</Cxsy>" if path.startswith("cx") else ""
    head = HEAD.format(no=more.get("no", "q-1"), reason=reason)
    body = f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{SPACE}">{head}{inner}</{root}>'
    headers = {"Content-Type": "application/xml", "X-Zhcg-Pz": more.get("credential", CREDENTIAL)}
    return http.post(f"{running.addresses[CODE]}/zhcg/{path}", content=body.encode(), headers=headers)


def read(response: httpx2.Response) -> tuple[str, etree._Element]:
    """The code of an answer that fits the paper."""
    root = etree.fromstring(response.content)
    SCHEMA.assertValid(root)
    return str(root.findtext(f"{{{SPACE}}}Jg/{{{SPACE}}}Dm")), root


def apply(
    http: httpx2.Client, running: Running, no: str, item_no: str = "c-1-1", permit: str = PERMIT
) -> httpx2.Response:
    return post(http, running, "sp/sl", "Sqs", permit.format(item_no=item_no), no=no)


def number_of(root: etree._Element) -> str:
    return str(root.findtext(f"{{{SPACE}}}Slh"))


def test_every_drain_of_the_population_is_answered_as_the_paper_says(running: Running, http: httpx2.Client) -> None:
    for drain in DRAINS:
        key = "mall" if drain.key == "cold_drinks" else drain.key
        code, root = read(post(http, running, "cx/psjb", "Pscx", f"<Bdczh>{deed(key).number}</Bdczh>"))
        assert code == "00" and root.findtext(f".//{{{SPACE}}}Jcjh") == drain.well


def test_a_street_without_a_rule_has_nil_in_its_place(running: Running, http: httpx2.Client) -> None:
    _, root = read(post(http, running, "cx/ljjz", "Ljcx", f"<Bdczh>{deed('bakery').number}</Bdczh>"))
    nil = "{http://www.w3.org/2001/XMLSchema-instance}nil"
    assert [root.find(f".//{{{SPACE}}}{tag}").get(nil) for tag in ("Zpgk", "Gkrq")] == ["true", "true"]


def test_a_wrong_credential_is_a_401_and_reaches_nothing(running: Running, http: httpx2.Client) -> None:
    response = post(http, running, "cx/ljjz", "Ljcx", "<Bdczh>x</Bdczh>", credential="wrong")
    assert (response.status_code, read(response)[0]) == (401, "41")


def test_a_message_at_the_wrong_place_or_with_a_document_type_is_refused(running: Running, http: httpx2.Client) -> None:
    assert post(http, running, "sp/sl", "Ljcx", "<Bdczh>x</Bdczh>").status_code == 400
    bomb = f'<!DOCTYPE Ljcx [<!ENTITY e "x">]><Ljcx xmlns="{SPACE}"/>'
    headers = {"X-Zhcg-Pz": CREDENTIAL}
    response = http.post(f"{running.addresses[CODE]}/zhcg/cx/ljjz", content=bomb.encode(), headers=headers)
    assert (response.status_code, read(response)[0]) == (400, "40")


@pytest.mark.parametrize(("old", "new"), [("P1", "P9"), ("2.00", "2"), ("<Wrw>01</Wrw>", ""), ("PSXK", "XXXX")])
def test_what_the_paper_refuses_has_no_effect(running: Running, http: httpx2.Client, old: str, new: str) -> None:
    response = apply(http, running, "k-1", permit=PERMIT.replace(old, new))
    assert (response.status_code, read(response)[0]) == (400, "40")
    assert running.journal(CODE).of_kind("effect") == []


def test_a_refusal_names_the_place_and_not_the_value(running: Running, http: httpx2.Client) -> None:
    response = apply(http, running, "k-1", permit=PERMIT.replace("P1", "secret"))
    assert "报文不合规范：" in response.text and "secret" not in response.text


def test_a_false_digest_is_refused(running: Running, http: httpx2.Client) -> None:
    material = "<Cllb><Cl><Xh>1</Xh><Mc>图</Mc><Lydm>1</Lydm><Zy>{}</Zy><Wj>MQ==</Wj></Cl></Cllb>".format("0" * 64)
    assert apply(http, running, "k-1", permit=PERMIT.replace("<Cllb/>", material)).status_code == 400


def test_an_application_gets_one_number_per_request_number(running: Running, http: httpx2.Client) -> None:
    answers = [read(apply(http, running, no, f"{no}-1")) for no in ("k-1", "k-1", "k-2")]
    assert [code for code, _ in answers] == ["00", "01", "00"]
    first, again, other = (number_of(root) for _, root in answers)
    assert first == again != other


def test_a_decision_carries_the_licence_number_and_its_last_day(
    running: Running, http: httpx2.Client, hub: SmallHub
) -> None:
    number = number_of(read(apply(http, running, "k-1"))[1])
    for step in ("accept", "approve"):
        assert decide(http, running, CODE, number=number, step=step).status_code == 200
    eventually(lambda: len(hub.told) == 2)
    results = hub.told[1].json()["results"]
    assert results["Xkzh"].startswith("豫排字") and len(results["Yxqz"]) == 8


def test_a_withdrawal_is_taken_before_and_not_after_the_decision(running: Running, http: httpx2.Client) -> None:
    early, late = (number_of(read(apply(http, running, no, f"{no}-1"))[1]) for no in ("k-1", "k-2"))
    for step in ("accept", "deny"):
        decide(http, running, CODE, number=late, step=step, reason="不符合")
    answers = [
        read(post(http, running, "sp/ch", "Chs", f"<Slh>{number}</Slh><Yy>申请人自愿</Yy>"))[0]
        for number in (early, early, late, "x")
    ]
    assert answers == ["00", "01", "51", "44"]


def test_an_upstream_result_for_what_waits_for_none_is_said(running: Running, http: httpx2.Client) -> None:
    number = number_of(read(apply(http, running, "k-1"))[1])
    result = f"<Slh>{number}</Slh><Qzdm>GSDJ</Qzdm><Zzmc>营业执照</Zzmc><Pzrq>20261120</Pzrq>"
    assert read(post(http, running, "sp/qz", "Qzts", result))[0] == "51"


@pytest.mark.parametrize(("mode", "code"), [("busy", "53"), ("denied", "43"), ("nobody", "44"), ("several", "49")])
def test_a_mode_has_its_own_code(running: Running, http: httpx2.Client, mode: str, code: str) -> None:
    control(http, running, CODE, mode=mode, operation="Ljcx")
    assert read(post(http, running, "cx/ljjz", "Ljcx", "<Bdczh>x</Bdczh>"))[0] == code


def test_every_code_it_says_is_in_its_list() -> None:
    with (PAPERS / CODE / "jgdm.csv").open(encoding="utf-8") as file:
        listed = {row["dm"] for row in csv.DictReader(file)}
    assert {"00", "01", "40", "41", "43", "44", "49", "51", "53"} == listed


def test_the_journal_keeps_the_subject_as_a_digest_only(running: Running, http: httpx2.Client) -> None:
    apply(http, running, "k-1")
    (seen,) = running.journal(CODE).requests()
    assert (seen["operation"], seen["request"], seen["key"]) == ("Sqs", "k-1", "k-1")
    assert "411323198001019905" not in str(running.journal(CODE).rows()) and len(str(seen["subject"])) == 64
