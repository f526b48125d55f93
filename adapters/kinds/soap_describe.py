"""What a WSDL offers, for somebody who writes a mapping: services, ports, operations, and both messages as trees with their words.

It talks to nobody and maps nothing. Sample messages are made by `soap_sample`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from adapters.contract import Misconfigured
from adapters.kinds.wsdl import Message, Operation, Port, Wsdl, read_wsdl
from adapters.kinds.xsd import Attribute, Element, Group, Particle, Type, local
from adapters.kinds.xsd_schemas import Schemas
from adapters.kinds.xsd_simple import Simple
from adapters.kinds.xsd_write import TEXT

DEEPEST = 12
"""Levels of a tree; below them, and where a type holds itself, a word says `recursive`."""
MOST_WORDS = 5_000
"""In one tree: some public schemas hold a whole country's law."""


@dataclass(frozen=True)
class Word:
    """One element or attribute of a message. `name` is what the mapping writes: a local name, `@name`, or `#` for the text.

    `path` leads to it from the message's root (`$.a.b`); `type` is a type of XML Schema (`string`, `date`, `base64Binary` …), `complex`, or
    `any`; `high` None is unbounded; `choice` numbers the alternatives of which one stands (0: none), `branch` which of them it is part of;
    `may_lack` that none of them need stand."""

    name: str
    path: str
    type: str
    low: int = 1
    high: int | None = 1
    nillable: bool = False
    documentation: str = ""
    enumeration: tuple[tuple[str, str], ...] = ()
    longest: int | None = None
    pattern: str = ""
    choice: int = 0
    branch: int = 0
    may_lack: bool = False
    recursive: bool = False
    words: tuple[Word, ...] = ()

    @property
    def leaves(self) -> tuple[Word, ...]:
        """The words below that hold a value, this one included."""
        if not self.words:
            return (self,)
        return tuple(leaf for inner in self.words for leaf in inner.leaves)


@dataclass(frozen=True)
class OperationWords:
    """`input` and `output` hold the words of a request template and of an answer's paths; the root is not part of either."""

    service: str
    port: str
    version: str
    name: str
    action: str
    documentation: str
    input: tuple[Word, ...]
    output: tuple[Word, ...]
    input_headers: tuple[Word, ...] = ()
    output_headers: tuple[Word, ...] = ()
    faults: tuple[Word, ...] = ()
    one_way: bool = False


def open_folder(folder: Path, name: str) -> Wsdl:
    """The WSDL of that name in a folder that nobody pinned yet. Raises Misconfigured."""
    names = tuple(sorted(str(one.relative_to(folder).as_posix()) for one in folder.rglob("*") if one.is_file()))

    def read(document: str) -> bytes:
        try:
            return (folder / document).read_bytes()
        except OSError as e:
            raise Misconfigured(f"{document} cannot be read ({e.strerror}); put it into the folder.") from e

    return read_wsdl(name, read, names)


def describe(wsdl: Wsdl) -> tuple[OperationWords, ...]:
    """Every operation of every port. An operation whose schema is missing raises Misconfigured, with the document to look for."""
    return tuple(
        describe_operation(wsdl, port, operation) for port in wsdl.ports for operation in port.operations.values()
    )


def describe_operation(wsdl: Wsdl, port: Port, operation: Operation) -> OperationWords:
    output = operation.output
    return OperationWords(
        port.service,
        port.name,
        port.version,
        next((key for key, one in port.operations.items() if one is operation), operation.name),
        operation.action,
        operation.documentation,
        message_words(wsdl, operation.input),
        message_words(wsdl, output) if output else (),
        _header_words(wsdl, operation.input),
        _header_words(wsdl, output) if output else (),
        tuple(_Tree(wsdl.schemas).word(wsdl.element(part), "$", ()) for part in operation.faults),
        output is None,
    )


def message_words(wsdl: Wsdl, message: Message) -> tuple[Word, ...]:
    """What stands inside the one element of the body, as a mapping sees it."""
    elements = [wsdl.element(part, message.encoded) for part in message.parts]
    tree = _Tree(wsdl.schemas)
    if message.wrapper or len(elements) > 1:
        return tuple(tree.word(element, "$", ()) for element in elements)
    return tree.inside(elements[0].type, "$", ()) if elements else ()


