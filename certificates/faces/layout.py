"""A layout: where a type of certificate has its title, rows, code and seal. It is data (TOML) and is read here, not applied.

docs/e-certificates.md describes the file. Lengths are millimetres, sizes of type are points, colours ``#rrggbb``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from certificates.errors import Malformed
from certificates.faces.model import BLACK, Element, SealPlace
from certificates.faces.ornaments import Frame, Ornament, Rule

FORMAT = "yijian-layout/1"
COPY, PREVIEW, CODE, SEALED = CONDITIONS = ("copy", "preview", "code", "sealed")
"""On what a part of a layout stands: on an annotated copy, on a picture to look at, where there is a QR code, where the
certificate that was copied bears a seal; each also with ``not-`` before it."""
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_ALIGNMENTS = ("left", "center", "right", "spread")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Words:
    """A short text: a title, a number, an authority. It shrinks to ``smallest``, then breaks into ``lines`` lines.

    ``only`` are conditions that must all hold, here and below."""

    text: str
    x: float
    y: float
    width: float
    size: float
    smallest: float = 6.0
    align: str = "left"
    spacing: float = 0.0
    bold: float = 0.0
    colour: str = BLACK
    lines: int = 1
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Labels with their values below each other. ``rows`` are pairs of label and template; ``fields`` stands for all
    extension fields that no other row shows. What does not fit even at ``smallest`` goes to an annex page. Where there is
    room to spare the ``gap`` between rows grows to ``loosest``."""

    x: float
    y: float
    width: float
    height: float
    label_width: float
    size: float
    rows: tuple[tuple[str, str], ...]
    smallest: float = 8.0
    leading: float = 1.5
    gap: float = 0.5
    loosest: float = 0.0
    label_colour: str = "#6b5d4b"
    colour: str = BLACK
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """Running text with the first line set in; ``fields`` as a paragraph stands for all extension fields. Where there is room
    to spare ``leading`` grows to ``loosest``."""

    x: float
    y: float
    width: float
    height: float
    size: float
    texts: tuple[str, ...]
    smallest: float = 8.0
    leading: float = 1.8
    loosest: float = 0.0
    indent: float = 2.0
    colour: str = BLACK
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Where the QR code goes."""

    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of document is worded like: types whose name ends so (brackets behind it left aside) print these
    ``words`` in slots ``{kind.NAME}``. The first kind that fits counts; an empty end fits all."""

    ends: tuple[str, ...]
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MarkStyle:
    """The words repeated across the page behind everything: of an annotated copy, and of a picture to look at (``preview``)."""

    watermark: str
    preview: str
    size: float = 22.0
    colour: str = "#8f7a55"
    opacity: float = 0.17


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole layout. Two layouts read from the same file are equal and share what was computed for them."""

    width: float
    height: float
    seal: SealPlace
    code: CodePlace
    mark: MarkStyle
    frames: tuple[Frame, ...] = ()
    rules: tuple[Rule, ...] = ()
    words: tuple[Words, ...] = ()
    rows: tuple[Rows, ...] = ()
    paragraphs: tuple[Paragraphs, ...] = ()
    kinds: tuple[Kind, ...] = ()

    def kind_words(self, type_name: str) -> dict[str, str]:
        """Return the words of the kind that ``type_name`` belongs to, by their slots."""
        found = (kind for kind in self.kinds if type_name.endswith(kind.ends))
        return {f"kind.{name}": said for name, said in next((kind.words for kind in found), ())}

    def ground(self, holds: frozenset[str]) -> tuple[Element, ...]:
        """Return what is the same on every certificate for which these conditions hold."""
        ornaments: tuple[Ornament, ...] = (*self.frames, *self.rules)
        return tuple(element for one in ornaments if holds.issuperset(one.only) for element in one.elements())


def read_layout(raw: bytes) -> Layout:
    """Read a layout's file. Raises Malformed ``layout``, which names the table and says what to change."""
    try:
        document = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Malformed("layout", f"The layout is no TOML: {error}.") from error
    if document.pop("format", None) != FORMAT:
        raise Malformed("layout", f'A layout begins with format = "{FORMAT}".')
    layout = _made(Layout, document, "layout")
    for words in layout.words:
        if words.align not in _ALIGNMENTS:
            raise Malformed("layout", f"words.align is one of {', '.join(_ALIGNMENTS)}.")
    parts = (layout.words, layout.rows, layout.paragraphs, layout.frames, layout.rules)
    for only in (each.only for part in parts for each in part):
        if not {name.removeprefix("not-") for name in only} <= set(CONDITIONS):
            raise Malformed("layout", f"only names {', '.join(CONDITIONS)}, each also with not- before it.")
    if not layout.rows and not layout.paragraphs:
        raise Malformed("layout", "A layout has rows or paragraphs; without them it shows nothing of the certificate.")
    return layout


def _made(shape: type[T], table: object, where: str) -> T:
    """Fit a TOML table to a dataclass, member by member."""
    if not isinstance(table, Mapping):
        raise Malformed("layout", f"{where} must be a table.")
    hints = get_type_hints(shape)
    unknown = set(table) - set(hints)
    if unknown:
        raise Malformed("layout", f"{where} has no {sorted(unknown)[0]}; known are {', '.join(hints)}.")
    values = {name: _value(hints[name], value, f"{where}.{name}") for name, value in table.items()}
    try:
        return shape(**values)
    except TypeError as error:
        needed = [each.name for each in fields(shape) if each.name not in values]  # type: ignore[arg-type]
        raise Malformed("layout", f"{where} lacks one of: {', '.join(needed)}.") from error


def _value(hint: Any, value: object, where: str) -> object:
    if get_origin(hint) is tuple:
        return _list(get_args(hint), value, where)
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
        return _made(hint, value, where)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, UnionType) or not isinstance(value, hint) or isinstance(value, bool):
        raise Malformed("layout", f"{where} must be {getattr(hint, '__name__', hint)}.")
    if where.endswith("colour") and not _COLOUR.fullmatch(str(value)):
        raise Malformed("layout", f"{where} must be a colour such as #a0281e.")
    return value


def _list(arguments: tuple[Any, ...], value: object, where: str) -> object:
    if not isinstance(value, list):
        raise Malformed("layout", f"{where} must be a list.")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_value(arguments[0], each, f"{where}[{index}]") for index, each in enumerate(value))
    if len(arguments) != len(value):
        raise Malformed("layout", f"{where} must have {len(arguments)} parts.")
    return tuple(_value(hint, each, where) for hint, each in zip(arguments, value, strict=True))
