"""Rule of names: a title or alias stands for one unit, one item, one matter, so that a list that uses names can be read. Codes are checked elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.listing.resolving import Names, items_of, matters_of, units_of
from catalog.mismatch import Mismatch
from catalog.rules.places import in_file
from catalog.types import Site


def check(site: Site) -> Iterator[Mismatch]:
    yield from _unlike("departments/{}/department.toml", units_of(site))
    yield from _unlike("items/{}.toml", items_of(site))
    yield from _unlike("matters/{}.toml", matters_of(site))


def _unlike(file: str, names: Names) -> Iterator[Mismatch]:
    for name, codes in names.ambiguous().items():
        message = f'"{name}" stands for {" and ".join(codes)}; give each a title and aliases of its own'
        yield in_file(file.format(codes[-1]), ("aliases",), "AMBIGUOUS_NAME", message)
