"""What the catalog's join says of one department. It reads no file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from catalog.mismatch import Mismatch
from hub.wiring.checking.finding import Finding


def joined(mismatches: Iterable[Mismatch], code: str, site: Path) -> Iterator[Finding]:
    """Mistakes elsewhere keep it from being published too."""
    own, others = [], 0
    for mismatch in mismatches:
        if Path(mismatch.file).parts[:2] == ("departments", code):
            own.append(mismatch)
        else:
            others += 1
    for mismatch in own:
        place = f"{mismatch.file}:{mismatch.line}" if mismatch.line else mismatch.file
        yield Finding.mend("catalog", f"{place}: {mismatch.message}", f"$EDITOR {site / mismatch.file}")
    if others:
        yield Finding.look("catalog", f"{others} mistakes in other files of the site", "yijian catalog check")
    if not own and not others:
        yield Finding.ok("catalog", "the whole site joins without a mismatch")
