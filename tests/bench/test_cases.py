"""The bench of whole cases and growing lists: its rows are such as the hub reads, and its answers such as a form takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub.identity.principal import Principal
from hub.registry import rows as registry
from hub.settings import Settings
from hub.store.database import Database
from hub.store.tables import cases, item_cases
from hub.wiring.build import Hub, build


@pytest.fixture
def counter(engine_url: str, tmp_path: Path) -> Iterator[tuple[Hub, Principal, bytes]]:
    from cases import _clerk
    from hubs import Departments, prepare

    settings = Settings(folder=tmp_path / "node", database_url=engine_url, worker=False)
    prepare(settings, Departments({}, {}))
    with closing(build(settings, adapters={})) as hub:
        yield hub, *_clerk(hub)


def test_a_clerk_finds_the_written_cases_by_number_and_by_person(counter: tuple[Hub, Principal, bytes]) -> None:
    import rows
    from cases import _looks

    hub, clerk, index_key = counter
    given = {"region": "411323", "digest": hub.catalogs.current_digest(), "handler": clerk.subject}
    rows.grow(hub.database, 0, 40, given)
    rows.grow(hub.database, 40, 700, given)
    assert _size(hub.database) == (700, 2100)
    known = {400: "91411323MA9YG00033"}
    rows.identify(hub.database, index_key, "411323", known)
    took = _looks(hub, clerk, known, "411323")
    assert {len(one) for one in took.values()} == {1} and len(took) == 5


def test_departments_of_the_bench_answer_every_field_of_the_dictionary() -> None:
    from town import _example

    from tests.hub.cases.making import SITE

    assert all(_example(definition) for definition in SITE.dictionary.values())


def _size(database: Database) -> tuple[int, ...]:
    with database.read() as session:
        return tuple(session.execute(select(func.count()).select_from(t)).scalar_one() for t in (cases, item_cases))


def test_the_registry_finds_the_written_certificates_by_their_holder(database: Database) -> None:
    import registered
    import rows

    rows.grow(database, 0, 40, {"region": "411323"}, registered.STATEMENTS)
    rows.identify(database, b"k" * 32, "411323", {7: "91411323MA9YG00033"})
    with database.read() as session:
        found = registry.of_holder(session, "411323", b"k" * 32, "91411323MA9YG00033")
    assert {one.type_code for one in found} == set(registered.TYPES) and len(found) == 2
