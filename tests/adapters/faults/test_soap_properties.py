"""Answers of a SOAP department of which some bytes are others, missing or more: an answer or a typed fault, never a crash."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.kinds import xmltext
from adapters.kinds.guard import Reply
from adapters.kinds.soap_describe import open_folder
from adapters.kinds.soap_fault import Fault, Faults
from adapters.kinds.soap_message import read
from adapters.kinds.xsd_read import Misfit
from tests.adapters.faults.test_properties import spoilt
from tests.adapters.kinds.soap_town import HERE, envelope, person

WSDL = open_folder(HERE, "jcxx.wsdl")
INNER = "<Je>1</Je><Dh>1</Dh><Sj bb='1'><Xm/><Hzh>1</Hzh></Sj>"
ANSWER = envelope(f"<CxXy><Jg>0</Jg>{person(more=INNER)}</CxXy>").encode()
PACKED = b"--b\r\nContent-Type: text/xml\r\n\r\n" + ANSWER + b"\r\n--b\r\nContent-ID: <a>\r\n\r\nx\r\n--b--"


@given(spoilt(ANSWER), st.sampled_from(["", "utf-8", "gbk"]))
def test_any_bytes_are_an_answer_or_unreadable(content: bytes, charset: str) -> None:
    _read("Wd11", "Cx", Reply(200, "text/xml", charset, content))


@given(spoilt(PACKED))
def test_any_package_is_an_answer_or_unreadable(content: bytes) -> None:
    _read("Wd11", "Cx", Reply(200, "multipart/related", "", content))


@given(spoilt(envelope('<JsResponse><Hj href="#1"/></JsResponse><m id="1"><x href="#2"/></m><m id="2"/>').encode()))
def test_any_references_are_an_answer_or_unreadable(content: bytes) -> None:
    _read("Yc", "Js", Reply(200, "text/xml", "", content))


def _read(port: str, name: str, reply: Reply) -> None:
    operation = next(one for one in WSDL.ports if one.name == port).operations[name]
    try:
        assert isinstance(read(WSDL, operation, reply, Faults(())), dict)
    except (Fault, Misfit, xmltext.Unreadable) as e:
        assert str(e) is not None
