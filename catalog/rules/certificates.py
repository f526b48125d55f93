"""Rules of certificate types (证照类型): code, who issues, period, the fields of its own. What an item's result gives to it is in `rules.matters`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from stdnum.cn import uscc

from catalog.mismatch import Mismatch
from catalog.rules.places import at_written, in_item
from catalog.types import CertificateType, FieldType, Site


def check(site: Site) -> Iterator[Mismatch]:
    for kind in site.certificates.values():
        yield from _codes(site, kind)
        yield from _extensions(site, kind)
        yield from _validity(site, kind)
    yield from _issuers(site)


def _codes(site: Site, kind: CertificateType) -> Iterator[Mismatch]:
    if not uscc.is_valid(kind.definer):
        message = (
            f"{kind.code} does not begin with the credit code of its defining authority; correct its check character"
        )
        yield at_written(kind.written, "certificates", ("code",), "BAD_USCC", message)
    if not kind.issued_by:
        message = f"nobody issues {kind.title}; name the department in issued_by, or take the type out"
        yield at_written(kind.written, "certificates", ("issued_by",), "UNKNOWN_DEPARTMENT", message)
    for code in kind.issued_by:
        if code not in site.departments:
            message = f'"{code}" is no department of this site; add its folder or name another in issued_by'
            yield at_written(kind.written, "certificates", ("issued_by",), "UNKNOWN_DEPARTMENT", message)


def _extensions(site: Site, kind: CertificateType) -> Iterator[Mismatch]:
    for key, written in (("name", [e.name for e in kind.extensions]), ("field", [e.field for e in kind.extensions])):
        for twice in sorted(name for name, count in Counter(written).items() if count > 1):
            message = f'two extensions have the {key} "{twice}"; take one out or give it its own'
            yield at_written(kind.written, "certificates", ("extensions",), "DUPLICATE_FIELD", message)
    for position, extension in enumerate(kind.extensions):
        if extension.field not in site.dictionary:
            message = f'"{extension.field}" is not in dictionary.toml; add it there'
            at = ("extensions", position, "field")
            yield at_written(kind.written, "certificates", at, "UNKNOWN_FIELD", message)


def _validity(site: Site, kind: CertificateType) -> Iterator[Mismatch]:
    """A period that a field ends is shown on the certificate, or nobody could check it."""
    until = kind.validity.until
    if [kind.validity.years is not None, bool(until), kind.validity.unlimited].count(True) != 1:
        message = "a period has exactly one rule: years, until (a field) or unlimited = true; keep one"
        yield at_written(kind.written, "certificates", ("validity",), "VALIDITY_UNCLEAR", message)
    if not until:
        return
    entry = site.dictionary.get(until)
    if until not in kind.fields or entry is None or entry.type is not FieldType.DATE or entry.open_ended:
        message = f'the period ends by "{until}", which is no date with an end among the extensions; add it there or name another'
        yield at_written(kind.written, "certificates", ("validity",), "VALIDITY_UNCLEAR", message)


def _issuers(site: Site) -> Iterator[Mismatch]:
    """A type is issued by whom it names: by the department of each item that gives it, too."""
    for item in site.items.values():
        kind = site.certificates.get(item.result.certificate_type)
        if kind is not None and item.department not in kind.issued_by:
            message = (
                f"{item.department} is not in issued_by of {kind.title}; add it there or give the item another type"
            )
            yield in_item(item.code, ("result", "certificate_type"), "WRONG_DEPARTMENT", message)
