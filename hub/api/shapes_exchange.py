"""What a question of a department's system and its answer look like as JSON: pydantic at the door only. The rules are not here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from hub.api.shapes import NO_CONTROL, Code, Shape, Word

Identifier = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_CONTROL)]


class ExchangeIn(Shape):
    """A question within an item case of the asking department."""

    purpose: Code = Field(description="Code of the matter (一件事) that the case is about.")
    case: Word = Field(description="The number of your own item case, as in the hand-over.", repr=False)
    subject: Annotated[dict[Code, Identifier], Field(min_length=1, max_length=6)] = Field(
        description="Whom or what it is about: exactly the subject keys of the resource.", repr=False
    )
    handler: Annotated[str, Field(min_length=1, max_length=80, pattern=NO_CONTROL)] = Field(
        description="经办人: the id of the official on whose action you ask. The sharing log keeps a commitment to it.",
        repr=False,
    )
    fields: Annotated[list[Code], Field(max_length=200)] = Field(
        default_factory=list, description="Plain names (`owners.owner_name` within a list); none: all that you may see."
    )
    document: StrictBool = Field(default=False, description="Ask for the whole document instead of fields.")


@dataclass(frozen=True)
class DocumentOut:
    name: str
    media_type: str
    sha256: str
    content: str
    """Base64."""


@dataclass(frozen=True)
class ExchangeOut:
    """What the question came to. Only `not_found` means that there is no record.

    `refused` are fields that no grant of yours covers, `withheld` those that the provider does not give, `missing` those that its
    record does not have. `intent` and `record` are the numbers of the two records in the sharing log; `question_id` is what the
    department was given as the question's number."""

    resource: str
    outcome: Literal["found", "not_found", "ambiguous"]
    question_id: str
    intent: int
    record: int | None
    asked_at: datetime
    answered_at: datetime
    values: Mapping[str, str] = field(repr=False)
    lists: Mapping[str, tuple[Mapping[str, str], ...]] = field(repr=False)
    precision: Mapping[str, str]
    withheld: tuple[str, ...]
    missing: tuple[str, ...]
    refused: tuple[str, ...]
    documents: tuple[DocumentOut, ...] = field(repr=False)
    as_of: datetime | None
    valid_to: date | None
    matches: int | None


@dataclass(frozen=True)
class ExchangePending:
    """The department's system answers later: collect it at `collect`, not before `retry_after` seconds, until `until`."""

    resource: str
    outcome: Literal["pending"]
    id: str
    collect: str
    question_id: str
    intent: int
    record: int
    asked_at: datetime
    until: datetime
    retry_after: int


@dataclass(frozen=True)
class Keys:
    """A JWK set (RFC 7517); empty where this hub has no key for answers yet."""

    keys: tuple[Mapping[str, str], ...]
