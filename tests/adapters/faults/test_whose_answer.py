"""An answer to another question or about another person, and a file that is not what it is called: never taken, and the reason is named."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.contract import (
    Document,
    Found,
    Misconfigured,
    NotFound,
    Outcome,
    PeerUnreachable,
    Raw,
    Unavailable,
    Unusable,
    Why,
)
from adapters.kinds.answers import answer_reader, document, meaning
from adapters.kinds.documents import Documents
from adapters.kinds.receipts import receipt
from adapters.kinds.settings import Settings
from tests.adapters.kinds.making import department_of, query
from tests.adapters.kinds.test_rest import TOML, USCC

RAW = Raw(b"", "application/json")
((CODE, PLAIN),) = department_of(TOML)[1].items()
ECHOING = replace(PLAIN, wire={**PLAIN.wire, "request_echo": "$.bt.lsh", "echo": {"uscc": "$.dm"}})
ASKED = query(ECHOING, {"uscc": USCC}, request_id="0193d0f0-0000-7000-8000-00000000000a")


def read(code: str, number: object, about: str = USCC) -> Outcome:
    reader = answer_reader(ECHOING, Documents("d", Path("/nowhere"), {}))
    tree = {"code": code, "bt": {"lsh": number}, "rec": {"mc": "甲", "dm": about}}
    return reader.outcome(tree, ASKED, RAW)


def test_the_answer_to_this_question_about_this_firm_is_taken() -> None:
    assert isinstance(read("0", ASKED.request_id.upper(), USCC.lower()), Found)


@pytest.mark.parametrize("code", ["0", "404", "409"])
@pytest.mark.parametrize("number", ["0193d0f0-0000-7000-8000-00000000000b", "", None, [ASKED.request_id], 7])
def test_an_answer_to_another_request_is_not_even_no_record(code: str, number: object) -> None:
    outcome = read(code, number)
    assert isinstance(outcome, Unusable) and (outcome.path, outcome.rule) == ("$.bt.lsh", "other_request")


def test_an_empty_list_is_no_record_only_where_the_mapping_says_so() -> None:
    for more, expected in (({}, Unusable), ({"empty": "not_found"}, NotFound)):
        reader = answer_reader(replace(PLAIN, wire={**PLAIN.wire, **more}), Documents("d", Path("/nowhere"), {}))
        assert isinstance(reader.outcome({"code": "0", "rec": []}, ASKED, RAW), expected)
        assert isinstance(reader.outcome({"code": "0"}, ASKED, RAW), Unusable)
    with pytest.raises(Misconfigured, match="all that an empty list can mean"):
        answer_reader(replace(PLAIN, wire={**PLAIN.wire, "empty": "found"}), Documents("d", Path("/nowhere"), {}))


def test_a_department_that_is_busy_need_not_say_to_whom() -> None:
    assert read("503", None) == Unavailable(Why.BUSY)
    assert isinstance(read("404", ASKED.request_id), NotFound)


@pytest.mark.parametrize("about", ["91411323MA9990001K", "", f"{USCC} {USCC}"])
def test_an_answer_about_another_firm_is_not_taken(about: str) -> None:
    outcome = read("0", ASKED.request_id, about)
    assert isinstance(outcome, Unusable) and outcome.rule == "other_subject"


def test_a_receipt_of_another_request_gives_no_number() -> None:
    call = Settings(
        {"result": "$.c", "taken": ["0"], "busy": ["9"], "department_no": "$.no", "request_echo": "$.l"}, "d"
    )
    assert receipt(call, meaning(call), {"c": "0", "no": "A1", "l": "k1"}, "k1").department_no == "A1"
    with pytest.raises(PeerUnreachable, match="another request"):
        receipt(call, meaning(call), {"c": "0", "no": "A1", "l": "k2"}, "k1")


def test_an_echo_that_is_no_path_is_told_when_connecting() -> None:
    with pytest.raises(Misconfigured, match="not a path"):
        answer_reader(replace(PLAIN, wire={**PLAIN.wire, "request_echo": "$..a"}), Documents("d", Path("/nowhere"), {}))


# --- the file that comes with an answer -------------------------------------------------------------------------------

FILE = Settings({"path": "$.nr", "name": "$.mc", "media_type": "$.gs"}, "d")
PDF, PNG, JPG, OFD, HTML = b"%PDF-1.7", b"\x89PNG\r\n\x1a\n0", b"\xff\xd8\xff\xe0", b"PK\x03\x04", b"<html><script>"


def came(body: bytes, said: object, name: object = "执照") -> Document | Unusable | None:
    return document({"nr": base64.b64encode(body).decode(), "gs": said, "mc": name}, FILE, RAW)


@pytest.mark.parametrize(
    ("said", "body"), [("pdf", PDF), ("application/pdf", b"\n" * 9 + PDF), ("PNG", PNG), ("jpg", JPG), ("ofd", OFD)]
)
def test_a_file_that_begins_as_it_is_called_is_taken(said: str, body: bytes) -> None:
    found = came(body, said)
    assert isinstance(found, Document) and found.body == body


@pytest.mark.parametrize("said", ["pdf", "png", "jpg", "ofd", "application/pdf", "image/png"])
@pytest.mark.parametrize("body", [HTML, b"", b"\x00", b"%!PS", b"MZ"])
def test_a_file_that_is_not_what_it_is_called_spoils_the_answer(said: str, body: bytes) -> None:
    if not body:
        assert came(body, said) is None
        return
    found = came(body, said)
    assert isinstance(found, Unusable) and (found.field, found.rule) == ("document", "media_type")


@pytest.mark.parametrize(
    "said", ["text/html", "image/svg+xml", "application/javascript", "x" * 9999, None, ["pdf"], "pdf\x00"]
)
def test_a_file_of_any_other_type_is_only_bytes(said: object) -> None:
    found = came(HTML, said)
    assert isinstance(found, Document) and found.media_type == "application/octet-stream"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\x", "a\x00b", "\ud800", "a\r\nSet-Cookie: x", "x" * 999, None, {}]
)
def test_the_name_of_a_file_leads_nowhere(name: object) -> None:
    found = came(PDF, "pdf", name)
    assert isinstance(found, Document) and len(found.name) <= 100 and found.name.isprintable()
    assert not {"/", "\\"} & set(found.name)


@pytest.mark.parametrize("body", ["====", "a", "JVBERi0=\x00", {"a": 1}, ["JVBERi0="], 7, True])
def test_what_is_no_base64_spoils_the_answer(body: object) -> None:
    found = document({"nr": body, "gs": "pdf"}, FILE, RAW)
    assert isinstance(found, Unusable) and found.rule in ("base64", "media_type")
