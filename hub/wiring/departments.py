"""The page of departments: how each stands and has answered, and its check at the word of a person, recorded. It asks nobody about anybody."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.connect import Connected
from hub.clock import Clock
from hub.identity.principal import Principal, Role
from hub.settings import Settings
from hub.sharinglog import SharingLog
from hub.store.catalogs import Catalogs, versions
from hub.store.database import Database
from hub.wiring import standing
from hub.wiring.access import need
from hub.wiring.department_checks import DepartmentChecks
from hub.wiring.department_figures import of_last_day
from hub.wiring.department_views import ConnectedRow, Following
from hub.wiring.switchboard import Switchboard

MAY = (Role.OPERATOR, Role.CATALOG_MANAGER)


class DepartmentsBundle:
    def __init__(
        self,
        database: Database,
        log: SharingLog,
        catalogs: Catalogs,
        adapters: Mapping[str, Connected],
        settings: Settings,
        clock: Clock,
        board: Switchboard | None = None,
    ) -> None:
        self._board = board
        self._database, self._log, self._catalogs = database, log, catalogs
        self._adapters, self._settings, self._clock = adapters, settings, clock
        self._checks = DepartmentChecks(database, log, catalogs, adapters, settings, clock)

    def overview(self, p: Principal) -> tuple[ConnectedRow, ...]:
        """Every department of the published catalog, those that are down first."""
        need(p, *MAY)
        site, now = self._catalogs.current(), self._clock()
        with self._database.read() as session:
            stand = standing.departments(session, site, self._adapters, now)
            checked = self._checks.last(session)
        older = self._board.now.older if self._board is not None else {}
        rows = [
            ConnectedRow(code, row, of_last_day(self._log, site, code, now), checked.get(code), older.get(code, ""))
            for code, row in zip(site.departments, stand, strict=True)
        ]
        return tuple(sorted(rows, key=lambda row: ("down", "slow", "unknown", "up", "draft").index(row.standing.state)))

    def following(self, p: Principal) -> Following:
        """Whether this process reaches departments as they are published."""
        need(p, *MAY)
        with self._database.read() as session:
            current = next((one for one in versions(session, self._settings.region) if one.current), None)
        if self._board is None or current is None:
            return Following(None, None)
        board = self._board.now
        return Following(current.in_force_since, board.since if board.digest == current.digest else None, board.unread)

    async def check(self, p: Principal, code: str) -> None:
        """Look at one department now. The act is in the log before, what was found is kept. Raises NotThere."""
        need(p, *MAY)
        await self._checks.one(code, p)

    async def check_all(self, p: Principal) -> None:
        """Look at every department now, each as above; one that cannot be looked at stops no other."""
        need(p, *MAY)
        await self._checks.all(p)
