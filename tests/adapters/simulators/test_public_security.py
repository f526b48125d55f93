"""The police system answers as its WSDL says: a strict zeep client reads it, and its XSD accepts each answer."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx2
import pytest
import zeep.exceptions
from lxml import etree

from adapters.simulators import Running, population
from tests.adapters.simulators.conftest import PAPERS, Police, control, decide

CODES = ("public-security",)

PERSON = population.person("legal_representative")


def application(item_no: str = "I-1", pre_review: str = "0", step: str = "1", content: bytes = b"scan", digest: str | None = None) -> dict[str, Any]:  # fmt: skip
    contact = {"Xm": PERSON.name, "Zjhm": PERSON.id_number, "Lxdh": None}
    firm = population.firm("applicant")
    material = {"Clxh": 1, "Clmc": "平面图", "Lydm": "1", "Zzbh": None, "Wjm": "p.pdf", "Nr": content,
                "Wjzy": digest or hashlib.sha256(content).hexdigest()}  # fmt: skip
    return {
        "Bjlsh": item_no, "Czlx": step, "Sxbm": "000109007000", "Sxmc": "旅馆业特种行业许可证核发", "Rqysbz": pre_review,
        "Qy": {"Tyshxydm": firm.uscc, "Qymc": firm.name, "Fddbr": contact},
        "Cs": {"Csmc": "山水间", "Csdz": firm.place.line, "Csmj": "320.50", "Kfs": 8, "Cws": 14, "Cqxzdm": "2", "Cqzmbh": "XZB2026-0991"},
        "Jbr": None, "ClLb": {"Cl": [material]}, "Bz": None,
    }  # fmt: skip


def upstream(number: str, code: str, passed: str = "1") -> dict[str, Any]:
    return {
        "Ywbh": number,
        "Qzsxdm": code,
        "Jgbz": passed,
        "Wsbh": "W-1",
        "Qfdw": "消防",
        "Qfrq": "20261118",
        "Yxqz": "长期",
        "Fj": None,
    }


def follows_schema(police: Police) -> None:
    schema = etree.XMLSchema(etree.parse(str(PAPERS / "public-security" / "rkfw.xsd")))
    body = etree.fromstring(police.wire.last).find("{http://schemas.xmlsoap.org/soap/envelope/}Body")
    schema.assertValid(etree.fromstring(etree.tostring(body[0])))


def test_one_person_is_found_with_nested_address_and_no_photo(police: Police) -> None:
    answer = police.ask("RkJbxxCx", Gmsfhm=PERSON.id_number)
    found = answer.RyLb.Ry[0]
    assert (answer.Bt.Jgdm, answer.Bt.Qqbh, found.Xm.rstrip(), found.Zp) == ("0000", "q-1", PERSON.name, None)
    assert found.Hjdz.Xzjdmc.strip() == PERSON.home.town
    follows_schema(police)


def test_a_card_without_end_says_long_term(police: Police) -> None:
    assert police.ask("RkJbxxCx", Gmsfhm=population.person("owner").id_number).RyLb.Ry[0].Sfz.Yxqjzrq == "长期"


def test_an_unknown_number_is_no_such_person(police: Police) -> None:
    assert police.ask("RkJbxxCx", Gmsfhm=population.NOBODY).Bt.Jgdm == "1001"
    follows_schema(police)


def test_who_lives_here_with_a_permit_is_known_as_a_person_and_has_no_household_here(police: Police) -> None:
    number = population.person("migrant_mother").id_number
    known = police.ask("RkJbxxCx", Gmsfhm=number).RyLb.Ry[0]
    assert (known.Hjdz.Ssxmc, known.Hjdz.Ssxdm) == ("河南省南阳市演示县", "411399")
    follows_schema(police)
    assert police.ask("HkCyCx", Gmsfhm=number).Bt.Jgdm == "1001"


@pytest.mark.parametrize("key", ["stranger_child", "migrant_daughter"])
def test_who_is_registered_elsewhere_without_permit_is_unknown(police: Police, key: str) -> None:
    assert police.ask("RkJbxxCx", Gmsfhm=population.person(key).id_number).Bt.Jgdm == "1001"


def test_of_two_matches_only_what_tells_them_apart_is_given(police: Police) -> None:
    answer = police.ask("RkJbxxCx", Gmsfhm=population.person("twin_1").id_number)
    assert (answer.Bt.Jgdm, [entry.Gmsfhm for entry in answer.RyLb.Ry]) == ("1002", [None, None])
    follows_schema(police)


def test_a_chosen_serial_gives_the_one_of_two(police: Police) -> None:
    number = population.person("twin_1").id_number
    second = police.ask("RkJbxxCx", Gmsfhm=number).RyLb.Ry[1]
    chosen = police.ask("RkJbxxCx", Gmsfhm=number, Ryxh=second.Ryxh)
    assert (chosen.Bt.Jgdm, chosen.RyLb.Ry[0].Xm.rstrip()) == ("0000", "示例重乙")


def test_a_wrong_name_is_no_such_person(police: Police) -> None:
    assert police.ask("RkJbxxCx", Gmsfhm=PERSON.id_number, Xm="演示乙").Bt.Jgdm == "1001"


def test_the_household_lists_members_with_relation_codes(police: Police) -> None:
    answer = police.ask("HkCyCx", Gmsfhm=population.person("spouse").id_number)
    assert [entry.Yhzgxdm for entry in answer.Hk.CyLb.Cy] == ["02", "10", "20"]
    follows_schema(police)


def test_namespace_prefixes_change_from_answer_to_answer(police: Police) -> None:
    seen = set()
    for _ in range(3):
        police.ask("HkCyCx", Gmsfhm=PERSON.id_number)
        seen.add(police.wire.last.split(b"Bt>")[0].rsplit(b"<", 1)[1])
    assert len(seen) == 3


def test_a_wrong_password_is_a_fault(police: Police) -> None:
    with pytest.raises(zeep.exceptions.Fault) as fault:
        police.ask("RkJbxxCx", password="wrong", Gmsfhm=PERSON.id_number)
    assert fault.value.detail.findtext(".//{*}Cwdm") == "E101"


def test_an_empty_reason_of_query_is_a_fault(police: Police) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="事由"):
        police.ask("RkJbxxCx", reason="  ", Gmsfhm=PERSON.id_number)


def test_a_request_against_the_schema_is_a_fault_without_its_values(police: Police) -> None:
    with pytest.raises(zeep.exceptions.Fault) as fault:
        police.ask("RkJbxxCx", Gmsfhm="41132319850312ABCD")
    assert b"41132319850312ABCD" not in police.wire.last and "不符合规范" in fault.value.message


def test_bytes_that_are_no_soap_are_a_fault(running: Running, http: httpx2.Client) -> None:
    answer = http.post(f"{running.addresses['public-security']}/rkfw", content=b"<not soap")
    assert answer.status_code == 500 and b"E102" in answer.content


def test_an_application_gets_one_number_however_often_it_arrives(police: Police, running: Running) -> None:
    first, second = police.ask("TzhySqSl", **application()), police.ask("TzhySqSl", **application())
    assert (first.Bt.Jgdm, second.Bt.Jgdm, second.Ywbh) == ("0000", "0001", first.Ywbh)
    assert len(running.journal("public-security").of_kind("effect")) == 1


def test_an_attachment_with_a_false_digest_is_a_fault(police: Police, running: Running) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="摘要"):
        police.ask("TzhySqSl", **application(digest="0" * 64))
    assert running.journal("public-security").of_kind("effect") == []


def test_an_undecided_application_can_be_withdrawn_once(police: Police) -> None:
    number = police.ask("TzhySqSl", **application()).Ywbh
    stop = {"Ywbh": number, "Chyy": "申请人自愿", "Chsj": "20261120100000"}
    assert [police.ask("TzhySqCh", **stop).Jgdm for _ in range(2)] == ["0000", "0001"]


def test_a_decided_application_cannot_be_withdrawn(police: Police, running: Running, http: httpx2.Client) -> None:
    number = police.ask("TzhySqSl", **application()).Ywbh
    for step in ("accept", "approve"):
        assert decide(http, running, "public-security", number=number, step=step).status_code == 200
    assert police.ask("TzhySqCh", Ywbh=number, Chyy="晚了", Chsj="20261120100000").Jgdm == "3002"


def test_an_unknown_number_cannot_be_withdrawn(police: Police) -> None:
    assert police.ask("TzhySqCh", Ywbh="none", Chyy="x", Chsj="20261120100000").Jgdm == "3001"


def test_an_upstream_result_counts_once(police: Police) -> None:
    number = police.ask("TzhySqSl", **application(pre_review="1")).Ywbh
    assert [police.ask("TzhyQzJgTs", **upstream(number, "XF")).Jgdm for _ in range(2)] == ["0000", "0001"]


def test_an_upstream_result_for_an_ordinary_application_is_not_taken(police: Police) -> None:
    number = police.ask("TzhySqSl", **application()).Ywbh
    assert police.ask("TzhyQzJgTs", **upstream(number, "XF")).Jgdm == "3003"


@pytest.mark.parametrize(
    ("mode", "code"), [("busy", "9001"), ("denied", "2001"), ("nobody", "1001"), ("several", "1002")]
)
def test_a_mode_of_the_look_up_has_its_own_result_code(
    police: Police, running: Running, http: httpx2.Client, mode: str, code: str
) -> None:
    control(http, running, "public-security", mode=mode, times=1)
    assert police.ask("RkJbxxCx", Gmsfhm=PERSON.id_number).Bt.Jgdm == code
    follows_schema(police)
    assert police.ask("RkJbxxCx", Gmsfhm=PERSON.id_number).Bt.Jgdm == "0000"


def test_while_several_match_a_choice_still_resolves(police: Police, running: Running, http: httpx2.Client) -> None:
    control(http, running, "public-security", mode="several")
    choices = police.ask("RkJbxxCx", Gmsfhm=PERSON.id_number).RyLb.Ry
    chosen = police.ask("RkJbxxCx", Gmsfhm=PERSON.id_number, Ryxh=choices[0].Ryxh)
    assert (chosen.Bt.Jgdm, chosen.RyLb.Ry[0].Gmsfhm) == ("0000", PERSON.id_number)


def test_refuse_is_a_fault(police: Police, running: Running, http: httpx2.Client) -> None:
    control(http, running, "public-security", mode="refuse")
    with pytest.raises(zeep.exceptions.Fault):
        police.ask("RkJbxxCx", Gmsfhm=PERSON.id_number)


def test_wrong_is_truncated_xml(police: Police, running: Running, http: httpx2.Client) -> None:
    control(http, running, "public-security", mode="wrong")
    with pytest.raises(zeep.exceptions.TransportError):
        police.ask("RkJbxxCx", Gmsfhm=PERSON.id_number)


def test_wrong_date_is_an_impossible_date(police: Police, running: Running, http: httpx2.Client) -> None:
    control(http, running, "public-security", mode="wrong", variant="date")
    assert police.ask("RkJbxxCx", Gmsfhm=PERSON.id_number).RyLb.Ry[0].Csrq == "20260231"


def test_wrong_code_is_of_no_list(police: Police, running: Running, http: httpx2.Client) -> None:
    control(http, running, "public-security", mode="wrong", variant="code")
    assert police.ask("RkJbxxCx", Gmsfhm=PERSON.id_number).RyLb.Ry[0].Xbdm == "77"


def test_wrong_missing_breaks_the_schema(police: Police, running: Running, http: httpx2.Client) -> None:
    control(http, running, "public-security", mode="wrong", variant="missing")
    with pytest.raises(zeep.exceptions.Error):
        police.ask("RkJbxxCx", Gmsfhm=PERSON.id_number)


def test_wrong_other_answers_about_somebody_else(police: Police, running: Running, http: httpx2.Client) -> None:
    control(http, running, "public-security", mode="wrong", variant="other")
    assert (
        police.ask("RkJbxxCx", Gmsfhm=population.person("owner").id_number).RyLb.Ry[0].Gmsfhm
        != population.person("owner").id_number
    )


def test_a_dropped_answer_has_its_effect(police: Police, running: Running, http: httpx2.Client) -> None:
    control(http, running, "public-security", mode="drop_answer", operation="TzhySqSl", times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        police.ask("TzhySqSl", **application())
    assert police.ask("TzhySqSl", **application()).Bt.Jgdm == "0001"


def test_the_served_papers_are_the_papers_handed_out(running: Running, http: httpx2.Client) -> None:
    base = running.addresses["public-security"]
    assert http.get(f"{base}/rkfw?wsdl").content == (PAPERS / "public-security" / "rkfw.wsdl").read_bytes()


def test_every_code_that_people_carry_is_in_its_list() -> None:
    for name, codes in (("mzdm", {p.ethnicity for p in population.PEOPLE}), ("hyzkdm", {p.marriage for p in population.PEOPLE}),
                        ("yhzgxdm", {p.relation for p in population.PEOPLE}), ("xbdm", {p.sex for p in population.PEOPLE})):  # fmt: skip
        listed = (PAPERS / "public-security" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[1:]
        assert codes <= {line.split(",")[0] for line in listed}


def test_the_photo_is_written_as_nil(police: Police) -> None:
    police.ask("RkJbxxCx", Gmsfhm=PERSON.id_number)
    assert b"Zp xsi:nil" in police.wire.last
