"""Compiles and reads one field of a mapping: where it stands, how it is written, what else must hold. It knows no record and no wire.

A field is read in one order, always: condition, place or alternatives, rule, neighbour that must agree, divisor, default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from adapters.contract import Misconfigured
from adapters.kinds.conditions import Condition, condition, way_to
from adapters.kinds.documents import Documents
from adapters.kinds.paths import Several, Steps, look, single, text_at
from adapters.kinds.settings import Settings
from adapters.kinds.values import (
    FORMS,
    Broken,
    Good,
    Missing,
    Reading,
    Rule,
    Withheld,
    normalise,
    plain_decimal,
    unfit_characters,
)
from catalog.nearest import one_of
from catalog.types import ResourceField

FIELD_KEYS = frozenset(
    [
        "path",
        "first",
        "as",
        "empty",
        "open_ended",
        "withheld",
        "codes",
        "join",
        "when",
        "must",
        "divide",
        "true",
        "false",
        "default",
    ]
)


@dataclass(frozen=True)
class FieldReader:
    """One compiled field. `first` are alternatives in the order in which they are tried; then `places` is empty."""

    name: str
    places: tuple[str, ...]
    ways: tuple[Steps, ...]
    rule: Rule
    join: str | None
    required: bool
    when: Condition | None
    must: Condition | None
    divide: tuple[Steps, Mapping[str, str]] | None
    first: tuple[FieldReader, ...] = ()
    default: str = ""

    @property
    def is_alone(self) -> bool:
        """Whether it looks at one place of the record and at nothing else."""
        beside = (self.when, self.must, self.divide)
        return len(self.ways) == 1 and not self.first and beside == (None, None, None)

    @property
    def where_it_stands(self) -> str:
        """The paths, for a message."""
        return " + ".join(self.places) if self.places else " | ".join(one.where_it_stands for one in self.first)

    def read(self, tree: object) -> Reading:
        """Never raises for a value. A default stands in for nothing alone: what is withheld or broken stays so."""
        if self.when is not None and not self.when.holds(tree):
            return Missing()
        reading = self._judged(self.found(tree), tree)
        return Good(self.default) if isinstance(reading, Missing) and self.default else reading

    def found(self, tree: object) -> Reading:
        """What stands there by its rule alone."""
        if self.first:
            return _first(one.read(tree) for one in self.first)
        if len(self.ways) > 1:
            return self._joined([look(tree, way) for way in self.ways])
        stands = look(tree, self.ways[0])
        if isinstance(stands, Several) and len(stands) > 1:
            return self._joined(stands) if self.join is not None else Broken("several_values")
        return normalise(single(stands), self.rule)

    def _judged(self, reading: Reading, tree: object) -> Reading:
        if isinstance(reading, Good) and self.must is not None and not self.must.holds(tree):
            return Broken("must")
        if isinstance(reading, Good) and self.divide is not None:
            return self._divided(reading, tree)
        return reading

    def _joined(self, stands: Iterable[object]) -> Reading:
        readings = [normalise(single(one), self.rule) for one in stands]
        broken = next((r for r in readings if isinstance(r, Broken)), None)
        if broken is not None:
            return broken
        if any(isinstance(r, Withheld) for r in readings):
            return Withheld()
        texts = [r.text for r in readings if isinstance(r, Good)]
        whole = (self.join or "").join(texts)
        return Broken("too_long") if unfit_characters(whole) else Good(whole) if texts else Missing()

    def _divided(self, reading: Good, tree: object) -> Reading:
        assert self.divide is not None
        way, divisors = self.divide
        divisor = divisors.get(text_at(tree, way))
        try:
            quotient = Decimal(reading.text) / Decimal(divisor or "0")
            return Good(plain_decimal(quotient.quantize(Decimal("0.01"))))
        except ArithmeticError:
            return Broken("divide")


def _first(readings: Iterable[Reading]) -> Reading:
    """The first that is not missing; withheld where nothing else was found."""
    withheld: Reading = Missing()
    for reading in readings:
        if isinstance(reading, Withheld):
            withheld = reading
        elif not isinstance(reading, Missing):
            return reading
    return withheld


# --- compiling --------------------------------------------------------------------------------------------------------


def field_reader(field_: ResourceField, documents: Documents, where: str) -> FieldReader:
    """Compiles one field's `wire`. Raises Misconfigured naming the field."""
    settings = Settings(field_.wire, f"{where}.{field_.name}")
    settings.only(FIELD_KEYS)
    if field_.required and "default" in settings.table:
        raise Misconfigured(f"{settings.where}: required and default exclude each other; take out one.")
    return _reader(settings, field_.name, field_.required, documents)


def _reader(settings: Settings, name: str, required: bool, documents: Documents) -> FieldReader:
    places, alternatives = settings.words("path"), _alternatives(settings, name, documents)
    if bool(places) is bool(alternatives):
        raise Misconfigured(f"{settings.where}: path is missing; say where the value stands in the answer.")
    if alternatives and {"as", "codes", "join", "empty", "open_ended", "withheld"} & set(settings.table):
        raise Misconfigured(f"{settings.where}: with first, the rule stands in each alternative; move it there.")
    form = settings.text("as", "text")
    if form not in FORMS:
        raise Misconfigured(
            f"{settings.where}: as = {form!r} is no known form; {one_of(form, FORMS)} (docs/mapping.md)."
        )
    return FieldReader(
        name,
        places,
        tuple(way_to(place, settings.where) for place in places),
        _rule(settings, form, documents),
        settings.text("join") if "join" in settings.table else None,
        required,
        condition(settings, "when"),
        condition(settings, "must"),
        _divide(settings),
        alternatives,
        _default(settings),
    )


def _alternatives(settings: Settings, name: str, documents: Documents) -> tuple[FieldReader, ...]:
    """`first`: paths, or whole fields of their own."""
    found = settings.table.get("first", [])
    if not isinstance(found, list | tuple):
        raise Misconfigured(f"{settings.where}: first must be a list of paths or tables.")
    readers = []
    for at, one in enumerate(found):
        wire = one if isinstance(one, Mapping) else {"path": str(one)}
        inner = Settings(wire, f"{settings.where} first[{at}]")
        inner.only(FIELD_KEYS - {"first", "default"})
        readers.append(_reader(inner, name, False, documents))
    return tuple(readers)


def _default(settings: Settings) -> str:
    value = settings.table.get("default", "")
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if unfit_characters(text) or text != text.strip() or ("default" in settings.table and not text):
        raise Misconfigured(
            f"{settings.where}: default must be a value in canonical text, as docs/mapping.md writes it."
        )
    return text


def _rule(settings: Settings, form: str, documents: Documents) -> Rule:
    known = Rule()
    codes, name = documents.code_list(settings.table["codes"]) if "codes" in settings.table else (None, "")
    return Rule(
        form,
        settings.words("empty"),
        settings.words("open_ended"),
        settings.words("withheld"),
        codes,
        name,
        settings.words("true", known.true),
        settings.words("false", known.false),
    )


def _divide(settings: Settings) -> tuple[Steps, Mapping[str, str]] | None:
    if "divide" not in settings.table:
        return None
    inner = settings.inner("divide")
    inner.only(frozenset(("path", "by")))
    by = {code: str(divisor) for code, divisor in inner.inner("by").table.items()}
    return way_to(inner.text("path"), inner.where), by
