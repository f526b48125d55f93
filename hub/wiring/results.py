"""The files of an item's result: signed here, or handed over by whoever issued it and kept as it came. It reads rows and no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import or_, select

from certificates.certificate import MEDIA_TYPE
from hub.clock import local
from hub.registry import rows
from hub.registry.rows import Carrier
from hub.store.database import Session
from hub.store.tables import certificates, item_cases


@dataclass(frozen=True)
class Result:
    """A result's document, an entry of the registry. What its department issued (`foreign`) was never signed here; `suite` is that of its
    data, empty where it has none that is signed, `trust` its grade. `authority` is the department's code."""

    id: str
    identifier: str
    number: str
    type_code: str
    authority: str
    file: str
    media_type: str
    suite: str
    foreign: bool
    trust: str
    issued_on: date
    valid_from: date | None
    valid_to: date | None
    carriers: Mapping[str, Carrier] = field(default_factory=dict)
    """By kind, what carries it; `file` is the data file among them, or of a foreign one without data the file that came."""

    @property
    def readable(self) -> bool:
        """Whether it is a certificate in our own format, which a page can show."""
        return self.media_type == MEDIA_TYPE


def result_file(session: Session, item_case_id: str) -> Result | None:
    """The document of this item case, if it is there."""
    c, i = certificates.c, item_cases.c
    own = or_(c.item_case_id == i.id, c.id == i.imported_id)
    found = select(certificates, i.department).join_from(item_cases, certificates, own)
    row = session.execute(found.where(i.id == item_case_id, c.state == "signed")).first()
    if row is None:
        return None
    carriers = rows.files_of(session, row.id)
    main = carriers.get("ycert") or next(iter(carriers.values()))
    head = (row.id, row.identifier, row.number, row.type_code, row.department, main.file, main.media_type, row.suite)
    foreign = row.origin == "imported"
    return Result(*head, foreign, row.trust, local(row.reserved_at).date(), row.valid_from, row.valid_to, carriers)
