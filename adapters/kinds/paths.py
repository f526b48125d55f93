"""Reads one place in an answer that was already parsed: `$.a.b[0].c`, or `/a/b[1]/@c` for XML. It checks and converts nothing.

Every kind turns its wire into the same plain tree (mappings, lists, scalars, None), so one path language serves all mappings.
docs/mapping.md describes it; docs/decisions/0017 says why it is so small.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Within:
    """An element or attribute of one namespace: `{uri}local`, `@{uri}local`. `name` is its key in the tree."""

    uri: str
    name: str


@dataclass(frozen=True)
class Every:
    """`[*]`: each of several, and one that stands alone too."""


@dataclass(frozen=True)
class Those:
    """`[?@.lx=='01']`: those of several of which a neighbour has, or has not, this word."""

    way: Steps
    word: str
    equal: bool


@dataclass(frozen=True)
class Text:
    """`text()`: the text of an element, whether or not it has attributes too."""


Step = str | int | Within | Every | Those | Text
Steps = tuple[Step, ...]


class Alone(dict[str, object]):
    """An XML element that stands alone where several may stand: `[0]` and a list take it for a list of one.

    `spaces` tells the namespaces of what is in it, by key: one for all of that name, or one for each of the list."""

    spaces: dict[str, str | list[str]] = {}  # noqa: RUF012  # replaced, never changed: most elements have no namespace


class AloneText(str):
    """The same for an element that is only text."""


class Several(list[object]):
    """What stands at a path with `[*]` or a choice in it: each that was found."""


# --- reading a path ---------------------------------------------------------------------------------------------------

_QUALIFIED = re.compile(r"(@?)\{([^{}]*)\}([^.\[\]{}/@]+)")
_NAME = re.compile(r"[^.\[\]]+")
_INDEX = re.compile(r"\[(-?\d+)\]")
_EVERY = re.compile(r"\[\*\]")
_QUOTED = re.compile(r"\['([^']+)'\]")
_CHOICE = re.compile(r"\[\?@\.?([^=!]+?)\s*(==|!=)\s*'([^']*)'\]")

HOW = "write $.a.b[0].c or, of XML, /a/b[1]/c; docs/mapping.md describes paths"


def steps(path: str) -> Steps:
    """The steps of a path; `$` or an empty path is the whole tree. Raises ValueError for anything that is not a path."""
    if path.startswith("/"):
        return _xpath(path)
    rest = path.removeprefix("$").removeprefix(".")
    found: list[Step] = []
    at = 0
    while at < len(rest):
        step, at = _next(rest, at, path)
        found.append(step)
        if rest[at : at + 1] == ".":
            at += 1
            if at == len(rest):
                raise ValueError(f"{path!r} ends with a dot")
    return tuple(found)


def _next(rest: str, at: int, path: str) -> tuple[Step, int]:
    if match := _QUALIFIED.match(rest, at):
        return Within(match[2], match[1] + match[3]), match.end()
    if match := _INDEX.match(rest, at):
        return int(match[1]), match.end()
    if match := _EVERY.match(rest, at):
        return Every(), match.end()
    if match := _QUOTED.match(rest, at):
        return match[1], match.end()
    if match := _CHOICE.match(rest, at):
        return Those(steps(match[1].strip()), match[3], match[2] == "=="), match.end()
    if match := _NAME.match(rest, at):
        return match[0], match.end()
    raise ValueError(f"{path!r} is not a path: {HOW}")


_PART = re.compile(r"/(@?)(?:\{([^{}]*)\})?([^/@\[\]{}]+)((?:\[[^\[\]]*\])*)")
_POSITION = re.compile(r"[1-9]\d*")
_EQUALS = re.compile(r"((?:@?(?:\{[^{}]*\})?[^=!'\"/]+)(?:/@?(?:\{[^{}]*\})?[^=!'\"/]+)*)\s*(!?=)\s*'([^']*)'")


def _xpath(path: str) -> Steps:
    """The subset of XPath: names with their namespace in braces, attributes, text(), positions from 1, last(), one comparison."""
    found: list[Step] = []
    at = 0
    while at < len(path) and path != "/":
        match = _PART.match(path, at)
        if match is None or (match[1] and (match[4] or match.end() < len(path))):
            raise ValueError(f"{path!r} is not a path: {HOW}")
        at = match.end()
        found += _of_part(match, path, at == len(path))
    return tuple(found)


def _of_part(match: re.Match[str], path: str, is_last: bool) -> list[Step]:
    mark, uri, name = match[1], match[2], match[3]
    if name == "text()":
        if mark or match[4] or not is_last:
            raise ValueError(f"{path!r}: text() stands last and alone")
        return [Text()]
    if ":" in name or name in ("*", ".", "..") or "(" in name:
        raise ValueError(
            f"{path!r}: write {name!r} as {{namespace-uri}}name; a prefix may change, and there is no * or .."
        )
    step: Step = Within(uri, mark + name) if uri is not None else mark + name
    if mark:
        return [step]
    return [step, *(_predicate(one, path) for one in re.findall(r"\[([^\[\]]*)\]", match[4]))] + (
        [] if re.search(r"\[(\d+|last\(\))\]", match[4]) else [Every()]
    )


def _predicate(text: str, path: str) -> Step:
    if _POSITION.fullmatch(text):
        return int(text) - 1
    if text == "last()":
        return -1
    match = _EQUALS.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{path!r}: in brackets stand a position, last(), or one comparison: [@lx='01']")
    place = match[1].strip()
    return Those(_xpath("/" + place), match[3], match[2] == "=")


# --- looking ----------------------------------------------------------------------------------------------------------


def look(tree: object, way: Steps) -> object | None:
    """What stands there, or None where nothing does. Null and absent are one: departments use both for "no value". `Several` where
    the path can find several: each that was found, even if it is one."""
    here: object | None = tree
    for step in way:
        here = _inside(here, step)
        if here is None:
            return None
    return here


def single(found: object | None) -> object | None:
    """The one of `Several` where one was found; whatever else as it is."""
    return found[0] if isinstance(found, Several) and len(found) == 1 else found


def text_at(tree: object, way: Steps) -> str:
    """The single value that stands there as stripped text; "" for nothing, and for a list or a table where one word should be."""
    found = single(look(tree, way))
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found).strip() if isinstance(found, str | int | float | Decimal | date) else ""


def _inside(here: object, step: Step) -> object | None:
    if isinstance(step, Every | Those):
        among = [one for one in _among(here) if not isinstance(step, Those) or _fits(one, step)]
        return Several(among) if among else None
    if isinstance(here, Several):
        return Several([one for one in (_inside(each, step) for each in here) if one is not None]) or None
    if isinstance(step, str):
        return here.get(step) if isinstance(here, Mapping) else None
    if isinstance(step, int):
        return _at(here, step)
    if isinstance(step, Within):
        return _within(here, step)
    return here.get("#") if isinstance(here, Mapping) else here


def _among(here: object) -> Iterator[object]:
    """Each of a list, and one alone by itself; what stands in several lists in one row."""
    for one in here if isinstance(here, Several) else (here,):
        yield from (part for part in (one if isinstance(one, list) else (one,)) if part is not None)


def _fits(one: object, choice: Those) -> bool:
    return (text_at(one, choice.way) == choice.word) is choice.equal


def _at(here: object, step: int) -> object | None:
    if isinstance(here, Alone | AloneText):
        return here if step in (0, -1) else None
    if isinstance(here, Sequence) and not isinstance(here, str | bytes):
        return here[step] if -len(here) <= step < len(here) else None
    return None


def _within(here: object, step: Within) -> object | None:
    """A tree that knows no namespaces (SOAP, whose schema has checked them) is read by name."""
    if not isinstance(here, Mapping):
        return None
    found = here.get(step.name)
    spaces = here.spaces.get(step.name, "") if isinstance(here, Alone) else step.uri
    if not isinstance(spaces, list):
        return found if spaces == step.uri else None
    among = [one for one, uri in zip(found, spaces, strict=True) if uri == step.uri] if isinstance(found, list) else []
    return among if len(among) > 1 else among[0] if among else None
