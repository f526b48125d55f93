"""A department's mapping held against what lies in its folder: sample answers, and exchanges that were recorded. It opens no connection.

What nothing could be read with is said by name: keys and paths that are understood prove nothing of a department's answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters.contract import Misconfigured
from adapters.kinds.frontdb_sample import ROWS
from adapters.onboarding import rehearsal
from adapters.onboarding.played import SAMPLES, unread
from adapters.proving.replaying import replayed
from adapters.proving.sampling import OF_ROWS, folder_of
from catalog.nearest import nearest
from catalog.types import Kind, Resource
from hub.wiring.checking.examined import Examined
from hub.wiring.checking.finding import Finding
from hub.wiring.checking.promised import against_papers, told_by_papers, unseen
from hub.wiring.checking.review import some
from hub.wiring.checking.standing import stands


async def mapping(one: Examined, *, replaying: bool = True) -> list[Finding]:
    if one.department.kind is Kind.INBOX:
        return [Finding.untried("mapping", "by_hand", "people of it type into our own fields: there is no mapping")]
    code = one.department.code
    own = [resource for resource in one.resources if not resource.way]
    try:
        compared = await against_papers(one)
        played = await rehearsal.play(one.department, one.resources, one.dictionary, one.now)
        told = await replayed(folder_of(one.department, own)) if replaying else {}
    except Misconfigured as e:
        return [stands(one, "mapping", str(e), one.manifest)]
    sentences = [*compared.wrong, *unread(each for each in played if not told_by_papers(each, compared))]
    wrong = [stands(one, "mapping", sentence, one.manifest) for sentence in sentences]
    for file, sentences in told.items():
        wrong += [
            Finding.mend("mapping", f"exchanges/{file}: {sentence}", f"yijian adapter replay {code}")
            for sentence in sentences
        ]
    samples = {each.resource.code for each in played if each.sample}
    read = wrong or [*_read(one, own, samples, tuple(told)), *unseen(one, compared, played)]
    return [*read, *_ownerless(one, own)]


def _ownerless(one: Examined, own: list[Resource]) -> Iterator[Finding]:
    """Samples that are called after no resource, so that nothing reads them: one of the two was renamed."""
    names = {resource.code.partition(".")[2] for resource in own}
    folder = Path(one.department.folder) / SAMPLES
    endings = (*(f"{rehearsal.ANSWER}{ending}" for ending in rehearsal.MEDIA_TYPES), ROWS)
    files = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    lost = [
        file for file in files for ending in endings if file.endswith(ending) and file.removesuffix(ending) not in names
    ]
    if lost:
        sentence = f"nothing reads {some([f'samples/{file}' for file in lost])}: no resource has that name; it has {some(sorted(names)) or 'none'}. Rename the sample as its resource is called now, or delete it with the resource that was taken out"
        yield Finding.look("mapping", sentence, _renamed(folder, lost, names, endings, set(files)))


def _renamed(folder: Path, lost: Sequence[str], names: set[str], endings: Sequence[str], there: set[str]) -> str:
    """The command that calls a sample as the nearest resource without one; where it is not plain which of them, the files are shown."""
    file = lost[0]
    ending = max((one for one in endings if file.endswith(one)), key=len)
    free = {name for name in names if f"{name}{ending}" not in there}
    near = nearest(file.removesuffix(ending), free) or (min(free) if len(free) == len(lost) == 1 else "")
    return f"mv {folder / file} {folder / near}{ending}" if near else f"ls {folder}"


def _read(one: Examined, own: list[Resource], samples: set[str], files: tuple[str, ...]) -> list[Finding]:
    """What was read, and what lies nowhere."""
    names = {resource.code: resource.code.partition(".")[2] for resource in own}
    with_exchange = {code for code, name in names.items() if any(_is_of(file, name, names) for file in files)}
    read = [name for code, name in names.items() if code in samples | with_exchange]
    lacking = [name for code, name in names.items() if code not in samples | with_exchange]
    found = []
    if read or files:
        sentence = (
            f"reads {len(samples)} samples and {len(files)} recorded exchanges, of {len(read)} of {len(own)} resources"
        )
        facts = {"samples": len(samples), "exchanges": len(files), "read": len(read), "of": len(own)}
        found.append(Finding.ok("mapping", sentence, "read", **facts))
    found += _lacking(one, [each for each in own if names[each.code] in lacking])
    if not found:
        found.append(Finding.untried("mapping", "takes_only", "it answers no question, and no step was recorded"))
    return found


def _lacking(one: Examined, silent: list[Resource]) -> Iterator[Finding]:
    """What was read with nothing, and what its kind of department wants for that."""
    by_rows = one.department.kind in OF_ROWS
    unasked = [each.code.partition(".")[2] for each in silent if by_rows and not each.subject]
    if unasked:
        sentence = f"nobody said which facts it is asked with (subject, match), so no sample is read: {some(unasked)}"
        yield Finding.untried("mapping", "no_subject", sentence, f"$EDITOR {one.manifest}", names=some(unasked))
    lacking = [each.code.partition(".")[2] for each in silent if each.code.partition(".")[2] not in unasked]
    if not lacking:
        return
    what = "put an answer into samples/<resource>.answer.json or .xml"
    if one.department.kind is Kind.FRONTDB:
        what = f"put rows of its table into samples/<resource>{ROWS}"
    elif by_rows:
        what = "put a file as the department drops it into samples/, under the pattern of its name"
    sentence = f"its keys and paths are understood, but nothing lies there to read with for {some(lacking)}: {what}, or record one"
    command = f"yijian adapter record {one.department.code} {lacking[0]} --name found --answer FILE"
    yield Finding.untried("mapping", "no_sample", sentence, command, names=some(lacking))


def _is_of(file: str, name: str, names: dict[str, str]) -> bool:
    """Whether a recording is this resource's: the longest name that its file begins with."""
    longest = max((one for one in names.values() if file.startswith(f"{one}-")), key=len, default="")
    return longest == name
