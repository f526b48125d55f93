"""Matches the simulators' own journals with the sharing log, both ways: what was asked or sent must be recorded, what is recorded must be true.

A request at a socket, and a file that was fetched, names in its own words the number of the intent or the key of the sending; a dropped
file is known by its SHA-256.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2

from adapters.simulators.departments import GATEWAY
from catalog.types import Kind, Site
from hub.sharinglog import LogKeys, SharingLog

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SKEW = timedelta(milliseconds=5)
NEVER_LEFT = ("refused_connection", "untrusted", "breaker_open", "no_replica", "too_old", "busy", "withdrawn")
BY_SOCKET = (Kind.SOAP, Kind.REST, Kind.FRONTDB, Kind.PLATFORM)
"""Kinds that something reaches through a socket, or in their own database, whose simulator notes each question that was logged
there and each row that came; what goes to a person of theirs (`way = "inbox"`) reaches none."""


@dataclass
class Recorded:
    """What the sharing log says: intents by id, sendings by key, batches by digest, and each intent's end."""

    intents: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sent: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    batches: set[str] = field(default_factory=set)
    ends: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    seqs: dict[str, int] = field(default_factory=dict)


def recorded(url: str, keys: LogKeys, origin: str, now: Any) -> Recorded:
    """Read the whole log."""
    found = Recorded()
    log = SharingLog.open(url, keys, origin, now, "matching", follow=False)
    try:
        for entry in log.entries():
            record = entry.record
            if record["phase"] == "intent":
                found.intents[record["id"]] = record
                found.seqs[record["id"]] = entry.seq
            elif record["phase"] == "sent":
                found.sent.setdefault(record["key"], []).append(record)
            elif record["phase"] == "received-batch":
                found.batches.add(record["key"])
            elif record["phase"] in ("outcome", "lost") and "answers_seq" not in record:
                found.ends[record["intent_seq"]] = record
    finally:
        log.close()
    return found


def unmatched(site: Site, log: Recorded, addresses: Mapping[str, str]) -> list[str]:
    """Sentences about every request without a record and every record without a request; empty when all is matched."""
    with httpx2.Client(trust_env=False, timeout=120) as wire:  # one: to make it takes longer than to ask
        journals = {code: wire.get(f"{url}/_journal").json() for code, url in addresses.items()}
    return [
        *_requests_without_record(log, journals),
        *_records_without_request(site, log, journals),
        *_files(log, journals),
    ]


def unmatched_at_last(
    site: Site, read: Callable[[], Recorded], addresses: Mapping[str, str], seconds: float = 60
) -> list[str]:
    """As `unmatched`, once nothing is under way: what comes between a look at the log and one at the journals seems to lack the other.

    Log and journals only grow, and a record counts only if it is the earlier one: a real fault stays."""
    end = time.monotonic() + seconds
    while (found := unmatched(site, read(), addresses)) and time.monotonic() < end:
        time.sleep(0.5)
    return found


def number_of(request: str) -> str:
    """The intent's id or the sending's key in a department's own request number (`q-<key>`, `<key>-1`)."""
    found = UUID.search(request)
    return found.group() if found else request


def _requests_without_record(log: Recorded, journals: Mapping[str, Any]) -> list[str]:
    faults = []
    for code, journal in journals.items():
        for request in journal["requests"]:
            number, at = number_of(request["request"]), datetime.fromisoformat(request["at"])
            intent = log.intents.get(number)
            records = [intent] if intent is not None else log.sent.get(number, [])
            if _knocks(request):
                continue
            if not records:
                faults.append(f"{code}: request {request['seq']} ({request['operation']}) has no record")
            elif not any(datetime.fromisoformat(r["time"]) <= at + SKEW for r in records):
                faults.append(f"{code}: request {request['seq']} ({request['operation']}) came before its record")
            elif intent is not None and intent["provider"]["org"] != code:
                faults.append(f"{code}: request {request['seq']} names an intent about {intent['provider']['org']}")
    return faults


def _knocks(request: Mapping[str, Any]) -> bool:
    """A check's call, about nobody and under a number of its own or none: it got an error, or said so, and shared nothing."""
    about_nobody = not request.get("subject") and not request.get("key")
    unnumbered = not request["request"] and (request.get("status") or 0) >= 400
    return about_nobody and (unnumbered or str(request["request"]).startswith("probe-"))


def _records_without_request(site: Site, log: Recorded, journals: Mapping[str, Any]) -> list[str]:
    reached = Counter(number_of(r["request"]) for journal in journals.values() for r in journal["requests"])
    faults = []
    for number, intent in log.intents.items():
        end = log.ends.get(log.seqs[number])
        if end is None:
            faults.append(f"intent {log.seqs[number]} has no end")
        elif _asked_by_socket(site, intent) and not reached[number] and not _may_not_have_left(site, intent, end):
            faults.append(f"intent {log.seqs[number]} to {intent['provider']['org']} never reached a socket")
    for key, records in log.sent.items():
        if _sent_by_socket(site, records[0]) and not reached[key]:
            faults.append(f"sending to {records[0]['receiver']} by {records[0]['channel']} never reached a socket")
    return faults


def _may_not_have_left(site: Site, intent: Mapping[str, Any], end: Mapping[str, Any]) -> bool:
    """Whether the end itself says so. A hub that died between record and socket left a question `lost`: nobody can say more.

    A front database that somebody holds locked takes no entry in its log of questions, and then nothing was read."""
    known = site.departments.get(intent["provider"]["org"])
    locked = known is not None and known.kind is Kind.FRONTDB and end.get("reason") == "timeout"
    shared = bool(end.get("cache"))  # the answer of an equal question, which has its own record
    return locked or shared or end["phase"] == "lost" or end.get("reason") in NEVER_LEFT


def _asked_by_socket(site: Site, intent: Mapping[str, Any]) -> bool:
    return _by_socket(site, intent["provider"]["org"]) and not site.resources[intent["provider"]["catalog"]].way


def _sent_by_socket(site: Site, record: Mapping[str, Any]) -> bool:
    receiver, item = record["receiver"], str((record["matter"] or {}).get("item") or "")
    known = site.departments.get(receiver)
    by_file = known is not None and known.kind is Kind.FILEDROP  # its simulator notes each file that it fetched
    return (by_file or _by_socket(site, receiver)) and not (known is not None and known.takes_at_inbox(item))


def _by_socket(site: Site, code: str) -> bool:
    known = site.departments.get(code)
    return code == GATEWAY or (known is not None and known.kind in BY_SOCKET)


def _files(log: Recorded, journals: Mapping[str, Any]) -> list[str]:
    """A whole file is recorded; a spoilt one may be (of one with a broken row the others are taken)."""
    files = [f for j in journals.values() for f in j["files"] if f["name"].endswith((".csv", ".xlsx"))]
    dropped = {f["sha256"] for f in files}
    whole = {f["sha256"] for f in files if f["fault"] in ("", "none")}
    return [
        *(f"a dropped file was not recorded: {sha[:12]}" for sha in whole - log.batches),
        *(f"a recorded batch was never dropped: {sha[:12]}" for sha in log.batches - dropped),
    ]
