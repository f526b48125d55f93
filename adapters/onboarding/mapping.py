"""Makes the mapping of one operation out of guesses: what it is asked with, where the record stands, which fields are sure. It writes no file.

Whatever is not sure stays in `open`, with its suggestions, for a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from adapters.onboarding.guessing import Assigned, Guess, Guesser, assign, shown
from adapters.onboarding.paging import Paging, paging
from adapters.onboarding.places import ROW, Asked, Operation, Path, Place, sayable, written
from adapters.onboarding.words import labels, letters, tokens
from catalog.counted import counted
from catalog.types import FieldDefinition, FieldType


@dataclass(frozen=True)
class Input:
    """One input and the subject key that fills it; "" where nobody knows yet."""

    asked: Asked
    key: str
    guesses: tuple[Guess, ...]
    own: str = ""
    """The hub's own word that goes there: its request number, the purpose, the handler."""
    page: str = ""
    """The word of paging that would go there: page, page_size, offset or cursor."""


@dataclass(frozen=True)
class Field:
    """A field that is sure: `way` from the record, `keys` of its table but for the path."""

    guess: Guess
    place: Place
    way: Path
    keys: Mapping[str, object]


@dataclass(frozen=True)
class Open:
    """A place for a person: `way` from the record, or from the root where it lies outside and no field's path leads to it; `doubt` says what
    is missing."""

    place: Place
    way: Path
    guesses: tuple[Guess, ...]
    doubt: str = ""


@dataclass(frozen=True)
class Mapped:
    """One operation as it is proposed. `result` is the place that looks like the code of the result, `outside` holds what may be a fact and
    lies outside of the record, `paging` how its pages may be asked for."""

    operation: Operation
    inputs: tuple[Input, ...]
    record: Path
    fields: tuple[Field, ...]
    open: tuple[Open, ...]
    result: Place | None = None
    outside: tuple[Open, ...] = ()
    paging: Paging | None = None

    @property
    def subject(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.key for one in self.inputs if one.key))


def mapped(operation: Operation, guesser: Guesser, dictionary: Mapping[str, FieldDefinition]) -> Mapped:
    """The operation with whatever can be guessed of it."""
    said = () if "file" in operation.call else operation.answer  # a row of a file has no code of success
    asked = {letters(one.place.name) for one in operation.inputs}
    # What is asked with and comes back names whom the answer is about, not how it went.
    result = next((one for one in said if _is_result(one) and (one.label or letters(one.name) not in asked)), None)
    pages = paging(operation)
    counts = pages.about if pages is not None else ()
    told = [place for place in operation.answer if place is not result and place.path not in counts]
    assigned = assign(guesser, told)
    judged = [_judged(one, dictionary) for one in assigned]
    sure = [one.place for one, keys, doubt in judged if one.used and not doubt and sayable(one.place.path)]
    record = _in_envelopes(_record(sure), told)
    fields, left, outside = [], [], []
    for one, keys, doubt in judged:
        way = _below(one.place.path, record)
        if one.used and not doubt and way is not None and ROW not in way and sayable(one.place.path):
            fields.append(Field(one.used, one.place, way, keys))
        elif way is not None:
            left.append(Open(one.place, way, one.guesses, doubt))
        elif shown(one.guesses):
            outside.append(Open(one.place, one.place.path, one.guesses, doubt))
    inputs = _inputs(operation.inputs, guesser, pages.words if pages is not None else {})
    return Mapped(operation, inputs, record, tuple(fields), tuple(left), result, tuple(outside), pages)


def miscount(one: Mapped) -> str:
    """That the paper's own example of an answer in pages counts other rows than it shows; "" where it agrees, or shows nothing."""
    if one.paging is None or one.paging.total is None or one.operation.answering is None:
        return ""
    ending, body = one.operation.answering({}, ())
    tree = json.loads(body) if ending == ".json" else {}
    said, rows = _at(tree, one.paging.total.path), _at(tree, one.paging.rows)
    if not isinstance(rows, list) or not str(said).isdigit() or int(str(said)) == len(rows):
        return ""
    return (
        f"the paper's example counts {said} at {written(one.paging.total.path)} and shows {counted(len(rows), 'row')}. The sample is made one whole answer of one row; "
        "ask the department what its total counts before you take its proposal of paging"
    )


