"""The worker: what becomes of work whose handler fails, of leases, of streams, of ticks; and that it stops without losing anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, text, update

from hub.errors import NotNow
from hub.jobs import (
    BUG_TRIES,
    OTHER_TRIES,
    OUTAGE_TRIES,
    WAITING_SHARE,
    Commit,
    Handler,
    Runner,
    Tick,
    most_tries,
    pause_after,
)
from hub.moments import Moment, sending
from hub.store import work
from hub.store.database import Database, Session, StoreUnavailable, writing
from hub.store.tables import number_series
from hub.store.tables import work as rows
from hub.store.work import Claimed, GiveUp, Task, TryLater

NOW = datetime(2025, 6, 3, 2, 0, tzinfo=UTC)


def utc_now() -> datetime:
    return datetime.now(UTC)


def put(database: Database, *tasks: Task) -> None:
    with database.write() as session:
        for task in tasks:
            work.put(session, task, NOW)


def state(database: Database, key: str) -> str:
    with database.read() as session:
        return str(session.execute(select(rows.c.state).where(rows.c.key == key)).scalar_one())


def effect(number: int) -> Commit:
    """Something that a handler's commit leaves behind."""

    def commit(session: Session, now: datetime) -> None:
        session.execute(number_series.insert().values(region="r", series="effect", period=str(number), next=1))

    return commit


def effects(database: Database) -> int:
    with database.read() as session:
        return len(session.execute(select(number_series).where(number_series.c.series == "effect")).all())


def runner(database: Database, handlers: Mapping[str, Handler], *, node: str = "a", **more: object) -> Runner:
    return Runner(database, handlers, (), node, utc_now, **more)  # type: ignore[arg-type]


