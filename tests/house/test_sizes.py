"""Sizes that keep the house readable (docs/design.md §5.6). It judges no content."""

from __future__ import annotations

import ast

from tests.house.source import files, functions, text

FILE_LINES, FUNCTION_LINES, PARAMETERS = 400, 60, 9

LONG_FILES = {
    "hub/store/tables.py": "the tables of one database are one list",
    "hub/store/migrations/versions/0001_the_first_day.py": "a migration is the same list, frozen",
    "adapters/contract.py": "what hub and adapters promise each other is read in one piece",
    "catalog/types.py": "the types of supply and demand are read in one piece",
}


def test_files_are_short() -> None:
    long = {path.as_posix(): lines for path in files() if (lines := text(path).count("\n")) > FILE_LINES}
    broken = {path: lines for path, lines in long.items() if path not in LONG_FILES}
    assert not broken, (
        f"Files have about 200 lines, rarely over {FILE_LINES}; divide these by what they are for: {broken}"
    )


def test_no_file_is_excused_without_need() -> None:
    long = {path.as_posix() for path in files() if text(path).count("\n") > FILE_LINES}
    assert set(LONG_FILES) <= long, f"No longer over {FILE_LINES} lines: {set(LONG_FILES) - long}"


def test_functions_are_short() -> None:
    broken = [
        f"{path}:{f.lineno} {f.name} ({f.end_lineno - f.lineno + 1} lines)"
        for path in files()
        for f in functions(path)
        if f.end_lineno and f.end_lineno - f.lineno + 1 > FUNCTION_LINES
    ]
    assert not broken, f"Functions have about 10 lines, rarely over 40, never over {FUNCTION_LINES}: {broken}"


def test_functions_do_not_take_a_bag_of_parameters() -> None:
    broken = [
        f"{path}:{f.lineno} {f.name} ({count})"
        for path in files()
        for f in functions(path)
        if (count := _parameters(f)) > PARAMETERS
    ]
    assert not broken, f"More than four parameters: make a value of them; never over {PARAMETERS}: {broken}"


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Without `self`, and without keyword-only ones that have a default: those are options of a command."""
    given = function.args
    positional = [a.arg for a in (*given.posonlyargs, *given.args) if a.arg not in ("self", "cls")]
    return len(positional) + sum(default is None for default in given.kw_defaults)
