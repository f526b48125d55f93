"""Leaves out the numbers that a lost hub may have given after its backup. It numbers nothing itself.

A case number that came twice would be taken by a department for a repetition: the second applicant would have no case there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta

from catalog.types import Site
from hub.cases.notices import MARKS
from hub.clock import local
from hub.errors import NotThere
from hub.settings import Settings
from hub.store import numbers
from hub.store.catalogs import Catalogs
from hub.store.database import Database

MARGIN = 1_000
"""Proposed: for what was numbered without a record, and for records that no head covered any more."""
COUNTERS = "progress:"
"""Series that count wrong tries and number nothing."""


def leave_out(database: Database, settings: Settings, made_at: datetime, now: datetime, gap: int) -> int:
    """Skip in each series at least as many numbers as records were lost; gives how many."""
    by, region = MARGIN + max(0, gap), settings.region
    begun_since: set[tuple[str, str]] = set()
    with suppress(NotThere):  # without a published catalog nothing was numbered
        site = Catalogs(database, settings.site, region).current()
        begun_since = set(_series(site, local(made_at).date(), local(now).date()))
    with database.write(quiet=True) as session:
        known = {
            (series, period) for series, period in numbers.series_of(session, region) if not series.startswith(COUNTERS)
        }
        for series, period in sorted(known | begun_since):
            numbers.skip(session, region, series, period, by)
    return by


def _series(site: Site, since: date, until: date) -> Iterator[tuple[str, str]]:
    """Every series in which the lost hub may have begun to number since."""
    for day in (since + timedelta(days=n) for n in range((until - since).days + 1)):
        yield "case", f"{day:%Y%m%d}"
    types = {item.result.certificate_type for item in site.items.values() if item.result.certificate_type}
    for year in range(since.year, until.year + 1):
        yield from ((f"notice:{kind}", str(year)) for kind in MARKS)
        yield from ((f"certificate:{type_code}", str(year)) for type_code in types)
    yield from ((f"inbox:{code}", "all") for code in site.departments)
