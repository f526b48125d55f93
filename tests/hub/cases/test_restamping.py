"""A certificate's PDF is stamped again by the hub itself, in time, once, and not while the authority is away."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from certificates.errors import SigningFailed
from certificates.pdf.restamping import standing
from certificates.ports import Timestamper
from hub.registry import rows
from hub.registry.rows import Carrier, Wanted
from hub.store import files as file_rows
from hub.store.work import Claimed
from hub.wiring.restamping import Restamping
from tests.certificates.making import DAY, SIGNED_AT
from tests.certificates.pdf.making import STAMPS, YEAR, Clock, good
from tests.hub.cases.making import FOOD
from tests.hub.cases.world import World, answered

DUE = SIGNED_AT + 3 * YEAR - 30 * DAY


@pytest.fixture
def licence(world: World) -> str:
    """The id of a signed certificate with a PDF."""
    case_id = world.dispatched(chosen=(FOOD,))
    world.accept(case_id, FOOD)
    world.decide(case_id, FOOD)
    world.run("sign")
    [row], _ = world.hub.registry.search(world.officer("market-regulation"), Wanted(), 1)
    stored = world.hub.files.keep(good(), "application/pdf")
    with world.hub.database.write() as session:
        file_rows.note(session, stored, SIGNED_AT)
        rows.keep_files(session, row.id, [Carrier("pdf", stored.sha256, "application/pdf", "ES256")], SIGNED_AT)
    return str(row.id)


def looked(world: World, licence: str, now: datetime, stamper: Timestamper | None) -> bytes:
    """The PDF after the hub looked through its files."""
    hub = world.hub
    looking = Restamping(hub.database, hub.files, stamper, lambda: now, "411323")
    assert asyncio.run(answered(looking.look, Claimed(0, "", "", "", {}, 1))) is None
    with hub.database.read() as session:
        return hub.files.read(rows.files_of(session, licence)["pdf"].file)


def test_it_is_stamped_again_when_it_is_due_and_only_once(world: World, licence: str) -> None:
    assert looked(world, licence, DUE - 100 * DAY, Clock(DUE - 100 * DAY)) == good()
    made = looked(world, licence, DUE, Clock(DUE))
    assert made.startswith(good()) and standing(made).stamps == 1
    assert looked(world, licence, DUE, Clock(DUE)) == made


def test_while_the_authority_is_away_the_file_stays_as_it_is(world: World, licence: str) -> None:
    class Away:
        def stamp(self, digest: bytes) -> bytes:
            raise SigningFailed("timestamp-unreachable", "it is away")

    assert looked(world, licence, DUE, Away()) == good()
    assert looked(world, licence, DUE, None) == good()
    assert STAMPS.root and standing(looked(world, licence, DUE, Clock(DUE))).stamps == 1
