"""Sealed columns: what lies in the database is not readable, altered or foreign values do not open."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import LargeBinary, cast, select, type_coerce, update

from hub.errors import HubError
from hub.store.database import Database
from hub.store.sealing import KeyRing, Unsealable, blind_index
from hub.store.subjects import Subject, know, subject
from hub.store.tables import subjects

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
INDEX_KEY = b"i" * 32
ID_NUMBER = "411323199001019918"


def known(database: Database, name: str = "测试甲", region: str = "411323") -> Subject:
    with database.write() as session:
        return know(session, INDEX_KEY, region, "person", ID_NUMBER, name, NOW)


def test_a_sealed_value_opens_with_its_key_and_with_no_other() -> None:
    ours, other = KeyRing(), KeyRing()
    ours.use(b"a" * 32)
    other.use(b"b" * 32)
    sealed = ours.seal("秘密".encode())
    assert ours.open(sealed).decode() == "秘密"
    with pytest.raises(Unsealable, match="not loaded"):
        other.open(sealed)


def test_an_altered_sealed_value_does_not_open() -> None:
    ring = KeyRing()
    ring.use(b"a" * 32)
    sealed = ring.seal(b"x")
    with pytest.raises(Unsealable, match="altered"):
        ring.open(sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_after_a_change_of_key_old_values_still_open() -> None:
    ring = KeyRing()
    ring.use(b"a" * 32)
    old = ring.seal(b"x")
    ring.use(b"b" * 32)
    assert (ring.open(old), ring.open(ring.seal(b"y"))) == (b"x", b"y")


def test_nothing_is_sealed_without_a_key() -> None:
    with pytest.raises(HubError) as caught:
        KeyRing().seal(b"x")
    with pytest.raises(HubError):
        KeyRing().use(b"short")
    assert caught.value.code == "BAD_KEY"


def test_the_database_does_not_hold_the_clear_value(database: Database) -> None:
    known(database)
    with database.read() as session:
        row = session.execute(select(type_coerce(subjects.c.identifier, LargeBinary), subjects.c.blind_index)).one()
    assert ID_NUMBER.encode() not in bytes(row[0]) and ID_NUMBER not in row[1]


def test_the_same_person_is_one_row_per_region(database: Database) -> None:
    first, again = known(database), known(database)
    assert first == again
    assert known(database, region="411327").id != first.id


def test_a_name_that_comes_later_is_kept_and_never_overwritten(database: Database) -> None:
    assert known(database, name="").name == ""
    assert known(database, name="测试甲").name == "测试甲"
    assert known(database, name="演示乙").name == "测试甲"
    with database.read() as session:
        assert subject(session, known_id(database)).name == "测试甲"


def known_id(database: Database) -> str:
    with database.read() as session:
        return session.execute(select(subjects.c.id)).scalar_one()


def test_a_subject_does_not_show_who_it_is(database: Database) -> None:
    assert ID_NUMBER not in repr(known(database)) and "测试甲" not in repr(known(database))


def test_a_value_moved_by_hand_from_another_key_is_refused(database: Database) -> None:
    foreign = KeyRing()
    foreign.use(b"z" * 32)
    known(database)
    with database.write() as session:
        session.execute(update(subjects).values(identifier=cast(foreign.seal(b'"x"'), LargeBinary)))
    with pytest.raises(Unsealable), database.read() as session:
        session.execute(select(subjects.c.identifier)).all()


def test_a_blind_index_depends_on_key_and_on_the_borders_of_its_parts() -> None:
    assert blind_index(b"k", "ab", "c") != blind_index(b"k", "a", "bc")
    assert blind_index(b"k", "a") != blind_index(b"l", "a")