async def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    for _ in range(int(seconds / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came true")


def running(*workers: Runner, while_: Callable[[], Awaitable[None]], grace: float = 60.0) -> None:
    """Run the workers while `while_` waits, then stop them."""

    async def run() -> None:
        stop = asyncio.Event()
        tasks = [asyncio.create_task(one.run(stop, grace)) for one in workers]
        try:
            await while_()
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    asyncio.run(run())


def test_work_and_what_it_writes_end_together(database: Database) -> None:
    put(database, Task("x", "x:1"))

    async def handler(task: Claimed) -> Commit | None:
        return effect(1)

    running(runner(database, {"x": handler}), while_=lambda: until(lambda: state(database, "x:1") == "done"))
    assert effects(database) == 1


def failing(error: Exception) -> Handler:
    async def handler(task: Claimed) -> Commit | None:
        raise error

    return handler


def tried(database: Database, key: str) -> int:
    with database.read() as session:
        return int(session.execute(select(rows.c.tries).where(rows.c.key == key)).scalar_one())


@pytest.mark.parametrize("error", [TryLater("down"), StoreUnavailable("locked"), NotNow("changed")])
def test_what_failed_comes_again_later(database: Database, error: Exception) -> None:
    put(database, Task("x", "x:1"))
    one = runner(database, {"x": failing(error)})
    running(one, while_=lambda: until(lambda: tried(database, "x:1") >= 2))
    assert state(database, "x:1") == "ready"


def test_what_was_given_up_waits_for_a_person(database: Database) -> None:
    put(database, Task("x", "x:1"))
    running(
        runner(database, {"x": failing(GiveUp("no"))}), while_=lambda: until(lambda: state(database, "x:1") == "dead")
    )
    assert tried(database, "x:1") == 1


def test_a_bug_is_tried_again_and_then_waits_for_a_person_without_its_text(database: Database) -> None:
    put(database, Task("x", "x:1"))
    with database.write() as session:
        session.execute(update(rows).values(failures=BUG_TRIES - 1))
    bug = failing(KeyError("411323199001019918"))
    running(runner(database, {"x": bug}), while_=lambda: until(lambda: state(database, "x:1") == "dead"))
    with database.read() as session:
        assert session.execute(select(rows.c.last_error)).scalar_one() == "BUG: KeyError"


def test_workers_that_died_make_no_pause_longer_and_bury_nothing(database: Database) -> None:
    """Many crashes, then one failure: it comes again after a second, not after minutes."""
    put(database, Task("x", "x:1"))
    with database.write() as session:
        session.execute(update(rows).values(tries=BUG_TRIES + OTHER_TRIES))
    one = runner(database, {"x": failing(NotNow("changed"))})
    running(one, while_=lambda: until(lambda: tried(database, "x:1") >= BUG_TRIES + OTHER_TRIES + 2))
    assert state(database, "x:1") == "ready"


def test_a_bug_stops_nobody_else(database: Database) -> None:
    put(database, Task("bad", "bad:1"), Task("x", "x:1"))

    async def handler(task: Claimed) -> Commit | None:
        return effect(1)

    handlers = {"bad": failing(ZeroDivisionError()), "x": handler}
    running(runner(database, handlers), while_=lambda: until(lambda: state(database, "x:1") == "done"))


def test_an_outage_is_borne_for_days_and_other_errors_are_not() -> None:
    assert most_tries(GiveUp("x")) == 1 and most_tries(NotNow("x")) == OTHER_TRIES
    assert most_tries(TryLater("x")) == OUTAGE_TRIES == most_tries(StoreUnavailable("x"))
    borne = sum((pause_after(n) for n in range(1, OUTAGE_TRIES)), timedelta())
    assert borne > timedelta(days=2)


def test_pauses_grow_and_have_an_end() -> None:
    pauses = [pause_after(n) for n in (1, 2, 3, 10, 400)]
    assert pauses == [timedelta(seconds=s) for s in (1, 2, 4, 512, 600)]


def test_an_error_in_the_commit_writes_nothing_and_comes_again(database: Database) -> None:
    put(database, Task("x", "x:1"))

    async def handler(task: Claimed) -> Commit | None:
        def commit(session: Session, now: datetime) -> None:
            effect(task.tries)(session, now)
            if task.tries == 1:
                raise NotNow("the case changed")

        return commit

    running(runner(database, {"x": handler}), while_=lambda: until(lambda: state(database, "x:1") == "done"))
    assert effects(database) == 1 and tried(database, "x:1") == 2


def test_a_worker_that_lost_its_lease_writes_nothing(database: Database) -> None:
    put(database, Task("x", "x:1"))

    async def handler(task: Claimed) -> Commit | None:
        with database.write() as session:  # another node claims it meanwhile
            session.execute(update(rows).values(owner="b", tries=rows.c.tries + 1))
        return effect(1)

    async def a_while() -> None:
        await until(lambda: tried(database, "x:1") == 2)
        await asyncio.sleep(0.3)

    running(runner(database, {"x": handler}), while_=a_while)
    assert (state(database, "x:1"), effects(database)) == ("ready", 0)


def test_a_lease_is_kept_while_the_work_takes_long(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's clock goes on by half a lease each time that the lease was kept: however slow the machine is, a lease that is
    kept does not run out, and the work takes longer than one."""
    put(database, Task("x", "x:1"))
    begun: list[str] = []
    lease, moment = timedelta(seconds=0.3), [utc_now() + timedelta(minutes=1)]
    monkeypatch.setattr(database, "now", lambda _: moment[0])

    def kept() -> bool:
        with database.read() as session:
            return bool(session.execute(select(rows.c.lease_until == moment[0] + lease)).scalar_one())

    async def handler(task: Claimed) -> Commit | None:
        begun.append(task.key)
        for _ in range(4):
            moment[0] += lease / 2
            await until(kept)
        return effect(len(begun))

    two = [runner(database, {"x": handler}, node=node, lease=lease) for node in "ab"]
    running(*two, while_=lambda: until(lambda: state(database, "x:1") == "done"))
    assert begun == ["x:1"] and effects(database) == 1


def test_a_worker_whose_lease_ran_out_does_not_begin_the_same_work_beside_itself(database: Database) -> None:
    put(database, Task("x", "x:1"))
    begun = 0

    async def slow(task: Claimed) -> Commit | None:
        nonlocal begun
        begun += 1
        with database.write() as session:  # as on a machine that was too busy to keep it
            session.execute(update(rows).values(lease_until=NOW))
        await asyncio.sleep(1.0)
        return effect(begun)

    running(runner(database, {"x": slow}), while_=lambda: until(lambda: state(database, "x:1") == "done"))
    assert (begun, effects(database)) == (1, 1)


def test_what_a_dead_worker_held_another_one_does(database: Database) -> None:
    put(database, Task("x", "x:1"))
    work.claim(database, "dead", 1, timedelta(seconds=0.3))

    async def handler(task: Claimed) -> Commit | None:
        return effect(task.tries)

    running(runner(database, {"x": handler}), while_=lambda: until(lambda: state(database, "x:1") == "done"))
    assert tried(database, "x:1") == 2 and effects(database) == 1


def test_stopping_lets_work_in_flight_end(database: Database) -> None:
    put(database, Task("x", "x:1"))
    begun = asyncio.Event()

    async def handler(task: Claimed) -> Commit | None:
        begun.set()
        await asyncio.sleep(0.3)
        return effect(1)

    async def till_begun() -> None:
        await begun.wait()

    running(runner(database, {"x": handler}), while_=till_begun)
    assert state(database, "x:1") == "done" and effects(database) == 1


def test_stopping_does_not_wait_for_ever_and_leaves_the_rest_to_others(database: Database) -> None:
    put(database, Task("x", "x:1"))
    begun = asyncio.Event()

    async def handler(task: Claimed) -> Commit | None:
        begun.set()
        await asyncio.sleep(60)
        return effect(1)

    async def till_begun() -> None:
        await begun.wait()

    running(runner(database, {"x": handler}), while_=till_begun, grace=0.1)
    assert state(database, "x:1") == "ready" and effects(database) == 0
    assert [task.key for task in work.claim(database, "b", 9, timedelta(seconds=30))] == ["x:1"], (
        "nobody waits for its lease"
    )


def test_after_stopping_nothing_new_is_claimed(database: Database) -> None:
    running(runner(database, {"x": failing(ZeroDivisionError())}), while_=lambda: asyncio.sleep(0.1))
    put(database, Task("x", "x:1"))
    assert tried(database, "x:1") == 0


def test_writing_after_the_worker_ended_disturbs_nobody(database: Database) -> None:
    running(runner(database, {}), while_=lambda: asyncio.sleep(0.05))
    put(database, Task("x", "x:1"))  # the worker's loop, which would be woken, is closed


# --- streams --------------------------------------------------------------------------------------------------------------


def stream(database: Database, *keys: str) -> None:
    put(database, *(Task("x", key, stream="s") for key in keys))


def test_a_stream_keeps_its_order_although_its_head_fails_at_first(database: Database) -> None:
    stream(database, "x:1", "x:2", "x:3")
    order: list[str] = []

    async def handler(task: Claimed) -> Commit | None:
        order.append(task.key)
        if task.key == "x:1" and task.tries == 1:
            raise TryLater("down")
        return None

    running(runner(database, {"x": handler}), while_=lambda: until(lambda: state(database, "x:3") == "done"))
    assert order == ["x:1", "x:1", "x:2", "x:3"]


def test_a_dead_head_stops_its_stream_and_no_other(database: Database) -> None:
    stream(database, "x:1", "x:2")
    put(database, Task("x", "y:1", stream="t"))

    async def handler(task: Claimed) -> Commit | None:
        if task.key == "x:1":
            raise GiveUp("no")
        return None

    async def a_while() -> None:
        await until(lambda: state(database, "y:1") == "done" and state(database, "x:1") == "dead")
        await asyncio.sleep(0.5)

    running(runner(database, {"x": handler}), while_=a_while)
    assert tried(database, "x:2") == 0


@pytest.mark.parametrize("how", ["retry", "skip"])
def test_a_person_sets_a_stopped_stream_going(database: Database, how: str) -> None:
    stream(database, "x:1", "x:2")
    with database.write() as session:
        session.execute(update(rows).where(rows.c.key == "x:1").values(state="dead"))
        head = session.execute(select(rows.c.id).where(rows.c.key == "x:1")).scalar_one()
        work.retry(session, head, NOW) if how == "retry" else work.skip(session, head, NOW, "told by telephone")

    async def handler(task: Claimed) -> Commit | None:
        return None

    running(runner(database, {"x": handler}), while_=lambda: until(lambda: state(database, "x:2") == "done"))
    assert state(database, "x:1") == ("done" if how == "retry" else "skipped")


# --- ticks ----------------------------------------------------------------------------------------------------------------


def ticking(database: Database, handler: Handler, node: str) -> Runner:
    return Runner(database, {"sweep": handler}, (Tick("sweep", 10**9),), node, utc_now)


def test_two_workers_tick_once(database: Database) -> None:
    swept: list[str] = []

    async def handler(task: Claimed) -> Commit | None:
        swept.append(task.key)
        return None

    async def a_while() -> None:
        await until(lambda: len(swept) >= 1)
        await asyncio.sleep(0.5)

    running(*(ticking(database, handler, node) for node in "ab"), while_=a_while)
    assert len(swept) == 1 and swept[0].startswith("tick:sweep:")


def test_a_tick_that_fails_is_let_go_since_the_next_one_comes(database: Database) -> None:
    def let_go() -> bool:
        with database.read() as session:
            return session.execute(select(rows.c.state)).scalars().all() == ["skipped"]

    running(ticking(database, failing(ZeroDivisionError()), "a"), while_=lambda: until(let_go))
    with database.read() as session:
        assert work.state_of(session).dead == 0


@pytest.mark.parametrize("hours", [-1, 1])
def test_ticks_come_although_the_nodes_clock_is_an_hour_off(database: Database, hours: int) -> None:
    swept: list[str] = []

    async def handler(task: Claimed) -> Commit | None:
        swept.append(task.key)
        return None

    clock, ticks = lambda: utc_now() + timedelta(hours=hours), (Tick("sweep", 1),)  # noqa: E731
    running(Runner(database, {"sweep": handler}, ticks, "a", clock), while_=lambda: until(lambda: len(swept) >= 2))


# --- a database in trouble --------------------------------------------------------------------------------------------------


def test_a_worker_outlives_an_error_of_the_database_that_nobody_foresaw(database: Database) -> None:
    put(database, Task("x", "x:1"))

    def rename(old: str, new: str) -> None:
        with database.write() as session:
            session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    async def handler(task: Claimed) -> Commit | None:
        return effect(1)

    async def a_while() -> None:
        await asyncio.sleep(0.3)
        rename("gone", "work")
        await until(lambda: state(database, "x:1") == "done")

    rename("work", "gone")
    running(runner(database, {"x": handler}), while_=a_while)
    assert effects(database) == 1


def test_what_was_done_outside_waits_for_the_database_and_is_not_done_outside_again(database: Database) -> None:
    put(database, Task("x", "x:1"))
    begun: list[str] = []
    away = iter([StoreUnavailable("it restarts"), StoreUnavailable("it restarts")])

    async def handler(task: Claimed) -> Commit | None:
        begun.append(task.key)

        def commit(session: Session, now: datetime) -> None:
            effect(1)(session, now)
            for error in away:
                raise error

        return commit

    running(runner(database, {"x": handler}), while_=lambda: until(lambda: state(database, "x:1") == "done"))
    assert begun == ["x:1"] and effects(database) == 1


def test_on_a_slow_disk_work_takes_longer_and_is_done_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each commit waits for the disk; leases are shorter than the whole takes, and none is lost. By the database's clock each commit
    takes twice as long, so that it is the disk that is slow, however slow the machine is."""
    put(database, *(Task("x", f"x:{n}") for n in range(18)))
    begun: list[str] = []
    began, commits = utc_now() + timedelta(minutes=1), 0
    is_one_disk = database.dialect == "sqlite"  # elsewhere commits do not wait for one another

    async def handler(task: Claimed) -> Commit | None:
        begun.append(task.key)
        return effect(int(task.key[2:]))

    @event.listens_for(database.engine, "commit")
    def slow(_connection: object) -> None:
        nonlocal commits
        if writing():  # who only looks does not wait for the disk
            commits += 1
            time.sleep(0.05)

    if is_one_disk:
        monkeypatch.setattr(database, "now", lambda _: began + timedelta(seconds=0.1) * commits)
    lease = timedelta(seconds=1.5 if is_one_disk else 30)
    two = [runner(database, {"x": handler}, node=node, lease=lease, slots=8) for node in "ab"]
    running(*two, while_=lambda: until(lambda: effects(database) == 18))
    assert sorted(begun) == sorted(f"x:{n}" for n in range(18))
    assert not is_one_disk or timedelta(seconds=0.1) * commits > lease


def test_not_even_waiting_work_is_begun_without_bound(database: Database) -> None:
    put(database, *(Task("ask", f"ask:{n}") for n in range(3 * WAITING_SHARE)))
    answers, under_way, most = asyncio.Event(), 0, 0

    async def hangs(task: Claimed) -> Commit | None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        with sending(Moment.QUESTION_ON_WIRE):
            await answers.wait()
        under_way -= 1
        return None

    async def watch() -> None:
        await until(lambda: under_way == 2 * WAITING_SHARE)
        answers.set()
        await until(lambda: all(state(database, f"ask:{n}") == "done" for n in range(3 * WAITING_SHARE)))

    running(runner(database, {"ask": hangs}, slots=2), while_=watch)
    assert most == 2 * WAITING_SHARE


def test_a_hung_department_takes_no_slot_from_the_next_piece_of_work(database: Database) -> None:
    put(database, *(Task("ask", f"ask:{n}") for n in range(6)), Task("x", "x:1"))
    answers = asyncio.Event()

    async def hangs(task: Claimed) -> Commit | None:
        with sending(Moment.QUESTION_ON_WIRE):
            await answers.wait()
        return None

    async def quick(task: Claimed) -> Commit | None:
        return effect(1)

    async def watch() -> None:
        await until(lambda: state(database, "x:1") == "done")
        assert not answers.is_set()
        answers.set()

    running(runner(database, {"ask": hangs, "x": quick}, slots=2), while_=watch)
    assert effects(database) == 1
