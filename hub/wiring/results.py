"""The files of an item's result: signed here, or gathered from whoever issued it and kept as it came. It reads rows and no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from certificates.certificate import MEDIA_TYPE
from hub.clock import local
from hub.registry import rows
from hub.registry.rows import Carrier
from hub.store.database import Session
from hub.store.tables import certificates, gathered_results


@dataclass(frozen=True)
class Result:
    """A result's document. `gathered` ones were never signed here; `suite` is empty where a signature could not be verified."""

    identifier: str
    number: str
    type_code: str
    authority: str
    file: str
    media_type: str
    suite: str
    gathered: bool
    issued_on: date | None
    valid_from: date | None
    valid_to: date | None
    carriers: Mapping[str, Carrier] = field(default_factory=dict)
    """By kind, what carries a certificate that was signed here; `file` is the data file among them."""

    @property
    def readable(self) -> bool:
        """Whether it is a certificate in our own format, which a page can show."""
        return self.media_type == MEDIA_TYPE


def result_file(session: Session, item_case_id: str) -> Result | None:
    """The document of this item case, if it is there."""
    c, g = certificates.c, gathered_results.c
    own = session.execute(select(certificates).where(c.item_case_id == item_case_id, c.file != "")).first()
    if own is not None:
        issued = local(own.reserved_at).date()
        head = (own.identifier, own.number, own.type_code, own.authority, own.file, MEDIA_TYPE, own.suite, False)
        return Result(*head, issued, own.valid_from, own.valid_to, rows.files_of(session, own.id))
    row = session.execute(select(gathered_results).where(g.item_case_id == item_case_id)).first()
    if row is None:
        return None
    head = (row.identifier, row.number, row.type_code, row.authority, row.file, row.media_type, row.suite, True)
    return Result(*head, row.issued_on, row.valid_from, row.valid_to)
