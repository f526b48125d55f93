"""我要开民宿 as plain values, and steps carried out on them without a database. It holds no test.

`carried` is an oracle of its own: it knows the tables of moves and nothing else of `hub.cases.apply`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from catalog.loading import load
from catalog.types import OnReject
from hub.cases.consequences import follow_up
from hub.cases.deadlines import Segment
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.states import CASE_MOVES, ITEM_MOVES, CaseState, ItemState
from hub.cases.step import ClockMove, Step
from hub.cases.terms import Rules, Terms, terms_of
from hub.errors import NotNow

FOLDER = Path(__file__).parents[3] / "catalog" / "sites" / "xixia"
LOADED = load(FOLDER, date(2026, 11, 20))
SITE = LOADED.site
MATTER = SITE.matters["open-guesthouse"]
TERMS = terms_of(SITE, MATTER)
NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)

POWER, HYGIENE, FIRE = "power-connection", "public-place-hygiene-permit", "fire-safety-inspection"
HOTEL, FOOD = "hotel-permit", "food-permit"
ALL = (POWER, HYGIENE, FIRE, HOTEL, FOOD)


class Facts(dict[str, str]):
    """A text for every blank."""

    def __missing__(self, blank: str) -> str:
        return blank


FACTS = Facts(deferred="", promised="", material_count="3", returned_materials="1. 平面图")


def item(code: str, state: ItemState = ItemState.WAITING, **more: object) -> PlainItem:
    n = ALL.index(code) + 1
    made = PlainItem(f"id-{n}", code, f"41132320261120000001-{n:02d}", SITE.items[code].department, state)
    return replace(made, **more)  # type: ignore[arg-type]


def case(state: CaseState = CaseState.DISPATCHED, **states: ItemState) -> PlainCase:
    """A case with all five items; `states` by the last part of the item's code (`hotel=…`), others as in `rest`."""
    rest = states.pop("rest", ItemState.PUSHED if state != CaseState.CHECKING else ItemState.WAITING)
    named = {code: states.get(code.split("-")[0], rest) for code in ALL}
    received = None if state in (CaseState.CHECKING, CaseState.CORRECTION) else NOW
    return PlainCase(
        id="case-1",
        case_no="41132320261120000001",
        region="411323",
        matter=MATTER.code,
        catalog_digest="d",
        state=state,
        handler="clerk",
        situation={},
        chosen=ALL,
        delivery={"way": "electronic"},
        created_at=NOW,
        received_at=received,
        items=tuple(item(code, named[code]) for code in ALL),
    )


def with_item(one: PlainCase, code: str, **changes: object) -> PlainCase:
    """The case with some facts of one item changed."""
    items = tuple(replace(i, **changes) if i.item == code else i for i in one.items)  # type: ignore[arg-type]
    return replace(one, items=items)


def terms(on_item_failure: OnReject | None = None, **rules: object) -> Terms:
    """The terms of the matter; with a policy given, no pair has a rule of its own."""
    dependencies = TERMS.dependencies
    if on_item_failure is not None:
        dependencies = tuple(replace(d, on_reject=None) for d in dependencies)
        rules["on_item_failure"] = on_item_failure
    return replace(TERMS, dependencies=dependencies, rules=Rules(**rules))  # type: ignore[arg-type]


def carried(one: PlainCase, step: Step) -> PlainCase:
    """The case after the step's moves. Raises NotNow for a move that no table has."""
    state, items = one.state, {i.item: i for i in one.items}
    for move in step.moves:
        start = items[move.item].state if move.item else state
        table = ITEM_MOVES if move.item else CASE_MOVES
        if (start, move.action) not in table:
            raise NotNow(f"{move.action} from {start}")
        if move.item:
            items[move.item] = replace(items[move.item], state=ITEM_MOVES[start, move.action])  # type: ignore[index]
        else:
            state = CASE_MOVES[start, move.action]  # type: ignore[index]
        if move.action == "accept" and not items[move.item].accepted_at:
            items[move.item] = replace(items[move.item], accepted_at=NOW)
    for tick in step.clock:
        items[tick.item] = replace(items[tick.item], segments=_clocked(items[tick.item].segments, tick))
    for code in step.reserve:
        items[code] = replace(items[code], certificate=f"id-of-{code}")
    return replace(one, state=state, items=tuple(items.values()), version=one.version + 1)


def settled(one: PlainCase, on: Terms = TERMS) -> tuple[PlainCase, list[Step]]:
    """The case once nothing more follows, and the steps that followed. Fails when that never comes."""
    steps: list[Step] = []
    while follow := follow_up(one, on, FACTS):
        one = carried(one, follow)
        steps.append(follow)
        assert len(steps) < 30, "the consequences have no end"
    return one, steps


def keys(step: Step) -> list[str]:
    return [task.key for task in step.work]


def kinds(step: Step) -> list[str]:
    return [event.kind for event in step.events]


def _clocked(segments: tuple[Segment, ...], tick: ClockMove) -> tuple[Segment, ...]:
    ended = tuple(replace(s, ended_at=s.ended_at or NOW) for s in segments)
    if tick.action == "stop":
        return ended
    running = tick.action in ("start", "resume")
    return (*ended, Segment(len(ended) + 1, running, tick.cause, tick.basis, tick.at or NOW))
