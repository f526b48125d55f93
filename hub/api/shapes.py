"""What may come in as JSON, and how lists go out: pydantic at the door only. The rules of a case are not here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt

from hub.cases.views import CaseRow, InboxRow
from hub.wiring.listings import FeedRow
from hub.wiring.systems import ItemCaseState

NO_CONTROL = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def _rfc3339(value: object) -> object:
    """A number would be read as seconds since 1970, which nobody means here."""
    if isinstance(value, str) and RFC3339.fullmatch(value):
        return value
    raise ValueError("write a moment with its time zone, such as 2026-11-20T09:30:00+08:00")


Code = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\[\]-]*$")]
Claim = Annotated[str, Field(min_length=1, max_length=64, pattern=NO_CONTROL)]
Word = Annotated[str, Field(max_length=200, pattern=NO_CONTROL)]
Text = Annotated[str, Field(max_length=4000, pattern=NO_CONTROL)]
Reason = Annotated[str, Field(max_length=1000, pattern=NO_CONTROL)]
Given = Annotated[str, Field(min_length=1, max_length=1000, pattern=NO_CONTROL)]
Moment = Annotated[AwareDatetime, BeforeValidator(_rfc3339)]
Named = Annotated[str, Path(min_length=1, max_length=160, pattern=r"^[^\x00-\x1f\x7f]+$")]
Pairs = Annotated[dict[Code, Word], Field(max_length=200)]
Values = Annotated[dict[Code, Text], Field(max_length=2000)]


class Shape(BaseModel):
    """Unknown fields are refused: a misspelt one must not be lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LoginIn(Shape):
    username: Annotated[str, Field(min_length=1, max_length=80)]
    password: Annotated[str, Field(min_length=1, max_length=200, repr=False)]


@dataclass(frozen=True)
class SessionOut:
    """A login. Send the token as `Authorization: Session <token>`."""

    token: str
    expires_at: datetime
    roles: tuple[str, ...]
    organisation: str
    region: str


@dataclass(frozen=True)
class PersonOut:
    """Whose session this is."""

    name: str
    roles: tuple[str, ...]
    organisation: str
    region: str


# --- clerk ------------------------------------------------------------------------------------------------------------


class OpeningIn(Shape):
    """A matter and the answers so far: which items, roles and questions follow from them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"matter": "open-guesthouse", "answers": {"dining": "yes"}}]}
    )

    matter: Code
    answers: Pairs = Field(default_factory=dict)


class PreviewIn(OpeningIn):
    """What would be asked; `left_out` are item codes that the applicant does not want."""

    left_out: list[Code] = Field(default_factory=list, max_length=50)


class PartyIn(Shape):
    identifier: Annotated[str, Field(max_length=60, pattern=NO_CONTROL, repr=False)]
    name: Annotated[str, Field(max_length=200, pattern=NO_CONTROL, repr=False)] = ""
    proof: Annotated[str, Field(max_length=60, pattern=NO_CONTROL)] = ""
    phone: Annotated[str, Field(max_length=40, pattern=NO_CONTROL, repr=False)] = ""


class CaseIn(OpeningIn):
    """Opens a case. `chosen` are item codes, `parties` by role code."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "matter": "open-guesthouse",
                    "answers": {},
                    "chosen": ["public-place-hygiene-permit", "fire-safety-inspection"],
                    "parties": {"applicant": {"identifier": "91411323MA9000003W", "proof": "licence"}},
                }
            ]
        }
    )

    chosen: Annotated[list[Code], Field(max_length=100)]
    parties: Annotated[dict[Code, PartyIn], Field(max_length=50)]
    delivery: Pairs = Field(default_factory=lambda: {"way": "electronic"})

    def plain_parties(self) -> Mapping[str, Mapping[str, str]]:
        return {role: party.model_dump() for role, party in self.parties.items()}


class ValueIn(Shape):
    """A value to type. A locked field whose source is silent takes one only with a reason."""

    value: Annotated[Text, Field(repr=False)]
    reason: Reason = ""


class OverrideIn(Shape):
    value: Annotated[Text, Field(repr=False)]
    reason: Given


class ResolutionIn(Shape):
    """Settles a conflict: `which` names one of the field's alternatives."""

    which: Word
    reason: Given


class QueryWayIn(Shape):
    """`way` is one of the codes in the query's `ways`."""

    way: Code
    candidate: StrictInt | None = None
    reason: Reason = ""


class MaterialWayIn(Shape):
    way: Literal["defer", "promise", "remove"]
    reason: Reason = ""


class CaseActionIn(Shape):
    """`action` is one of the codes in the case's `actions`."""

    action: Code
    reason: Reason = ""
    promise: StrictBool = False
    defects: Annotated[list[Word], Field(max_length=200)] = Field(default_factory=list)


@dataclass(frozen=True)
class CaseOut:
    id: str


@dataclass(frozen=True)
class CaseList:
    rows: tuple[CaseRow, ...]
    more: bool


@dataclass(frozen=True)
class FeedOut:
    """Changes after a number, and the last number: ask on with `after=last`."""

    rows: tuple[FeedRow, ...]
    last: int


@dataclass(frozen=True)
class NoticeOut:
    id: str
    html: str


# --- reviewer ---------------------------------------------------------------------------------------------------------


class InboxActionIn(Shape):
    """`action` is one of the codes in the entry's `actions`."""

    action: Code
    reason: Reason = ""
    values: Annotated[Values, Field(repr=False)] = Field(default_factory=dict)


class AnswerIn(Shape):
    found: StrictBool
    values: Annotated[Values, Field(repr=False)] = Field(default_factory=dict)


