"""What can go wrong with the sharing log, as few classes as callers handle. Holds no messages about persons."""

from hub.errors import HubError


class LogError(HubError):
    """Root of this package's errors; `code` is stable."""

    code = "LOG_ERROR"


class LogUnavailable(LogError):
    """The record could not be made durable: nothing may be asked, sent or shown. Trying again later is right."""

    code = "LOG_UNAVAILABLE"
    status = 503


class LogMisconfigured(LogError):
    """The log cannot be opened as configured (keys, origin, file system, database settings); trying again is wrong."""

    code = "LOG_MISCONFIGURED"
    status = 500


class AlreadyClosed(LogError):
    """The question was already ended by another record (an outcome, a refusal, or `lost`): do not show this answer."""

    code = "ALREADY_CLOSED"
    status = 409


class UnknownIntent(LogError):
    """The record names a question (or a pending outcome) which this log does not hold."""

    code = "UNKNOWN_INTENT"
    status = 409


class LeafCarriesPersonalData(LogError):
    """A clear field of a record looks like an ID number, a phone number or a person's credit code: a programmer's error."""

    code = "LEAF_CARRIES_PERSONAL_DATA"


class BadRecord(LogError):
    """The record is malformed (unknown result, too large, a float, a naive time): a programmer's error."""

    code = "BAD_RECORD"


class NotDisclosable(LogError):
    """The clear values behind a record cannot be opened: erased, sealed under another master key, or not there."""

    code = "NOT_DISCLOSABLE"
    status = 409


class LogInconsistent(LogError):
    """The stored log contradicts a head that was already signed: nothing is signed until a person has looked."""

    code = "LOG_INCONSISTENT"
    status = 503


class LogHeld(LogError):
    """The log is behind a head that was published, or was begun anew without a word: nothing is appended or signed.

    Going on would give the numbers of lost records to new ones, and contradict what others hold.
    """

    code = "LOG_BEHIND_HEAD"
    status = 503
