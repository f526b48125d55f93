"""What every bundle does first: is this person allowed here, and what does the log learn of the look. It shows nothing itself."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.errors import NotAllowed
from hub.identity.principal import TITLES, Principal, Role
from hub.sharinglog import CaseRef, Operator, SharingLog, Viewed
from hub.wiring.persons import basis_of

COVERED_FOR = timedelta(hours=1)
"""How long a recorded look at a page covers what fills on it."""
MOST_COVERED = 2000
"""So many looks are remembered, the oldest forgotten first: it would be recorded once more."""


def need(p: Principal, *roles: Role) -> None:
    """Raises NotAllowed unless the person has one of the roles."""
    if not p.roles & set(roles):
        wanted = "、".join(TITLES[r] for r in roles)
        raise NotAllowed(f"此页面需要“{wanted}”角色；请用相应账号登录，或请运维授权。", code="ROLE_MISSING")


def operator(p: Principal, app: str = "yijian") -> Operator:
    """The person as the sharing log knows them: organisation in clear, the person committed."""
    return Operator(p.organisation, app, p.subject, auth=p.issuer)


class Looks:
    """Writes `viewed` records; what is shown is shown after its record is durable."""

    def __init__(self, log: SharingLog) -> None:
        self._log = log
        self._covered: OrderedDict[tuple[str, str], tuple[datetime, frozenset[str]]] = OrderedDict()
        self._one = threading.Lock()

    def cover(self, p: Principal, case_id: str, subjects: Iterable[str], now: datetime) -> None:
        """This person's look at the whole case is in the log: what they see of it while the page is open is part of that look."""
        with self._one:
            self._covered.pop((p.subject, case_id), None)
            self._covered[p.subject, case_id] = now, frozenset(subjects)
            while len(self._covered) > MOST_COVERED or now - next(iter(self._covered.values()))[0] >= COVERED_FOR:
                self._covered.popitem(last=False)

    def covers(self, p: Principal, case_id: str, subjects: Iterable[str], now: datetime) -> bool:
        """Whether that look names these `subjects`: somebody whom an answer brought later is in no record yet.

        Known to this process alone: after a restart, or on another node, the look is recorded once more."""
        at, named = self._covered.get((p.subject, case_id), (None, frozenset()))
        return at is not None and now - at < COVERED_FOR and named.issuperset(subjects)

    def record(
        self,
        p: Principal,
        screen: str,
        action: str,
        *,
        fields: Iterable[str] = (),
        subjects: Iterable[str] = (),
        case: CaseRef | None = None,
        rows: int | None = None,
        query: str = "",
    ) -> None:
        """`subjects` are the identifiers of all whose facts are shown. Raises LogUnavailable: then nothing may be shown."""
        self._log.append(
            Viewed(
                who=operator(p),
                screen=screen,
                action=action,
                fields=tuple(sorted(fields)),
                subjects=tuple(subjects),
                case=case,
                basis=basis_of(screen, case),
                rows=rows,
                query=query or None,
            )
        )
        # From here it may be shown: its record is on disk.
