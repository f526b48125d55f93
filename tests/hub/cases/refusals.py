"""Every way in which the sharing service refuses: the call over HTTP, the answer, and what the sharing log has of it. It holds no test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from certificates.identifier import make
from hub.store.tables import certificate_codes
from tests.hub.cases.making import FOOD, SITE
from tests.hub.cases.sharing import HEALTH, OFFICE, TYPE, Shop
from tests.hub.cases.world import FIRM

Calls = Callable[[Shop], object]
DENIED, QUESTION = "denied", ("intent", "")
MADE_UP = str(make(TYPE, "11411323MB9900017M", "0" * 20))


def asked(**which: str) -> Calls:
    return lambda shop: shop.peer().certificates.query(shop.asking(), **which)


def within(**other: str) -> Calls:
    return lambda shop: shop.peer().certificates.query(replace(shop.asking(), **other), identifier=shop.identifier)


def fetched(**which: str) -> Calls:
    return lambda shop: shop.peer().certificates.download(shop.asking(), **{"identifier": shop.identifier, **which})


def used(code: Callable[[Shop], str], office: str = HEALTH, **more: str) -> Calls:
    return lambda shop: shop.peer(office).certificates.redeem(code(shop), "SJ0990", **more)


def revoked(shop: Shop) -> str:
    made = shop.code("t-revoked")
    shop.world.hub.certificate_codes.revoke(shop.world.clerk, made.view.id)
    return made.code


def run_out(shop: Shop) -> str:
    made = shop.code("t-expired")
    shop.alter(certificate_codes, made.view.id, until=shop.world.now[0])
    return made.code


def spent(shop: Shop) -> str:
    made = shop.code("t-spent")
    shop.alter(certificate_codes, made.view.id, used=1)
    return made.code


def fresh(shop: Shop) -> str:
    return shop.code("t-fresh", matter="open-guesthouse").code


REFUSALS: dict[str, tuple[Calls, int, str, list[tuple[str, str]]]] = {
    "no grant": (asked(holder=FIRM.uscc, type=SITE.items[FOOD].result.certificate_type), 403, "no_grant", [(DENIED, "no_grant")]),
    "a holder of no case": (asked(holder="91411323MA9000003W", type=TYPE), 403, "subject_not_of_case", [(DENIED, "subject_not_of_case")]),
    "wrong purpose": (within(purpose="open-ktv"), 403, "PURPOSE_DIFFERS", [(DENIED, "purpose_differs")]),
    "another's item case": (within(case="41132320261120999999-01"), 404, "ITEM_NOT_THERE", [(DENIED, "item_not_there")]),
    "wrong check character": (lambda shop: asked(identifier=shop.mistyped())(shop), 422, "IDENTIFIER_UNREADABLE", [(DENIED, "identifier_unreadable")]),
    "a text that is no code": (asked(qr="YJC1:?"), 422, "QR_UNREADABLE", [(DENIED, "qr_unreadable")]),
    "two ways at once": (asked(identifier=MADE_UP, qr="YJC1:?"), 422, "WANTED_UNCLEAR", [(DENIED, "wanted_unclear")]),
    "unknown identifier": (fetched(identifier=MADE_UP), 404, "CERTIFICATE_UNKNOWN", [QUESTION, ("outcome", "not_found")]),
    "a form there is not": (fetched(form="docx"), 422, "FORM_UNKNOWN", [(DENIED, "form_unknown")]),
    "a copy there is not": (fetched(copy_as="docx"), 422, "FORM_UNKNOWN", [(DENIED, "form_unknown")]),
    "the file itself": (fetched(form="ycert"), 403, "whole_file_not_granted", [(DENIED, "whole_file_not_granted")]),
    "a made-up code": (used(lambda shop: "0123-4567-89AB-CDEF"), 404, "CODE_UNKNOWN", [(DENIED, "code_unknown")]),
    "another department's code": (used(fresh, OFFICE), 404, "CODE_UNKNOWN", [(DENIED, "code_unknown")]),
    "expired code": (used(run_out), 410, "CODE_EXPIRED", [QUESTION, (DENIED, "code_expired")]),
    "used up": (used(spent), 410, "CODE_USED_UP", [QUESTION, (DENIED, "code_used_up")]),
    "withdrawn": (used(revoked), 410, "CODE_REVOKED", [QUESTION, (DENIED, "code_revoked")]),
    "a code for another matter": (used(fresh, purpose="open-ktv"), 403, "CODE_FOR_ANOTHER_MATTER", [QUESTION, (DENIED, "code_for_another_matter")]),
}  # fmt: skip
