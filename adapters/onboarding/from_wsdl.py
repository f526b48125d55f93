"""Turns a WSDL and what it imports into the draft of a department: every operation with its inputs, its answer's places and a sample.

It guesses no meaning and fetches nothing: a schema that is not beside the WSDL is asked for by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.kinds.soap_describe import OperationWords, Word, describe_operation, header_words
from adapters.kinds.soap_sample import DEEPEST, Samples
from adapters.kinds.wsdl import Message, Port, Wsdl, read_wsdl
from adapters.kinds.wsdl import Operation as WsdlOperation
from adapters.kinds.xsd_simple import Simple, misfit
from adapters.onboarding.neighbours import SCHEMAS, lying, root_of, schemas_of, taken_along
from adapters.onboarding.places import ROW, Answering, Asked, Draft, Operation, Place, Tell, chosen, telling, written
from adapters.onboarding.places import Path as Way

MOST_PLACES = 2000
"""Of one message: some public schemas hold a whole country's law."""
MOST_ASKED = 400
"""Values of one question, with those that may be left out."""
_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("date",), "date"),
    **dict.fromkeys(("dateTime",), "datetime"),
    **dict.fromkeys(("int", "integer", "long", "short", "byte", "nonNegativeInteger", "positiveInteger"), "integer"),
    **dict.fromkeys(("unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"), "integer"),
    **dict.fromkeys(("decimal", "double", "float"), "number"),
    **dict.fromkeys(("base64Binary", "hexBinary"), "binary"),
    "boolean": "boolean",
}


def draft(place: Path, only: tuple[str, ...] = (), tell: Tell = lambda said: None) -> Draft:
    """Of its operations those in `only`, by name; all where it is empty, and nothing is looked into for the others. `tell` hears how far
    it is where that takes longer than a few seconds. Raises Misconfigured with what to do, OSError."""
    found = opened(place)
    wsdl = found.wsdl
    wanted = chosen(tuple(_named(wsdl)), only, lambda one: (one[0],))
    operations = tuple(_operation(wsdl, port, one) for _, port, one in telling(wanted, place.name, tell))
    header, secrets = _header(wsdl, [one for _, _, one in wanted])
    wire: dict[str, object] = {"wsdl": found.name, "path": _path(wsdl.ports[0].address)}
    title = wsdl.ports[0].documentation or wsdl.ports[0].service
    wire = {**wire, **({"header": header} if header else {})}
    return Draft("soap", title, wire, found.papers, operations, secrets, found.above)


@dataclass(frozen=True)
class Opened:
    """A WSDL where it lies: its name below the folder that holds all its documents, those by their names there, and a sentence about what
    lies above its own folder."""

    wsdl: Wsdl = field(repr=False)
    name: str
    papers: Mapping[str, bytes] = field(repr=False)
    above: tuple[str, ...]


def opened(place: Path) -> Opened:
    """With what it imports, beside it and above. Raises Misconfigured with what to do, OSError."""
    folder = place.parent.resolve()
    reached = schemas_of(folder / place.name)
    root = root_of(folder, reached)
    papers: dict[str, bytes] = {}

    def read(name: str) -> bytes:
        papers[name] = (root / name).read_bytes()
        return papers[name]

    beside = [one for one in folder.rglob("*") if one.suffix.lower() in ("", ".wsdl", ".xsd", ".xml")]
    known = dict.fromkeys((*reached, *(one for one in beside if lying(folder, one, SCHEMAS))))
    name = (folder / place.name).relative_to(root).as_posix()
    wsdl = read_wsdl(name, read, tuple(one.relative_to(root).as_posix() for one in known))
    return Opened(wsdl, name, papers, tuple(taken_along(folder, (root / one for one in papers))))


def _path(address: str) -> str:
    """Of the address in the WSDL only the path is believed."""
    rest = address.partition("://")[2]
    return rest[rest.index("/") :] if "/" in rest else ""


def _named(wsdl: Wsdl) -> Iterator[tuple[str, Port, WsdlOperation]]:
    """Each name once: what SOAP 1.1 and 1.2 offer alike is one."""
    seen: set[str] = set()
    for port in wsdl.ports:
        for name, one in port.operations.items():
            if name not in seen:
                seen.add(name)
                yield name, port, one


def _operation(wsdl: Wsdl, port: Port, one: WsdlOperation) -> Operation:
    words = describe_operation(wsdl, port, one)
    first = wsdl.ports[0]
    elsewhere = {"service": port.service, "port": port.name} if port is not first else {}
    places = tuple(_places(words.output))
    question, whole = _question(wsdl, one.input)
    return Operation(
        words.name,
        words.documentation or words.name,
        {"operation": words.name, **elsewhere},
        tuple(_inputs(question, words)),
        places,
        None if one.output is None else _answering(wsdl, port, one, places),
        tuple(_doubts(words, whole)),
    )


def _doubts(words: OperationWords, whole: bool) -> Iterator[str]:
    if words.one_way:
        yield "It answers nothing: make it a [handles.<item>] step, or take this resource out."
    if not whole:
        yield "More may be sent than stands in the request below: of what may be left out only the upper levels are written, the papers have the rest."


def _answering(wsdl: Wsdl, port: Port, one: WsdlOperation, places: tuple[Place, ...]) -> Answering:
    def made(texts: Mapping[Way, str], _: Way) -> tuple[str, bytes]:
        known = {_plain(path): text for path, text in texts.items()}

        def value(path: str, of: Simple) -> str | None:
            said = known.get(path)
            return said if said is not None and not misfit(of, said) else None

        return ".xml", Samples(wsdl, value).answer(port, one)

    return made


