"""Records an exchange into a department's folder with persons replaced, and plays the recorded ones again. It prints nothing.

The key under which persons become fictions lies in the hub's own folder and leaves it never: the same person is the same fiction in
every recording of this hub, and nobody else can find out who it was.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapters.contract import Unusable
from adapters.proving import handing
from adapters.proving.fiction import Fiction
from adapters.proving.fixtures import fixtures_of, write
from adapters.proving.recording import Real, recorded, unread
from adapters.proving.replaying import differences, handed_again, played, renewed
from adapters.proving.sampling import Folder, Tried, question, tried
from adapters.proving.transports import Answer, Passed, Request
from hub.clock import Clock
from hub.settings import Settings
from hub.sharinglog import Operator
from hub.wiring.proving import CannotProve, RealQuestion, ask_really, department_folder
from hub.wiring.trying import FURTHER_PAGE, Given, raw_answer, wants_further_page

KEY_FILE = "recording.key"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Recorded:
    """What was written, and what the exchange came to."""

    file: Path
    result: str


async def record_answer(settings: Settings, code: str, resource: str, given: Given, name: str, now: datetime) -> Recorded:  # fmt: skip
    """Of an answer that is in a file already. Raises CannotProve, CannotTell, Misconfigured."""
    folder = department_folder(settings.site, code)
    found = folder.resource(resource)
    if given.answer is None:
        raise CannotProve("Nothing to record: give --answer FILE, or --case NO --purpose MATTER to ask the department.")
    answer, asked, _ = raw_answer(folder, found, given, given.answer)
    query = question(found, asked, given.fields)
    got = await tried(folder, query, answer, now, bool(given.subject))
    _refuse_half(got, given)
    passed = (Passed(Request("", "", b""), answer),) if isinstance(answer, Answer) else ()
    return await _kept(settings, folder, Real(passed, got.looked, got.outcome), name, now)


def _refuse_half(got: Tried, given: Given) -> None:
    """An answer of which it is not known whom it is about, or that is one page of several, is no exchange."""
    if isinstance(got.outcome, Unusable) and got.outcome.rule == "other_subject" and not given.subject:
        raise CannotProve(
            f"The answer is about somebody else than the made-up person that was asked about, and {got.outcome.path} does not say who: "
            "give --subject key=value of whom it is about, or correct echo."
        )
    if wants_further_page(got):
        raise CannotProve(f"The answer is not whole: {FURTHER_PAGE}.")


async def record_step(
    settings: Settings, code: str, item: str, step: str, given: Given, name: str, key: str, now: datetime
) -> Recorded:
    """Of a receipt that is in a file: a fictional item case is handed over without a socket, and the receipt is the answer.

    Raises CannotProve, CannotTell, Misconfigured."""
    folder = department_folder(settings.site, code)
    if given.answer is None:
        raise CannotProve("Nothing to record: give the department's receipt with --answer FILE.")
    receipt = Answer(given.status, given.media_type or typed(given.answer), given.answer.read_bytes())
    fiction, at = Fiction(_key(settings.folder)), now.replace(microsecond=0)
    made = await handing.recorded(folder, item, step, _checked(name), receipt, given.subject, key, fiction, at)
    return Recorded(handing.write(made, Path(folder.department.folder)), str(made.outcome["result"]))


def typed(place: Path) -> str:
    """The content type of a body by how it begins."""
    return "text/xml" if place.read_bytes().lstrip().startswith(b"<") else "application/json"


def record_really(settings: Settings, code: str, question_: RealQuestion, name: str, who: Operator, clock: Clock) -> Real:  # fmt: skip
    """Asks the department once, through the log; what passed is to be kept with `keep`. Raises what `ask_really` raises."""
    _checked(name)
    department_folder(settings.site, code).resource(question_.resource)
    asked = ask_really(settings, question_, who, clock)
    return Real(asked.passed, asked.looked, asked.outcome)


async def keep(settings: Settings, code: str, real: Real, name: str, now: datetime) -> Recorded:
    """Raises CannotTell, Misconfigured."""
    return await _kept(settings, department_folder(settings.site, code), real, name, now)


async def _kept(settings: Settings, folder: Folder, real: Real, name: str, now: datetime) -> Recorded:
    if not real.looked:
        raise CannotProve(unread(real.outcome))
    code = real.looked[0].query.resource.code
    fiction = Fiction(_key(settings.folder))
    made = await recorded(folder, folder.resource(code), _checked(name), real, fiction, now.replace(microsecond=0))
    return Recorded(write(made, Path(folder.department.folder)), str(made.outcome["result"]))


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise CannotProve(
            "A recording is named by what it shows, in letters, digits and hyphens: --name found-with-owners."
        )
    return name


def _key(folder: Path) -> bytes:
    """Made at the first recording, readable by the hub's user alone."""
    place = folder / KEY_FILE
    folder.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return place.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(32))
    return place.read_bytes()


async def replay(site: Path, code: str, renew: bool) -> Mapping[str, Mapping[str, list[str]]]:
    """Department → file → what is otherwise than recorded. With `renew` the recordings are written anew and nothing is otherwise.

    Raises CannotProve, Misconfigured."""
    codes = [code] if code else sorted(place.parent.name for place in site.glob("departments/*/exchanges"))
    found = {one: await _replayed(department_folder(site, one), renew) for one in codes}
    if not any(found.values()):
        raise CannotProve("Nothing is recorded yet; record an exchange first: yijian adapter record.")
    return found


async def _replayed(folder: Folder, renew: bool) -> Mapping[str, list[str]]:
    own = Path(folder.department.folder)
    found: dict[str, list[str]] = {}
    for fixture in fixtures_of(own):
        now = await played(folder, fixture)
        found[fixture.file] = [] if renew else differences(fixture, now)
        if renew and differences(fixture, now):
            write(renewed(fixture, now), own)
    for file, (sentences, step) in (await handed_again(folder)).items():
        found[file] = [] if renew else sentences
        if renew and sentences:
            handing.write(step, own)
    return found
