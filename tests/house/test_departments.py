"""Every department's folder: complete, pinned, and in words that are not ours (docs/design.md §2, rules 5 and 6). It connects to nobody."""

from __future__ import annotations

import ast
import csv
import hashlib
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from tests.house.source import ROOT, files, tree

SITES = sorted((ROOT / "catalog" / "sites").iterdir())
DEPARTMENTS = sorted(path.parent for path in (ROOT / "catalog" / "sites").glob("*/departments/*/department.toml"))
PAPERS = {  # what a department of each kind hands to whoever is to connect it
    "soap": ("*.wsdl", "*.md"),
    "rest": ("*.openapi.yaml", "*.md"),
    "filedrop": ("*.columns.csv", "*.md", "samples/*.ok"),  # and a sample of each format
    "frontdb": ("*.sql", "*.md"),
    "inbox": (),
    "platform": ("*.openapi.yaml", "*.columns.csv"),
}
SHARE = {"unconditional", "conditional", "withheld"}
PINNED = (".wsdl", ".xsd", ".yaml", ".columns.csv", ".sql")
"""What a mapping is written against; code lists only where a mapping names them. Samples and notes are for people."""


def manifest(folder: Path) -> Any:
    return tomllib.loads((folder / "department.toml").read_text(encoding="utf-8"))


def papers(folder: Path) -> tuple[str, ...]:
    found = manifest(folder)
    if found.get("wire", {}).get("format") == "xml":
        return ("*.xsd", "*.md")  # XML over HTTP is described by a schema
    formats = {f"samples/*.{file.get('format', 'csv')}" for file in found.get("wire", {}).get("files", {}).values()}
    return (*PAPERS[found["department"]["kind"]], *sorted(formats))


@cache
def names() -> frozenset[str]:
    """The field dictionaries of every site."""
    found = [path for site in SITES for path in (site / "dictionary.toml", *site.glob("dictionary/*.toml"))]
    return frozenset(name for path in found for name in tomllib.loads(path.read_text(encoding="utf-8")))


def named(folder: Path) -> str:
    return f"{folder.parent.parent.name}/{folder.name}"


def test_no_department_folder_is_without_a_manifest() -> None:
    folders = {path for site in SITES for path in (site / "departments").iterdir() if path.is_dir()}
    assert folders == set(DEPARTMENTS), f"A department is a folder with a department.toml: {folders ^ set(DEPARTMENTS)}"


def test_every_kind_of_wire_is_there() -> None:
    kinds = {manifest(folder)["department"]["kind"] for folder in DEPARTMENTS}
    assert kinds == set(PAPERS)


@pytest.mark.parametrize("folder", DEPARTMENTS, ids=named)
def test_a_manifest_says_who_the_department_is(folder: Path) -> None:
    department = manifest(folder)["department"]
    missing = {"code", "name", "kind", "phone"} - set(department)
    assert not missing and department["code"] == folder.name, (
        f"{folder.name}: code is the folder's name; lacks {missing}"
    )
    for code, resource in manifest(folder).get("resources", {}).items():
        assert resource["title"] and resource["share"] in SHARE and resource["subject"], f"{folder.name}.{code}"


@pytest.mark.parametrize("folder", DEPARTMENTS, ids=named)
def test_a_folder_holds_the_papers_of_its_wire(folder: Path) -> None:
    wanted = papers(folder)
    missing = [pattern for pattern in wanted if not list(folder.glob(pattern))]
    assert not missing, f"{named(folder)}: a department folder is complete; it lacks {missing}"


@pytest.mark.parametrize("folder", DEPARTMENTS, ids=named)
def test_every_paper_is_pinned_by_its_digest(folder: Path) -> None:
    pinned = manifest(folder).get("wire", {}).get("documents", {})
    for name, digest in pinned.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, (
            f"{named(folder)}/{name} is not the file that the mapping was written for"
        )
    used = {path.name for path in folder.iterdir() if path.name.endswith(PINNED)}
    used |= set(re.findall(r'"([a-z]+\.csv)\b', (folder / "department.toml").read_text(encoding="utf-8")))
    assert used <= set(pinned), f"{named(folder)}: not in [wire.documents]: {used - set(pinned)}"


def tags(path: Path) -> Iterator[str]:
    """Names of elements, attributes and parts in a WSDL or schema."""
    for node in etree.parse(path).iter("{*}element", "{*}attribute", "{*}part"):
        yield node.get("name", "")


