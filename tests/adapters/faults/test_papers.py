"""Bad department files: every fault of a mapping, a code list, a WSDL or a column list is a sentence that names the file, never a traceback."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.connect import Connection, connect
from adapters.contract import Misconfigured
from adapters.kinds.documents import Documents
from adapters.kinds.guard import Guard
from adapters.kinds.line import Line
from adapters.kinds.records import FIELD_KEYS
from adapters.kinds.rest import RESOURCE_KEYS, RestAnswers, RestHandles
from adapters.kinds.soap_line import load
from catalog.types import Department, Resource
from tests.adapters.kinds import test_soap
from tests.adapters.kinds.making import NOW, PORTS, connected, department_of
from tests.adapters.kinds.test_rest import TOML
from tests.adapters.outside import test_platform


def pinned(folder: Path, body: bytes, name: str = "a.csv") -> Documents:
    (folder / name).write_bytes(body)
    return Documents("d", folder, {name: hashlib.sha256(body).hexdigest()})


CODE_LISTS = {
    "empty": b"",
    "another_encoding": "dm,mc\n1,宋".encode("gb18030"),
    "utf_16": "dm,mc\n1,a".encode("utf-16"),
    "without_the_column": b"dm,xx\n1,a\n",
    "a_row_that_ends_early": b"dm,mc\n1,a\n2\n",
    "quotes_unclosed": b'dm,mc\n1,"a\n2,b\n',
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("fault", CODE_LISTS)
def test_a_code_list_that_cannot_be_read_is_named(tmp_path: Path, fault: str) -> None:
    with pytest.raises(Misconfigured, match=r"a\.csv"):
        pinned(tmp_path, CODE_LISTS[fault]).code_list("a.csv:mc")


def test_a_paper_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "in/link").symlink_to(tmp_path / "secret")
    digest = hashlib.sha256(b"x").hexdigest()
    for name in ("../secret", str(tmp_path / "secret"), "link"):
        with pytest.raises(Misconfigured, match="outside"):
            Documents("d", tmp_path / "in", {name: digest}).read(name)


COLUMN_LISTS = {
    "no_header": b"1,2\n",
    "a_length_that_is_none": "表名,列名,类型,长度,必填,说明\nup,a,字符,五,是,\n".encode(),
    "another_encoding": test_platform.COLUMNS.encode("gb18030"),
    "rows_that_end_early": "表名,列名,类型,长度,必填,说明\nup\n".encode(),
}


@pytest.mark.parametrize("fault", COLUMN_LISTS)
def test_a_column_list_of_the_platform_that_cannot_be_read_is_named(tmp_path: Path, fault: str) -> None:
    body = COLUMN_LISTS[fault]
    (tmp_path / "c.csv").write_bytes(body)
    department, resources = department_of(test_platform.TOML.replace("PIN", hashlib.sha256(body).hexdigest()), tmp_path)
    with pytest.raises(Misconfigured, match=r"c\.csv|up_pro"):
        connect(department, resources.values(), Connection("http://127.0.0.1:9", {"api_key": "k"}), PORTS)


GOOD_WSDL = (Path(test_soap.__file__).parent / "fw.wsdl").read_bytes()
WSDLS = {
    "empty": b"",
    "html": b"<html><body>404</body></html>",
    "cut_short": GOOD_WSDL[: len(GOOD_WSDL) // 2],
    "entity_bomb": GOOD_WSDL.replace(b"<wsdl:definitions", b'<!DOCTYPE a [<!ENTITY a "x">]><wsdl:definitions', 1),
    "external_entity": GOOD_WSDL.replace(
        b"<wsdl:definitions", b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/"><wsdl:definitions', 1
    ),
    "nested_without_end": b"<a>" * 5000,
    "without_a_binding": GOOD_WSDL.replace(b"wsdl:binding", b"wsdl:other"),
}


@pytest.mark.parametrize("fault", WSDLS)
def test_a_wsdl_that_cannot_be_read_is_named(tmp_path: Path, fault: str) -> None:
    (tmp_path / "fw.wsdl").write_bytes(WSDLS[fault])
    line = connected(test_soap.toml(tmp_path), "http://127.0.0.1:9", folder=tmp_path, secrets=test_soap.SECRETS)
    with pytest.raises(Misconfigured, match=r"fw\.wsdl"):
        load(line.answers._soap.line)  # type: ignore[union-attr]


WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(
        st.sampled_from(["path", "in", "by", "from", "each", "row", "as", "style", "x"]),
        st.text(max_size=4),
        max_size=3,
    ),
)
GUARD = Guard("http://127.0.0.1:9")
DEPARTMENT, RESOURCES = department_of(TOML)
((CODE, RESOURCE),) = RESOURCES.items()


def compiled(department: Department, resource: Resource) -> None:
    line = Line(department, Documents("d", Path("/nowhere"), {}), GUARD, {"token": "t"}, lambda: NOW)
    try:
        RestAnswers(line, {CODE: resource})
        RestHandles(line)
    except Misconfigured as e:
        assert str(e)


@given(st.sampled_from(["auth", "headers", "words", "base", "format", "encoding"]), WRONG)
def test_a_wire_of_any_shape_is_compiled_or_refused_in_words(place: str, wrong: object) -> None:
    compiled(replace(DEPARTMENT, wire={**DEPARTMENT.wire, place: wrong}), RESOURCE)


@given(st.sampled_from(sorted(RESOURCE_KEYS)), WRONG)
def test_a_resource_of_any_shape_is_compiled_or_refused_in_words(place: str, wrong: object) -> None:
    compiled(DEPARTMENT, replace(RESOURCE, wire={**RESOURCE.wire, place: wrong}))


@given(st.sampled_from(sorted(FIELD_KEYS)), WRONG)
def test_a_field_of_any_shape_is_compiled_or_refused_in_words(place: str, wrong: object) -> None:
    first = RESOURCE.fields[0]
    spoilt = replace(first, wire={**first.wire, place: wrong})
    compiled(DEPARTMENT, replace(RESOURCE, fields=(spoilt, *RESOURCE.fields[1:])))


@given(st.sampled_from(["path", "split", "where"]), WRONG)
def test_a_list_of_any_shape_is_compiled_or_refused_in_words(place: str, wrong: object) -> None:
    (first,) = RESOURCE.lists
    compiled(DEPARTMENT, replace(RESOURCE, lists=(replace(first, wire={**first.wire, place: wrong}),)))


@given(st.sampled_from(["method", "path", "body", "result", "taken", "department_no", "at"]), WRONG)
def test_a_call_of_any_shape_is_compiled_or_refused_in_words(place: str, wrong: object) -> None:
    step = {**DEPARTMENT.handles["permit"]["hand_over"], place: wrong}  # type: ignore[dict-item]
    compiled(replace(DEPARTMENT, handles={"permit": {"hand_over": step}}), RESOURCE)