def _at(tree: object, path: Path) -> object:
    for step in path:
        tree = tree.get(step) if isinstance(tree, Mapping) else None
    return tree


_OWN_WORDS: Mapping[str, tuple[str, ...]] = {
    "request_id": ("请求编号", "请求流水号", "请求标识", "查询流水号", "requestid"),
    "requester": ("请求单位", "请求单位代码", "请求单位名称", "查询单位", "请求方"),
    "handler": ("经办人", "经办人编号", "经办人姓名", "操作员", "查询人"),
    "purpose": ("查询事由", "查询用途", "查询原因", "用途", "事由"),
    "case_no": ("办件编号", "关联办件编号", "业务编号", "办件号"),
    "now": ("请求时间", "查询时间"),
}
"""What the hub itself says in a question, as departments call it (proposed): sure enough to be written, for a person to read."""


def _inputs(asked: Sequence[Asked], guesser: Guesser, pages: Mapping[Path, str]) -> tuple[Input, ...]:
    """`pages`: those that page, with their word; they are about nobody."""
    about = [one for one in asked if not _page(one, pages) and not one.offered]
    found = dict(zip(map(id, about), assign(guesser, (one.place for one in about)), strict=True))
    return tuple(
        Input(one, "", guesser.guesses(one.place) if one.offered else (), page=_page(one, pages))
        if id(one) not in found
        else _about(one, found[id(one)])
        for one in asked
    )


def _page(one: Asked, pages: Mapping[Path, str]) -> str:
    return pages.get(one.place.path, "") if one.where != "path" else ""


def _about(one: Asked, guess: Assigned) -> Input:
    own = own_word(one.place)
    return Input(one, "" if own or guess.used is None else guess.used.name, guess.guesses, own)


def own_word(place: Place) -> str:
    """The hub's own word for an input that is not about anybody, or ""."""
    for word, said in _OWN_WORDS.items():
        if place.kind in ("text", "datetime") and (set(labels(place.label)) & set(said) or letters(place.name) in said):
            return word
    return ""


# --- the record -----------------------------------------------------------------------------------------------------------


def _record(sure: Sequence[Place]) -> Path:
    """Where the record stands: what the sure fields outside of lists have in common, else the list that has most of them."""
    single = [place.path[:-1] for place in sure if place.rows_at is None]
    if single:
        return _common(single)
    rows = [place.rows_at for place in sure if place.rows_at is not None]
    return max(rows, key=rows.count) if rows else ()


_ENVELOPES = frozenset(("data", "result", "results", "record", "records", "list", "rows", "items", "response", "body", "payload", "content", "sj", "jg", "jl", "lb"))  # fmt: skip

_MOST_BESIDE = 6
"""Values beside an envelope: a code, a message, a time, a number, counts (proposed). A thing has more of its own."""


def _in_envelopes(record: Path, told: Sequence[Place]) -> Path:
    """The way as far as it only opens envelopes. A table beside as much as it holds, or beside many values, is a part of the thing, not the thing itself: the
    address that a shipment goes to is no shipment."""
    for at, step in enumerate(record):
        above = [place.path for place in told if place.path[:at] == record[:at]]
        inside = sum(path[: at + 1] == record[: at + 1] for path in above)
        beside = sum(len(path) == at + 1 for path in above)
        is_part = beside > _MOST_BESIDE or len(above) - inside >= inside
        if step != ROW and letters(step) not in _ENVELOPES and is_part:
            return record[:at]
    return record


def _common(paths: Iterable[Path]) -> Path:
    first, *others = paths
    for other in others:
        same = 0
        while same < min(len(first), len(other)) and first[same] == other[same]:
            same += 1
        first = first[:same]
    return first


def _below(path: Path, record: Path) -> Path | None:
    """The way from the record, or from its row where the record is a list; None for what lies outside."""
    if path[: len(record)] != record:
        return None
    way = path[len(record) :]
    return way[1:] if way[:1] == (ROW,) else way


# --- how a value is written -----------------------------------------------------------------------------------------------


def _judged(one: Assigned, dictionary: Mapping[str, FieldDefinition]) -> tuple[Assigned, Mapping[str, object], str]:
    """With the keys of its table, and why it cannot be used although its meaning is sure."""
    if one.used is None:
        return one, {}, ""
    keys, doubt = keys_of(one.place, dictionary[one.used.name])
    return one, keys, doubt


