"""Who a certificate is about: the names of the profile, as X.509 writes and reads them. It judges no name.

Profile (proposed): C=CN, O=the authority's name, organizationIdentifier (2.5.4.97) = ``NTRCN-`` and its unified social
credit code (the form of ETSI EN 319 412-1), CN. A root or an issuing CA may go without a code. Read are the code alone too, and
other registers' prefixes (``VATCN-``, ``GOVCN-``), in small letters also.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from asn1crypto import x509

CODE_PREFIX = "NTRCN-"
# What other CAs write: another register of the same country, small letters, or the code alone.
_CODE = re.compile(r"(?:[A-Za-z]{3}[Cc][Nn]-)?([0-9A-Za-z]{18})")


@dataclass(frozen=True, slots=True)
class Name:
    """The subject or issuer of a certificate; a name has all of it or, except for the code, an empty text."""

    common_name: str
    organization: str = ""
    code: str = ""
    """The unified social credit code of the organisation; empty where the name carries none."""


def write_name(name: Name) -> Any:
    """The ``asn1crypto.x509.Name``: always these attributes in this order, so that equal names have equal bytes."""
    attributes = [("country_name", x509.PrintableString("CN"), "printable_string")]
    if name.organization:
        attributes.append(("organization_name", x509.UTF8String(name.organization), "utf8_string"))
    if name.code:
        attributes.append(("organization_identifier", x509.UTF8String(CODE_PREFIX + name.code), "utf8_string"))
    attributes.append(("common_name", x509.UTF8String(name.common_name), "utf8_string"))
    return x509.Name(name="", value=x509.RDNSequence([_one(*each) for each in attributes]))


def read_name(found: Any) -> Name:
    """The three that the profile knows, of an ``asn1crypto.x509.Name``; other attributes are left aside, of several the last counts."""
    texts: dict[str, str] = {}
    for attributes in found.chosen:
        for each in attributes:
            texts[each["type"].native] = str(each["value"].native)
    code = _CODE.fullmatch(texts.get("organization_identifier", "").strip())
    return Name(
        texts.get("common_name", ""),
        texts.get("organization_name", ""),
        code[1].upper() if code else "",
    )


def _one(kind: str, value: Any, form: str) -> Any:
    text = x509.DirectoryString(name=form, value=value)
    return x509.RelativeDistinguishedName([x509.NameTypeAndValue({"type": kind, "value": text})])
