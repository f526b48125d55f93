"""One word per thing (docs/design.md §1), documented errors and settings, and nothing of the place where it was written. It runs nothing."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from certificates.wording import REASONS
from hub.settings import Settings
from tests.house.source import ROOT, files, text, tree
from tests.house.test_compose import commands

FORBIDDEN = {  # another word, and the one of the glossary
    r"service_?item": "item",
    r"service_?bundle|matter_?bundle": "matter",
    r"application_?form": "form",
    r"e_?licen[cs]e": "e-certificate",
    r"audit_?log|share_?log|sharing_?journal": "sharing log",
    r"sub_?case|case_?item|child_?case": "item case",
    r"workflow": "case, states, flow",
    r"back_?office|front_?office": "the role's name",
    r"customer": "party (applicant, agent, …)",
    r"tenant": "region",
    r"data_?source|data_?set": "resource",
    r"permission_?grant": "grant",
    r"attachment_?type": "material",
    r"official_?document|paperwork": "notice",
}
CHINESE = {
    "工单": "办件",
    "套餐": "一件事",
    "电子证书": "电子证照",
    "审计日志": "共享日志",
    "共享记录簿": "共享日志",
    "用户组": "角色",
}
EMPTY_NAMES = {
    "utils",
    "util",
    "helper",
    "helpers",
    "manager",
    "managers",
    "common",
    "misc",
    "data",
    "info",
    "base_utils",
}
CERTIFICATE_ERRORS = ("Malformed", "SigningFailed", "SignerAway", "SuiteUnavailable", "TrustUnreadable")
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
PLACES = ("/" + "work/", "/" + "tmp/", "/" + "root/", "/" + "home/", "/" + "Users/")


# --- the glossary -----------------------------------------------------------------------------------------------------


def identifiers(path: Path) -> Iterator[tuple[str, int]]:
    """Names that our code gives: modules, classes, functions, arguments, assigned names."""
    yield path.stem, 1
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def test_one_word_per_thing_in_code() -> None:
    broken = [
        f"{path}:{line} {name} (the word is {word})"
        for path in files()
        if "simulators" not in path.parts  # departments have words of their own
        for name, line in identifiers(path)
        for other, word in FORBIDDEN.items()
        if re.search(rf"(^|_)({other})s?(_|$)", snake(name))
    ]
    assert not broken, f"Use the words of the glossary, one word per thing: {broken}"


def test_one_word_per_thing_in_what_people_read() -> None:
    pages = [p.relative_to(ROOT) for p in (ROOT / "hub").rglob("*.html")] + list(files("hub", "catalog"))
    pages += [p.relative_to(ROOT) for p in (ROOT / "catalog").rglob("*.toml")]
    broken = [
        f"{path}: {other} (the word is {word})"
        for path in pages
        for other, word in CHINESE.items()
        if other in text(path)
    ]
    assert len(pages) > 50 and not broken, f"Use the words of the glossary, one word per thing: {broken}"


def test_no_name_says_nothing() -> None:
    broken = [str(p) for p in files() if p.stem in EMPTY_NAMES or p.parent.name in EMPTY_NAMES]
    assert not broken, f"A name says what a file is for; these say nothing: {broken}"


def test_a_synonym_would_be_seen() -> None:
    assert re.search(r"(^|_)(service_?item)s?(_|$)", snake("ServiceItems"))
    assert not re.search(r"(^|_)(tenant)s?(_|$)", snake("lieutenant"))


# --- documentation of errors and settings -----------------------------------------------------------------------------


@cache
def codes() -> dict[str, str]:
    """Every stable code that the source raises, with one place where it does."""
    found: dict[str, str] = {}
    for path in files():
        for value, line in _codes(path):
            if CODE.fullmatch(value) and "simulators" not in path.parts:
                found.setdefault(value, f"{path}:{line}")
    return found


def _codes(path: Path) -> Iterator[tuple[str, int]]:
    """`code = "X"` of a class, `code="X"` of a call, and any text of that shape which is raised or made into an error."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            yield from _class_code(node)
        elif isinstance(node, ast.Call):
            values = [k.value for k in node.keywords if k.arg == "code"]
            values += [
                a for a in node.args if ast.unparse(node.func).startswith("_") and "_" in str(getattr(a, "value", ""))
            ]
            for value in values:
                yield from ((c.value, node.lineno) for c in ast.walk(value) if _is_text(c))


def _class_code(node: ast.ClassDef) -> Iterator[tuple[str, int]]:
    for line in node.body:
        target = (
            line.targets[0]
            if isinstance(line, ast.Assign)
            else line.target
            if isinstance(line, ast.AnnAssign)
            else None
        )
        value = getattr(line, "value", None)
        if isinstance(target, ast.Name) and target.id == "code" and _is_text(value):
            yield value.value, line.lineno


def _is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def documented(page: str) -> list[str]:
    """The words in the first column of the page's tables."""
    return re.findall(r"^\| `([A-Z_0-9]+)` ", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.M)


def test_every_error_is_documented() -> None:
    missing = {code: place for code, place in codes().items() if code not in documented("errors.md")}
    assert not missing, f"Every error code has its row in docs/errors.md, with what to do next; missing: {missing}"


