"""Tells the provincial platform: our words become rows of the national front-database tables (up_*), by the mapping in its folder.

It asks the platform nothing about people; the certificate library is a resource like any other (`kinds/rest`).
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.contract import Misconfigured, PeerUnreachable, Push, Taken
from adapters.kinds.answers import meaning
from adapters.kinds.line import Line
from adapters.kinds.paths import look, steps
from adapters.kinds.receipts import receipt
from adapters.kinds.rest_wire import delivered, request, sent
from adapters.kinds.settings import Settings
from adapters.outside.platform_rows import PlatformRows, row_guid

KEYS = frozenset(
    [
        "method",
        "path",
        "headers",
        "result",
        "taken",
        "again",
        "done",
        "refused",
        "busy",
        "failed",
        "department_no",
        "columns",
        "row_number",
        "row_state",
        "seen",
    ]
)
LOOKUP_KEYS = frozenset(
    ["method", "path", "headers", "result", "found", "not_found", "busy", "rows", "operation", "number"]
)


class Platform:
    """`Receives`. Where the platform does not know a repeated row (`idempotent = false`), every push is looked up first: a
    process that starts anew cannot know whether an earlier sending arrived."""

    def __init__(self, line: Line, options: Mapping[str, str]) -> None:
        self._line = line
        self._push, self._lookup = line.settings.inner("push"), line.settings.inner("lookup")
        self._push.only(KEYS)
        self._lookup.only(LOOKUP_KEYS)
        self._rows = PlatformRows(line.settings, line.documents, line.scope({}))
        self.idempotent = _idempotent(line, options)

    async def receive(self, push: Push) -> Taken:
        """Raises PeerUnreachable, PeerRefused."""
        rows = self._rows.of(push)
        if not rows:
            return Taken("", None, False)  # an empty list of materials: the platform takes no batch without a row
        guids = [row_guid(push.key, at) for at in range(len(rows))]
        if not self.idempotent:
            known = {guid: await self._look_up(push, guid) for guid in guids}
            missing = [(guid, row) for guid, row in zip(guids, rows, strict=True) if known[guid] is None]
            if not missing:
                return Taken(known[guids[0]] or "", None, True)
            guids, rows = [guid for guid, _ in missing], [row for _, row in missing]
        return await self._send(push, guids[0], rows)

    # --- rows ---------------------------------------------------------------------------------------------------------

    # --- calls --------------------------------------------------------------------------------------------------------

    async def _send(self, push: Push, guid: str, rows: list[Mapping[str, object]]) -> Taken:
        settings = Settings({**self._push.table, "body": {"rows": rows}}, self._push.where)
        tree = await self._call(settings, {"table": push.table, "request_id": guid})
        taken = receipt(self._push, meaning(self._push), tree)
        state = look(tree, steps(self._push.text("row_state", "")))
        return Taken(taken.department_no, taken.at, taken.again or str(state) in self._push.words("seen"))

    async def _look_up(self, push: Push, guid: str) -> str | None:
        """The platform's number of a row that it has, or None. Raises PeerUnreachable where that cannot be known."""
        scope = {"table": push.table, "row_guid": guid, "request_id": f"q-{guid}"}
        tree = await self._call(self._lookup, scope)
        reading = meaning(self._lookup)
        said = reading.of(tree) if reading else ""
        if said == "not_found":
            return None
        if said != "found":
            raise PeerUnreachable("The platform does not say whether it has the row; it is asked again.")
        found = look(tree, steps(self._lookup.text("rows")))
        rows = found if isinstance(found, list) else []
        name, value = self._lookup.text("operation").split("=")
        same = [row for row in rows if str(look(row, (name,))) == value]
        return str(look(same[0], steps(self._lookup.text("number"))) or "") if same else None

    async def _call(self, settings: Settings, scope: Mapping[str, object]) -> object:
        timeout = self._line.settings.number("handover_timeout_seconds", 15.0)
        sending = request(self._line, settings, scope, timeout)
        return await delivered(self._line, await sent(self._line, settings, sending), settings)


def _idempotent(line: Line, options: Mapping[str, str]) -> bool:
    said = options.get("idempotent")
    if said is None:
        return line.settings.flag("idempotent", False)
    if said not in ("true", "false"):
        raise Misconfigured(f"{line.department.code}: the option idempotent must be true or false.")
    return said == "true"
