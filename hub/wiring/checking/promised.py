"""A department's mapping held against its papers, and against its samples where the papers say nothing. It opens no connection.

A place at which nothing ever stands is a field that stays empty, and no answer would show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from adapters.connect import Connection, Ports, connect
from adapters.contract import Found, Unusable
from adapters.kinds.compared import Compared
from adapters.onboarding.played import Played
from adapters.onboarding.rehearsal import NoInbox, NoRegistry
from adapters.proving.fixtures import Plain, fixtures_of, plain_outcome
from adapters.proving.sampling import OVER_HTTP
from adapters.proving.stand_ins import stand_ins
from catalog.types import Kind
from hub.wiring.checking.examined import Examined
from hub.wiring.checking.finding import Finding
from hub.wiring.checking.review import some


async def against_papers(one: Examined) -> Compared:
    """Raises Misconfigured."""
    department = one.department
    if department.kind not in (*OVER_HTTP, Kind.FRONTDB):
        return Compared()
    # Neither is opened: what is compared are files.
    address = "sqlite:///papers.invalid" if department.kind is Kind.FRONTDB else "http://papers.invalid"
    connection = Connection(address, stand_ins(department, one.resources))
    ports = Ports(one.now, inbox=NoInbox(), registry=NoRegistry())
    connected = connect(department, one.resources, connection, ports)
    try:
        return await connected.compare()
    finally:
        await connected.close()


def told_by_papers(played: Played, compared: Compared) -> bool:
    """Whether the sample is not read for the very place at which, by the papers, nothing stands."""
    outcome, code = played.outcome, played.resource.code
    if not isinstance(outcome, Unusable) or not outcome.path:
        return False
    return any(f"[resources.{code}" in said and f" at {outcome.path} of " in said for said in compared.wrong)


def unseen(one: Examined, compared: Compared, played: Sequence[Played]) -> Iterator[Finding]:
    """Fields that neither a paper promises nor any sample or recording fills, of resources that have one."""
    shown = {
        each.resource.code: _filled(plain_outcome(each.outcome)) for each in played if isinstance(each.outcome, Found)
    }
    for recorded in fixtures_of(Path(one.department.folder)):
        code = f"{one.department.code}.{recorded.resource}"
        shown[code] = shown.get(code, frozenset()) | _filled(recorded.outcome)
    lost = {
        place.reads: place
        for place in reversed(compared.unsaid)
        if place.reads[0] in shown and place.reads[1] not in shown[place.reads[0]]
    }
    # Of a list that nobody has seen its columns need not be named.
    names = [
        f"{code.partition('.')[2]} {name} ({place.written})"
        for (code, name), place in sorted(lost.items())
        if "." not in name or (code, name.partition(".")[0]) not in lost
    ]
    if not names:
        return
    sentence = (
        f"its papers say nothing of what stands there, and no sample or recorded exchange has anything there: {some(names)}. "
        "A misspelt path would be an empty field: record an answer that has it"
    )
    command = f"yijian adapter record {one.department.code} {names[0].partition(' ')[0]} --name whole --answer FILE"
    yield Finding.untried("mapping", "unseen", sentence, command, names=some(names))


def _filled(found: Plain) -> frozenset[str]:
    """Names of fields and lists of which something was there, if only that it was withheld."""
    lists = found.get("lists", {})
    columns = (f"{name}.{column}" for name, rows in lists.items() for row in rows for column in row)
    return frozenset((*found.get("values", {}), *lists, *columns, *_plain(found.get("withheld", ()))))


def _plain(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        listed, mark, column = name.partition("[")
        yield f"{listed}.{column.partition('].')[2]}" if mark else name