def test_no_documented_error_is_gone() -> None:
    gone = set(documented("errors.md")) - set(codes())
    assert not gone, f"docs/errors.md names codes that nothing raises: {sorted(gone)}"
    assert len(documented("errors.md")) == len(set(documented("errors.md"))), "a code has two rows in docs/errors.md"


def codes_of_certificates() -> set[str]:
    """Their codes are words with hyphens: the first argument of an error, the code of `_wrong`, and what a check gives back as one."""
    found: set[str] = set()
    for path in files("certificates", "adapters/outside", "hub/wiring"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rpartition(".")[2]
                given = node.args[:1] if name in CERTIFICATE_ERRORS else node.args[2:3] if name == "_wrong" else []
                found |= _texts(given)
            elif isinstance(node, ast.FunctionDef) and (node.name == "disagreement" or node.name == "_wrong"):
                found |= _texts([*node.args.defaults, *(r.value for r in ast.walk(node) if isinstance(r, ast.Return))])
    return found


def _texts(nodes: Iterable[ast.AST | None]) -> set[str]:
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def test_the_codes_of_certificates_are_documented_both_ways() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (\w+) ", (ROOT / "docs/errors.md").read_text(encoding="utf-8"), re.M)
    documented_codes = [code for code, kind in rows if kind in CERTIFICATE_ERRORS]
    raised = codes_of_certificates()
    assert len(raised) > 40 and len(documented_codes) == len(set(documented_codes))
    assert set(documented_codes) == raised, f"docs/errors.md and certificates differ: {set(documented_codes) ^ raised}"
    assert set(REASONS) <= raised, f"certificates/wording.py words codes that nothing raises: {set(REASONS) - raised}"


def test_every_setting_is_documented_with_its_default() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `YIJIAN_([A-Z_]+)` \| (.*?) \|", page, re.M))
    assert {name.lower() for name in rows} == set(Settings.model_fields), "docs/settings.md and hub/settings.py differ"
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, bool | int | float):
            assert rows[name.upper()] == f"`{str(default).lower()}`", f"the default of {name} in docs/settings.md"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_says_what_it_does(name: str) -> None:
    assert str(Settings.model_fields[name].description).endswith("."), f"{name} needs a sentence that describes it"


# --- what does not belong into the repository -------------------------------------------------------------------------


def tracked() -> list[Path]:
    out = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in out.split("\0") if name and (ROOT / name).is_file()]


def test_no_path_of_a_machine() -> None:
    broken = []
    for path in tracked():
        body = path.read_bytes()
        if b"\0" in body or path.name in ("uv.lock", "docker-compose.yml") or "static" in path.parts:
            continue
        broken += [
            f"{path.relative_to(ROOT)}: {place}" for place in PLACES if _names(body.decode("utf-8", "replace"), place)
        ]
    assert not broken, f"No path of the machine where this was written: {broken}"


def _names(body: str, place: str) -> bool:
    return bool(re.search(r"(?<![\w.}$-])" + re.escape(place) + r"[A-Za-z0-9_]", body))


def test_every_page_that_is_named_exists() -> None:
    sources = [path for path in tracked() if path.suffix in (".py", ".toml", ".yml", ".html")]
    named = {(p.name, page) for p in sources for page in re.findall(r"\bdocs/[\w./-]+\.md\b", p.read_text("utf-8"))}
    for page in [ROOT / "README.md", ROOT / "README.zh-CN.md", *(ROOT / "docs").rglob("*.md")]:
        links = re.findall(r"\]\(([\w./-]+\.md)(?:#[^)]*)?\)", page.read_text("utf-8"))
        named |= {(page.name, str((page.parent / link).resolve().relative_to(ROOT))) for link in links}
    gone = sorted(f"{by} names {page}" for by, page in named if not (ROOT / page).exists())
    assert not gone, f"A message or page sends people to a page that is not there: {gone}"


def test_every_command_that_is_named_exists() -> None:
    known = commands() | {"catalog", "certificate", "log", "accounts", "peers", "keys"}
    sources = [
        path for path in tracked() if path.suffix in (".py", ".md", ".yml", ".toml") and path.parent.name != "house"
    ]
    named = {
        (path.name, words)
        for path in sources
        for words in re.findall(r"(?:`|^)yijian ([a-z]+(?: [a-z-]+)?)", path.read_text("utf-8"), re.M)
    }
    gone = sorted(f"{by}: yijian {w}" for by, w in named if not {w, w.split()[0]} & known or _of_a_group(w, known))
    assert len(named) > 5 and not gone, f"A message or page names a command that does not exist: {gone}"


def _of_a_group(words: str, known: set[str]) -> bool:
    """`catalog frobnicate`: the group exists, the command does not."""
    return " " in words and words not in known and any(k.startswith(words.split()[0] + " ") for k in known)


def test_every_file_says_what_it_is_for() -> None:
    silent = [str(p) for p in files() if len((ast.get_docstring(tree(p)) or "").strip()) < 40]
    assert not silent, f"A file's first sentence says what it is for, the second what it does not do: {silent}"
