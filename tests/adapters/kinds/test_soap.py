"""SOAP: requests built from a WSDL file, answers and faults read, and nothing that a message can do reaches further."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
from pathlib import Path

import pytest

from adapters.connect import Connected
from adapters.contract import (
    Ambiguous,
    Denied,
    Found,
    Misconfigured,
    NotFound,
    Outcome,
    PeerRefused,
    PeerUnreachable,
    Taken,
    Unavailable,
    Unusable,
    Why,
)
from tests.adapters.kinds.far_side import (
    Answerer,
    FarSide,
    breaks_off,
    far_side,
    free_port_address,
    http,
    waits,
    writes,
)
from tests.adapters.kinds.making import ask, connected, handover

HERE = Path(__file__).parent
NUMBER = "411323198001019905"
TOML = """
[department]
code = "d"
name = "测试局"
uscc = "11411323MB00009009"
kind = "soap"
[wire]
wsdl = "fw.wsdl"
size_limit_bytes = 500000
faults = { path = "Dm", denied = ["E1"], busy = ["E9"] }
header = { rz = { Zh = "{secret.account}", Mm = "{secret.password}" } }
[wire.documents]
"fw.wsdl" = "PIN"
[resources.r]
title = "人"
share = "conditional"
subject = ["id_number"]
[resources.r.wire]
operation = "Cx"
request = { Bh = "{request_id}", Hm = "{id_number}", Xh = "{choice}" }
result = "Jg"
found = ["0"]
not_found = ["1"]
several = ["2"]
denied = ["3"]
record = "Ry"
echo = { id_number = "Hm" }
candidates = { path = "Ry", choice = "Xh", label = "{Xm}" }
[resources.r.fields]
name = { path = "Xm", required = true }
amount = { path = "Je", as = "decimal" }
[handles.permit.hand_over]
operation = "Sq"
request = { Lsh = "{item_no}", Mc = "{form.mc}", Js = { from = "{form.js}", as = "integer" } }
result = "Jg"
taken = ["0"]
department_no = "Ywbh"
"""
SECRETS = {"account": "a", "password": "p"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(HERE / "fw.wsdl", tmp_path)
    return tmp_path


def toml(folder: Path, text: str = TOML) -> str:
    return text.replace("PIN", hashlib.sha256((folder / "fw.wsdl").read_bytes()).hexdigest())


def envelope(body: str, *, status: int = 200, media_type: str = "text/xml; charset=utf-8") -> bytes:
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    text = f'<s:Envelope xmlns:s="{soap}" xmlns="urn:test" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><s:Body>{body}</s:Body></s:Envelope>'
    return http(text.encode(), status=status, media_type=media_type)


def person(xh: str = "1", name: str = "<Xm>样例甲　</Xm>", number: str = NUMBER) -> str:
    return f"<Ry><Xh>{xh}</Xh><Hm>{number}</Hm>{name}<Je>3.50</Je></Ry>"


def answer(code: str, *people: str) -> bytes:
    return envelope(f"<CxXy><Jg>{code}</Jg>{''.join(people)}</CxXy>")


def fault(code: str, detail: str = "", status: int = 500) -> bytes:
    inner = f"<s:Fault><faultcode>s:{code}</faultcode><faultstring>x</faultstring><detail>{detail}</detail></s:Fault>"
    return envelope(inner, status=status)


def asked(folder: Path, far: Answerer, **more: object) -> tuple[Outcome, FarSide]:
    async def run() -> tuple[Outcome, FarSide]:
        async with far_side(far) as side:
            outcome = await ask(
                toml(folder), side.address, {"id_number": NUMBER}, folder=folder, secrets=SECRETS, **more
            )  # type: ignore[arg-type]
            return outcome, side

    return asyncio.run(run())


def outcome_of(folder: Path, content: bytes, **more: object) -> Outcome:
    return asked(folder, writes(content), **more)[0]


def test_a_person_is_found_and_the_request_is_what_the_mapping_says(folder: Path) -> None:
    found, side = asked(folder, writes(answer("0", person())))
    assert isinstance(found, Found) and found.values == {"name": "样例甲", "amount": "3.5"}
    sent = side.came[0]
    assert sent.headers["soapaction"] == '"urn:test:Cx"' and sent.headers["content-type"].startswith("text/xml")
    assert f":Hm>{NUMBER}</".encode() in sent.body and b":Zh>a</" in sent.body and b":Xh" not in sent.body


def test_a_secret_in_the_body_is_filled_and_what_is_not_set_is_named(folder: Path) -> None:
    text = toml(folder, TOML.replace('Xh = "{choice}"', 'Xh = "{secret.password}"'))
    plain = {"account": "a", "password": "kl-99"}

    async def run() -> list[bytes]:
        async with far_side(writes(answer("0", person()))) as side:
            await ask(text, side.address, {"id_number": NUMBER}, folder=folder, secrets=plain)
            return [one.body for one in side.came]

    assert b":Xh>kl-99</" in asyncio.run(run())[0]
    with pytest.raises(Misconfigured, match="the secret 'password' is not set"):
        asyncio.run(ask(text, free_port_address(), {"id_number": NUMBER}, folder=folder, secrets={"account": "a"}))


def test_the_address_of_the_wsdl_is_never_used(folder: Path) -> None:
    _, side = asked(folder, writes(answer("1")))
    assert len(side.came) == 1 and "nowhere.invalid" in (folder / "fw.wsdl").read_text()


def test_business_codes_have_their_outcomes(folder: Path) -> None:
    assert isinstance(outcome_of(folder, answer("1")), NotFound)
    assert isinstance(outcome_of(folder, answer("3")), Denied)
    several = outcome_of(folder, answer("2", person("1", "<Xm>甲</Xm>"), person("2", "<Xm>乙</Xm>")))
    assert isinstance(several, Ambiguous) and [one.choice for one in several.candidates] == ["1", "2"]


def test_the_choice_goes_back_on_the_wire(folder: Path) -> None:
    _, side = asked(folder, writes(answer("0", person())), choice="7")
    assert b":Xh>7</" in side.came[0].body


def test_a_nil_element_is_missing_and_a_required_one_makes_the_answer_unusable(folder: Path) -> None:
    outcome = outcome_of(folder, answer("0", person(name='<Xm i:nil="true"/>')))
    assert isinstance(outcome, Unusable) and (outcome.field, outcome.path, outcome.rule) == ("name", "Xm", "required")


def test_somebody_elses_record_is_unusable(folder: Path) -> None:
    outcome = outcome_of(folder, answer("0", person(number="411323198001019913")))
    assert isinstance(outcome, Unusable) and outcome.rule == "other_subject"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (answer("0", "<Xx>1</Xx>"), "unknown_element"),
        (answer("0", person(name="")), "missing_element"),
        (answer("0", person().replace("3.50", "三")), "schema_value"),
        (envelope("<SqXy><Jg>0</Jg></SqXy>"), "schema"),
        (http(b"<html>login</html>", media_type="text/html"), "content_type"),
        (http(b"<a><b>", media_type="text/xml"), "xml"),
        (http("<a>宋</a>".encode("gb18030"), media_type="text/xml"), "encoding"),
        (http(b"", media_type="text/xml"), "xml"),
        (http(b"x" * 500001, media_type="text/xml"), "too_large"),
        (http(b"", status=302, extra="Location: /login\r\n"), "redirect"),
        (http(b"<html>", status=404, media_type="text/html"), "status_404"),
    ],
    ids=[
        "unknown element",
        "missing element",
        "no number",
        "other answer",
        "html",
        "truncated",
        "encoding",
        "empty",
        "oversize",
        "redirect",
        "404",
    ],
)
def test_an_answer_that_cannot_be_read(folder: Path, content: bytes, rule: str) -> None:
    outcome = outcome_of(folder, content)
    assert isinstance(outcome, Unusable) and outcome.rule == rule


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a [<!ENTITY e "ha"><!ENTITY f "&e;&e;&e;&e;">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">',
    ],
    ids=["external entity", "entity bomb", "external dtd"],
)
def test_a_message_with_a_dtd_is_never_expanded(folder: Path, prolog: str) -> None:
    whole = answer("0", person(name="<Xm>&e;</Xm>" if "ENTITY" in prolog else "<Xm>甲</Xm>")).split(b"\r\n\r\n", 1)[1]
    outcome = outcome_of(folder, http(prolog.encode() + whole, media_type="text/xml"))
    assert isinstance(outcome, Unusable) and outcome.rule == "dtd"


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (fault("Client", "<Cw><Dm>E1</Dm></Cw>"), Denied("credentials_refused")),
        (fault("Server", "<Cw><Dm>E9</Dm></Cw>"), Unavailable(Why.BUSY)),
        (fault("Server"), Unavailable(Why.SERVER_ERROR)),
        (fault("Server", status=200), Unavailable(Why.SERVER_ERROR)),
        (fault("Client"), Unusable("", "Fault", "fault")),
        (http(b"down", status=502, media_type="text/html"), Unavailable(Why.SERVER_ERROR)),
    ],
    ids=["credentials", "busy", "server", "fault under 200", "client", "gateway"],
)
def test_each_fault_has_its_outcome(folder: Path, content: bytes, outcome: Outcome) -> None:
    assert outcome_of(folder, content) == outcome


def test_refused_connection_silence_and_reset_are_unavailable(folder: Path) -> None:
    down = asyncio.run(ask(toml(folder), free_port_address(), {"id_number": NUMBER}, folder=folder, secrets=SECRETS))
    assert down == Unavailable(Why.REFUSED_CONNECTION)
    assert asked(folder, waits(5), timeout_seconds=0.3)[0] == Unavailable(Why.TIMEOUT)
    assert asked(folder, breaks_off(answer("0", person())[:150]))[0] == Unavailable(Why.BROKEN_OFF)


def test_refused_credentials_by_status_are_denied(folder: Path) -> None:
    outcome = outcome_of(folder, http(b"", status=401, media_type="text/html"))
    assert isinstance(outcome, Denied) and outcome.reason == "credentials_refused"


def test_no_body_reaches_the_program_log_even_at_debug(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        outcome_of(folder, answer("0", person()))
    assert NUMBER not in caplog.text and "样例甲" not in caplog.text


# --- the documents ------------------------------------------------------------------------------------------------------


def checked(line: Connected) -> list[str]:
    async def run() -> list[str]:
        try:
            return await line.check()
        finally:
            await line.close()

    return asyncio.run(run())


def test_a_wsdl_that_was_changed_is_refused(folder: Path) -> None:
    text = toml(folder)
    (folder / "fw.wsdl").write_text((folder / "fw.wsdl").read_text() + "<!-- -->")
    with pytest.raises(Misconfigured, match="was changed"):
        asyncio.run(ask(text, free_port_address(), {"id_number": NUMBER}, folder=folder, secrets=SECRETS))
    assert any("was changed" in one for one in checked(connected(text, free_port_address(), folder=folder)))


def test_an_import_by_address_is_never_fetched_and_missed_only_where_it_is_needed(folder: Path) -> None:
    wsdl = folder / "fw.wsdl"
    imported = (
        '<xs:schema><xs:import namespace="urn:x" schemaLocation="http://127.0.0.1:1/x.xsd"/></xs:schema></wsdl:types>'
    )
    wsdl.write_text(wsdl.read_text().replace("</wsdl:types>", imported))
    assert isinstance(outcome_of(folder, answer("0", person())), Found)
    needs = '<xs:element ref="x:Y" xmlns:x="urn:x"/><xs:element name="Bh"'
    wsdl.write_text(wsdl.read_text().replace('<xs:element name="Bh"', needs))
    with pytest.raises(Misconfigured, match="urn:x.*beside the WSDL"):
        outcome_of(folder, answer("0", person()))


@pytest.mark.parametrize("place", ["../x.xsd", "other.xsd"])
def test_a_wsdl_cannot_lead_anywhere_but_to_pinned_documents(folder: Path, place: str) -> None:
    wsdl = folder / "fw.wsdl"
    imported = f'<xs:schema><xs:import namespace="urn:x" schemaLocation="{place}"/></xs:schema></wsdl:types>'
    wsdl.write_text(wsdl.read_text().replace("</wsdl:types>", imported))
    (folder / "other.xsd").write_text("<x/>")
    with pytest.raises(Misconfigured):
        asyncio.run(ask(toml(folder), free_port_address(), {"id_number": NUMBER}, folder=folder, secrets=SECRETS))


def test_check_names_an_operation_that_the_wsdl_lacks(folder: Path) -> None:
    text = toml(folder, TOML.replace('operation = "Cx"', 'operation = "Cy"'))
    sentences = checked(connected(text, free_port_address(), folder=folder, secrets=SECRETS))
    assert "no operation 'Cy'" in sentences[0]


def test_an_element_that_the_schema_does_not_know_is_a_mistake_of_the_mapping(folder: Path) -> None:
    text = toml(folder, TOML.replace("Hm = ", "Hn = "))
    with pytest.raises(Misconfigured, match="does not know"):
        asyncio.run(ask(text, free_port_address(), {"id_number": NUMBER}, folder=folder, secrets=SECRETS))


# --- Handles ------------------------------------------------------------------------------------------------------------


def handed(folder: Path, far: Answerer, form: dict[str, str]) -> tuple[Taken, FarSide]:
    async def run() -> tuple[Taken, FarSide]:
        async with far_side(far) as side:
            line = connected(toml(folder), side.address, folder=folder, secrets=SECRETS)
            assert line.handles is not None
            try:
                return await line.handles.hand_over(handover("permit", form)), side
            finally:
                await line.close()

    return asyncio.run(run())


def receipt(code: str, number: str = "<Ywbh>Y1</Ywbh>") -> bytes:
    return envelope(f"<SqXy><Jg>{code}</Jg>{number}</SqXy>")


def test_an_item_case_is_handed_over_and_an_absent_value_is_nil(folder: Path) -> None:
    taken, side = handed(folder, writes(receipt("0")), {"mc": "示例"})
    assert taken.department_no == "Y1" and b'nil="true"' in side.came[0].body


def test_a_value_that_the_schema_must_have_is_named_and_nothing_is_sent(folder: Path) -> None:
    with pytest.raises(PeerRefused, match="Mc"):
        handed(folder, writes(receipt("0")), {})


def test_a_value_that_the_schema_cannot_hold_is_not_repeated_in_the_error(folder: Path) -> None:
    with pytest.raises(PeerRefused) as told:
        handed(folder, writes(receipt("0")), {"mc": "示例", "js": "八间"})
    assert "八间" not in str(told.value)


@pytest.mark.parametrize(
    "far", [writes(fault("Server")), writes(receipt("0", '<Ywbh i:nil="true"/>')), breaks_off(b"HTTP/1.1")]
)
def test_what_may_have_arrived_is_sent_again(folder: Path, far: Answerer) -> None:
    with pytest.raises(PeerUnreachable):
        handed(folder, far, {"mc": "示例"})


@pytest.mark.parametrize("content", [fault("Client"), receipt("8"), http(b"", status=403, media_type="text/html")])
def test_what_was_turned_down_needs_a_person(folder: Path, content: bytes) -> None:
    with pytest.raises(PeerRefused):
        handed(folder, writes(content), {"mc": "示例"})
