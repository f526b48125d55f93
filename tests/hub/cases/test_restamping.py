"""A certificate's PDF is stamped again by the hub itself, in time, once, and not while the authority is away."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import pytest
from sqlalchemy import delete

from certificates.errors import TimestamperAway
from certificates.ofd.stamping import stamped_until
from certificates.pdf.restamping import standing
from certificates.pdf.signing import sign
from certificates.ports import Timestamper
from hub.registry import rows, stamps
from hub.registry.rows import Carrier, Wanted
from hub.registry.stamps import Waiting
from hub.store import files as file_rows
from hub.store.files import Files
from hub.store.tables import certificate_files
from hub.store.work import Claimed
from hub.wiring.doctor import stamping
from hub.wiring.making import Making
from hub.wiring.restamping import Restamping
from tests.certificates.broken.appended import metadata, updated
from tests.certificates.making import DAY, SIGNED_AT
from tests.certificates.ofd.making import FACES
from tests.certificates.ofd.making import good as sealed
from tests.certificates.pdf.making import YEAR, Clock, drawn, good, plan
from tests.hub.cases.making import FOOD
from tests.hub.cases.world import World, answered


@cache
def bare() -> bytes:
    """Signed while no authority answered."""
    return sign(drawn(), plan(timestamper=None))


DUE = SIGNED_AT + YEAR - 30 * DAY


@pytest.fixture
def licence(world: World) -> str:
    """The id of a signed certificate with a PDF that an authority stamped, and an OFD that none did."""
    return kept(world, Carrier("pdf", "", "application/pdf", "ES256", SIGNED_AT + YEAR), good())


def kept(world: World, carrier: Carrier, body: bytes, at: datetime = SIGNED_AT) -> str:
    case_id = world.dispatched(chosen=(FOOD,))
    world.accept(case_id, FOOD)
    world.decide(case_id, FOOD)
    world.run("sign")
    [row], _ = world.hub.registry.search(world.officer("market-regulation"), Wanted(), 1)
    stored = world.hub.files.keep(body, carrier.media_type)
    with world.hub.database.write() as session:
        # What the world's own signing made is of its own time, and never due here.
        session.execute(delete(certificate_files).where(certificate_files.c.kind.in_(("pdf", "ofd"))))
        file_rows.note(session, stored, at)
        rows.keep_files(session, row.id, [replace(carrier, file=stored.sha256)], at)
    return str(row.id)


def round_of(world: World, now: datetime, stamper: Timestamper | None) -> Restamping:
    making = Making(world.hub.files, world.hub.signer, FACES, b"s" * 32, "", stamper)
    return Restamping(world.hub.database, making, lambda: now, "411323")


def looked(world: World, licence: str, now: datetime, stamper: Timestamper | None, kind: str = "pdf") -> bytes:
    """The file after the hub's round."""
    hub = world.hub
    looking = round_of(world, now, stamper)
    assert asyncio.run(answered(looking.look, Claimed(0, "", "", "", {}, 1))) is None
    with hub.database.read() as session:
        return hub.files.read(rows.files_of(session, licence)[kind].file)


def state(world: World, now: datetime) -> Waiting:
    with world.hub.database.read() as session:
        return stamps.waiting(session, now)


class Away:
    """No authority answers; counts how often it was asked."""

    asked = 0

    def stamp(self, digest: bytes) -> bytes:
        self.asked += 1
        raise TimestamperAway("timestamp-unreachable", "it is away")


def test_it_is_stamped_again_when_it_is_due_and_only_once(world: World, licence: str) -> None:
    assert looked(world, licence, DUE - 100 * DAY, Clock(DUE - 100 * DAY)) == good()
    made = looked(world, licence, DUE, Clock(DUE))
    assert made.startswith(good()) and standing(made).stamps == 1
    assert looked(world, licence, DUE, Clock(DUE)) == made


def test_a_round_reads_no_file_that_is_not_due(world: World, licence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unread(self: Files, name: str) -> bytes:
        raise AssertionError("a file that is not due was read")

    monkeypatch.setattr(Files, "read", unread)
    looking = round_of(world, DUE - 100 * DAY, Clock(DUE))
    assert asyncio.run(answered(looking.look, Claimed(0, "", "", "", {}, 1))) is None


def test_a_dead_timestamp_authority_needs_no_person_the_stamp_follows_once_it_is_back(world: World) -> None:
    licence = kept(world, Carrier("pdf", "", "application/pdf", "ES256"), bare(), SIGNED_AT)
    away, now = Away(), SIGNED_AT
    for tries in range(1, 6):
        assert looked(world, licence, now, away) == bare()
        waiting = state(world, now)
        assert (waiting.files, waiting.tries, waiting.fault) == (1, tries, "timestamp-unreachable")
        assert waiting.next_at == now + timedelta(minutes=min(2 ** (tries - 1), 10))
        looked(world, licence, now + timedelta(seconds=59), away)  # everybody pauses
        assert away.asked == tries
        now = waiting.next_at
    made = looked(world, licence, now, Clock(now))
    assert standing(made).until == SIGNED_AT + YEAR and state(world, now) == Waiting()


def test_an_ofd_gets_its_stamp_later_too(world: World) -> None:
    first = sealed()
    licence = kept(world, Carrier("ofd", "", "application/ofd", "SM2_SM3"), first)
    made = looked(world, licence, SIGNED_AT + DAY, Clock(SIGNED_AT + DAY), "ofd")
    assert stamped_until(first) is None and stamped_until(made) == SIGNED_AT + 3 * YEAR
    assert looked(world, licence, SIGNED_AT + 2 * YEAR, Away(), "ofd") == made


def test_a_damaged_file_holds_up_no_other_and_is_told(world: World) -> None:
    licence = kept(world, Carrier("pdf", "", "application/pdf", "ES256"), b"%PDF-1.7 damaged")
    assert looked(world, licence, SIGNED_AT, Clock(SIGNED_AT)) == b"%PDF-1.7 damaged"
    waiting = state(world, SIGNED_AT)
    assert (waiting.files, waiting.tries, waiting.unstampable) == (0, 0, 1)
    first, second = stamping.told(waiting)
    assert "could not be stamped" in first.sentence and waiting.aside[0].identifier in second.sentence


def test_a_manipulated_file_gets_no_new_timestamp_and_the_operator_reads_whose_it_is(world: World) -> None:
    forged = updated(good(), metadata)  # the signature and its digest still hold; only the verifier's `updates` says no
    licence = kept(world, Carrier("pdf", "", "application/pdf", "ES256", SIGNED_AT + YEAR), forged)
    assert looked(world, licence, DUE, Clock(DUE)) == forged
    told = list(stamping.told(state(world, DUE)))[-1]
    with world.hub.database.read() as session:
        identifier = rows.entry(session, "411323", licence).identifier
    assert told.state.value == "mend" and identifier in told.sentence and "stamp-changed" in told.sentence
    assert "restore" in told.command


def test_what_others_issued_is_never_stamped(world: World) -> None:
    licence = kept(world, Carrier("pdf", "", "application/pdf", ""), bare())
    assert looked(world, licence, SIGNED_AT + 5 * YEAR, Away()) == bare()


def test_without_an_authority_nothing_is_looked_at(world: World, licence: str) -> None:
    assert looked(world, licence, DUE, None) == good()


def test_the_doctor_says_what_waits_and_that_nobody_need_retry() -> None:
    (found,) = stamping.told(Waiting(3, SIGNED_AT, 2, "timestamp-unreachable", SIGNED_AT + DAY))
    assert "3 files" in found.sentence and "nobody need retry" in found.sentence and found.state.value == "look"
