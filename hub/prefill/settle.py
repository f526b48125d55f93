"""What a clerk may do with each outcome and with each field: the ways on, as a table and one function for each. It asks nobody.

Every act runs in the caller's write session, writes its rows and the case's feed, and runs a round, so that what became possible is
queued at once. A form that was received is closed: NotNow (FORM_CLOSED), save for a question that a look-up or print-out still waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import select

from catalog.types import FormField
from hub.errors import BadInput, NotNow
from hub.prefill import asked, feed, rounds, rows, rules
from hub.prefill.rounds import ASK
from hub.prefill.rows import ANSWERED, PENDING, QUEUED, QueryRow
from hub.prefill.rules import Act, Reason
from hub.prefill.standing import Desk, standing_of
from hub.prefill.values import Value, subject_of
from hub.prefill.values import known as known_values
from hub.store.database import Session
from hub.store.tables import queries, work


class Way(StrEnum):
    """A way on from an outcome."""

    RETRY = "retry"
    CHOOSE = "choose"
    PAPER = "ask_for_paper"
    GO_ON = "go_on"
    AGAIN = "ask_again"

    @property
    def title(self) -> str:  # type: ignore[override]
        return {
            "retry": "重新查询",
            "choose": "选择匹配对象",
            "ask_for_paper": "请申请人提交材料",
            "go_on": "说明理由后继续",
            "ask_again": "部门更正后重新查询",
        }[self.value]


WAYS_ON: Mapping[str, tuple[Way, ...]] = {
    "found": (Way.AGAIN,),
    "not_found": (Way.RETRY, Way.PAPER, Way.GO_ON),
    "ambiguous": (Way.CHOOSE, Way.PAPER, Way.GO_ON),
    "denied": (Way.RETRY, Way.PAPER, Way.GO_ON),
    "unavailable": (Way.RETRY, Way.PAPER, Way.GO_ON),
    "unusable": (Way.RETRY, Way.PAPER, Way.GO_ON),
    "pending": (Way.PAPER, Way.GO_ON),
}
"""The ways on from each outcome."""

WITHOUT_CANDIDATES = (Way.RETRY, Way.PAPER, Way.GO_ON)
"""The ways on from an ambiguous answer that lists nothing to choose from."""

GO_ON_REASONS: Mapping[str, str] = {
    "source_down": "数源部门系统不可用，先行办理",
    "not_needed": "本次办理不需要该数据",
    "no_record": "确无记录",
    "handed_in": "申请人已提交纸质材料",
    "no_time": "等待时间过长，申请人要求继续",
    "other": "其他原因",
}
"""Why a clerk goes on without an answer."""


@dataclass(frozen=True)
class Settled:
    """What an act on a query left behind."""

    query_id: str
    state: str
    ways: tuple[Way, ...]
    materials: tuple[str, ...] = ()


def ways_on(outcome: str, state: str, candidates: int) -> tuple[Way, ...]:
    """The ways on from a query's row; a query still queued has none but waiting, unless its work stands still (`retry`).

    `candidates` is how many matches an ambiguous answer listed.
    """
    if state not in (ANSWERED, PENDING):
        return ()
    return WITHOUT_CANDIDATES if outcome == "ambiguous" and not candidates else WAYS_ON.get(outcome, ())


def _ways(query: QueryRow) -> tuple[Way, ...]:
    return ways_on(query.outcome, query.state, query.candidates)


# --- queries ------------------------------------------------------------------------------------------------------------


def retry(session: Session, desk: Desk, query_id: str) -> Settled:
    """Ask the department once more: a new try of the same query and, when its turn comes, a new intent.

    A candidate chosen before is forgotten: it may have been the wrong one, and the department lists them again.

    Raises NotNow: NOTHING_TO_RETRY where the outcome has no such way, or the query is still on its way.
    """
    query = _query(session, desk, query_id)
    if Way.RETRY not in _ways(query) and not _stands_still(session, query):
        raise NotNow("该查询正在进行或已有结果，不能重新查询", code="NOTHING_TO_RETRY")
    rounds.requeue(session, desk, query, choice="", settled_by="", settled_reason=None)
    return _after(session, desk, query)


def ask_again(session: Session, desk: Desk, query_id: str, reason: Reason) -> Settled:
    """Ask again although the department answered, after it mended its record. Needs a reason: it is one disclosure more.

    What it said before stands until the new answer is there. Raises NotNow (NOTHING_TO_RETRY), BadInput (REASON_NEEDED).
    """
    query = _query(session, desk, query_id)
    if query.state != ANSWERED:
        raise NotNow("该查询尚未答复，请等待", code="NOTHING_TO_RETRY")
    if not reason.text.strip():
        raise BadInput("请写明重新查询的理由", {"reason": "请填写"}, code="REASON_NEEDED")
    why = _reason(Reason("ask_again", reason.text))
    rounds.requeue(session, desk, query, choice="", settled_by="", settled_reason=why)
    return _after(session, desk, query)


def choose(session: Session, desk: Desk, query_id: str, number: int) -> Settled:
    """Ask again for candidate `number` (0, 1, …, as listed) of an ambiguous answer.

    Raises NotNow (NOTHING_TO_CHOOSE), BadInput (NO_SUCH_CANDIDATE)."""
    query = _query(session, desk, query_id)
    if Way.CHOOSE not in _ways(query):
        raise NotNow("该查询没有可选择的匹配对象", code="NOTHING_TO_CHOOSE")
    listed = session.execute(select(queries.c.candidates).where(queries.c.id == query_id)).scalar() or []
    if not 0 <= number < len(listed):
        raise BadInput("请从列出的匹配对象中选择一个", {"number": "无此项"}, code="NO_SUCH_CANDIDATE")
    rounds.requeue(session, desk, query, choice=str(listed[number]["choice"]), settled_by="", settled_reason=None)
    return _after(session, desk, query)


def ask_for_paper(session: Session, desk: Desk, query_id: str, reason: Reason = Reason()) -> Settled:
    """The applicant hands in what the department does not supply: the material is missing, the fields may be typed."""
    return _settle(session, desk, query_id, Way.PAPER, Reason("paper", reason.text))


def go_on(session: Session, desk: Desk, query_id: str, reason: Reason) -> Settled:
    """Go on without the answer, for a reason of GO_ON_REASONS. Raises BadInput (REASON_NEEDED)."""
    if reason.code not in GO_ON_REASONS or (reason.code == "other" and not reason.text.strip()):
        raise BadInput("请选择继续办理的理由，选“其他原因”时请写明", {"reason": "请选择"}, code="REASON_NEEDED")
    return _settle(session, desk, query_id, Way.GO_ON, reason)


def _settle(session: Session, desk: Desk, query_id: str, way: Way, reason: Reason) -> Settled:
    query = _query(session, desk, query_id)
    if way not in _ways(query) and not _stands_still(session, query):
        raise NotNow("该查询当前不能这样处理，请刷新页面", code="NO_SUCH_WAY")
    kept = {"way": way, **_reason(reason)}
    rows.write_query(session, query, desk.now, settled_by=desk.actor, settled_reason=kept)
    rounds.advance(session, desk)
    return _after(session, desk, query)


def _query(session: Session, desk: Desk, query_id: str) -> QueryRow:
    feed.lock_case(session, desk.case.case_id)
    query = rows.read_query(session, query_id)
    if query.case_id != desk.case.case_id:
        raise NotNow("该查询不属于本办件，请刷新页面", code="QUERY_OF_ANOTHER_CASE")
    if not asked.goes_on(session, desk.case, query):
        raise _closed()
    return query


def _refuse_closed(session: Session, desk: Desk) -> None:
    feed.lock_case(session, desk.case.case_id)
    if not desk.case.open:
        raise _closed()


def _closed() -> NotNow:
    return NotNow("已收件的表单不能再更改；需要更改的，请先退回补正", code="FORM_CLOSED")


def _stands_still(session: Session, query: QueryRow) -> bool:
    """Whether the query is queued but its work was given up (or skipped): then a person may set it going again."""
    if query.state != QUEUED:
        return False
    key = f"{ASK}:{query.id}:{query.tries}"
    state = session.execute(select(work.c.state).where(work.c.key == key)).scalar()
    return state != "ready"


def _after(session: Session, desk: Desk, before: QueryRow) -> Settled:
    query = rows.read_query(session, before.id)
    return Settled(query.id, query.state, _ways(query), _served(session, desk, query))


def _served(session: Session, desk: Desk, query: QueryRow) -> tuple[str, ...]:
    """Codes of the materials that this query would exempt."""
    state = standing_of(session, desk.case)
    usable = known_values(state.values, state.identifiers)
    return tuple(
        needed.material.code
        for needed in desk.case.materials
        if needed.exemption
        and needed.exemption.resource == query.resource
        and subject_of(needed.exemption.subject, usable) == dict(query.subject)
    )


def _reason(reason: Reason) -> dict[str, str]:
    return {"reason": reason.code, "text": reason.text.strip()}


# --- fields -------------------------------------------------------------------------------------------------------------


def type_value(session: Session, desk: Desk, key: str, text: str, reason: Reason = Reason()) -> Value:
    """Take a typed value, as `rules.typed` allows. Raises NotThere, BadInput, NotNow (FORM_CLOSED and those of the rule)."""
    return _act(session, desk, key, reason, lambda field, value, act: rules.typed(field, value, text, act))


def confirm(session: Session, desk: Desk, key: str) -> Value:
    """A person looked at a department's value and took it."""
    return _act(session, desk, key, Reason(), rules.confirmed)


def resolve_conflict(session: Session, desk: Desk, key: str, which: int, reason: Reason) -> Value:
    """Choose alternative `which` (0, 1, …) of a conflict, with a reason."""
    return _act(session, desk, key, reason, lambda field, value, act: rules.chosen(field, value, which, act))


def override(session: Session, desk: Desk, key: str, text: str, reason: Reason) -> Value:
    """Put a value in place of a department's; old value, who and why stay on the field."""
    return _act(session, desk, key, reason, lambda field, value, act: rules.overridden(field, value, text, act))


def _act(
    session: Session, desk: Desk, key: str, reason: Reason, rule: Callable[[FormField, Value, Act], Value]
) -> Value:
    _refuse_closed(session, desk)
    field, state = desk.case.field(key), standing_of(session, desk.case)
    before = state.values.get(key, Value(key))
    after = rule(field, before, Act(desk.actor, desk.now, reason))
    if after == before:
        return after
    rows.write_values(session, desk.case.case_id, (after,), desk.now, desk.actor)
    then = rounds.advance(session, desk, replace(state, values={**state.values, key: after}))
    return then.values[key]
