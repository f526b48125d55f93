"""The words that a request template may use: built from a query, a handover, a stop or an upstream result. It fills nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from adapters.contract import Attachment, Handover, LookedUp, Query, Stop, UpstreamResult

Scope = Mapping[str, object]

QUERY_WORDS = frozenset(("request_id", "case_no", "item", "purpose", "handler", "requester", "choice", "now"))
HANDOVER_WORDS = frozenset(
    [
        "key",
        "case_no",
        "item_no",
        "item",
        "item_title",
        "pre_review",
        "promised_workdays",
        "handler",
        "correction",
        "attachments",
        "look_ups",
        "now",
    ]
)
LOOK_UP_WORDS = frozenset(["department", "resource", "answer", "title", "at", "record", "values", "number"])
ATTACHMENT_WORDS = frozenset(["code", "name", "trust", "sha256", "media_type", "file_name", "body", "number"])
STOP_WORDS = frozenset(("key", "item_no", "item", "department_no", "reason", "now"))
UPSTREAM_WORDS = frozenset(
    ["key", "item_no", "item", "department_no", "upstream_item", "title", "identifier", "decided_at", "document", "now"]
)

STEP_WORDS = {
    "hand_over": HANDOVER_WORDS | ATTACHMENT_WORDS | LOOK_UP_WORDS,
    "stop": STOP_WORDS,
    "supply": UPSTREAM_WORDS | ATTACHMENT_WORDS,
}


def of_query(query: Query, now: datetime) -> Scope:
    return {
        **query.subject,
        "request_id": query.request_id,
        "case_no": query.case_no,
        "item": query.item,
        "purpose": query.purpose,
        "handler": query.handler,
        "requester": query.requester,
        "choice": query.choice,
        "now": now,
    }


def of_handover(handover: Handover, now: datetime) -> Scope:
    """Form values stand as `form.<key>`; `attachments` and, on a verification sheet, `look_ups` are lists for `each`."""
    return {
        **{f"form.{key}": value for key, value in handover.form.items()},
        "key": handover.key,
        "case_no": handover.case_no,
        "item_no": handover.item_no,
        "item": handover.item,
        "item_title": handover.item_title,
        "pre_review": handover.pre_review,
        "promised_workdays": handover.promised_workdays,
        "handler": handover.handler,
        "correction": handover.correction,
        "attachments": [of_attachment(attachment) for attachment in handover.attachments if not attachment.status],
        "look_ups": [_of_look_up(one) for one in handover.look_ups],
        "now": now,
    }


def _of_look_up(one: LookedUp) -> Scope:
    return {
        "item": one.item,
        "item_title": one.item_title,
        "department": one.department,
        "resource": one.resource,
        "answer": one.answer,
        "title": one.title,
        "at": one.at,
        "record": one.record,
        "values": one.values,
    }


_ENDINGS = {
    "application/pdf": "pdf",
    "application/ofd": "ofd",
    "image/jpeg": "jpg",
    "image/png": "png",
    "text/html": "html",
}
_ENDINGS["application/vnd.yijian.certificate+json"] = "json"


def of_attachment(attachment: Attachment) -> Scope:
    ending = _ENDINGS.get(attachment.media_type, "bin")
    return {
        "code": attachment.code,
        "name": attachment.name,
        "trust": attachment.trust,
        "sha256": attachment.sha256 or (hashlib.sha256(attachment.body).hexdigest() if attachment.body else ""),
        "media_type": attachment.media_type,
        "file_name": f"{attachment.code}.{ending}" if attachment.body else "",
        "body": attachment.body or None,
    }


def of_stop(stop: Stop, now: datetime) -> Scope:
    return {
        "key": stop.key,
        "item_no": stop.item_no,
        "item": stop.item,
        "department_no": stop.department_no,
        "reason": stop.reason,
        "now": now,
    }


def of_upstream(result: UpstreamResult, now: datetime) -> Scope:
    """`document` is a list of no or one attachment, for `each`."""
    return {
        "key": result.key,
        "item_no": result.item_no,
        "item": result.item,
        "department_no": result.department_no,
        "upstream_item": result.upstream_item,
        "title": result.title,
        "identifier": result.identifier,
        "decided_at": result.decided_at,
        "document": [of_attachment(result.document)] if result.document else [],
        "now": now,
    }
