"""What lies on a department's desk and what may be done with it: applications, their moves, the orders that a test or the demo posts.

Values alone; `decisions` acts on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from adapters.simulators.lines import Row

BEIJING = timezone(timedelta(hours=8))

MOVES = {
    ("received", "accept"): "accepted",
    ("received", "refuse"): "refused",
    ("received", "correction"): "correction",
    ("correction", "resubmit"): "received",
    ("accepted", "suspend"): "suspended",
    ("suspended", "resume"): "accepted",
    ("accepted", "approve"): "approved",
    ("accepted", "deny"): "denied",
    ("received", "withdraw"): "withdrawn",
    ("correction", "withdraw"): "withdrawn",
    ("accepted", "withdraw"): "withdrawn",
    ("suspended", "withdraw"): "withdrawn",
}
DECIDED = ("approved", "denied", "refused")

Step = Literal["accept", "refuse", "correction", "approve", "deny", "suspend", "resume"]


class Order(BaseModel):
    """The body of `POST /_decide`: either a step on one application, or how the desk works from now on (`mode`).

    `awaits` holds for the items of the code `item`, or for all of the desk's.
    """

    model_config = ConfigDict(extra="forbid")

    number: str = ""
    step: Step | None = None
    reason: str = ""
    name: str = "专家评审"
    kind: Literal["1", "2"] = "2"
    defects: list[dict[str, str]] = Field(default_factory=list)
    results: dict[str, str] | None = None
    mode: Literal["auto", "manual"] | None = None
    delay_seconds: float | None = Field(default=None, ge=0, le=600)
    awaits: list[str] | None = None
    item: str | None = None


class Payment(BaseModel):
    """The body of `POST /_pay`: the application by our number or by the hub's number of the item case; `amount` fen, all if absent."""

    model_config = ConfigDict(extra="forbid")

    number: str = ""
    item_no: str = ""
    amount: int | None = Field(default=None, ge=0)


class DeskRefusal(Exception):
    """The step is not possible now; the message says why."""


@dataclass
class Application:
    """One application on the desk. `results` is what an approval will carry, `item` the desk's own code of its kind,

    `about` what it is about in the department's records (a contract, a deed), `due` fen to be paid, `receipt_no` once they are.
    """

    number: str
    key: str
    item_no: str
    title: str
    pre_review: bool
    received_at: str
    serial: int
    results: dict[str, str] = field(default_factory=dict, repr=False)
    item: str = ""
    about: str = field(default="", repr=False)
    due: int = 0
    receipt_no: str = ""
    state: str = "received"
    upstream: dict[str, bool] = field(default_factory=dict)
    mended_by: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Handed:
    """What came in: `key` names the handover, `item_no` the hub's item case, `item` our own code of the kind of item."""

    key: str
    item_no: str
    title: str
    results: Mapping[str, str] = field(default_factory=dict, repr=False)
    pre_review: bool = False
    item: str = ""
    about: str = field(default="", repr=False)
    due: int = 0


def received(row: Row, serial: int) -> Application:
    """The application that this line tells of. Lines of an earlier version know one kind of item and no payment."""
    results, due, kept = row["results"], row.get("due", 0), row.get("serial", serial)
    assert isinstance(results, dict) and isinstance(due, int) and isinstance(kept, int)
    number, key, item_no, title, at = (str(row[name]) for name in ("number", "key", "item_no", "title", "at"))
    item, about = str(row.get("item", "")), str(row.get("about", ""))
    return Application(number, key, item_no, title, bool(row["pre_review"]), at, kept, results, item, about, due)


def mend(application: Application, row: Row) -> None:
    """Take over what the corrected application brought."""
    results, due = row.get("results", application.results), row.get("due", application.due)
    assert isinstance(results, dict) and isinstance(due, int)
    application.mended_by.append(str(row["key"]))
    application.results, application.due = results, due
