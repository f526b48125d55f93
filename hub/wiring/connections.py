"""The departments' addresses and secrets, from one file that belongs to the installation and to no catalog.

[departments.public-security]
address = "http://127.0.0.1:9101"
secrets = { account = "…", password = "…" }
expires = { password = 2027-06-30 }

[sms]
address = "http://127.0.0.1:9105"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from adapters.connect import Connection
from catalog.nearest import one_of
from hub.errors import HubError

KEYS = {"address", "secrets", "folder", "ca", "certificate", "key", "options", "expires"}
GATEWAY = "sms"


class ConnectionsUnreadable(HubError):
    """The file of connections is missing or malformed."""

    code = "CONNECTIONS_UNREADABLE"


def read(path: Path) -> Mapping[str, Connection]:
    """Connections by department code, the SMS gateway under `sms`. A missing file means that nobody is connected. Raises ConnectionsUnreadable."""
    if not path.exists():
        return {}
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise ConnectionsUnreadable(f"{path.name} is not readable as TOML: {e}; see docs/operations.md.") from e
    found = {code: _connection(path, code, table) for code, table in tables.get("departments", {}).items()}
    if GATEWAY in tables:
        found[GATEWAY] = _connection(path, GATEWAY, tables[GATEWAY])
    return found


def _connection(path: Path, code: str, table: Mapping[str, object]) -> Connection:
    unknown = set(table) - KEYS
    if unknown:
        raise ConnectionsUnreadable(
            f"{path.name}: {code} has an unknown key {sorted(unknown)[0]}; {one_of(sorted(unknown)[0], KEYS)}."
        )
    return Connection(
        address=str(table.get("address", "")),
        secrets=_texts(table.get("secrets")),
        folder=_path(table, "folder"),
        ca=_path(table, "ca"),
        certificate=_path(table, "certificate"),
        key=_path(table, "key"),
        options=_texts(table.get("options")),
        expires=_days(path, code, table.get("expires")),
    )


def _path(table: Mapping[str, object], key: str) -> Path | None:
    return Path(str(table[key])) if table.get(key) else None


def _days(path: Path, code: str, table: object) -> Mapping[str, date]:
    """Until when each secret holds: `expires = { token = 2027-06-30 }`."""
    days = dict(table) if isinstance(table, dict) else {}
    wrong = next((name for name, day in days.items() if not isinstance(day, date) or isinstance(day, datetime)), None)
    if wrong is not None:
        raise ConnectionsUnreadable(f"{path.name}: {code} expires.{wrong} is no day; write it as 2027-06-30, unquoted.")
    return days


def _texts(table: object) -> Mapping[str, str]:
    return {str(k): str(v) for k, v in table.items()} if isinstance(table, dict) else {}
