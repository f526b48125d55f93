"""What alembic runs to apply or to draft steps: on the connection it was given, in that connection's transaction.

It opens no database: `hub.store.migrate` does, under a lock.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from hub.store.tables import metadata


def _plain_type(kind: str, item: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """A step names the column type underneath ours, so that it means the same when ours change."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=_plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
