"""What SQLAlchemy compiled for one test's database is used again for the next one's: a fifth of the time of a test with a hub. It compiles nothing.

A compiled statement is kept for each engine object, and each test has a database, and so an engine, of its own. The dialects are the same.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

_MOST = 4000
_compiled: dict[type[DefaultDialect], LRUCache[Any, Any]] = {}
_first: dict[type[DefaultDialect], DefaultDialect] = {}


def share() -> None:
    """From now on every engine of this process, on its first connection."""
    event.listen(Engine, "engine_connect", _use)


def _use(connection: Any) -> None:
    engine = connection.engine
    if engine.dialect.name == "mysql":
        return  # its dialect remembers the name of the database to which it connected first
    kind = type(engine.dialect)
    engine._compiled_cache = _compiled.setdefault(kind, LRUCache(_MOST))
    connection.dialect = engine.dialect = _first.setdefault(kind, engine.dialect)
