"""What an outcome says, in the words of log, tables and form: fields returned, reason, digest, values by path. Pure; it stores nothing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from adapters.contract import Ambiguous, Denied, Found, NotFound, Outcome, Pending, Raw, Rows, Unavailable, Unusable
from catalog.demand import plain_name

_LISTED = re.compile(r"(\w+)\[(\d+)\]\.(\w+)")
_CODE = re.compile(r"[A-Za-z_][A-Za-z_.:\-]{0,79}")


def only(outcome: Outcome, fields: Sequence[str]) -> Outcome:
    """The outcome without any value that was not to be asked: an adapter or a department may give more than it was asked for.

    `fields` are plain names. The raw answer stays as it came; it is evidence, not shown.
    """
    if not isinstance(outcome, Found):
        return outcome
    allowed = set(fields)
    lists = {name: _columns(name, rows, allowed) for name, rows in outcome.lists.items()}
    return replace(
        outcome,
        values={name: value for name, value in outcome.values.items() if name in allowed},
        lists={name: rows for name, rows in lists.items() if any(rows)},
        precision={path: known for path, known in outcome.precision.items() if plain_name(path) in allowed},
    )


def value_at(values: Mapping[str, str], lists: Mapping[str, Rows], path: str) -> str:
    """The value at a source's field (`name`, or `owners[0].name`); "" where there is none."""
    listed = _LISTED.fullmatch(path)
    if listed is None:
        return values.get(path, "")
    name, at, inner = listed[1], int(listed[2]), listed[3]
    rows = lists.get(name, ())
    return rows[at].get(inner, "") if at < len(rows) else ""


def returned(outcome: Outcome) -> tuple[str, ...]:
    """Plain names of the fields that hold a value, sorted: what the log says was disclosed."""
    if not isinstance(outcome, Found):
        return ()
    listed = {f"{name}.{inner}" for name, rows in outcome.lists.items() for row in rows for inner in row if row[inner]}
    return tuple(sorted({name for name, value in outcome.values.items() if value} | listed))


def withheld_by_provider(outcome: Outcome) -> tuple[str, ...]:
    return outcome.withheld if isinstance(outcome, Found) else ()


def reason_of(outcome: Outcome) -> str:
    """The reason as a code. Free text of a department never goes further than its raw answer: it may name a person."""
    match outcome:
        case Unavailable():
            return str(outcome.reason)
        case Denied():
            return _as_code(outcome.reason, "stated_by_department")
        case Unusable():
            return _as_code(":".join(part for part in (outcome.rule, plain_name(outcome.field)) if part), "rule_broken")
        case _:
            return ""


def rows_of(outcome: Outcome) -> int | None:
    """How many subjects matched; None where the answer does not say."""
    match outcome:
        case Found():
            return 1
        case NotFound():
            return 0
        case Ambiguous():
            return len(outcome.candidates)
        case _:
            return None


def raw_of(outcome: Outcome) -> Raw | None:
    """The answer as it came, where one came."""
    return None if isinstance(outcome, Unavailable | Pending) else outcome.raw


def answer_of(outcome: Outcome) -> tuple[bytes | None, int | None]:
    """The bytes whose salted digest stands in the log, and the size of all that came.

    Without documents these are the raw answer, so that the kept file proves itself; with documents they are the canonical
    JSON of all digests: {"documents":["<sha256>"…],"raw":"<sha256>"}.
    """
    raw = raw_of(outcome)
    if raw is None:
        return None, None
    if not isinstance(outcome, Found) or not outcome.documents:
        return raw.body, len(raw.body)
    digests = {"documents": [_sha256(document.body) for document in outcome.documents], "raw": _sha256(raw.body)}
    size = len(raw.body) + sum(len(document.body) for document in outcome.documents)
    return json.dumps(digests, sort_keys=True, separators=(",", ":")).encode(), size


def request_text(resource: str, subject: Mapping[str, str], fields: Sequence[str], choice: str) -> str:
    """The question as canonical JSON: what the log commits to."""
    question = {"choice": choice, "fields": list(fields), "resource": resource, "subject": dict(subject)}
    return json.dumps(question, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _columns(name: str, rows: Rows, allowed: set[str]) -> Rows:
    return tuple({inner: value for inner, value in row.items() if f"{name}.{inner}" in allowed} for row in rows)


def _as_code(text: str, otherwise: str) -> str:
    return text if _CODE.fullmatch(text) else otherwise


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