def keys_of(place: Place, definition: FieldDefinition) -> tuple[Mapping[str, object], str]:
    """How the value is read; and a doubt where the papers do not say."""
    if definition.codes:
        return _coded(place, definition)
    form = _FORMS.get(definition.type, "")
    if definition.type is FieldType.DATE:
        form = date_form(place)
        if not form:
            return {}, 'the papers do not say how its dates are written: as = "yyyymmdd", "date", …'
    if (
        definition.type is FieldType.BOOLEAN
        and place.words
        and set(place.words) - {"1", "0", "true", "false", "Y", "N"}
    ):
        return {}, 'say which word means yes and which no: as = "boolean", true = […], false = […]'
    if definition.type is FieldType.DECIMAL and definition.unit == "元":
        form = next((as_ for unit, as_ in _MONEY.items() if unit in place.label or unit in place.name), form)
    keys: dict[str, object] = {"as": form} if form else {}
    if place.open_words and not definition.open_ended:
        return {}, f"some rows have {place.open_words[0]} there, and this fact always has its day"
    if definition.open_ended and place.kind == "text":
        keys["open_ended"] = list(place.open_words) or ["长期"]
    return keys, ""


_FORMS: Mapping[FieldType, str] = {
    FieldType.INTEGER: "integer",
    FieldType.DECIMAL: "decimal",
    FieldType.BOOLEAN: "boolean",
    FieldType.ID_NUMBER: "id_number",
    FieldType.USCC: "uscc",
}
_MONEY = {"万元": "wan", "（分）": "fen", "(分)": "fen", "单位分": "fen", "单位：分": "fen"}
_DATE_FORMS = frozenset(("yyyymmdd", "date", "slash_date", "chinese_date", "yyyymmddhhmmss", "year_month"))


_WRITTEN_DATES = (
    ("yyyymmddhh", "yyyymmddhhmmss"),
    ("yyyymmdd", "yyyymmdd"),
    ("yyyy-mm-dd", "date"),
    ("yyyy/mm/dd", "slash_date"),
    ("yyyy年mm", "chinese_date"),
)
_LONG_DATES = {14: "yyyymmddhhmmss", 10: "date", 8: "yyyymmdd"}


def date_form(place: Place) -> str:
    """By what samples show, by the type, by the remark, by the length; "" where none tells."""
    if place.form in _DATE_FORMS:
        return place.form
    if place.kind in ("date", "datetime"):
        return "date"
    said = place.label.lower()
    by_remark = next((form for mark, form in _WRITTEN_DATES if mark in said), "")
    return by_remark or _LONG_DATES.get(place.longest or 0, "")


def _coded(place: Place, definition: FieldDefinition) -> tuple[Mapping[str, object], str]:
    """Their words are ours where each is a code, a title or an alias of the list."""
    ours = {word: code.code for code in definition.codes for word in (code.code, code.title, *code.aliases)}
    for said in (place.meanings, place.words):
        if len(said) == len(place.words) > 0 and all(one in ours for one in said):
            return {"codes": {word: ours[one] for word, one in zip(place.words, said, strict=True)}}, ""
    return {}, 'its code list is not known: ask for it, then write codes = { theirs = "ours" }'


# --- the code of the result -----------------------------------------------------------------------------------------------

_RESULT_LABELS = re.compile(r"(返回|结果|响应|状态|应答|错误)(代?码|标识|标志|代码)|是否成功")
_RESULT_NAMES = frozenset(
    (("code",), ("ret", "code"), ("result", "code"), ("return", "code"), ("error", "code"), ("err", "code"), ("success",))
)  # fmt: skip
_RESULT_PINYIN = frozenset(("fhm", "fhdm", "jgdm", "cwdm", "ztm", "xydm"))


def _is_result(place: Place) -> bool:
    if place.rows_at is not None or len(place.path) > 4:
        return False
    if any(_RESULT_LABELS.fullmatch(label) for label in labels(place.label)):
        return True
    name = place.name
    return not place.label and (tokens(name) in _RESULT_NAMES or name.lower() in _RESULT_PINYIN)
