"""Guesses which fact of the field dictionary a department's word means, with a confidence and the reason. It never decides for a person.

What is sure enough (`SURE`) and not contested may stand in a mapping that somebody reviews; all else is a suggestion beside an empty place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod, sqrt

from adapters.onboarding.places import Place
from adapters.onboarding.words import full_pinyin, initials, is_chinese, labels, letters, plain, spoken, tokens
from catalog.types import FieldDefinition, FieldType

SURE = 0.75
"""From here on a guess is written into the mapping (proposed). Below, it stands there as a comment."""
SHOWN = 0.5
"""A suggestion that is less likely than this is noise, and is not shown."""
CONTESTED = 0.08
"""A second guess that is nearer than this makes the first unsure, unless the label says the title itself."""
SAID_SO = 0.93
MOST = 3
"""Suggestions for one place."""

_OF_SOMEBODY = re.compile(r"人|者|代表|配偶|父|母|监护|成员|股东|员|家属|子女|亲|[夫妻男女]方|单位|企业|机构|地址|住址")
"""Tables that are about somebody or something else than the record is (proposed)."""

_BY_LENGTH = {2: 0.5, 3: 0.6, 4: 0.72, 5: 0.8}
"""How far initials alone can be believed: XM is 姓名 and 项目 alike."""


@dataclass(frozen=True)
class Guess:
    """`name` is a name of the dictionary; `confidence` lies between 0 and 1; `why` says what spoke for it."""

    name: str
    title: str
    confidence: float
    why: str


class Guesser:
    """Guesses by one dictionary; made once for all places of a department."""

    def __init__(self, dictionary: Mapping[str, FieldDefinition]) -> None:
        self._dictionary = dictionary
        self._titles: dict[str, tuple[str, ...]] = {}
        self._pinyin: defaultdict[str, set[str]] = defaultdict(set)
        self._initials: defaultdict[str, set[str]] = defaultdict(set)
        self._tokens: dict[str, frozenset[str]] = {}
        self._by_token: defaultdict[str, set[str]] = defaultdict(set)
        self._made: dict[tuple[object, ...], tuple[Guess, ...]] = {}
        for name, definition in dictionary.items():
            self._titles[name] = spoken(definition.title)
            self._tokens[name] = frozenset(name.split("_"))
            for token in self._tokens[name]:
                self._by_token[token].add(name)
            for title in self._titles[name]:
                for said in full_pinyin(title):
                    self._pinyin[said].add(name)
                for said in initials(title):
                    self._initials[said].add(name)

    def guesses(self, place: Place) -> tuple[Guess, ...]:
        """The likeliest first, at most MOST; none where nothing speaks for any."""
        # Where it stands does not matter, and large papers say the same in a thousand places.
        alike = (
            place.name,
            place.label,
            place.kind,
            place.form,
            place.words,
            place.meanings,
            place.longest,
            place.inside,
        )
        if alike not in self._made:
            self._made[alike] = self._guessed(replace(place, path=(place.name,), required=False))
        return self._made[alike]

    def _guessed(self, place: Place) -> tuple[Guess, ...]:
        evidence: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        for name, weight, why in (*self._by_label(place), *self._by_name(place), *self._by_values(place)):
            evidence[name].append((weight, why))
        labelled = bool(_labels_of(place))
        found = [self._weighed(name, said, place, labelled) for name, said in evidence.items()]
        found.sort(key=lambda guess: (-guess.confidence, guess.name))
        return tuple(guess for guess in found[:MOST] if guess.confidence >= 0.2)

    def _by_label(self, place: Place) -> Iterator[tuple[str, float, str]]:
        """The best that any label says of each name: two remarks alike are no two witnesses."""
        said = _labels_of(place)
        inside = [table + label for table in labels(place.inside) for label in said if not label.startswith(table)]
        best: dict[str, tuple[float, str]] = {}
        for label in (*inside, *said):
            # 姓名 inside of 法定代表人 is that person's, inside of 就业档案 the one's who is asked about; what stands in brackets only explains.
            apart = (0.6 if _OF_SOMEBODY.search(place.inside) else 0.9) if inside else 1.0
            weight = 1.0 if label in inside else apart * (1.0 if label in said[:1] else 0.75)
            for name, titles in self._titles.items():
                found = _said_of(label, titles, weight)
                if found and found[0] > best.get(name, (0.0, ""))[0]:
                    best[name] = found
        for name, (confidence, why) in best.items():
            yield name, confidence, why

    def _by_name(self, place: Place) -> Iterator[tuple[str, float, str]]:
        said = letters(place.name)
        for name in self._pinyin.get(said, ()):
            yield name, 0.9, f"{place.name} is its title in pinyin"
        meant = self._initials.get(said, set())
        for name in meant:
            # Of several that begin alike none is more likely than the others.
            yield name, _BY_LENGTH.get(min(len(said), 5), 0.2) / sqrt(len(meant)), f"{place.name} are its initials"
        words = frozenset(tokens(place.name))
        if not words or is_chinese(place.name):
            return
        for name in sorted({name for word in words for name in self._by_token.get(word, ())}):
            own = self._tokens[name]
            if words == own:
                yield name, 0.9 if len(own) > 1 else 0.6, f"{place.name} is its name in English"
            elif len(words & own) / len(words | own) >= 0.5:
                yield name, 0.3 + 0.3 * len(words & own) / len(words | own), f"{place.name} is like its name in English"

    def _by_values(self, place: Place) -> Iterator[tuple[str, float, str]]:
        if place.form in ("id_number", "uscc"):
            for name, definition in self._dictionary.items():
                if definition.type.value == place.form:
                    yield name, 0.5 if name == place.form else 0.25, f"its values are written as {definition.title}"

    def _weighed(self, name: str, said: Sequence[tuple[float, str]], place: Place, labelled: bool) -> Guess:
        definition = self._dictionary[name]
        confidence = 1 - prod(1 - weight for weight, _ in said)
        if labelled and not any("“" in why for _, why in said):
            confidence *= 0.4  # the paper calls it something else
        confidence *= _agreement(place, definition)
        reasons = [why for _, why in said]
        if definition.type is FieldType.ID_NUMBER and place.form in _UNCHECKED:
            confidence *= 0.85
            reasons.insert(0, "no valid check character")
        return Guess(name, definition.title, round(min(confidence, 0.99), 2), "; ".join(reasons))


@dataclass(frozen=True)
class Assigned:
    """What became of one place: the guess that is used, or None, and all that were made."""

    place: Place
    used: Guess | None
    guesses: tuple[Guess, ...]


def assign(guesser: Guesser, places: Iterable[Place]) -> tuple[Assigned, ...]:
    """Each fact goes to one place at most, the surest; places in their order."""
    made = [(place, guesser.guesses(place)) for place in places]
    taken: dict[str, int] = {}
    for at, (_, guesses) in sorted(enumerate(made), key=lambda one: -_first(one[1][1])):
        if is_sure(guesses):
            taken.setdefault(guesses[0].name, at)
    used = set(taken.values())
    return tuple(
        Assigned(place, guesses[0] if at in used else None, guesses) for at, (place, guesses) in enumerate(made)
    )


def is_sure(guesses: Sequence[Guess]) -> bool:
    """Whether the first may be written into a mapping."""
    if not guesses or guesses[0].confidence < SURE:
        return False
    contested = len(guesses) > 1 and guesses[0].confidence - guesses[1].confidence < CONTESTED
    return not contested or guesses[0].confidence >= SAID_SO > guesses[1].confidence


def shown(guesses: Sequence[Guess]) -> bool:
    """Whether any of them is worth a person's while."""
    return _first(guesses) >= SHOWN


