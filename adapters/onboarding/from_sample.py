"""Turns a sample file into the draft of a department that drops files: its columns, how each is written, and a file of fictional rows.

No value of the sample goes further than the description of its columns: a real file may be full of people.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from adapters.contract import Misconfigured
from adapters.kinds.dropbody import body_of
from adapters.kinds.sample_columns import SampleColumn, in_small
from adapters.kinds.sample_describe import Sample, describe
from adapters.kinds.sample_table import NoSample
from adapters.kinds.settings import Settings
from adapters.onboarding import fiction
from adapters.onboarding.naming import names_of
from adapters.onboarding.places import Asked, Draft, Operation, Place
from adapters.onboarding.places import Path as Way
from adapters.onboarding.words import plain, spoken
from adapters.onboarding.workbook import workbook

CONTROL = {"file": "文件名", "rows": "行数", "sha256": "校验值", "produced_on": "数据日期"}
"""What a control file says, in words of ours: the department may have others (proposed)."""
DAY = "20260305"
_DAY = re.compile(r"(19|20)\d{6}")
_NUMBERED = re.compile(
    r"(?<!电话)(?<!手机)号$|编号|序号|[代编]码$|^[a-z]*(bh|xh|dm|lsh)$|(?:^|[_\W])(id|no|code|number|key|uuid|guid)$"
)
"""A column that numbers its rows, by its name in small letters."""
_FIGURES = {"integer": "integer", "decimal": "number", "grouped_decimal": "number"}
_SUBJECTS = ("id_number", "uscc", "id_number_or_uscc")
_PERSONS = spoken("公民身份号码")


def draft(place: Path) -> Draft:
    """Raises Misconfigured with what to do, OSError."""
    try:
        found = describe(place)
    except NoSample as e:
        raise Misconfigured(str(e)) from e
    columns = tuple(_place(column) for column in found.columns)
    keys = [one for one in found.columns if _is_subject(one)] or [_key(found)]
    asked = tuple(Asked(one, "match") for one in columns if one.name in {key.name for key in keys})
    paper = f"{_plain(place.stem)}.columns.csv"
    name = _DAY.sub("", place.stem).strip("-_. ") or "rows"  # of every day, not of the sample's
    (file,) = names_of((name,))
    operation = Operation(name, name, {"file": file}, asked, columns)
    return Draft(
        "filedrop",
        "",
        {
            "encoding": found.encoding,
            "smallest_share": 0.8,
            "control": CONTROL,
            "files": {file: _file(found, place)},
        },
        {paper: _paper(found)},
        (operation,),
        (),
        (*found.doubts, *_unlike(found), f"How the end of a file is told is proposed: a .ok file beside it with {', '.join(CONTROL.values())}."),
    )  # fmt: skip


def pattern_of(name: str) -> str:
    """The day in a file's name becomes {yyyymmdd}; where there is none it is put before the ending."""
    if _DAY.search(name):
        return _DAY.sub("{yyyymmdd}", name, count=1)
    stem, dot, ending = name.rpartition(".")
    return f"{stem or ending}_{{yyyymmdd}}{dot}{ending if stem else ''}"


def _file(found: Sample, place: Path) -> Mapping[str, object]:
    """The keys of `[wire.files.<name>]`; what is as usual is left out."""
    odd: dict[str, object] = {
        "format": found.format if found.format != "csv" else "",
        "delimiter": found.delimiter if found.format == "csv" and found.delimiter != "," else "",
        "widths": list(found.widths),
        "record": found.record,
        "sheet": found.sheet,
        "header_row": found.header_row if found.header_row != 1 else 0,
    }
    said = {name: value for name, value in odd.items() if value}
    if not found.header:
        said["header"] = False
    columns = [one.name for one in found.columns]
    # Only what tells who a row is about may have it refused: a rule that a sample suggests is no rule of the department's.
    rows = {one.name: _check(one) for one in found.columns if _is_subject(one) or one == _key(found)}
    return {"pattern": pattern_of(place.name), **said, "columns": columns, "key": _key(found).name, "rows": rows}


