"""Secrets for a rehearsal: none of them is one, and each fits where the mapping writes it, a number where the schema wants a number.

Only SOAP writes a secret where a schema has a say; everywhere else a word does. What is wrong with papers or mapping is not said here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adapters.contract import Misconfigured
from adapters.kinds.settings import Settings
from adapters.kinds.soap_describe import open_folder
from adapters.kinds.templates import names, spelt
from adapters.kinds.wsdl import Message, Wsdl
from adapters.kinds.xsd import Type, local
from adapters.kinds.xsd_simple import Simple, misfit, sample
from catalog.types import Department, Kind, Resource

EXAMPLE = "example"
SECRET = "secret."
_LEAST_SIGN = 6
"""Characters of a stand-in by which a server may know it again: a `7` stands everywhere."""


class StandIns(dict[str, str]):
    """Has every secret that anybody names: one of which no schema says more is `word`."""

    def __init__(self, word: str = EXAMPLE) -> None:
        super().__init__()
        self.word = word

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return self.word

    @property
    def signs(self) -> frozenset[str]:
        """Those by which a server knows that somebody shows who he is."""
        return frozenset((self.word, *(one for one in self.values() if len(one) >= _LEAST_SIGN)))


@dataclass(frozen=True)
class _Use:
    """Where a secret is written: the whole text there, and its type."""

    name: str
    text: str
    of: Simple

    def fits(self, value: str) -> bool:
        return not misfit(self.of, self.text.replace(f"{{{SECRET}{self.name}}}", value))


def stand_ins(department: Department, resources: Iterable[Resource] = (), word: str = EXAMPLE) -> StandIns:
    """For all that this department is asked and handed; reads its WSDL where a secret stands in a header or a request."""
    found = StandIns(word)
    calls = [department.wire, *_calls(department, resources)]
    if department.kind is not Kind.SOAP or not any(_secrets(one) for one in calls):
        return found
    uses: dict[str, list[_Use]] = {}
    with suppress(Misconfigured, OSError):  # connecting says so
        wsdl = open_folder(Path(department.folder), str(department.wire.get("wsdl", "")))
        for use in _uses(wsdl, department.wire, calls[1:]):
            uses.setdefault(use.name, []).append(use)
    found.update({name: _fitting(own, word) for name, own in uses.items()})
    return found


def _fitting(uses: Sequence[_Use], word: str) -> str:
    """What fits every place, and if nothing does, the most of them."""
    among = dict.fromkeys((word, *(sample(use.of) for use in uses)))
    return max(among, key=lambda value: sum(use.fits(value) for use in uses))


def _calls(department: Department, resources: Iterable[Resource]) -> Iterator[Mapping[str, object]]:
    yield from (one.wire for one in resources if one.department == department.code and not one.way)
    yield from (step for item in department.handles.values() for step in item.values() if isinstance(step, Mapping))
    probe = department.wire.get("probe")
    if isinstance(probe, Mapping):
        yield probe


def _secrets(call: Mapping[str, object]) -> list[str]:
    return [name for key in ("header", "request") for name in names(call.get(key)) if name.startswith(SECRET)]


def _uses(wsdl: Wsdl, whole: Mapping[str, object], calls: Iterable[Mapping[str, object]]) -> Iterator[_Use]:
    for call in calls:
        with suppress(Misconfigured):
            message = _message(wsdl, Settings(whole, ""), Settings(call, ""))
            yield from _below(_body(wsdl, message), call.get("request"))
            parts = {part.name: wsdl.element(part).type for part in message.headers}
            for header in (whole.get("header"), call.get("header")):
                yield from _below(parts, header)


def _message(wsdl: Wsdl, whole: Settings, call: Settings) -> Message:
    """Raises Misconfigured."""
    port = wsdl.port(call.text("service", whole.text("service", "")), call.text("port", whole.text("port", "")))
    operation = port.operations.get(call.text("operation"))
    if operation is None:
        raise Misconfigured("no such operation")
    return operation.input


def _body(wsdl: Wsdl, message: Message) -> Mapping[str, Type]:
    """The types of what stands in a request, by the names that a mapping writes."""
    elements = [wsdl.element(part, message.encoded) for part in message.parts]
    if message.wrapper or len(elements) != 1:
        return {element.name: element.type for element in elements}
    return _inside(elements[0].type)


def _inside(of: Type) -> Mapping[str, Type]:
    if isinstance(of, Simple):
        return {"#": of}
    text: dict[str, Type] = {"#": of.text} if of.text is not None else {}
    found = {element.name: element.type for element in of.content.elements.values()}
    return {**text, **{f"@{local(one.tag)}": one.type for one in of.attributes}, **found}


def _below(types: Mapping[str, Type], template: object) -> Iterator[_Use]:
    if not isinstance(template, Mapping):
        return
    for key, inner in template.items():
        of = types.get(spelt(str(key)))
        if of is not None and _secrets({"request": inner}):
            yield from _at(of, inner)


def _at(of: Type, template: object) -> Iterator[_Use]:
    if isinstance(template, list):
        for one in template:
            yield from _at(of, one)
    elif isinstance(template, Mapping) and isinstance(template.get("from"), str):
        yield from _at(of, template["from"])
    elif isinstance(template, Mapping) and "each" in template:
        yield from _at(of, template.get("row"))
    elif isinstance(template, Mapping):
        yield from _below(_inside(of), template)
    elif isinstance(template, str) and (simple := of if isinstance(of, Simple) else of.text) is not None:
        yield from (
            _Use(name.removeprefix(SECRET), template, simple) for name in names(template) if name.startswith(SECRET)
        )
