"""Links and codes by which a holder shows chosen claims of a certificate, made at the window. It decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from hub.api.doors import ApiDoors
from hub.api.gate import Caller, CallKey
from hub.api.shapes import NO_CONTROL, Claim, Moment, Named, Shape, Word
from hub.wiring.shared_views import LinkAsked, LinkMade, LinkView
from hub.wiring.showing import ShownCode


class LinkIn(Shape):
    """`shown`: claims by name (number, holder_name, holder_code, holder_code_type, KZ names) or by label; `case_no` is where the holder is proven."""

    case_no: Annotated[Word, Field(repr=False)]
    shown: Annotated[tuple[Claim, ...], Field(max_length=60)]
    purpose: Annotated[str, Field(min_length=1, max_length=60, pattern=NO_CONTROL, repr=False)]
    until: Moment
    times: Annotated[int, Field(ge=1, le=20, strict=True)] = 1


class ShowingIn(Shape):
    """`shown` as for a link, without holder_code_type; `case_no` is where the holder is proven."""

    case_no: Annotated[Word, Field(repr=False)]
    shown: Annotated[tuple[Claim, ...], Field(max_length=60)]


@dataclass(frozen=True)
class LinkList:
    rows: tuple[LinkView, ...]


def add(api: APIRouter, doors: ApiDoors) -> None:
    door, links = doors.certificate_links, "/certificates/{certificate_id}/links"

    @api.get(links, tags=["certificates"], operation_id="list_certificate_links")
    def list_certificate_links(p: Caller, certificate_id: Named) -> LinkList:
        """The links of a certificate; none shows the link itself."""
        return LinkList(door.links(p, certificate_id))

    @api.post(links, tags=["certificates"], operation_id="make_certificate_link")
    def make_certificate_link(p: Caller, certificate_id: Named, given: LinkIn, key: CallKey) -> LinkMade:
        """A link on the holder's behalf, in a case in which the holder is proven: whoever opens it has an SD-JWT VC. It is told once, here."""
        asked = LinkAsked(given.case_no, given.shown, given.purpose, given.until, given.times, key)
        return door.make(p, certificate_id, asked)

    @api.post(links + "/{link_id}/revocation", tags=["certificates"], operation_id="revoke_certificate_link")
    def revoke_certificate_link(p: Caller, certificate_id: Named, link_id: Named) -> LinkView:
        """The holder does not want it any more."""
        return door.revoke(p, certificate_id, link_id)

    @api.post("/certificates/{certificate_id}/showings", tags=["certificates"], operation_id="show_certificate_by_code")
    def show_certificate_by_code(p: Caller, certificate_id: Named, given: ShowingIn) -> ShownCode:
        """The text of a QR code that shows these claims and hides the rest, on the holder's behalf. It is checked without a network, kept
        nowhere, and cannot be taken back."""
        return door.show(p, certificate_id, given.case_no, given.shown)
