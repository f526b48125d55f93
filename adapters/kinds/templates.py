"""Fills a department's request from a template in its mapping: our words in, their words out. It sends nothing.

A template is a TOML tree whose texts hold placeholders in braces. Placeholders are looked up in a flat scope that the kind
builds from a query or a handover; `{a|b}` takes the first that has a value. Braces around a quotation mark are JSON in a text,
and no placeholder. A key that begins with `=` is written without it: so a form may have a place that is called `from`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from adapters.contract import Misconfigured, Unusable
from adapters.kinds.documents import Documents
from adapters.kinds.values import OPEN_END
from adapters.kinds.writings import OUT_FORMS, word, words, written
from catalog.nearest import one_of

__all__ = [
    "OUT_FORMS",
    "Plain",
    "Scope",
    "Unfillable",
    "Writing",
    "fill",
    "key_of",
    "names",
    "spelt",
    "template_of",
    "unaskable",
]

Plain = str | int | bool | Decimal | bytes | datetime | None
Scope = Mapping[str, object]
"""Names to plain values; a name may hold a sequence of scopes, over which `each` runs."""

DIRECTIVE_KEYS = frozenset(("from", "as", "codes", "default", "otherwise", "required", "open_ended", "partial"))
_WORDS = frozenset(("from", "each", "when"))
"""Keys that make a table a directive; as a name of the department's they are written `=from`."""
_PLACE = re.compile(r"\{([^{}\"]+)\}")


class Unfillable(Exception):
    """A value that the department's form must have is absent or cannot be written its way. `place` names where."""

    def __init__(self, place: str, rule: str) -> None:
        super().__init__(f"{place}: {rule}")
        self.place, self.rule = place, rule


def unaskable(fault: Unfillable) -> Unusable:
    """The outcome of a question that cannot be written: nothing was sent, and it is no fault of the department's."""
    return Unusable("", fault.place, f"unaskable:{fault.rule}")


@dataclass(frozen=True)
class Writing:
    """Where a template is filled: which code lists it may name and who is spoken of in messages."""

    documents: Documents
    where: str


def fill(template: object, scope: Scope, writing: Writing, place: str = "") -> object:
    """The filled tree. Raises Unfillable for values, Misconfigured for the template itself."""
    if isinstance(template, str):
        return _text(template, scope, writing)
    if isinstance(template, Mapping):
        if "from" in template:
            return _directed(template, scope, writing, place)
        if "each" in template:
            return _rows(template, scope, writing, place)
        if "when" in template and fill(template["when"], scope, writing, place) is None:
            return None
        return {
            spelt(key): fill(inner, scope, writing, f"{place}.{key}".lstrip("."))
            for key, inner in template.items()
            if key != "when"
        }
    if isinstance(template, list):
        return [fill(inner, scope, writing, f"{place}[{at}]") for at, inner in enumerate(template)]
    return template


def spelt(key: object) -> str:
    """The department's name for a key of a template."""
    return str(key).removeprefix("=")


def key_of(name: str) -> str:
    """The key of a template for a name of the department's."""
    return f"={name}" if name in _WORDS or name[:1] == "=" else name


def template_of(sample: object) -> object:
    """A plain tree as a template that sends the same, but for round instead of curly brackets around what would be a placeholder."""
    if isinstance(sample, Mapping):
        return {key_of(str(key)): template_of(inner) for key, inner in sample.items()}
    if isinstance(sample, list | tuple):
        return [template_of(inner) for inner in sample]
    if isinstance(sample, str) and _PLACE.search(sample):
        return sample.replace("{", "(").replace("}", ")")
    return sample


def names(template: object) -> Iterator[str]:
    """Every placeholder name that a template uses, for checking it before it is needed."""
    if isinstance(template, str):
        for inner in _PLACE.findall(template):
            yield from inner.split("|")
    elif isinstance(template, Mapping):
        for inner in template.values():
            yield from names(inner)
    elif isinstance(template, list):
        for inner in template:
            yield from names(inner)


def _text(template: str, scope: Scope, writing: Writing) -> object | None:
    whole = _PLACE.fullmatch(template)
    if whole:
        return _first(whole[1], scope, writing)
    pieces = {inner: _first(inner, scope, writing) for inner in _PLACE.findall(template)}
    if pieces and all(piece is None for piece in pieces.values()):
        return None
    return _PLACE.sub(lambda match: "" if pieces[match[1]] is None else str(pieces[match[1]]), template)


def _first(alternatives: str, scope: Scope, writing: Writing) -> object | None:
    for name in alternatives.split("|"):
        value = scope.get(name)
        if value is None and name not in scope and "." not in name:
            raise Misconfigured(f"{writing.where}: {{{name}}} is no known word here; {one_of(name, scope)}.")
        if value is not None and value != "":
            return value
    return None


def _directed(template: Mapping[str, object], scope: Scope, writing: Writing, place: str) -> object | None:
    unknown = sorted(set(template) - DIRECTIVE_KEYS)
    if unknown:
        raise Misconfigured(
            f"{writing.where}: {', '.join(unknown)} beside from is no known key; {one_of(unknown[0], DIRECTIVE_KEYS)}."
        )
    value = fill(template["from"], scope, writing, place)
    if value is None and "default" in template:
        value = template["default"]
    if value is None:
        if template.get("required"):
            raise Unfillable(place, "required")
        return None
    if "codes" in template:
        # A list of words is coded word by word.
        among = words(value) if template.get("as") == "words" else [word(value)]
        value = ",".join(_coded(one, template, writing, place) for one in among)
    if value == OPEN_END and "open_ended" in template:
        return str(template["open_ended"])
    form = str(template.get("as", "text"))
    if form not in OUT_FORMS:
        raise Misconfigured(f"{writing.where}: as = {form!r} is no known form; {one_of(form, OUT_FORMS)}.")
    try:
        return written(value, form, template.get("partial") is True)
    except (ValueError, TypeError, ArithmeticError) as e:
        raise Unfillable(place, "precision" if str(e) == "precision" else form) from None


def _coded(ours: str, template: Mapping[str, object], writing: Writing, place: str) -> str:
    codes, name = writing.documents.code_list(template["codes"], back=True)
    if ours not in codes and "otherwise" not in template:
        raise Unfillable(place, f"code_list:{name}")
    return codes.get(ours, str(template.get("otherwise")))


def _rows(template: Mapping[str, object], scope: Scope, writing: Writing, place: str) -> object:
    rows = scope.get(str(template["each"]))
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise Misconfigured(f"{writing.where}: each = {template['each']!r} is no list; docs/departments.md names them.")
    filled = [
        fill(template["row"], {**scope, **row, "number": at}, writing, f"{place}[{at}]")
        for at, row in enumerate(rows, start=1)
    ]
    if template.get("single"):
        return filled[0] if filled else None
    return filled
