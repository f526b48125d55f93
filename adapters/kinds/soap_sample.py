"""Makes sample questions and answers from a WSDL alone, for simulators and for trying a mapping. No value of it means anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds.soap_message import envelope
from adapters.kinds.wsdl import Message, Operation, Port, Wsdl
from adapters.kinds.xsd import Any, Complex, Element, Group, Particle, Type, local
from adapters.kinds.xsd_simple import ANY_SIMPLE, Simple, sample
from adapters.kinds.xsd_write import TEXT, TYPE

DEEPEST = 12
OPEN = "Nr"
"""What a sample puts where any element may stand."""

Value = Callable[[str, Simple], str | None]
"""Gives the text of a word by its path and type, or None for one made from the type."""


@dataclass(frozen=True)
class Samples:
    """Makes messages that the schema allows: every element once (`rows` times where it may be repeated), the first of each choice."""

    wsdl: Wsdl
    value: Value = lambda path, of: None
    rows: int = 1
    whole: bool = True
    """False leaves out what may be left out."""
    deepest: int = DEEPEST
    """Levels below which nothing is made that may be left out."""

    def answer(self, port: Port, operation: Operation) -> bytes:
        """A whole envelope, as the department would send it. Raises Misconfigured for a one-way operation."""
        if operation.output is None:
            raise Misconfigured(f"{operation.name} answers nothing.")
        return self._envelope(port, operation.output)

    def answer_with(self, port: Port, operation: Operation, tree: Mapping[str, object]) -> bytes:
        """The envelope that holds this tree; its keys are those of a mapping's paths. Raises what the writer raises."""
        if operation.output is None:
            raise Misconfigured(f"{operation.name} answers nothing.")
        return _written(self.wsdl, port, operation.output, tree, {})

    def question(self, port: Port, operation: Operation) -> bytes:
        return self._envelope(port, operation.input)

    def tree(self, message: Message) -> dict[str, object]:
        """The content of the message as the writer takes it, and as the reader gives it back."""
        elements = [self.wsdl.element(part, message.encoded) for part in message.parts]
        if message.wrapper or len(elements) > 1:
            return {element.name: self._of(element.type, f"$.{element.name}", ()) for element in elements}
        made = self._of(elements[0].type, "$", ()) if elements else {}
        return made if isinstance(made, dict) else {TEXT: made}

    def _envelope(self, port: Port, message: Message) -> bytes:
        headers = {part.name: self._of(self.wsdl.element(part).type, f"$.{part.name}", ()) for part in message.headers}
        return _written(self.wsdl, port, message, self.tree(message), headers)

    def _of(self, of: Type, path: str, seen: tuple[int, ...]) -> object:
        if isinstance(of, Simple):
            said = self.value(path, of)
            return sample(of) if said is None else said
        of, name = self._real(of)
        found: dict[str, object] = {TYPE: name} if name else {}
        for one in of.attributes:
            if one.required or (self.whole and one.fixed is None):
                key = f"@{local(one.tag)}"
                found[key] = one.fixed or self._of(one.type, f"{path}.{key}", seen)
        if of.text is not None:
            text = self._of(of.text, path, seen)
            return {**found, TEXT: text} if found else text
        self._parts(of.content, path, (*seen, id(of)), found)
        return found

    def _real(self, of: Complex) -> tuple[Complex, str]:
        """A type that may stand in an answer, and its name where it is not the declared one."""
        if not of.abstract:
            return of, ""
        for tag in self.wsdl.schemas.below(of.name):
            found = self.wsdl.schemas.type(tag)
            if isinstance(found, Complex) and not found.abstract:
                return found, tag
        return of, ""

    def _parts(
        self, group: Group, path: str, seen: tuple[int, ...], found: dict[str, object], many: bool = False
    ) -> None:
        many = many or group.high != 1
        for part in self._chosen(group, seen) if group.kind == "choice" else group.parts:
            if isinstance(part, Any):
                if part.low > 0:
                    found.setdefault(OPEN, sample(ANY_SIMPLE))
            elif part.low > 0 or self._worth(part, seen):
                if isinstance(part, Group):
                    self._parts(part, path, seen, found, many)
                else:
                    self._element(part, path, seen, found, many)

    def _element(self, part: Element, path: str, seen: tuple[int, ...], found: dict[str, object], many: bool) -> None:
        one = self._standing(part, seen)
        if one is None:
            return
        value = self._of(one.type, f"{path}.{one.name}", seen) if one.fixed is None else one.fixed
        rows = max(part.low, self.rows if part.high is None else min(self.rows, part.high))
        made = [value] * max(rows, 1) if many or part.high != 1 else value
        if one.name in found:
            # The same name stands in two places of the type: both get theirs, in order.
            known = found[one.name]
            made = [*(known if isinstance(known, list) else [known]), *(made if isinstance(made, list) else [made])]
        found[one.name] = made

    def _standing(self, part: Element, seen: tuple[int, ...]) -> Element | None:
        """What is put where this element may stand: itself, or one that takes its place; None where the schemas have none."""
        among = list(part.alternatives.values())
        fitting = [one for one in among if not self._is_above(one.type, seen)]
        return next(iter(fitting or among), None)

    def _chosen(self, group: Group, seen: tuple[int, ...]) -> tuple[Particle, ...]:
        """The first alternative that does not lead back to a type on the way."""
        fitting = [part for part in group.parts if not self._leads_back(part, seen)]
        return tuple(fitting[:1] or group.parts[:1])

    def _worth(self, part: Particle, seen: tuple[int, ...]) -> bool:
        return (
            self.whole and not isinstance(part, Any) and len(seen) < self.deepest and not self._leads_back(part, seen)
        )

    def _is_above(self, of: Type, seen: tuple[int, ...]) -> bool:
        """Whether nothing can be made of it here: it leads back to a type on the way, or no schema has a type that may stand there."""
        if not isinstance(of, Complex):
            return False
        real = self._real(of)[0]
        return id(real) in seen or real.abstract

    def _leads_back(self, part: Particle, seen: tuple[int, ...]) -> bool:
        if isinstance(part, Element):
            one = self._standing(part, seen)
            return one is None or self._is_above(one.type, seen)
        return isinstance(part, Group) and any(inner.low > 0 and self._leads_back(inner, seen) for inner in part.parts)


def _written(
    wsdl: Wsdl, port: Port, message: Message, tree: Mapping[str, object], headers: Mapping[str, object]
) -> bytes:
    root = envelope(wsdl, port, message, tree, headers)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
