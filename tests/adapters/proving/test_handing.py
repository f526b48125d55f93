"""A recorded receipt: a fictional case by the mapping's own words, nobody in what is kept, and a changed mapping that is noticed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from adapters.contract import Misconfigured
from adapters.onboarding.fiction import ID_NUMBER
from adapters.proving import handing
from adapters.proving.bodies import CannotTell
from adapters.proving.fiction import Fiction
from adapters.proving.handing import KEY, Handed
from adapters.proving.replaying import handed_again
from adapters.proving.sampling import Folder, folder_of
from adapters.proving.transports import Answer
from tests.adapters.kinds.making import NOW, department_of

TOML = """
[department]
code = "d"
name = "d"
uscc = "u"
kind = "rest"
[wire.code_lists.cq]
table = { ZY = "own", ZL = "rented" }
[handles.permit.hand_over]
method = "POST"
path = "/sb"
headers = { X-Bh = "{key}" }
body = { lsh = "{key}", xm = "{form.owner.name}", zjh = { from = "{form.owner.id_number}", as = "id_number" }, cq = { from = "{form.premises.tenure}", codes = "cq" }, rq = { from = "{form.opened_on}", as = "yyyymmdd", required = true }, cl = { each = "attachments", row = { mc = "{name}" } } }
result = "$.fhm"
taken = ["0000"]
again = ["0001"]
refused = ["4004"]
department_no = "$.slh"
request_echo = "$.lsh"
"""
RECEIPT = {"fhm": "0000", "slh": "SL20260105000017", "lsh": "K-1", "jbr": "测试经办", "dh": "13900001234"}


def folder(text: str = TOML, place: Path = Path("/")) -> Folder:
    department, resources = department_of(text, place)
    return folder_of(department, resources.values())


def recorded(
    tree: object = RECEIPT, key: str = "K-1", there: Folder | None = None, given: dict[str, str] | None = None
) -> Handed:
    receipt = Answer(200, "application/json", json.dumps(tree, ensure_ascii=False).encode())
    made = handing.recorded(
        there or folder(), "permit", "hand_over", "taken", receipt, given or {}, key, Fiction(bytes(32)), NOW
    )
    return asyncio.run(made)


def test_a_fictional_case_is_made_by_the_words_and_rules_of_the_mapping() -> None:
    form = handing.form_of(folder(), "permit", "hand_over")
    assert form == {
        "owner.name": "示例",
        "owner.id_number": ID_NUMBER,
        "premises.tenure": "own",
        "opened_on": "2026-01-05",
    }
    sent = json.loads(recorded().passed[0].request.body)
    assert (sent["cq"], sent["rq"], sent["zjh"], sent["lsh"]) == ("ZY", "20260105", ID_NUMBER, KEY)


def test_nobody_of_a_receipt_is_kept_and_its_words_are() -> None:
    made = recorded()
    text = made.passed[0].answer.body.decode()
    assert made.outcome["result"] == "taken" and '"0000"' in text and KEY in text
    assert not any(one in text for one in ("测试经办", "13900001234", "SL20260105000017", "K-1"))


def test_a_refusal_and_a_receipt_of_another_request_are_kept_as_what_they_are() -> None:
    assert recorded({**RECEIPT, "fhm": "4004"}).outcome == {"result": "refused"}
    assert recorded(key="K-2").outcome == {"result": "sent_again"}


def test_what_the_case_lacks_is_asked_for_and_can_be_given() -> None:
    text = TOML.replace('as = "yyyymmdd"', 'codes = "rq.csv:a"')
    with pytest.raises((CannotTell, Misconfigured)):
        recorded(there=folder(text))
    assert json.loads(recorded(given={"owner.name": "测试·甲"}).passed[0].request.body)["xm"] == "测试·甲"


def test_an_item_or_a_step_that_is_not_there_is_named() -> None:
    with pytest.raises(Misconfigured, match="it takes: permit"):
        handing.form_of(folder(), "other", "hand_over")
    with pytest.raises(Misconfigured, match="has no stop"):
        handing.form_of(folder(), "permit", "stop")


def test_a_changed_mapping_is_noticed_in_what_is_sent_and_in_what_the_receipt_means(tmp_path: Path) -> None:
    handing.write(recorded(), tmp_path)

    def otherwise(text: str) -> list[str]:
        ((sentences, _),) = asyncio.run(handed_again(folder(text, tmp_path))).values()
        return sentences

    assert otherwise(TOML) == []
    assert otherwise(TOML.replace("xm =", "mc =")) == ["request 1 has another body or other parameters"]
    assert otherwise(TOML.replace('taken = ["0000"]', 'taken = ["9"]'))[-1].startswith("result is otherwise")
