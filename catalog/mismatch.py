"""The errors of this package and the one shape in which a mistake of a site's files is reported. It finds no mistake itself.

A mistake of an author is a value (`Mismatch`), collected with all others; only a broken promise of a program raises.
"""

from __future__ import annotations

from dataclasses import dataclass, field

At = tuple[str | int, ...]
"""A place inside a file: keys and list positions, as in `("fields", 3, "sources", 0)`."""


class CatalogError(Exception):
    """Root of this package's errors. `code` is stable."""

    code = "CATALOG"


class BadDocument(CatalogError):
    """A frozen document is not what `publishing.freeze` made: publish the site again."""

    code = "CATALOG_BAD_DOCUMENT"


class NoSite(CatalogError):
    """The folder given as site is not one: point YIJIAN_SITE to a folder with a site.toml."""

    code = "CATALOG_NO_SITE"


@dataclass(frozen=True)
class Mismatch:
    """One mistake in a site: `file` relative to the site's folder, `line` from 1 (0: the file as a whole)."""

    file: str
    line: int
    code: str
    message: str
    at: At = field(default=(), compare=False)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message} [{self.code}]"
