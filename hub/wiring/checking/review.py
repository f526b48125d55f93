"""What a person's review of a resource left undone: samples that would still be sent, questions about nobody in particular. It reads no answer."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from adapters.kinds import templates
from adapters.onboarding.manifest import SAMPLE, UNTITLED
from catalog.types import Department, Kind, Resource, ShareType
from hub.wiring.checking.finding import Finding

ASKED_OVER_HTTP = (Kind.SOAP, Kind.REST, Kind.PLATFORM)
"""Of the other kinds `match` is the question and the echo in one, and connecting refuses a resource without it."""
REQUEST = ("path", "query", "headers", "header", "body", "request")
_TABLE = re.compile(r"\s*\[+\s*resources\.([^\].\s]+)")


def left_undone(department: Department, resources: Iterable[Resource], edit: str) -> Iterator[Finding]:
    """Of every resource that is said to be reviewed."""
    reviewed = [one for one in resources if not one.proposed]
    sent = [place for one in reviewed for place in _samples_left(one)]
    sent += [
        f"line {at} (marked “# ? a sample”; take the mark out once it is decided)"
        for at in _marked(department, reviewed, SAMPLE)
    ]
    if sent:
        yield Finding.mend(
            "review", f"the request still sends sample values: {some(sent)}; say what belongs there", edit
        )
    untitled = [f"line {at}" for at in _marked(department, reviewed, UNTITLED)]
    if untitled:
        sentence = f"clerks read a title that is only proposed: {some(untitled)}; write what the department calls it, and take the mark “# ?” out"
        yield Finding.mend("review", sentence, edit)
    if department.kind not in ASKED_OVER_HTTP:
        return
    over_the_wire = [one for one in reviewed if not one.way and one.wire]
    for one in over_the_wire:
        if not asks_about_its_subject(one):
            words = ", ".join(f"{{{key}}}" for key in one.subject)
            sentence = (
                f"{one.code} asks the same whoever it is about: write {words or 'its subject'} into its {_part(one)}"
            )
            yield Finding.mend("review", sentence, edit)
    unheard = [one.code for one in over_the_wire if not one.wire.get("echo") and not one.wire.get("request_echo")]
    if unheard:
        sentence = f"no echo nor request_echo, so the answer to another question would be believed: {some(unheard)}; add what the answer repeats"
        yield Finding.look("review", sentence, edit)


def granted_to_nobody(resources: Iterable[Resource], granted: Collection[str], grants: Path) -> Iterator[Finding]:
    """Reviewed resources of which nobody may ask anything: they are shared under conditions, and no grant says who meets them."""
    shared = [one.code for one in resources if not one.proposed and one.share is ShareType.CONDITIONAL]
    lacking = [code for code in shared if code not in granted]
    if lacking:
        sentence = f"no grant names resource {some(lacking)}: nobody may ask it. Say which fields, for which matters, on which ground (docs/adapters.md, step 6)"
        yield Finding.look("review", sentence, f"$EDITOR {grants}", "ungranted")


def asks_about_its_subject(resource: Resource) -> bool:
    """Whether a word of its subject stands anywhere in what is sent."""
    used = {name for key in REQUEST for name in templates.names(resource.wire.get(key))}
    return bool(used & set(resource.subject))


def _part(resource: Resource) -> str:
    return ", ".join(key for key in REQUEST if key in resource.wire) or "request"


def _samples_left(resource: Resource) -> Iterator[str]:
    """Texts of a request that only a rehearsal may send."""
    for key in REQUEST:
        yield from _sample_texts(resource.wire.get(key), f"{resource.code}.{key}")


def _sample_texts(template: object, place: str) -> Iterator[str]:
    if isinstance(template, Mapping):
        for key, inner in template.items():
            yield from _sample_texts(inner, f"{place}.{key}")
    elif isinstance(template, list):
        for inner in template:
            yield from _sample_texts(inner, place)
    elif isinstance(template, str) and template.startswith(("示例", "测试")):
        yield place


def _marked(department: Department, reviewed: Iterable[Resource], mark: str) -> Iterator[int]:
    """Lines that still bear the mark under which they were written: a number, a code or a date does not show that it is a sample."""
    names, inside = {one.code.partition(".")[2] for one in reviewed}, ""
    lines: list[str] = []
    with suppress(OSError, UnicodeDecodeError):  # reading the catalog says so
        lines = (Path(department.folder) / "department.toml").read_text("utf-8").splitlines()
    for at, line in enumerate(lines, 1):
        if line.lstrip().startswith("["):
            table = _TABLE.match(line)
            inside = table[1].strip('"') if table else ""
        elif inside in names and f"? {mark}" in line:
            yield at


def some(names: Sequence[str], most: int = 5) -> str:
    """The first of them, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
