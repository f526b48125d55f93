"""What the catalog's join says of one department. It reads no file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from catalog.counted import counted
from catalog.mismatch import Mismatch
from hub.wiring.checking.finding import Finding


def joined(mismatches: Iterable[Mismatch], code: str, site: Path) -> Iterator[Finding]:
    """Mistakes elsewhere keep it from being published too; those of the dictionary are its own: its mapping is written in those words."""
    own, others = [], 0
    for mismatch in mismatches:
        if Path(mismatch.file).parts[:2] == ("departments", code) or _of_the_dictionary(mismatch.file):
            own.append(mismatch)
        else:
            others += 1
    for mismatch in own:
        place = f"{mismatch.file}:{mismatch.line}" if mismatch.line else mismatch.file
        yield Finding.mend("catalog", f"{place}: {mismatch.message}", f"$EDITOR {site / mismatch.file}")
    if others:
        yield Finding.look(
            "catalog", f"{counted(others, 'mistake')} in other files of the site", "yijian catalog check"
        )
    if not own and not others:
        yield Finding.ok("catalog", "the whole site joins without a mismatch")


def _of_the_dictionary(file: str) -> bool:
    return Path(file).parts[:1] in (("dictionary",), ("dictionary.toml",))