def _plain(path: Way) -> str:
    return written(tuple(step for step in path if step != ROW))


# --- inputs ---------------------------------------------------------------------------------------------------------------


def _inputs(question: Mapping[str, object], words: OperationWords) -> Iterator[Asked]:
    """What a question has: of several alternatives the first, and what may be left out."""
    known = {place.path: place for place in _places(words.input)}
    alternatives = dict(_alternatives(words.input, ()))
    tables = {way[:end] for way in known for end in range(1, len(way)) if ROW not in way[: end + 1]}
    for one in _asked(question, (), known, tables):
        beginnings = (one.place.path[:end] for end in range(1, len(one.place.path) + 1))
        # Said once, before the first that is sent of them.
        names, lacks = next(filter(None, (alternatives.pop(way, None) for way in beginnings)), ((), False))
        yield replace(one, one_of=names, may_lack=lacks)


def _question(wsdl: Wsdl, message: Message) -> tuple[dict[str, object], bool]:
    """A sample of what is sent, and whether it has all that may be left out: of a large question only so many levels of it as are few enough."""
    for deepest in (DEEPEST, 5, 4, 3, 2, 1):
        found = Samples(wsdl, deepest=deepest).tree(message)
        if _count(found) <= MOST_ASKED:
            break
    return found, deepest == DEEPEST


def _count(value: object) -> int:
    """How many values it holds."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else None
    return 1 if inner is None else sum(map(_count, inner))


def _asked(tree: Mapping[str, object], above: Way, known: Mapping[Way, Place], tables: Set[Way]) -> Iterator[Asked]:
    """Every value of the sample; a list, and what the schema leaves open, stands in the request whole."""
    for name, value in tree.items():
        path = (*above, name)
        if isinstance(value, Mapping) and path in tables:
            yield from _asked(value, path, known, tables)
        elif not _braced(value):
            yield Asked(known.get(path, Place(path, kind="binary")), "request", value)


def _alternatives(words: tuple[Word, ...], above: Way) -> Iterator[tuple[Way, tuple[tuple[str, ...], bool]]]:
    """Where each alternative of an xsd:choice begins, with the names of all (what belongs together is joined by `+`), and whether none need be there."""
    for choice in dict.fromkeys(word.choice for word in words if word.choice):
        branches: dict[int, list[str]] = {}
        own = [word for word in words if word.choice == choice]
        for word in own:
            branches.setdefault(word.branch, []).append(word.name)
        lacks = any(word.may_lack for word in own)
        names = tuple(" + ".join(dict.fromkeys(branch)) for branch in branches.values())
        if len(names) > 1:
            yield from (((*above, branch[0]), (names, lacks)) for branch in branches.values())
    for word in words:
        yield from _alternatives(word.words, (*above, word.name))


def _braced(value: object) -> bool:
    """Whether a text of it has braces, as some identifiers do: in a template they would be a word. Such a sample is left out."""
    if isinstance(value, Mapping):
        return any(_braced(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_braced(inner) for inner in value)
    return isinstance(value, str) and "{" in value


def _header(wsdl: Wsdl, operations: Iterable[WsdlOperation]) -> tuple[Mapping[str, object], tuple[str, ...]]:
    """The SOAP header of the first operation that wants one, by the names of its parts: each word is a secret of the connection."""
    one = next((one for one in operations if one.input.headers), None)
    if one is None:
        return {}, ()
    words = header_words(wsdl, one.input)
    header = {part.name: _secrets(word) for part, word in zip(one.input.headers, words, strict=True)}
    return header, tuple(leaf.name for word in words for leaf in word.leaves)


def _secrets(word: Word) -> object:
    if not word.words:
        return f"{{secret.{word.name}}}"
    return {inner.name: _secrets(inner) for inner in word.words}


# --- places ---------------------------------------------------------------------------------------------------------------


def _places(words: tuple[Word, ...]) -> Iterator[Place]:
    """In the order of the message; of more than MOST_PLACES those that lie least deep."""
    found = list(_below(words, (), ""))
    near = sorted(range(len(found)), key=lambda at: len(found[at].path))[:MOST_PLACES]
    yield from (found[at] for at in sorted(near))


def _below(words: tuple[Word, ...], above: Way, inside: str) -> Iterator[Place]:
    for word in words:
        row = (ROW,) if word.high is None or word.high > 1 else ()
        path = (*above, word.name, *row)
        if word.words:
            yield from _below(word.words, path, word.documentation)
        elif word.type not in ("any", "complex") and not word.recursive:
            yield _place(word, path, inside)


_TWO_PLACES = re.compile(r"(\(\?:)?(\\d|\[0-9\])\+\\\.(\\d|\[0-9\])\{2\}\)?")
"""A schema's pattern of a number with two places, as xs:pattern is read (in a group); below, of a date in eight digits."""
_EIGHT_DIGITS = re.compile(r"(\(\?:)?(\\d|\[0-9\])\{8\}\)?")


def _place(word: Word, path: Way, inside: str) -> Place:
    values = tuple(value for value, _ in word.enumeration)
    meanings = tuple(meaning for _, meaning in word.enumeration)
    return Place(
        path,
        word.documentation,
        _KINDS.get(word.type, "text"),
        "decimal2" if _TWO_PLACES.fullmatch(word.pattern) else "",
        words=values,
        meanings=meanings if all(meanings) else (),
        required=word.low > 0,
        longest=word.longest or (8 if _EIGHT_DIGITS.fullmatch(word.pattern) else None),
        inside=inside,
    )