def _first(guesses: Sequence[Guess]) -> float:
    return guesses[0].confidence if guesses else 0.0


def _said_of(label: str, titles: Sequence[str], weight: float) -> tuple[float, str] | None:
    if label == titles[0]:
        return 0.95 * weight, f"“{label}” is its title"
    if label in titles:
        return 0.9 * weight, f"“{label}” is another word for it"
    alike = max(_alike(label, title) for title in titles)
    return ((0.3 + 0.4 * alike) * weight, f"“{label}” is like its title") if alike >= 0.5 else None


def _labels_of(place: Place) -> tuple[str, ...]:
    """Of a Chinese column the name itself."""
    own = (plain(place.name),) if is_chinese(place.name) else ()
    return (*own, *labels(place.label))


def _alike(one: str, other: str) -> float:
    """Dice's coefficient over pairs of characters."""
    pairs, others = ({text[at : at + 2] for at in range(len(text) - 1)} for text in (one, other))
    return 2 * len(pairs & others) / (len(pairs) + len(others)) if pairs and others else 0.0


_NUMBERS = (FieldType.INTEGER, FieldType.DECIMAL)
_FIGURES = ("integer", "number")
_DATES = ("date", "datetime")
_DATE_FORMS = ("yyyymmdd", "date", "slash_date", "chinese_date", "yyyymmddhhmmss", "year_month")
_NUMBERED = (FieldType.ID_NUMBER, FieldType.USCC)
_UNCHECKED = ("text", "code")
"""Forms of a sample's column whose values were looked at and are no identity numbers."""


def _agreement(place: Place, definition: FieldDefinition) -> float:
    """1 where the kinds of value agree, less where they hardly can."""
    if place.kind == "binary":
        return 0.0
    if place.form in ("id_number", "uscc", "id_number_or_uscc") and definition.type not in (*_NUMBERED, FieldType.TEXT):
        return 0.3
    if place.form in ("id_number", "uscc") and definition.type in _NUMBERED and definition.type.value != place.form:
        return 0.3  # its values were looked at, whatever it is called
    dated = place.kind in _DATES or place.form in _DATE_FORMS
    if dated != (definition.type is FieldType.DATE):
        return 0.4 if dated else 0.97
    if place.kind in _FIGURES and definition.type not in (*_NUMBERS, FieldType.CODE, FieldType.TEXT):
        return 0.5
    if place.kind == "boolean" and definition.type not in (FieldType.BOOLEAN, FieldType.CODE):
        return 0.5
    short = place.longest is not None and definition.type in _NUMBERED and place.longest < 15
    return 0.3 if short else 1.0
