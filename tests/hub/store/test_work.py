"""The durable queue, on both engines: order, streams, leases. It runs no handler."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from hub.errors import NotThere
from hub.store import work
from hub.store.database import Database
from hub.store.tables import work as rows
from hub.store.work import Claimed, Task
from tests.support.postgres import Postgres

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LEASE = timedelta(seconds=30)


def put(database: Database, *tasks: Task) -> None:
    with database.write() as session:
        assert all([work.put(session, task, NOW) for task in tasks])


def claim(database: Database, owner: str = "a", limit: int = 10, kinds: Sequence[str] | None = None) -> list[Claimed]:
    return work.claim(database, owner, limit, LEASE, kinds)


def keys(claimed: list[Claimed]) -> list[str]:
    return [c.key for c in claimed]


def let_leases_run_out(database: Database) -> None:
    with database.write() as session:
        session.execute(update(rows).where(rows.c.lease_until.is_not(None)).values(lease_until=NOW))


def test_the_same_key_is_put_once(database: Database) -> None:
    put(database, Task("push", "k1"))
    with database.write() as session:
        assert not work.put(session, Task("push", "k1", {"other": "args"}), NOW)
    assert keys(claim(database)) == ["k1"]


def test_work_of_a_transaction_that_failed_is_not_there(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        work.put(session, Task("push", "k1"), NOW)
        raise RuntimeError("the step failed")
    assert claim(database) == []


def test_the_work_that_is_due_first_is_claimed_first(database: Database) -> None:
    put(database, Task("t", "second"), Task("t", "first", after=-timedelta(hours=1)))
    assert [keys(claim(database, limit=1)) for _ in range(2)] == [["first"], ["second"]]


def test_work_of_the_future_is_not_claimed(database: Database) -> None:
    put(database, Task("deadline", "k", after=timedelta(hours=1)))
    assert claim(database) == []


def test_a_worker_may_ask_for_some_kinds_only(database: Database) -> None:
    put(database, Task("push", "p"), Task("query", "q"))
    assert keys(claim(database, kinds=["query"])) == ["q"]


def test_a_stream_gives_its_work_one_after_the_other(database: Database) -> None:
    put(database, Task("push", "1", stream="s"), Task("push", "2", stream="s"), Task("push", "other", stream="r"))
    assert keys(claim(database)) == ["1", "other"]
    assert claim(database, "b") == []


def test_the_next_of_a_stream_follows_when_the_first_is_done(database: Database) -> None:
    put(database, Task("push", "1", stream="s"), Task("push", "2", stream="s"))
    [first] = claim(database)
    with database.write() as session:
        assert work.finish(session, first, "a", NOW)
    assert keys(claim(database)) == ["2"]


def test_a_dead_piece_of_work_stops_its_stream_until_it_is_skipped(database: Database) -> None:
    put(database, Task("push", "1", stream="s"), Task("push", "2", stream="s"))
    [first] = claim(database)
    with database.write() as session:
        assert work.bury(session, first, "a", NOW, "the platform refused it")
    assert claim(database) == []
    with database.write() as session:
        work.skip(session, first.id, NOW, "told by telephone")
    assert keys(claim(database)) == ["2"]


def test_a_dead_piece_of_work_runs_again_when_a_person_retries_it(database: Database) -> None:
    put(database, Task("push", "1", stream="s"))
    [first] = claim(database)
    with database.write() as session:
        work.bury(session, first, "a", NOW, "refused")
        work.retry(session, first.id, NOW)
    [again] = claim(database)
    assert (again.key, again.tries) == ("1", 1)


def test_only_a_dead_piece_of_work_can_be_retried_or_skipped(database: Database) -> None:
    put(database, Task("push", "1"))
    [first] = claim(database)
    with pytest.raises(NotThere), database.write() as session:
        work.retry(session, first.id, NOW)
    with pytest.raises(NotThere), database.write() as session:
        work.skip(session, first.id, NOW, "x")


def test_work_put_off_comes_back_at_its_time(database: Database) -> None:
    put(database, Task("push", "1"))
    [first] = claim(database)
    with database.write() as session:
        assert work.put_off(session, first, "a", NOW, "busy")
    [again] = claim(database, "b")
    assert again.tries == 2


def test_a_worker_whose_lease_was_lost_writes_nothing(database: Database) -> None:
    put(database, Task("push", "1"))
    [mine] = claim(database, "a")
    let_leases_run_out(database)
    [theirs] = claim(database, "b")
    with database.write() as session:
        assert not work.finish(session, mine, "a", NOW)
        assert not work.put_off(session, mine, "a", NOW, "x")
        assert not work.bury(session, mine, "a", NOW, "x")
        assert work.finish(session, theirs, "b", NOW)


def test_the_same_worker_after_a_lost_lease_is_another_claim(database: Database) -> None:
    put(database, Task("push", "1"))
    [before] = claim(database)
    let_leases_run_out(database)
    claim(database)
    with database.write() as session:
        assert not work.finish(session, before, "a", NOW)


def test_an_extended_lease_is_kept(database: Database) -> None:
    put(database, Task("push", "1"))
    [mine] = claim(database)
    let_leases_run_out(database)
    work.extend(database, "a", [mine.id], LEASE)
    assert claim(database, "b") == []


def test_a_deadline_that_no_longer_matters_is_cancelled(database: Database) -> None:
    put(database, Task("deadline", "d"))
    with database.write() as session:
        assert work.cancel(session, "d", NOW)
        assert not work.cancel(session, "d", NOW)
    assert claim(database) == []


def test_work_that_is_running_is_not_cancelled(database: Database) -> None:
    put(database, Task("deadline", "d"))
    claim(database)
    with database.write() as session:
        assert not work.cancel(session, "d", NOW)


def test_workers_never_share_a_piece_of_work(database: Database) -> None:
    put(database, *(Task("push", str(n)) for n in range(60)))

    def drain(owner: str) -> list[str]:
        taken: list[str] = []
        while some := claim(database, owner, limit=7):
            taken += keys(some)
        return taken

    with ThreadPoolExecutor(4) as threads:
        taken = [key for keys in threads.map(drain, "abcd") for key in keys]
    assert sorted(taken) == sorted(map(str, range(60)))


def test_work_that_another_transaction_holds_is_passed_over(postgres: Postgres, migrated_template: str) -> None:
    with postgres.fresh(migrated_template) as url:  # SQLite has one writer at a time: there is nobody to pass over
        database = Database(url)
        put(database, Task("push", "held"), Task("push", "free"))
        with database.engine.connect() as other:
            other.execute(text("SELECT id FROM work WHERE key = 'held' FOR UPDATE"))
            assert keys(claim(database)) == ["free"]
        database.close()


def test_the_operator_sees_what_waits_runs_and_stands_still(database: Database) -> None:
    put(database, Task("push", "1"), Task("push", "2"), Task("push", "3"))
    first, second = claim(database, limit=2)
    with database.write() as session:
        work.bury(session, first, "a", NOW, "refused")
    with database.read() as session:
        state = work.state_of(session)
        total = session.execute(select(func.count()).select_from(rows)).scalar_one()
        now = database.now(session)
    assert (state.ready, state.leased, state.dead, total) == (2, 1, 1, 3)
    assert state.oldest_ready is not None and timedelta() <= now - state.oldest_ready < timedelta(minutes=1)
    assert second.key == "2"


@pytest.mark.parametrize("hours", [-1, 1])
def test_work_put_by_a_node_whose_clock_is_an_hour_off_is_due_at_once_and_in_its_turn(
    database: Database, hours: int
) -> None:
    put(database, Task("t", "before"))
    with database.write() as session:
        work.put(session, Task("t", "skewed"), datetime.now(UTC) + timedelta(hours=hours))
    put(database, Task("t", "after"))
    assert keys(claim(database)) == ["before", "skewed", "after"]


def test_what_a_worker_gives_back_is_anybodys_at_once(database: Database) -> None:
    put(database, Task("push", "1"))
    [mine] = claim(database, "a")
    work.give_back(database, "b", [mine.id])
    assert claim(database, "b") == []
    work.give_back(database, "a", [mine.id])
    assert keys(claim(database, "b")) == ["1"]


def test_a_worker_does_not_take_what_it_is_still_at_although_its_lease_ran_out(database: Database) -> None:
    put(database, Task("push", "1"), Task("push", "2"))
    [mine] = claim(database, "a", limit=1)
    let_leases_run_out(database)
    assert keys(work.claim(database, "a", 10, LEASE, None, [mine.id])) == ["2"]
