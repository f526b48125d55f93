"""What an answer repeats of its question: whom it is about, and the question's number. A server that answers from samples puts them there.

It reads a question by the mapping's own template and knows no department.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import cast
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from lxml import etree

from adapters.kinds import xmltext
from adapters.kinds.paths import steps
from adapters.kinds.templates import spelt
from adapters.onboarding.rehearsal import Sample
from adapters.simulators.http import Request
from catalog.types import Department, Resource

NUMBER = "request_id"
_WORD = re.compile(r"\{([^{}]+)\}")
_PLAIN = 6
"""A shorter text than this stands for other things too: where it stands more than once, nobody knows which of them to replace."""


def repeated(sample: Sample, said: Mapping[str, str], asked: Mapping[str, str]) -> Sample:
    """The sample about whom was asked: what it says of `said` stands there as it was asked."""
    body = sample.body
    for word, text in said.items():
        if text and asked.get(word):
            other = asked[word]
            plain = json.dumps(other, ensure_ascii=False)[1:-1] if "json" in sample.media_type else escape(other)
            whole = re.compile(rb"(?<![\w-])" + re.escape(text.encode()) + rb"(?![\w-])")
            if len(text) >= _PLAIN or len(whole.findall(body)) == 1:
                body = whole.sub(plain.encode().replace(b"\\", rb"\\"), body)
    return replace(sample, body=body)


def repeats(resource: Resource) -> frozenset[str]:
    """Which words of a question its answer repeats, by the mapping."""
    echo = resource.wire.get("echo")
    words = {str(key) for key in echo} if isinstance(echo, Mapping) else set()
    return frozenset(words | ({NUMBER} if resource.wire.get("request_echo") else set()))


def asked_in(resource: Resource, base: str, request: Request) -> Mapping[str, str]:
    """What a request says under each word of its template."""
    wire = resource.wire
    found = dict(_in_path(base + str(wire.get("path", "")), request.path))
    found |= dict(_below(wire.get("query"), request.query))
    found |= dict(
        _below(
            wire.get("headers"), {name: request.headers.get(name.lower(), "") for name in _table(wire.get("headers"))}
        )
    )
    with suppress(ValueError, etree.XMLSyntaxError):  # what cannot be read says nothing
        found |= dict(_below(wire.get("body") or wire.get("request"), _tree(request, "operation" in wire)))
    return found


def says(wire: Mapping[str, object], request: Request) -> bool:
    """Whether the request has the words that this call always has: many departments have one address for all that they answer."""
    given: list[tuple[object, object]] = [(wire.get("query"), request.query)]
    with suppress(ValueError, etree.XMLSyntaxError):
        given.append((wire.get("body") or wire.get("request"), _tree(request, "operation" in wire)))
    return all(_agrees(template, value) for template, value in given)


def _agrees(template: object, value: object) -> bool:
    if isinstance(template, Mapping) and not {"from", "each"} & set(template):
        inner = value if isinstance(value, Mapping) else {}
        return all(_agrees(one, inner.get(spelt(key))) for key, one in template.items())
    return not isinstance(template, str | int) or template == "" or "{" in str(template) or str(template) == str(value)


def probed(department: Department) -> Sample:
    """The answer to the declared probe that the mapping takes for well."""
    probe = cast("Mapping[str, object]", department.wire["probe"])
    found = probe.get("found")
    tree: object = str(found[0]) if isinstance(found, list) and found else "ok"
    for step in reversed(steps(str(probe.get("result", "")))):
        tree = {str(step): tree}
    if str(probe.get("format", department.wire.get("format", "json"))) == "xml":
        return Sample("probe", "text/xml", xmltext.written(tree, "utf-8"))
    return Sample("probe", "application/json", json.dumps(tree, ensure_ascii=False).encode())


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _in_path(template: str, path: str) -> Iterator[tuple[str, str]]:
    names = _WORD.findall(template)
    pattern = "([^/]+)".join(map(re.escape, _WORD.split(template)[::2]))
    match = re.fullmatch(pattern, path)
    if match:
        yield from zip(names, match.groups(), strict=True)


def _below(template: object, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(template, Mapping) and isinstance(template.get("from"), str):
        yield from _below(template["from"], value)
    elif isinstance(template, Mapping) and isinstance(value, Mapping):
        for key, inner in template.items():
            yield from _below(inner, value.get(spelt(key)))
    elif isinstance(template, str) and (word := _WORD.fullmatch(template)) and isinstance(value, str | int):
        yield word[1], str(value)


def _tree(request: Request, soap: bool) -> object:
    """The body by the names of its parts. Raises ValueError, XMLSyntaxError."""
    kind = request.headers.get("content-type", "")
    if "json" in kind:
        return json.loads(request.body)
    if "form" in kind:
        return dict(parse_qsl(request.body.decode()))
    root = etree.fromstring(request.body, etree.XMLParser(resolve_entities=False, no_network=True))
    if not soap:
        return {etree.QName(root).localname: _content(root)}
    return next((_content(inner) for part in root if etree.QName(part).localname == "Body" for inner in part), {})


def _content(element: etree._Element) -> object:
    parts = [one for one in element if isinstance(one.tag, str)]
    if not parts and not element.attrib:
        return element.text or ""
    own: dict[str, object] = {f"@{etree.QName(name).localname}": str(text) for name, text in element.attrib.items()}
    return {"#": element.text or "", **own, **{etree.QName(one).localname: _content(one) for one in parts}}