def _key(found: Sample) -> SampleColumn:
    """What tells rows apart: an identifier, else a column that is called a number, else whatever no two rows share."""
    unique = [one for one in found.columns if one.unique and one.required] or list(found.columns)
    for fits in (_is_subject, lambda one: bool(_NUMBERED.search(in_small(one.name)))):
        chosen = next(filter(fits, unique), None)
        if chosen is not None:
            return chosen
    return unique[0]


def _is_subject(column: SampleColumn) -> bool:
    """Whom a row is about, by its values or, where those have no valid check characters, by its name."""
    return column.form in _SUBJECTS or plain(column.name) in _PERSONS


def _unlike(found: Sample) -> Iterator[str]:
    key = _key(found)
    if found.rows > 1 and not key.unique:
        yield f"No column tells the rows of the sample apart; key = {key.name} is a guess: name those that do together, or every second row replaces the first."


def _check(column: SampleColumn) -> Mapping[str, object]:
    form = {"as": column.form} if column.form not in ("text", "code") else {}
    return {**form, **({"required": True} if column.required else {})}


def _place(column: SampleColumn) -> Place:
    kind = _FIGURES.get(column.form, "text")
    return Place(
        (column.name,), "", kind, column.form, column.codes, required=column.required, open_words=column.open_words
    )


def _plain(stem: str) -> str:
    return re.sub(r"[^\w.-]+", "-", stem).strip("-.") or "sample"


def _paper(found: Sample) -> bytes:
    """What is known of the columns, in the form in which departments hand it over."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("列名", "含义", "类型", "必填", "说明"))
    for one in found.columns:
        required = "是" if one.required else "否"
        words = f"代码 {'、'.join(one.codes)}；" if one.codes else ""
        words += f"也有{'、'.join(one.open_words)}；" if one.open_words else ""
        writer.writerow((one.name, "", one.form, required, f"{words}由样例推定，请部门核对"))
    return out.getvalue().encode()


def sample_files(draft: Draft, known: Mapping[Way, str]) -> Mapping[str, bytes]:
    """A file of one fictional row in the format of the sample, and its control file; `known` are the values of what is mapped."""
    files = draft.wire["files"]
    assert isinstance(files, Mapping)
    (layout,) = files.values()
    encoding = str(draft.wire["encoding"])
    row = {place.path[0]: known.get(place.path) or _fictional(place) for place in draft.operations[0].answer}
    body = _body(layout, [str(one) for one in layout["columns"]], row, encoding)
    name = str(layout["pattern"]).replace("{yyyymmdd}", DAY)
    said = {"file": name, "rows": "1", "sha256": hashlib.sha256(body).hexdigest(), "produced_on": DAY}
    control = "".join(f"{CONTROL[key]}={value}\n" for key, value in said.items()).encode(encoding)
    return {name: body, f"{name.rpartition('.')[0]}.ok": control}


def _fictional(place: Place) -> str:
    """A column that is called an identity number gets a valid one, whatever the sample had."""
    named = place.form in ("text", "code") and plain(place.name) in _PERSONS
    return fiction.plain(replace(place, form="id_number") if named else place)


def _body(layout: Mapping[str, object], columns: Sequence[str], row: Mapping[str, str], encoding: str) -> bytes:
    if layout.get("format") == "xlsx":
        above = [["示例"]] * (int(str(layout.get("header_row", 1))) - 1)
        return workbook({str(layout.get("sheet", "示例")): [*above, columns, [row.get(name, "") for name in columns]]})
    own = {
        key: value
        for key, value in layout.items()
        if key in ("format", "delimiter", "quote", "header", "widths", "record")
    }
    if own.get("format") == "xml":
        own["root"] = "Sj"
    if own.get("format") == "fixed":
        row = _fitting(row, columns, own["widths"], encoding)
    return body_of(Settings(own, "file"), columns, encoding).of([row])


def _fitting(row: Mapping[str, str], columns: Sequence[str], widths: object, encoding: str) -> Mapping[str, str]:
    """A fictional word that is longer than its place is cut at a whole character."""
    assert isinstance(widths, list)
    return {
        name: row.get(name, "").encode(encoding)[:width].decode(encoding, "ignore")
        for name, width in zip(columns, widths, strict=True)
    }
