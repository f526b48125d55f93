"""What a driver's exception of a front database means, by its code alone: its text may quote a value. It opens nothing."""

from __future__ import annotations

import sqlite3
import ssl
from collections.abc import Mapping
from typing import Any

from sqlalchemy import exc

from adapters.contract import Denied, Unavailable, Unusable, Why

Stopped = Unavailable | Denied | Unusable


class Stop(Exception):
    """A call came to nothing; `outcome` says how. `spoken` is the department's database's own code, for the operator."""

    def __init__(self, outcome: Stopped, spoken: str = "") -> None:
        super().__init__(spoken)
        self.outcome, self.spoken = outcome, spoken


def is_too_big(fault: exc.DataError) -> bool:
    return getattr(fault.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_TOOBIG


_BY_STATE: Mapping[str, Stopped] = {
    "57014": Unavailable(Why.TIMEOUT),
    "25006": Denied("not_permitted"),
    "42501": Denied("not_permitted"),
    "28P01": Denied("credentials_refused"),
    "28000": Denied("credentials_refused"),
    "53300": Unavailable(Why.BUSY),
    "55P03": Unavailable(Why.BUSY),
    "40P01": Unavailable(Why.BUSY),
    "57P03": Unavailable(Why.BUSY),
    "42P01": Unusable("", "", "no_such_table"),
    "42703": Unusable("", "", "no_such_column"),
}
"""By PostgreSQL's SQLSTATE."""

_BY_SQLITE: Mapping[int, Stopped] = {
    sqlite3.SQLITE_BUSY: Unavailable(Why.BUSY),
    sqlite3.SQLITE_LOCKED: Unavailable(Why.BUSY),
    sqlite3.SQLITE_INTERRUPT: Unavailable(Why.TIMEOUT),
    sqlite3.SQLITE_CANTOPEN: Unavailable(Why.REFUSED_CONNECTION),
    sqlite3.SQLITE_READONLY: Denied("not_permitted"),
    sqlite3.SQLITE_PERM: Denied("not_permitted"),
    sqlite3.SQLITE_AUTH: Denied("not_permitted"),
    sqlite3.SQLITE_ERROR: Unusable("", "", "statement"),
}

_BY_MYSQL: Mapping[int, Stopped] = {
    1040: Unavailable(Why.BUSY),  # too many connections
    1044: Denied("not_permitted"),
    1045: Denied("credentials_refused"),
    1049: Unusable("", "", "no_such_database"),
    1054: Unusable("", "", "no_such_column"),
    1064: Unusable("", "", "statement"),
    1142: Denied("not_permitted"),
    1143: Denied("not_permitted"),
    1146: Unusable("", "", "no_such_table"),
    1205: Unavailable(Why.BUSY),  # waited too long for a lock
    1213: Unavailable(Why.BUSY),
    1317: Unavailable(Why.TIMEOUT),
    1698: Denied("credentials_refused"),
    1792: Denied("not_permitted"),  # a transaction that only reads
    1969: Unavailable(Why.TIMEOUT),  # MariaDB's limit of a statement
    1820: Denied("credentials_refused"),  # the password ended
    1862: Denied("credentials_refused"),
    2003: Unavailable(Why.REFUSED_CONNECTION),
    2006: Unavailable(Why.BROKEN_OFF),
    2013: Unavailable(Why.BROKEN_OFF),
    2026: Unavailable(Why.UNTRUSTED),  # no TLS, where its certificate was to be seen
    3024: Unavailable(Why.TIMEOUT),  # MySQL's limit of a statement
}
"""By the server's or the driver's own number."""


_NOT_LET_IN = ("authentication failed", "认证失败", 'FATAL:  role "', "pg_hba.conf")
"""Of PostgreSQL's sentences when it lets nobody in: the driver gives no code for them."""
_NOT_BELIEVED = ("certificate verify failed", "does not match host name")
"""Of OpenSSL's and libpq's, where its certificate ended, is of another name, or nobody vouches for it."""


def stop_of(fault: exc.DBAPIError) -> Stop:
    """What the driver said, by its code alone: its text may quote a value."""
    original: Any = fault.orig
    state = str(getattr(original, "sqlstate", None) or "")
    if state in _BY_STATE:
        return Stop(_BY_STATE[state], state)
    number = getattr(original, "sqlite_errorcode", None)
    if isinstance(number, int):
        return Stop(_BY_SQLITE.get(number & 0xFF, Unavailable(Why.SERVER_ERROR)), original.sqlite_errorname)
    code = original.args[0] if getattr(original, "args", ()) else None
    if isinstance(code, int) and type(original).__module__.startswith("pymysql"):
        if isinstance(getattr(original, "original_exception", None), ssl.SSLError):
            return Stop(Unavailable(Why.UNTRUSTED), str(code))
        return Stop(_BY_MYSQL.get(code, Unavailable(Why.SERVER_ERROR)), str(code))
    if "Could not decode" in str(original):
        return Stop(Unusable("", "", "encoding"))
    if not state and any(sign in str(original) for sign in _NOT_LET_IN):
        return Stop(Denied("credentials_refused"))
    if not state and any(sign in str(original) for sign in _NOT_BELIEVED):
        return Stop(Unavailable(Why.UNTRUSTED))
    if not state and fault.connection_invalidated:
        return Stop(Unavailable(Why.BROKEN_OFF))
    if not state and isinstance(fault, exc.OperationalError):
        return Stop(Unavailable(Why.REFUSED_CONNECTION))
    if state.startswith("42"):
        return Stop(Unusable("", "", "statement"), state)
    return Stop(Unavailable(Why.SERVER_ERROR), state or type(original).__name__)
