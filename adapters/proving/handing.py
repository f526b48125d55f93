"""Plays the handing over of an item case without a socket: a fictional case of the mapping's own words, and a receipt that is there already.

Kept as `exchanges/handed/<item>-<step>-<name>.json` it is the contract test of a `[handles.<item>]` step. It hands nothing over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from adapters.connect import connect
from adapters.connected import Connection, Ports
from adapters.contract import Handover, Misconfigured, PeerRefused, PeerUnreachable, Stop, Taken, UpstreamResult
from adapters.kinds.dates import DATE_FORMS
from adapters.kinds.scopes import STEP_WORDS
from adapters.kinds.templates import names
from adapters.onboarding.fiction import ID_NUMBER
from adapters.proving.bodies import Body, CannotTell
from adapters.proving.disguise import Disguise
from adapters.proving.fiction import Fiction
from adapters.proving.fixtures import FOLDER, plain_passed, read_passed
from adapters.proving.recording import safe_words
from adapters.proving.sampling import CREDENTIALS, OVER_HTTP, SAMPLE_USCC, SECRET_WORD, Folder, sample_of
from adapters.proving.stand_ins import stand_ins
from adapters.proving.transports import Answer, Passed, Request, Scripted

HANDED = "handed"
KEY = "handover:990000-2026-000001-01"
ITEM_NO = "990000-2026-000001-01"
_TEMPLATES = ("path", "query", "headers", "body", "request", "header")
_BY_FORM = {
    **dict.fromkeys((*DATE_FORMS, "datetime", "iso"), "2026-01-05"),
    **dict.fromkeys(("integer", "fen", "wan", "decimal", "decimal2", "grouped_decimal"), "12"),
    **dict.fromkeys(("flag", "boolean"), "true"),
    "id_number": ID_NUMBER,
    "id_number_or_uscc": ID_NUMBER,
    "uscc": SAMPLE_USCC,
    "fraction": "1/2",
}


@dataclass(frozen=True)
class Handed:
    """One recorded step. `form` is the fictional case, `outcome` the receipt as the hub reads it."""

    item: str
    step: str
    name: str
    at: datetime
    form: Mapping[str, str] = field(repr=False)
    passed: tuple[Passed, ...] = field(repr=False)
    outcome: Mapping[str, Any] = field(repr=False)

    @property
    def file(self) -> str:
        return f"{HANDED}/{self.item}-{self.step}-{self.name}.json"


@dataclass(frozen=True)
class Played:
    """What came of it now, and what was sent. `why` says why nothing was."""

    outcome: Mapping[str, Any] = field(repr=False)
    requests: tuple[Request, ...] = field(repr=False)
    why: str = ""


async def recorded(
    folder: Folder, item: str, step: str, name: str, receipt: Answer, given: Mapping[str, str], key: str, fiction: Fiction, at: datetime
) -> Handed:  # fmt: skip
    """`given` are form values instead of made-up ones, `key` the number under which the receipt was given. Raises CannotTell, Misconfigured."""
    form = {**form_of(folder, item, step), **given}
    disguise = Disguise(fiction, {}, {key or KEY: KEY}, safe_words(folder))
    answer = replace(receipt, body=Body(disguise.text).disguised(receipt.body, receipt.content_type))
    real = await play(folder, item, step, form, [receipt], at, key or KEY)
    made = await play(folder, item, step, form, [answer], at)
    if not made.requests:
        raise CannotTell(f"{made.why} Give what is missing with --subject KEY=VALUE.")
    if real.outcome["result"] != made.outcome["result"]:
        raise CannotTell("With persons replaced the receipt comes to another outcome; it cannot be kept.")
    again = await play(folder, item, step, form, [answer], at)
    same = [
        one if one == other else Request(one.method, one.target.partition("?")[0], b"")
        for one, other in zip(made.requests, again.requests, strict=True)
    ]
    return Handed(item, step, name, at, form, tuple(Passed(one, answer) for one in same), made.outcome)


async def play(
    folder: Folder, item: str, step: str, form: Mapping[str, str], answers: Sequence[Answer], at: datetime, key: str = KEY
) -> Played:  # fmt: skip
    """Raises Misconfigured."""
    script = Scripted(answers)
    wire = {name: value for name, value in folder.department.wire.items() if name not in CREDENTIALS}
    handles = {item: _settings(folder, item)}
    department = replace(
        folder.department, wire=wire, handles=cast("Mapping[str, Mapping[str, object]]", _bare(handles))
    )
    ports = Ports(clock=lambda: at, through=script.over)
    secrets = stand_ins(department, word=SECRET_WORD)
    line = connect(department, [], Connection("http://sample.invalid", secrets), ports)
    why = ""
    try:
        assert line.handles is not None
        taken = await _told(line.handles, item, step, form, key, at)
        outcome: Mapping[str, Any] = {
            "result": "again" if taken and taken.again else "taken",
            "department_no": taken.department_no if taken else "",
            "at": taken.at.isoformat() if taken and taken.at else None,
        }
    except PeerRefused as e:
        outcome, why = {"result": "refused"}, str(e)
    except PeerUnreachable:
        outcome = {"result": "sent_again"}
    finally:
        await line.close()
    return Played(outcome, tuple(script.requests), why)


async def _told(handles: Any, item: str, step: str, form: Mapping[str, str], key: str, at: datetime) -> Taken | None:
    if step == "hand_over":
        handover = Handover(
            key, "990000-2026-000001", ITEM_NO, item, "示例事项", False, 5, form, {}, handler="示例经办人"
        )
        return cast("Taken", await handles.hand_over(handover))
    if step == "stop":
        await handles.stop(Stop(key, ITEM_NO, "SL0001", "示例原因", item))
    else:
        await handles.supply(UpstreamResult(key, ITEM_NO, "SL0001", "sample", "示例证照", "示例0001", None, at, item))
    return None


def _settings(folder: Folder, item: str) -> Mapping[str, object]:
    if folder.department.kind not in OVER_HTTP:
        raise Misconfigured(
            f"{folder.department.code} takes item cases without HTTP: nothing of a receipt can be recorded."
        )
    found = folder.department.handles.get(item)
    if found is None or folder.department.takes_at_inbox(item):
        known = ", ".join(folder.department.handles) or "none"
        raise Misconfigured(f"{folder.department.code} takes no item {item!r} over its wire; it takes: {known}.")
    return found


def _bare(tree: object) -> object:
    """Without what proves who we are."""
    if isinstance(tree, Mapping):
        return {key: _bare(value) for key, value in tree.items() if key not in CREDENTIALS}
    return tree


# --- a fictional case -------------------------------------------------------------------------------------------------


def form_of(folder: Folder, item: str, step: str) -> Mapping[str, str]:
    """A value for each word of the form that this step sends, by the rule under which it is written. Raises Misconfigured."""
    settings = _settings(folder, item).get(step)
    if step not in STEP_WORDS or not isinstance(settings, Mapping):
        raise Misconfigured(
            f"{folder.department.code} [handles.{item}] has no {step}; it has hand_over, stop or supply."
        )
    lists = folder.department.wire.get("code_lists")
    known = lists if isinstance(lists, Mapping) else {}
    found: dict[str, str] = {}
    for key in _TEMPLATES:
        for word, value in _words(settings.get(key), known):
            found.setdefault(word, value)
    return found


def _words(template: object, lists: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    if isinstance(template, Mapping) and isinstance(template.get("from"), str):
        rule = _coded(template.get("codes"), lists) or _BY_FORM.get(str(template.get("as", "")), "")
        yield from ((word, rule or _by_name(word)) for word in _of_form(template["from"]))
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from _words(value, lists)
    elif isinstance(template, str):
        yield from ((word, _by_name(word)) for word in _of_form(template))


def _of_form(text: str) -> Iterator[str]:
    yield from (name.removeprefix("form.") for name in names(text) if name.startswith("form."))


def _coded(codes: object, lists: Mapping[str, object]) -> str:
    """A word of ours that the list can write; "" where only its file would tell."""
    if isinstance(codes, Mapping):
        return str(next(iter(codes), ""))
    named = lists.get(codes) if isinstance(codes, str) else None
    table = named.get("table") if isinstance(named, Mapping) else None
    return str(next(iter(table.values()), "")) if isinstance(table, Mapping) else ""


def _by_name(word: str) -> str:
    if word.endswith("phone"):
        return "0377-69000000"
    return ID_NUMBER if word.endswith("id_number") else sample_of(word)


# --- files ------------------------------------------------------------------------------------------------------------


def write(handed: Handed, folder: Path) -> Path:
    """Into the department's folder, over one of the same name."""
    plain = {
        "item": handed.item,
        "step": handed.step,
        "at": handed.at.isoformat(),
        "form": dict(handed.form),
        "exchanges": [plain_passed(one) for one in handed.passed],
        "outcome": dict(handed.outcome),
    }
    place = folder / FOLDER / handed.file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return place


def handed_of(folder: Path) -> list[Handed]:
    """Those of a department's folder. Raises Misconfigured for a file that is none."""
    return [_read(place) for place in sorted((folder / FOLDER / HANDED).glob("*.json"))]


def _read(place: Path) -> Handed:
    try:
        plain = json.loads(place.read_text(encoding="utf-8"))
        name = place.stem.removeprefix(f"{plain['item']}-{plain['step']}-")
        passed = tuple(read_passed(one) for one in plain["exchanges"])
        at = datetime.fromisoformat(plain["at"])
        return Handed(plain["item"], plain["step"], name, at, plain["form"], passed, plain["outcome"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise Misconfigured(f"{place.name} is no recorded step ({type(e).__name__}); record it anew.") from e