def _header_words(wsdl: Wsdl, message: Message) -> tuple[Word, ...]:
    return tuple(_Tree(wsdl.schemas).word(wsdl.element(part), "$", ()) for part in message.headers)


class _Tree:
    """Walks a type once; counts words so that no schema fills the memory."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._words = 0
        self._choices = 0

    def word(self, element: Element, above: str, seen: tuple[int, ...], choice: int = 0) -> Word:
        of = element.type
        path = f"{above}.{element.name}"
        self._words += 1
        made = Word(
            element.name,
            path,
            "complex",
            element.low,
            element.high,
            element.nillable,
            element.documentation or of.documentation,
            choice=choice,
        )
        if isinstance(of, Simple):
            return _with_type(made, of)
        if id(of) in seen or len(seen) >= DEEPEST or self._words > MOST_WORDS:
            return _replaced(made, recursive=True)
        if of.content.is_open and not of.content.elements and not of.attributes:
            return _replaced(made, type="any")
        return _replaced(made, words=self.inside(of, path, (*seen, id(of))))

    def inside(self, of: Type, above: str, seen: tuple[int, ...]) -> tuple[Word, ...]:
        if isinstance(of, Simple):
            return (_with_type(Word(TEXT, f"{above}.{TEXT}", ""), of),)
        found = [_attribute(one, above) for one in of.attributes]
        if of.text is not None:
            name = TEXT if of.attributes or of.open_attributes else ""
            found.append(_with_type(Word(TEXT, f"{above}.{TEXT}" if name else above, ""), of.text))
        return (*found, *self._parts(of.content, above, seen, 0))

    def _parts(
        self, group: Group, above: str, seen: tuple[int, ...], choice: int, branch: int = 0, lacks: bool = False
    ) -> tuple[Word, ...]:
        """`lacks`: what holds this group may be left out, and so may all of it."""
        chooses = group.kind == "choice" and len(group.parts) > 1
        lacks = lacks or _may_lack(group)
        if chooses:
            self._choices += 1
            choice = self._choices
        found: list[Word] = []
        for at, part in enumerate(group.parts):
            own = at if chooses else branch
            if isinstance(part, Group):
                found += self._parts(part, above, seen, choice, own, lacks)
            elif isinstance(part, Element):
                words = [self._in_group(one, part, group, above, seen, choice) for one in part.alternatives.values()]
                found += [_replaced(word, branch=own, may_lack=lacks) for word in words]
            else:
                found.append(Word("*", f"{above}.*", "any", part.low, part.high, choice=choice, branch=own))
        return tuple(found)

    def _in_group(
        self, one: Element, head: Element, group: Group, above: str, seen: tuple[int, ...], choice: int
    ) -> Word:
        low = 0 if choice or group.low == 0 or one is not head else head.low
        high = head.high if group.high == 1 else None
        return _replaced(self.word(one, above, seen, choice), low=low, high=high)


def _may_lack(part: Particle) -> bool:
    """Whether a message is whole without it."""
    if part.low == 0 or not isinstance(part, Group) or not part.parts:
        return part.low == 0 or (isinstance(part, Group) and not part.parts)
    each = map(_may_lack, part.parts)
    return any(each) if part.kind == "choice" else all(each)


def _replaced(word: Word, **changes: object) -> Word:
    return replace(word, **changes)  # type: ignore[arg-type]


def _with_type(word: Word, of: Simple) -> Word:
    inner = of.item or (of.union[0] if of.union else of)
    pattern = of.patterns[0] if of.patterns else ""
    return _replaced(
        word, type=inner.base, enumeration=of.enumeration or inner.enumeration, longest=of.longest, pattern=pattern
    )


def _attribute(one: Attribute, above: str) -> Word:
    name = f"@{local(one.tag)}"
    word = Word(name, f"{above}.{name}", "", 1 if one.required else 0, documentation=one.documentation)
    return _with_type(word, one.type)
