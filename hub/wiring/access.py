"""What every bundle does first: is this person allowed here, and what does the log learn of the look. It shows nothing itself."""

from __future__ import annotations

from collections.abc import Iterable

from hub.errors import NotAllowed
from hub.identity.principal import TITLES, Principal, Role
from hub.sharinglog import CaseRef, Operator, SharingLog, Viewed


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

    def record(
        self,
        p: Principal,
        screen: str,
        action: str,
        *,
        fields: Iterable[str] = (),
        subject: str = "",
        case: CaseRef | None = None,
        rows: int | None = None,
        query: str = "",
    ) -> None:
        """Raises LogUnavailable: then nothing may be shown."""
        self._log.append(
            Viewed(
                who=operator(p),
                screen=screen,
                action=action,
                fields=tuple(sorted(fields)),
                subject=subject or None,
                case=case,
                rows=rows,
                query=query or None,
            )
        )
        # From here it may be shown: its record is on disk.
