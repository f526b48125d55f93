"""Reads a kind's settings out of the unread mappings of a department.toml, with messages that name the place. It opens no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from adapters.contract import Misconfigured
from catalog.nearest import one_of


@dataclass(frozen=True)
class Settings:
    """One table of a department.toml; `where` names it in messages (`market-regulation [resources.deed]`)."""

    table: Mapping[str, object]
    where: str

    def text(self, key: str, default: str | None = None) -> str:
        value = self.table.get(key, default)
        if not isinstance(value, str):
            raise Misconfigured(f"{self.where}: {key} must be a text.")
        return value

    def number(self, key: str, default: float) -> float:
        value = self.table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Misconfigured(f"{self.where}: {key} must be a number.")
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.table.get(key, default)
        if not isinstance(value, bool):
            raise Misconfigured(f"{self.where}: {key} must be true or false.")
        return value

    def words(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = self.table.get(key)
        if value is None:
            return default
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list | tuple):
            raise Misconfigured(f"{self.where}: {key} must be a text or a list of texts.")
        return tuple(str(word) for word in value)

    def inner(self, key: str) -> Settings:
        value = self.table.get(key, {})
        if not isinstance(value, Mapping):
            raise Misconfigured(f"{self.where}: {key} must be a table.")
        return Settings(cast("Mapping[str, object]", value), f"{self.where} {key}")

    def only(self, known: frozenset[str]) -> None:
        """Raises Misconfigured for a key that nothing reads: a misspelt key must not be a silent default."""
        unknown = sorted(set(self.table) - known)
        if unknown:
            raise Misconfigured(f"{self.where}: {', '.join(unknown)} is no known key; {one_of(unknown[0], known)}.")
