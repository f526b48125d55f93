"""The parts of a case's page that are drawn again after a step or when a department answers. It asks no door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

from hub.cases.views import CaseView, FieldView, QueryView
from hub.web import drawing, look, wording
from hub.web.gate import Seat
from hub.wiring.listings import FileView

LIVE = ("draft", "checking")
"""States in which departments are being asked: the page listens until the case leaves them."""

OPEN = (*LIVE, "correction")
"""States in which the one form may still change."""

BOX = drawing.Size(width=150, height=38, across=36, down=10)
SHOWN_INLINE = ("application/pdf", "image/png", "image/jpeg")


class Item(Protocol):
    """What a drawing needs of an item, in whichever view."""

    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def waits_for(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Missing:
    """Something that stands between the case and its next step, and where on the page it is."""

    anchor: str
    title: str
    why: str
    waits: bool = False
    """On a department, not on the clerk."""


def case_values(case: CaseView, seat: Seat) -> dict[str, object]:
    """All that the templates of a case need."""
    lacking = missing(case)
    return {
        "case": case,
        "seat": seat,
        "missing": tuple(one for one in lacking if not one.waits),
        "awaited": sum(one.waits for one in lacking),
        "promising": any(one.status in ("deferred", "promised") for one in case.materials),
        "asking": asking(case),
        "by_hand": by_hand(case),
        "live": case.state in LIVE,
        "open": case.state in OPEN,
        "flow": drawing.flow(waits(case.items), BOX),
        "box": BOX,
    }


def missing(case: CaseView) -> tuple[Missing, ...]:
    """What keeps the case from being received, in the order of the page. Nothing once the form is closed."""
    if case.state not in OPEN:
        return ()
    fields = [field for group in case.groups for field in group.fields]
    found = [Missing(wording.dom_id("f", one.key), one.title, needs(one)) for one in fields if needs(one)]
    found += [
        Missing(wording.dom_id("m", one.code), one.name, "缺材料") for one in case.materials if one.status == "missing"
    ]
    awaited = [one.title for one in fields if one.required and not one.value and one.status == "waiting"]
    awaited += [one.name for one in case.materials if one.status == "waiting"]
    return (*found, *(Missing("", title, "等部门答复", waits=True) for title in awaited))


def needs(field: FieldView) -> str:
    """Why the clerk has to see to this field, or nothing."""
    if field.mistake:
        return "填写有误"
    if field.status == "conflict":
        return "来源不一致"
    if field.required and not field.value and field.status != "waiting":
        return "未填"
    return ""


def asking(case: CaseView) -> Mapping[str, str]:
    """Field key to the department that is being asked for it."""
    pending = [query for query in case.queries if query.tone == "wait"]
    fields = (field for group in case.groups for field in group.fields)
    return {field.key: query.department for field in fields for query in pending if about(query, field)}


def by_hand(case: CaseView) -> Mapping[str, str]:
    """Field key to who answers by hand, and since when, of fields whose department's system is down."""
    waiting = [query for query in case.queries if query.by_hand]
    fields = (field for group in case.groups for field in group.fields)
    said = {field.key: query for field in fields for query in waiting if about(query, field)}
    return {key: f"由{query.department}人工答复中（{query.by_hand}）" for key, query in said.items()}


def about(query: QueryView, field: FieldView) -> bool:
    """Whether the question may fill the field; it names its fields by key or by title."""
    return field.key in query.fields or field.title in query.fields


def waits(items: Iterable[Item]) -> Mapping[str, tuple[str, ...]]:
    """Item code to the codes of what it waits for; views name those by code or by title."""
    listed = tuple(items)
    codes = {item.title: item.code for item in listed}
    return {item.code: tuple(codes.get(up, up) for up in item.waits_for) for item in listed}


def fragment(case: CaseView, seat: Seat, field: FieldView, status: int = 200) -> Response:
    """One field, and everything else on the page that a change of it may have moved."""
    values = case_values(case, seat)
    main = look.html("case/_field.html", f=field, **values)
    return HTMLResponse(main + look.html("case/_parts.html", **values), status)


def parts(case: CaseView, seat: Seat, keys: Iterable[str] = ()) -> str:
    """The moving parts of the page and the named fields, each with its own target."""
    values, wanted_keys = case_values(case, seat), set(keys)
    fields = [field for group in case.groups for field in group.fields if field.key in wanted_keys]
    swapped = "".join(look.html("case/_field_swap.html", f=field, **values) for field in fields)
    return swapped + look.html("case/_parts.html", **values)


def file_answer(file: FileView) -> Response:
    """A stored file: shown where a browser shows it safely, else saved. Its own CSP keeps anything inside it from running."""
    how = "inline" if file.media_type in SHOWN_INLINE else "attachment"
    return Response(
        file.body,
        media_type=file.media_type if file.media_type in SHOWN_INLINE else "application/octet-stream",
        headers={
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(file.filename, safe='')}",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        },
    )
