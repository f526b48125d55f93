"""The road office answers as its schema says: GB18030, everything in attributes, what happened in `jg`."""

from __future__ import annotations

import base64
import hashlib

import httpx2
import pytest
from lxml import etree

from adapters.simulators import Running, population
from adapters.simulators.transport import CREDENTIAL, PAPER
from tests.adapters.simulators.conftest import SmallHub, control, decide, eventually

CODE = "transport"
CODES = (CODE,)
SCHEMA = etree.XMLSchema(etree.parse(str(PAPER)))
FIRM = population.firm("logistics")
FLEET = f'<CXTJ lx="YHCL" tydm="{FIRM.uscc}"/>'
REPAIR = '<WX lb="三类" xm="轮胎修补" gw="3" cjmj="120.00" tcmj="60.00" sb="举升机" jsfzr="样例甲" fjy="FJY-1"/>'


def application(lsh: str = "I-1", material: bytes = b"%PDF", digest: str = "", **changes: str) -> str:
    told = {"lx": "WXBA", "czlx": "XZ", "bjlsh": lsh, "sxmc": "机动车维修经营备案", "rqys": "N", **changes}
    head = " ".join(f'{name}="{value}"' for name, value in told.items())
    zy = digest or hashlib.sha256(material).hexdigest()
    return (
        f'<SB {head}><SQR mc="样例维修店" zjh="92411323MA9YX0010" fzr="样例甲" fzrzjh="x"/><CS dz="样例路1号" cq="ZL"/>{REPAIR}'
        f'<CLQD><CL xh="1" mc="备案表" ly="SQ" zy="{zy}">{base64.b64encode(material).decode()}</CL></CLQD></SB>'
    )


def send(http: httpx2.Client, running: Running, wanted: str, lsh: str = "q-1") -> etree._Element:
    text = f'<?xml version="1.0" encoding="GB18030"?><DLYSQQ bb="3.1" lsh="{lsh}" dw="d" czy="u" sj="20261120100000">{wanted}</DLYSQQ>'
    address = f"{running.addresses[CODE]}/yz/jk"
    response = http.post(address, content=text.encode("gb18030"), headers={"X-Yz-Pz": CREDENTIAL})
    assert response.content.startswith(b"<?xml version='1.0' encoding='GB18030'?>")
    root = etree.fromstring(response.content)
    SCHEMA.assertValid(root)
    return root


def test_a_haulier_is_answered_with_all_vehicles(running: Running, http: httpx2.Client) -> None:
    root = send(http, running, FLEET)
    vehicles = root.findall("YH/CL")
    assert root.get("jg") == "000" and len(vehicles) == 4 and root[0].get("cls") == "4"
    assert [one.get("wx") for one in vehicles] == ["有", "无", "有", "无"]
    assert sum(one.get("pf") is None for one in vehicles) == 1  # the trailer has no engine


def test_a_keeper_without_vehicles_is_a_record_all_the_same(running: Running, http: httpx2.Client) -> None:
    root = send(http, running, f'<CXTJ lx="YHCL" tydm="{population.firm("garage").uscc}"/>')
    assert root.get("jg") == "000" and root[0].get("cls") == "0" and len(root[0]) == 0


def test_a_firm_that_keeps_none_is_no_record(running: Running, http: httpx2.Client) -> None:
    assert send(http, running, f'<CXTJ lx="YHCL" tydm="{population.firm("mall").uscc}"/>').get("jg") == "100"


def test_a_wrong_credential_is_forbidden(running: Running, http: httpx2.Client) -> None:
    assert http.post(f"{running.addresses[CODE]}/yz/jk", content=b"<x/>").status_code == 403


@pytest.mark.parametrize(
    "wanted",
    [
        '<CXTJ lx="YHCL"/>',
        '<SB lx="WXBA"/>',
        "<XX/>",
        application(digest="0" * 64),
        application().replace("120.00", "大"),
    ],
    ids=["attribute left out", "no content", "unknown", "digest", "number"],
)
def test_a_message_that_breaks_the_paper_is_turned_away(running: Running, http: httpx2.Client, wanted: str) -> None:
    assert send(http, running, wanted).get("jg") == "400"


def test_a_document_type_is_turned_away(running: Running, http: httpx2.Client) -> None:
    body = b'<!DOCTYPE DLYSQQ [<!ENTITY a "b">]><DLYSQQ><CXTJ lx="&a;" tydm="x"/></DLYSQQ>'
    response = http.post(f"{running.addresses[CODE]}/yz/jk", content=body, headers={"X-Yz-Pz": CREDENTIAL})
    assert b'jg="400"' in response.content


def test_the_same_number_again_gives_the_first_application(running: Running, http: httpx2.Client) -> None:
    first, second = (send(http, running, application(), "k-1") for _ in range(2))
    assert (first.get("jg"), second.get("jg")) == ("000", "001")
    assert dict(first[0].attrib) == dict(second[0].attrib)


def test_an_item_that_it_does_not_handle_and_a_decided_one_are_told(running: Running, http: httpx2.Client) -> None:
    assert send(http, running, application(lx="ZZ"), "k-2").get("jg") == "410"
    number = send(http, running, application("I-3"), "k-3")[0].get("bh")
    for step in ("accept", "approve"):
        decide(http, running, CODE, number=number, step=step)
    assert send(http, running, f'<CH bh="{number}" yy="不办了"/>').get("jg") == "410"


def test_a_filing_is_acknowledged_with_its_number(automatic: Running, http: httpx2.Client, hub: SmallHub) -> None:
    send(http, automatic, application("I-9"), "k-9")
    eventually(lambda: hub.paths() == ["acceptance", "decision"])
    assert hub.told[1].json()["results"]["pzh"].startswith("豫交维备411323")


def test_busy_is_told_in_the_answer(running: Running, http: httpx2.Client) -> None:
    control(http, running, CODE, mode="busy", times=1)
    assert send(http, running, FLEET).get("jg") == "500"
