"""Who touches the databases, the clock and the departments (docs/design.md §2, rules 2 to 4; §5.9). It reads source and runs nothing."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house.source import files, imports, tree

KEEPERS = ("hub/store/", "hub/sharinglog/")
OWN_DATABASE = (
    *("adapters/kinds/replica", "adapters/kinds/filedrop", "adapters/kinds/frontdb", "adapters/simulators/"),
    "adapters/proving/tables",  # a recorded table stands in a file of its own while it is played
)


def calls(path: Path, wanted: Callable[[ast.Call], bool]) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and wanted(node):
            yield f"{path}:{node.lineno} {ast.unparse(node.func)}(…)"


def outside(allowed: tuple[str, ...], *packages: str) -> list[Path]:
    return [path for path in files(*packages) if not path.as_posix().startswith(allowed)]


def attribute(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def name(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def is_raw_sql(node: ast.Call) -> bool:
    """`text("…")`, `exec_driver_sql`, `cursor()`, `executescript`, or execute() of a literal."""
    literal = bool(node.args) and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
    return (
        name(node) in ("text", "literal_column")
        or attribute(node) in ("exec_driver_sql", "executescript", "cursor", "literal_column")
        or (attribute(node) in ("execute", "executemany") and literal)
        or (attribute(node) == "text" and ast.unparse(node.func) in ("sqlalchemy.text", "sa.text"))
    )


def is_a_session_of_its_own(node: ast.Call) -> bool:
    begins = attribute(node) in ("commit", "rollback", "begin", "begin_nested", "raw_connection") and not node.args
    return begins or name(node) in ("create_engine", "sessionmaker", "Session")


def is_a_reading_of_the_clock(node: ast.Call) -> bool:
    return ast.unparse(node.func) in {
        *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"),
        *("datetime.datetime.now", "datetime.date.today", "uuid.uuid4", "uuid4", "random.random", "random.choice"),
    }


def test_raw_sql_is_written_in_store_and_sharinglog_only() -> None:
    places = outside(KEEPERS + OWN_DATABASE)
    broken = [c for path in places for c in calls(path, is_raw_sql)]
    assert not broken, f"Raw SQL is written only in hub/store and hub/sharinglog: {broken}"


def test_no_other_part_imports_a_database_driver() -> None:
    drivers = ("sqlite3", "psycopg", "psycopg_pool", "alembic")
    places = outside(KEEPERS + OWN_DATABASE)
    broken = [f"{p}:{line} {n}" for p in places for n, line in imports(p) if n.split(".")[0] in drivers]
    assert not broken, f"Only hub/store and hub/sharinglog know the hub's databases: {broken}"


def test_nobody_else_opens_a_session_or_commits() -> None:
    places = outside(KEEPERS + OWN_DATABASE)
    broken = [c for path in places for c in calls(path, is_a_session_of_its_own) if "running.py" not in c]
    assert not broken, f"Only store and sharinglog open a session on the hub's databases; nobody else commits: {broken}"


def test_nobody_else_reaches_for_the_engine() -> None:
    broken = [
        f"{path}:{node.lineno}"
        for path in outside(KEEPERS, "hub")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "engine"
    ]
    assert not broken, f"read() and write() give sessions, there is no third way: {broken}"


def test_only_exchange_asks_a_department() -> None:
    asking = {"Answers"}
    users = [
        path.as_posix()
        for path in files("hub")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "adapters.contract"
        for imported in node.names
        if imported.name in asking
    ]
    broken = [path for path in users if not path.startswith(("hub/exchange", "hub/wiring/"))]
    assert "hub/exchange.py" in users, "hub/exchange.py no longer asks; who does?"
    assert not broken, f"Only hub/exchange.py asks a department: {broken}"
    broken = [
        c
        for path in outside(("hub/exchange", "hub/web/", "hub/api/", "hub/wiring/", "hub/demo/"), "hub")
        for c in calls(path, lambda node: attribute(node) == "answer")
    ]
    assert not broken, f"Only hub/exchange.py asks a department: {broken}"


def test_only_the_outbox_sends() -> None:
    sending = ("hand_over", "receive", "tell", "supply")
    broken = [
        c
        for path in outside(("hub/outbox", "hub/demo/"), "hub")
        for c in calls(path, lambda node: attribute(node) in sending and _receiver(node) not in ("intake", "outbox"))
    ]
    assert not broken, f"What is told outside goes through hub/outbox.py, which logs it first: {broken}"


def _receiver(node: ast.Call) -> str:
    """`self.outbox.receive(…)` → `outbox`. `intake.receive` is the step 收件, which sends nothing."""
    return ast.unparse(node.func).split(".")[-2].lstrip("_")


def test_time_and_chance_come_in_as_arguments() -> None:
    allowed = ("hub/clock.py", "hub/store/database.py", "hub/cli", "hub/demo", "hub/sharinglog/command.py")
    starters = ("certificates/__main__.py", "certificates/command", "adapters/simulators/", "adapters/client")
    broken = [c for path in outside(allowed + starters) for c in calls(path, is_a_reading_of_the_clock)]
    assert not broken, f"Time and randomness come in as arguments (hub/clock.py, and commands that start): {broken}"


@pytest.mark.parametrize(
    ("source", "judge"),
    [
        ("session.execute(text('select 1'))", is_raw_sql),
        ("c.exec_driver_sql('x')", is_raw_sql),
        ("connection.execute('DELETE FROM cases')", is_raw_sql),
        ("connection.execute(f'DELETE FROM {x}')", is_raw_sql),
        ("connection.commit()", is_a_session_of_its_own),
        ("create_engine('sqlite://')", is_a_session_of_its_own),
        ("datetime.now(UTC)", is_a_reading_of_the_clock),
    ],
)
def test_a_breach_would_be_seen(source: str, judge: Callable[[ast.Call], bool]) -> None:
    assert any(judge(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def test_what_is_allowed_is_not_taken_for_a_breach() -> None:
    for source in ("session.execute(select(work))", "work.put(session, task, now)", "form.text('name')"):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                assert not is_raw_sql(node) and not is_a_session_of_its_own(node)
