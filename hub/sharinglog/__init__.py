"""The sharing log (共享日志): every disclosure of somebody's data, append-only and provably complete."""

from hub.sharinglog.errors import (
    AlreadyClosed,
    BadRecord,
    LeafCarriesPersonalData,
    LogError,
    LogHeld,
    LogInconsistent,
    LogMisconfigured,
    LogUnavailable,
    NotDisclosable,
    UnknownIntent,
)
from hub.sharinglog.health import LogHealth
from hub.sharinglog.keys import LogKeys
from hub.sharinglog.log import Entry, Receipt, SharingLog
from hub.sharinglog.projection import Row
from hub.sharinglog.records import (
    RESULTS,
    Admin,
    Basis,
    CaseRef,
    Denied,
    Erased,
    Intent,
    Lost,
    Operator,
    Outcome,
    Provider,
    ReceivedBatch,
    Record,
    Sent,
    Viewed,
)
from hub.sharinglog.sweep import OpenIntent, Watermarks
from hub.sharinglog.verify import Check, LogReport

__all__ = [
    "RESULTS",
    "Admin",
    "AlreadyClosed",
    "BadRecord",
    "Basis",
    "CaseRef",
    "Check",
    "Denied",
    "Entry",
    "Erased",
    "Intent",
    "LeafCarriesPersonalData",
    "LogError",
    "LogHealth",
    "LogHeld",
    "LogInconsistent",
    "LogKeys",
    "LogMisconfigured",
    "LogReport",
    "LogUnavailable",
    "Lost",
    "NotDisclosable",
    "OpenIntent",
    "Operator",
    "Outcome",
    "Provider",
    "ReceivedBatch",
    "Receipt",
    "Record",
    "Row",
    "Sent",
    "SharingLog",
    "UnknownIntent",
    "Viewed",
    "Watermarks",
]
