"""Number series without gaps inside one transaction: case numbers, notices, serials. It formats nothing."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from hub.store.database import Session
from hub.store.tables import number_series


def next_number(session: Session, region: str, series: str, period: str) -> int:
    """The next number of a series (1, 2, 3 …). Two transactions never get the same one; a rollback gives it back."""
    insert = (sqlite if session.dialect.name == "sqlite" else postgresql).insert(number_series)
    taken = session.execute(
        insert.values(region=region, series=series, period=period, next=2)
        .on_conflict_do_update(index_elements=["region", "series", "period"], set_={"next": number_series.c.next + 1})
        .returning(number_series.c.next)
    )
    return int(taken.scalar_one()) - 1


def numbers_given(session: Session, region: str, series: str, period: str) -> int:
    """How many numbers of this series were given; 0 where none was."""
    c = number_series.c
    found = session.execute(select(c.next).where(c.region == region, c.series == series, c.period == period)).scalar()
    return int(found) - 1 if found else 0


def skip(session: Session, region: str, series: str, period: str, by: int) -> None:
    """Leave out the next `by` numbers of this series: they may have been given, by a database that is lost."""
    insert = (sqlite if session.dialect.name == "sqlite" else postgresql).insert(number_series)
    session.execute(
        insert.values(region=region, series=series, period=period, next=1 + by).on_conflict_do_update(
            index_elements=["region", "series", "period"], set_={"next": number_series.c.next + by}
        )
    )


def series_of(session: Session, region: str) -> list[tuple[str, str]]:
    """Every series of a region that has begun, with its period."""
    found = select(number_series.c.series, number_series.c.period).where(number_series.c.region == region)
    return [(series, period) for series, period in session.execute(found)]
