"""Holds what a mapping reads of a SOAP answer against the WSDL: every step of every path, as the reader would give what stands there.

An element that the schema does not have is never in an answer: the field that looks for it would be empty, and nobody would notice.
Where the schema takes anything, nothing can be said, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from adapters.contract import Misconfigured
from adapters.kinds.answer_places import places
from adapters.kinds.compared import Compared, Place, judged, together
from adapters.kinds.paths import Every, Steps, Text, Those, Within
from adapters.kinds.settings import Settings
from adapters.kinds.soap_line import SoapLine
from adapters.kinds.soap_message import ATTACHED, HEADER
from adapters.kinds.wsdl import Operation, Wsdl
from adapters.kinds.xmltext import TEXT
from adapters.kinds.xsd import Any, Complex, Element, Group, Type, local
from adapters.kinds.xsd_simple import Simple
from catalog.nearest import one_of
from catalog.types import Resource

_OF_A_FILE = ("id", "media_type", "body")
"""What stands of each file beside the envelope."""


async def soap_differences(soap: SoapLine, calls: Iterable[Settings], resources: Mapping[str, Resource]) -> Compared:
    """Of every call whose operation the WSDL has. Raises Misconfigured for a WSDL that cannot be read."""
    wsdl = (await soap.loaded()).wsdl
    by_where = {f"[resources.{code}] wire": resource for code, resource in resources.items()}
    return together(_of_call(soap, wsdl, settings, by_where.get(settings.where)) for settings in calls)


def _of_call(soap: SoapLine, wsdl: Wsdl, settings: Settings, resource: Resource | None) -> Compared:
    try:
        _, operation = soap.place(wsdl, settings)
    except Misconfigured:
        return Compared()  # said by the check of the operations
    strict = settings.flag("strict", soap.line.settings.flag("strict", True))
    return judged(places(settings, resource), lambda place: _said_of(wsdl, operation, place) if strict else None)


def _said_of(wsdl: Wsdl, operation: Operation, place: Place) -> str | None:
    """What is wrong with a place; "" for nothing, None where the schema says nothing of it."""
    try:
        _walked(wsdl, operation, place.ways)
    except _Open:
        return None
    except _Nothing as e:
        return f"{place.where}: the WSDL has nothing at {place.written} of what {operation.name} answers: {e}."
    except Misconfigured:
        return ""  # a document of the schema lacks, which the check of the operations says
    return ""


class _Nothing(Exception):
    """No answer has anything there; the text says what it has instead."""


class _Open(Exception):
    """The schema does not say what stands there."""


@dataclass(frozen=True)
class _Here:
    """What may stand at a place: of these types, alone or several (`many`), as the reader gives it. `name` is that of the last step."""

    name: str
    types: tuple[Type, ...]
    many: frozenset[bool] = frozenset((False,))
    is_root: bool = False

    @property
    def alone(self) -> _Here:
        return replace(self, many=frozenset((False,)))


def _walked(wsdl: Wsdl, operation: Operation, ways: tuple[Steps, ...]) -> None:
    """Raises _Nothing, _Open, Misconfigured."""
    if operation.output is None:
        raise _Nothing("it answers nothing")
    first = next((step for way in ways for step in way), None)
    here = _beside(wsdl, operation, str(first)) if first in (HEADER, ATTACHED) else _root(wsdl, operation)
    for at, way in enumerate(ways):
        # At the end of each way but the last, one of several is meant.
        here = here.alone if at else here
        for step in way:
            here = here if step == first and step in (HEADER, ATTACHED) else _step(here, step, wsdl)


def _root(wsdl: Wsdl, operation: Operation) -> _Here:
    """The answer below the one element of its body."""
    message = operation.output
    assert message is not None
    elements = tuple(wsdl.element(part, message.encoded) for part in message.parts)
    if message.wrapper or len(elements) != 1:
        return _Here("", (Complex(content=Group("sequence", elements)),), is_root=True)
    return _Here("", (elements[0].type,), is_root=True)


def _beside(wsdl: Wsdl, operation: Operation, first: str) -> _Here:
    """The header blocks, of which others than those of the WSDL may come; the files beside the envelope."""
    message = operation.output
    assert message is not None
    if first == ATTACHED:
        file = Complex(content=Group("sequence", tuple(Element(name, known_type=_WORD) for name in _OF_A_FILE)))
        return _Here(first, (file,), frozenset((True,)))
    blocks = tuple(wsdl.element(part) for part in message.headers)
    return _Here(first, (Complex(content=Group("sequence", (*blocks, Any(0, None)))),))


_WORD = Simple("string", "string")


def _step(here: _Here, step: object, wsdl: Wsdl) -> _Here:
    if isinstance(step, Every | Those):
        return here.alone
    if isinstance(step, int):
        if True not in here.many:
            raise _Nothing(f"{here.name or 'the answer'} stands there once, so take [{step}] out")
        return here.alone
    if False not in here.many:
        raise _Nothing(f"{here.name} may come several times, so say which: {here.name}[0], {here.name}[*]")
    if isinstance(step, Text):
        return here
    return _below(here, step.name if isinstance(step, Within) else str(step), wsdl)


def _below(here: _Here, name: str, wsdl: Wsdl) -> _Here:
    inner = [one for of in here.types for kind in _kinds(of, wsdl) for one in _inside(kind, here.is_root)]
    found = [one for one in inner if one.name == name]
    if found:
        return _Here(
            name, tuple(of for one in found for of in one.types), frozenset().union(*(one.many for one in found))
        )
    if any(_takes_more(kind, name) for of in here.types for kind in _kinds(of, wsdl)):
        raise _Open
    known = {one.name for one in inner}
    if not known:
        raise _Nothing(f"{here.name or 'it'} is a text, with nothing inside")
    raise _Nothing(f"{here.name or 'it'} has no {name}; {one_of(name, known)}")


def _kinds(of: Type, wsdl: Wsdl) -> Iterator[Type]:
    """A type, and those that may stand for it where the answer says so."""
    yield of
    if isinstance(of, Complex) and of.name:
        yield from (wsdl.schemas.type(tag) for tag in wsdl.schemas.below(of.name))


def _inside(of: Type, is_root: bool) -> Iterator[_Here]:
    if isinstance(of, Simple):
        if is_root:
            yield _Here(TEXT, (of,))
        return
    yield from (_Here(f"@{local(one.tag)}", (one.type,)) for one in of.attributes)
    if (of.text is not None or of.mixed) and (of.attributes or of.open_attributes or of.mixed or is_root):
        yield _Here(TEXT, (of.text or _WORD,))
    found: dict[str, list[tuple[Element, bool]]] = {}
    for one, many in _elements(of.content, many=False):
        found.setdefault(one.name, []).append((one, many))
    for name, all_of_it in found.items():
        lists = {many for _, many in all_of_it}
        # What stands in two places of a type is a list where both came.
        several = lists | {True} if len(all_of_it) > 1 else lists
        yield _Here(name, tuple(one.type for one, _ in all_of_it), frozenset(several))


def _elements(group: Group, many: bool) -> Iterator[tuple[Element, bool]]:
    """Each element that may stand in a group, and whether the reader makes a list of it."""
    many = many or group.high != 1
    for part in group.parts:
        if isinstance(part, Group):
            yield from _elements(part, many)
        elif isinstance(part, Element):
            yield from ((one, many or part.high != 1) for one in part.alternatives.values())


def _takes_more(of: Type, name: str) -> bool:
    """Whether something may stand there that the schema does not name."""
    if isinstance(of, Simple):
        return False
    return of.open_attributes if name.startswith("@") else of.content.is_open
