"""Holds supply and demand of a site against each other and reports every mismatch. It reads no file and asks nobody.

A mismatch names its file and the place inside it; `loading.located` turns the place into a line.
"""

from __future__ import annotations

from datetime import date

from catalog.mismatch import Mismatch
from catalog.needs import Need, needs
from catalog.rules import asked, certificates, grants, items, matters, names, parts, roles, sources, supply
from catalog.types import Site

__all__ = ["Need", "join", "needs"]


def join(site: Site, on: date | None = None) -> list[Mismatch]:
    """Everything that does not fit, sorted by file; empty means that the site may be published.

    `on` is the day against which grants must not have run out; without it their dates are not judged."""
    found = [
        *supply.check(site),
        *certificates.check(site),
        *items.check(site),
        *asked.check(site),
        *parts.check(site),
        *names.check(site),
        *matters.check(site),
        *roles.check(site),
        *sources.check(site),
        *grants.check(site, on),
    ]
    return sorted(found, key=lambda one: (one.file, [str(part) for part in one.at], one.code, one.message))