@dataclass(frozen=True)
class InboxList:
    rows: tuple[InboxRow, ...]
    more: bool


# --- auditor, operator ------------------------------------------------------------------------------------------------


class AuditFilter(Shape):
    """Filters of the sharing log. An identifier is only taken by POST, so that it stays out of addresses and their logs."""

    case_no: Word = ""
    operator: Word = ""
    provider: Word = ""
    phase: Word = ""
    since: Moment | None = None
    until: Moment | None = None
    before: Annotated[int | None, Field(ge=0, le=1 << 53)] = None


class AuditSearchIn(AuditFilter):
    subject: Annotated[str, Field(max_length=60, pattern=NO_CONTROL, repr=False)] = ""


class ReasonIn(Shape):
    reason: Given


class ProgressIn(Shape):
    """Case number, and the last four of an applicant enterprise's phone or of an applicant person's identifier."""

    case_no: Word
    code: Annotated[str, Field(min_length=4, max_length=4, repr=False)]


class OwnFileIn(ProgressIn):
    """`holder`: the whole ID number or credit code that stands on the certificate; `item` and `kind` as the look names them."""

    holder: Annotated[str, Field(min_length=1, max_length=40, repr=False)]
    item: Code
    kind: Code


class ListQuery(Shape):
    state: Word = ""
    page: Annotated[int, Field(ge=1, le=100_000)] = 1


class InboxQuery(ListQuery):
    state: Word = "open"


class CaseQuery(ListQuery):
    q: Word = ""


# --- departments and the platform -------------------------------------------------------------------------------------


class DefectIn(Shape):
    material: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_CONTROL)]
    reason: Given


class AcceptanceIn(Shape):
    """受理结果. The hub's own clock counts; `accepted_at` and `handler` are what the department's system says of itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "result": "accepted",
                    "reason": "材料齐全，符合法定形式",
                    "department_no": "SPJY20261120990001",
                    "handler": "SJ0990",
                    "accepted_at": "2026-11-20T09:30:00+08:00",
                }
            ]
        }
    )

    result: Literal["accepted", "refused", "correction"]
    reason: Reason = ""
    department_no: Annotated[str, Field(max_length=60, pattern=NO_CONTROL)] = ""
    handler: Annotated[str, Field(max_length=60, pattern=NO_CONTROL)] = ""
    accepted_at: Moment | None = None
    defects: Annotated[list[DefectIn], Field(max_length=100)] = Field(default_factory=list)


class DecisionIn(Shape):
    """审批决定. `results` are the facts that the certificate will carry, by name; of a result that the department issues itself
    `document_no` and `valid_to`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "result": "approved",
                    "reason": "符合许可条件",
                    "decision_no": "西市监食许〔2026〕990001号",
                    "decided_at": "2026-11-23T16:00:00+08:00",
                    "results": {"business_item": "热食类食品制售"},
                }
            ]
        }
    )

    result: Literal["approved", "denied"]
    reason: Reason = ""
    decision_no: Annotated[str, Field(max_length=60, pattern=NO_CONTROL)] = ""
    decided_at: Moment | None = None
    results: Annotated[dict[Given, Text], Field(max_length=200, repr=False)] = Field(default_factory=dict)


class SpecialProcedureIn(Shape):
    """特别程序 per GB/T 39046: kind 1 lengthens the review, 2 is any other. With the name 待缴款 (declarations): what is to be paid
    (yuan) and where, which the applicant reads on the progress page."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"action": "start", "kind": "2", "name": "专家评审", "reason": "现场条件需专家评审"},
                {
                    "action": "start",
                    "kind": "2",
                    "name": "待缴款",
                    "amount": "9000.00",
                    "pay_at": "电子税务局或办税窗口",
                },
            ]
        }
    )

    action: Literal["start", "end"]
    kind: Literal["1", "2"] = "2"
    name: Annotated[str, Field(max_length=100, pattern=NO_CONTROL)] = ""
    reason: Reason = ""
    amount: Annotated[str, Field(max_length=15, pattern=NO_CONTROL, repr=False)] = ""
    pay_at: Annotated[str, Field(max_length=200, pattern=NO_CONTROL, repr=False)] = ""
    at: Moment | None = None


class FilingIn(CaseIn):
    """An online filing. `values` are the applicant's own words by form key."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "matter": "open-guesthouse",
                    "answers": {},
                    "chosen": ["public-place-hygiene-permit"],
                    "parties": {"applicant": {"identifier": "91411323MA9000003W", "proof": "platform"}},
                    "delivery": {"way": "electronic"},
                    "values": {"enterprise.contact_phone": "0377-69990001"},
                }
            ]
        }
    )

    values: Annotated[Values, Field(repr=False)] = Field(default_factory=dict)


@dataclass(frozen=True)
class TakenOut:
    """That a report is in, and the states after it. A repeated call gets the same body and `Idempotency-Replayed: true`."""

    item_no: str
    state: str
    case_state: str


@dataclass(frozen=True)
class ItemCaseOut:
    item_no: str
    item: str
    case_no: str
    state: str
    department_no: str
    due_on: date | None

    @classmethod
    def of(cls, found: ItemCaseState) -> ItemCaseOut:
        due = date.fromisoformat(found.due_on) if found.due_on else None
        return cls(found.item_no, found.item, found.case_no, found.state, found.department_no, due)


@dataclass(frozen=True)
class CaseStatesOut:
    """The state of every item of a case (X-01)."""

    case_no: str
    items: tuple[ItemCaseOut, ...]
