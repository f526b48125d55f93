"""What the hub owes to what arrives: by when a department takes up what it gets, and the record of a bulk file before its rows answer. It connects nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from adapters.contract import Batch
from catalog.types import Site
from catalog.workdays import calendar_of
from hub.cases.deadlines import acceptance_due
from hub.cases.terms import rules_of
from hub.sharinglog import Provider, ReceivedBatch, SharingLog


def accept_by(site: Site) -> Callable[[datetime], datetime]:
    """By when a department accepts or refuses what it gets at a moment (000 二(三))."""
    rules, calendar = rules_of(site), calendar_of(site.calendar)

    def by(given: datetime) -> datetime:
        return acceptance_due(given, rules.acceptance_workdays, rules.count_first_day, rules.office_hours, calendar)

    return by


def record_batch(log: SharingLog, site: Site, batch: Batch) -> None:
    """A bulk file's record is durable before its rows may answer."""
    resource = site.resources[batch.resource]
    log.append(
        ReceivedBatch(
            provider=Provider(batch.department, batch.resource, resource.title),
            key=batch.file_sha256,
            content=bytes.fromhex(batch.file_sha256),
            rows=batch.rows,
            fields=(
                *(f.name for f in resource.fields),
                *(f"{li.name}.{f.name}" for li in resource.lists for f in li.fields),
            ),
            result="taken",
            reason=f"rejected rows: {batch.rejected}" if batch.rejected else None,
            size=batch.size,
        )
    )