def keys(node: Any, below: str = "") -> Iterator[str]:
    """Names of properties and parameters in an OpenAPI file, and every key of its examples."""
    if isinstance(node, list):
        for item in node:
            yield from keys(item, below)
    elif isinstance(node, Mapping):
        if "in" in node and isinstance(node.get("name"), str):
            yield node["name"]
        for key, value in node.items():
            inside = "example" if below == "example" or key in ("value", "example") else str(key)
            if below in ("properties", "example"):
                yield str(key)
            yield from keys(value, inside)


def columns(path: Path) -> Iterator[str]:
    rows = list(csv.reader(io.StringIO(decoded(path))))
    yield from rows[0]
    if path.name.endswith(".columns.csv"):
        at = rows[0].index("列名")
        yield from (row[at] for row in rows[1:])


def sql_names(text: str) -> Iterator[str]:
    """Tables and columns of a DDL file: the first word of each line of a table, and the table's name."""
    plain = re.sub(r"--[^\n]*|'[^']*'", "", text)
    for name, body in re.findall(
        r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?\"?(\w+)\"?\s*\((.*?)\)\s*(?:;|$)", plain, re.I | re.S
    ):
        yield name
        for part in re.split(r",(?![^(]*\))", body):
            first = re.match(r"\s*[\"`]?(\w+)", part)
            if first and first[1].upper() not in ("PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "CONSTRAINT", "KEY"):
                yield first[1]


def decoded(path: Path) -> str:
    body = path.read_bytes()
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030")


def words_on_the_wire(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".wsdl", ".xsd"):
            yield from ((path.name, tag) for tag in tags(path))
        elif path.name.endswith(".openapi.yaml"):
            yield from ((path.name, key) for key in keys(yaml.safe_load(path.read_text(encoding="utf-8"))))
        elif path.suffix == ".sql":
            yield from ((path.name, name) for name in sql_names(path.read_text(encoding="utf-8")))
        elif path.suffix == ".csv":
            yield from ((path.name, column) for column in columns(path))


@pytest.mark.parametrize("folder", DEPARTMENTS, ids=named)
def test_departments_do_not_speak_our_words(folder: Path) -> None:
    words = set(words_on_the_wire(folder))
    assert words or not papers(folder), f"{named(folder)}: no word was found"
    ours = sorted(f"{file}: {word}" for file, word in words if word.lower() in names())
    assert not ours, (
        f"No catalog field name occurs in a department's payload; an identity mapping proves nothing: {ours}"
    )


def literal_keys(path: Path) -> Iterator[tuple[str, int]]:
    """Keys of dict literals and of subscripts: what a simulator calls the things that it sends and reads."""
    for node in ast.walk(tree(path)):
        found = node.keys if isinstance(node, ast.Dict) else [node.slice] if isinstance(node, ast.Subscript) else []
        for key in found:
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, node.lineno


def test_simulators_do_not_speak_our_words() -> None:
    # What they know is no payload; what they report to our own API is in its words, not mapped.
    inside = ("journal.py", "decisions.py", "applications.py")
    sources = [
        p for p in files("adapters") if "simulators" in p.parts and "population" not in p.parts and p.name not in inside
    ]
    ours = [f"{path.name}:{line} {key}" for path in sources for key, line in literal_keys(path) if key in names()]
    assert len(sources) > 10 and not ours, f"No catalog field name occurs in any simulator's payload: {ours}"


@pytest.mark.parametrize("folder", DEPARTMENTS, ids=named)
def test_a_mapping_is_never_an_identity(folder: Path) -> None:
    """`fields = { spouse_name = "$.poxm" }`: the last step of the path is the department's word, never ours."""
    if manifest(folder)["department"]["kind"] == "inbox":
        return  # a person types the answer into our own page: nothing is mapped
    wired = {c: r for c, r in manifest(folder).get("resources", {}).items() if r.get("way") != "inbox"}
    for code, resource in wired.items():
        for name, mapping in resource.get("fields", {}).items():
            place = mapping if isinstance(mapping, str) else str(mapping.get("path", mapping.get("column", "")))
            last = re.split(r"[.\[\]/@:]+", place.rstrip("]"))[-1]
            assert not last or last.lower() != name, f"{named(folder)} {code}.{name} maps {place}"


def test_a_simulators_word_of_ours_would_be_seen() -> None:
    document = {"schema": {"properties": {"id_number": {"type": "string"}}}, "x": [{"name": "phone", "in": "query"}]}
    assert {"id_number", "phone"} <= set(keys(document)) & names()
    ddl = "CREATE TABLE T (ZJHM VARCHAR(18) PRIMARY KEY, -- 证件号\n uscc NUMERIC(10,2), PRIMARY KEY (ZJHM));"
    assert list(sql_names(ddl)) == ["T", "ZJHM", "uscc"]
    assert "uscc" in set(keys({"examples": {"a": {"value": {"sj": {"uscc": "1"}}}}}))
