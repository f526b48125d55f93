"""What a WSDL offers, for somebody who writes a mapping: services, ports, operations, and both messages as trees with their words.

It talks to nobody and maps nothing. Sample messages are made by `soap_sample`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adapters.contract import Misconfigured
from adapters.kinds.wsdl import Message, Operation, Part, Port, Wsdl, read_wsdl
from adapters.kinds.xsd import Attribute, Element, Group, Particle, Type, local
from adapters.kinds.xsd_simple import ANY_SIMPLE, Simple
from adapters.kinds.xsd_write import TEXT

DEEPEST = 12
"""Levels of a tree; below them, and where a type holds itself, a word says `recursive`."""
MOST_WORDS = 5_000
"""In one tree, attributes too: some public schemas hold a whole country's law."""


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
        header_words(wsdl, operation.input),
        header_words(wsdl, output) if output else (),
        tuple(_word(wsdl, part) for part in operation.faults),
        output is None,
    )


def message_words(wsdl: Wsdl, message: Message) -> tuple[Word, ...]:
    """What stands inside the one element of the body, as a mapping sees it."""
    elements = [wsdl.element(part, message.encoded) for part in message.parts]
    if message.wrapper or len(elements) > 1:
        return _Tree().standing(elements)
    return _Tree().inside(elements[0].type) if elements else ()


def header_words(wsdl: Wsdl, message: Message) -> tuple[Word, ...]:
    """One for each part of the message's header."""
    return tuple(_word(wsdl, part) for part in message.headers)


def _word(wsdl: Wsdl, part: Part) -> Word:
    (word,) = _Tree().standing([wsdl.element(part)])
    return word


@dataclass
class _Grown:
    """A word while the tree grows: the type that is looked into next, and those on the way to it."""

    word: Word
    type: Type
    seen: tuple[int, ...]
    inner: list[_Grown] = field(default_factory=list)

    def whole(self) -> Word:
        return _replaced(self.word, words=tuple(one.whole() for one in self.inner)) if self.inner else self.word


class _Tree:
    """Looks into types level by level, until it has MOST_WORDS: no schema fills the memory, and no deep branch takes the place of others."""

    def __init__(self) -> None:
        self._words = 0
        self._choices = 0

    def standing(self, elements: Iterable[Element]) -> tuple[Word, ...]:
        return self._grown([self._element(one, "$", ()) for one in elements])

    def inside(self, of: Type) -> tuple[Word, ...]:
        return self._grown(list(self._inside(of, "$", ())))

    def _grown(self, top: list[_Grown]) -> tuple[Word, ...]:
        waiting = deque(top)
        while waiting:
            one = waiting.popleft()
            of = one.type
            if isinstance(of, Simple):
                continue
            if id(of) in one.seen or len(one.seen) >= DEEPEST or self._words > MOST_WORDS:
                one.word = _replaced(one.word, recursive=True)
            elif of.content.is_open and not of.content.elements and not of.attributes:
                one.word = _replaced(one.word, type="any")
            else:
                one.inner = list(self._inside(of, one.word.path, (*one.seen, id(of))))
                waiting.extend(one.inner)
        return tuple(one.whole() for one in top)

    def _element(self, element: Element, above: str, seen: tuple[int, ...], **said: Any) -> _Grown:
        of = element.type
        self._words += 1
        told: dict[str, Any] = {"low": element.low, "high": element.high, **said, "nillable": element.nillable}
        told["documentation"] = element.documentation or of.documentation
        path = f"{above}.{element.name}"
        if isinstance(of, Simple):
            return _Grown(_typed(element.name, path, of, **told), of, seen)
        return _Grown(Word(element.name, path, "complex", **told), of, seen)

    def _inside(self, of: Type, above: str, seen: tuple[int, ...]) -> Iterator[_Grown]:
        if isinstance(of, Simple):
            yield _Grown(_typed(TEXT, f"{above}.{TEXT}", of), of, seen)
            return
        for one in of.attributes:
            self._words += 1
            yield _Grown(_attribute(one, above), one.type, seen)
        if of.text is not None:
            beside = of.attributes or of.open_attributes
            yield _Grown(_typed(TEXT, f"{above}.{TEXT}" if beside else above, of.text), of.text, seen)
        yield from self._parts(of.content, above, seen, 0)

    def _parts(
        self, group: Group, above: str, seen: tuple[int, ...], choice: int, branch: int = 0, lacks: bool = False
    ) -> Iterator[_Grown]:
        """`lacks`: what holds this group may be left out, and so may all of it."""
        chooses = group.kind == "choice" and len(group.parts) > 1
        lacks = lacks or _may_lack(group)
        if chooses:
            self._choices += 1
            choice = self._choices
        for at, part in enumerate(group.parts):
            own = at if chooses else branch
            if isinstance(part, Group):
                yield from self._parts(part, above, seen, choice, own, lacks)
            elif isinstance(part, Element):
                high = part.high if group.high == 1 else None
                for one in part.alternatives.values():
                    low = 0 if choice or group.low == 0 or one is not part else part.low
                    yield self._element(one, above, seen, low=low, high=high, choice=choice, branch=own, may_lack=lacks)
            else:
                word = Word("*", f"{above}.*", "any", part.low, part.high, choice=choice, branch=own)
                yield _Grown(word, ANY_SIMPLE, seen)


def _may_lack(part: Particle) -> bool:
    """Whether a message is whole without it."""
    if part.low == 0 or not isinstance(part, Group) or not part.parts:
        return part.low == 0 or (isinstance(part, Group) and not part.parts)
    each = map(_may_lack, part.parts)
    return any(each) if part.kind == "choice" else all(each)


def _replaced(word: Word, **changes: object) -> Word:
    return replace(word, **changes)  # type: ignore[arg-type]


def _typed(name: str, path: str, of: Simple, **told: Any) -> Word:
    inner = of.item or (of.union[0] if of.union else of)
    pattern = of.patterns[0] if of.patterns else ""
    words = of.enumeration or inner.enumeration
    return Word(name, path, inner.base, enumeration=words, longest=of.longest, pattern=pattern, **told)


def _attribute(one: Attribute, above: str) -> Word:
    name = f"@{local(one.tag)}"
    low = 1 if one.required else 0
    return _typed(name, f"{above}.{name}", one.type, low=low, documentation=one.documentation)
