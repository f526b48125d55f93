"""Where a department's system asks: an item case of its own that it has on its desk, for the purpose of that case. It asks nobody."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.types import CertificateGrant
from hub.cases.load import id_of_item_number, load
from hub.cases.states import ItemState
from hub.errors import NotAllowed, NotNow
from hub.identity.principal import Principal
from hub.policy import Standing
from hub.prefill.caseform import CaseForm, case_form
from hub.prefill.standing import standing_of
from hub.store.catalogs import Catalogs
from hub.store.database import Database

AT_WORK = frozenset(
    {
        ItemState.PUSHED,
        ItemState.CORRECTION,
        ItemState.ACCEPTED,
        ItemState.PRE_REVIEW,
        ItemState.AWAITING_UPSTREAM,
        ItemState.REVIEWING,
        ItemState.SUSPENDED,
    }
)
"""States of an item case in which its department has it on the desk: only then may it ask about the people in it."""


@dataclass(frozen=True)
class AtDesk:
    """The case, what is known of the people in it, the item that the department handles, and the grants of certificates in its catalog."""

    case: CaseForm
    standing: Standing
    item: str
    certificate_grants: tuple[CertificateGrant, ...]


def at_desk(database: Database, catalogs: Catalogs, p: Principal, item_no: str, purpose: str) -> AtDesk:
    """Raises NotThere (ITEM_NOT_THERE), NotNow (NOT_AT_WORK), NotAllowed (PURPOSE_DIFFERS)."""
    with database.read() as session:
        case_id = id_of_item_number(session, item_no, p.region, p.organisation)
        plain = load(session, case_id, p.region)
        own = plain.numbered(item_no)
        granted = catalogs.site(plain.catalog_digest, session).certificate_grants
        case = case_form(session, case_id, lambda digest: catalogs.site(digest, session))
        standing = standing_of(session, case).standing
    if own.state not in AT_WORK:
        raise NotNow("This item case is not on your desk: ask while you handle it.", code="NOT_AT_WORK")
    if purpose != case.matter.code:
        raise NotAllowed("`purpose` is not the matter of this case; see the hand-over.", code="PURPOSE_DIFFERS")
    return AtDesk(case, standing, own.item, granted)
