"""Writes the folder of a new department: its papers, department.toml, and samples. It connects to nobody and changes no folder that is there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.contract import Misconfigured
from adapters.kinds.frontdb_sample import ROWS
from adapters.onboarding import from_sample, samples
from adapters.onboarding.guessing import Guesser
from adapters.onboarding.manifest import manifest
from adapters.onboarding.mapping import Mapped, mapped, miscount
from adapters.onboarding.naming import names_of
from adapters.onboarding.places import Draft
from adapters.onboarding.played import SAMPLES
from adapters.onboarding.rehearsal import ANSWER
from adapters.onboarding.words import is_chinese
from catalog.types import FieldDefinition

MANIFEST = "department.toml"
LARGEST_MANIFEST = 1024 * 1024
"""As `catalog.files` reads."""
MOST_OPEN = (400, 100, 25, 5)
"""Commented places of one resource: as many as the manifest has room for."""
MOST_MISCOUNTED = 2
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Written:
    """What was written: the folder, and of each resource how many fields are mapped and how many places wait for a person."""

    folder: Path
    resources: Mapping[str, tuple[int, int]]
    doubts: tuple[str, ...]


def write(folder: Path, name: str, draft: Draft, dictionary: Mapping[str, FieldDefinition]) -> Written:
    """`folder` is the department's, not there yet; its name is the code. Raises Misconfigured, OSError."""
    code = folder.name
    if not _CODE.fullmatch(code):
        raise Misconfigured(
            f"{code!r} is no code of a department: small letters, digits and single hyphens, as in civil-affairs."
        )
    if folder.exists():
        raise Misconfigured(f"{folder} is there already: nothing is overwritten. Give another name, or move it away.")
    guesser = Guesser(dictionary)
    resources = {
        resource: mapped(operation, guesser, dictionary)
        for resource, operation in zip(names_of(one.name for one in draft.operations), draft.operations, strict=True)
    }
    pins = {paper: hashlib.sha256(body).hexdigest() for paper, body in draft.papers.items()}
    # A title in another language is often the tool's own ("Service"), and two departments may not share a name.
    title = name or (draft.title if is_chinese(draft.title) else code)
    text = _fitting(draft, lambda most_open: manifest(code, title, draft, pins, resources, most_open).encode())
    files = {**draft.papers, **{f"{SAMPLES}/{file}": body for file, body in _samples(resources, draft, dictionary)}}
    _put(folder, {**files, MANIFEST: text})
    counts = {resource: (len(one.fields), len(one.open)) for resource, one in resources.items()}
    return Written(folder, counts, (*draft.doubts, *_miscounted(resources)))


def _miscounted(resources: Mapping[str, Mapped]) -> Iterator[str]:
    """Each of a few by itself; of many their names."""
    found = {resource: said for resource, one in resources.items() if (said := miscount(one))}
    if len(found) > MOST_MISCOUNTED:
        yield f"{len(found)} examples of answers in pages count other rows than they show, among them {', '.join(list(found)[:5])}: see `# Note` at each"
    else:
        yield from (f"{resource}: {said}" for resource, said in found.items())


def _fitting(draft: Draft, made: Callable[[int], bytes]) -> bytes:
    """The manifest with as many of the commented places as a catalog has room for. Raises Misconfigured where it has for none."""
    whole = made(MOST_OPEN[0])
    if len(whole) <= LARGEST_MANIFEST:
        return whole
    least = made(0)
    if len(least) <= LARGEST_MANIFEST:
        return next((text for text in map(made, MOST_OPEN[1:]) if len(text) <= LARGEST_MANIFEST), least)
    names = [one.name for one in draft.operations]
    raise Misconfigured(
        f"{len(names)} operations make a department.toml of {len(least):,} bytes, more than a catalog reads. Take those that a matter "
        f"needs: --only NAME, once for each, and * stands for any part of a name, as --only '{_beginning(names)}*'. "
        f"Among them are {', '.join(names[:12])}."
    )


def _beginning(names: Sequence[str]) -> str:
    """How some of them begin, for an example."""
    return re.split(r"(?<=[a-z])(?=[A-Z])|[/_\-]", names[0], maxsplit=1)[0] if names else ""


def _samples(
    resources: Mapping[str, Mapped], draft: Draft, dictionary: Mapping[str, FieldDefinition]
) -> Iterator[tuple[str, bytes]]:
    if draft.kind == "filedrop":
        (only,) = resources.values()
        yield from from_sample.sample_files(draft, samples.values(only, dictionary)).items()
        return
    for resource, one in resources.items():
        if draft.kind == "frontdb":
            yield f"{resource}{ROWS}", samples.sample_rows(one, dictionary)
        if one.operation.answering is not None:
            ending, body = one.operation.answering(samples.values(one, dictionary), samples.rows_of(one))
            yield f"{resource}{ANSWER}{ending}", body


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    """All or nothing: written beside, then renamed."""
    from tempfile import TemporaryDirectory

    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(
        prefix=f".{folder.name}-", dir=folder.parent
    ) as beside:  # hidden: no half department is read
        whole = Path(beside) / folder.name
        for name, body in files.items():
            place = whole / name
            if not place.resolve().is_relative_to(whole.resolve()):
                raise Misconfigured(f"{name} lies outside of the department's folder; rename the paper.")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
        whole.rename(folder)
