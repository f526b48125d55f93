"""The next version of a certificate (延续, 变更): what it will say. Pure: it signs and keeps nothing.

The identifier stays but for its version and check character (GB/T 36904), and so does the number (proposed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from certificates import identifier as identifiers
from certificates.certificate import CertificateContent, ExtensionField, read_content, write_content
from certificates.errors import Malformed
from hub.errors import BadInput
from hub.registry.acts import Act

HOLDER_NAME = "holder_name"
LAST_VERSION = 999


@dataclass(frozen=True)
class Wish:
    """What is asked of the next version: its last day (None: as the rule says), and fields by their KZ name, or the holder's name."""

    valid_to: date | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


def next_version(
    content: CertificateContent, act: Act, day: date, until: date | None, wish: Wish
) -> CertificateContent:
    """A renewal runs from `day` until `until` and says the same; a change keeps the period and says what is wished.

    Raises BadInput (NOTHING_CHANGED, CERTIFICATE_FIELD_UNKNOWN, VERSIONS_EXHAUSTED, VALUE_UNFIT)."""
    number = int(content.identifier.version) + 1
    if number > LAST_VERSION:
        raise BadInput("版本号已经用尽，请按新办重新核发。", code="VERSIONS_EXHAUSTED")
    known = content.identifier
    made = identifiers.make(known.type_code, known.issuer, known.serial, number)
    if act is Act.RENEW:
        return replace(content, identifier=made, issued_on=day, valid_from=day, valid_to=wish.valid_to or until)
    changed = _changed(content, wish.values)
    if changed == content:
        raise BadInput("没有要变更的内容。请填写至少一项新的内容。", code="NOTHING_CHANGED")
    return replace(changed, identifier=made, issued_on=day)


def _changed(content: CertificateContent, values: Mapping[str, str]) -> CertificateContent:
    names = {one.name for one in content.fields} | {HOLDER_NAME}
    unknown = sorted(values.keys() - names)
    if unknown:
        raise BadInput("这本证照没有这一项，不能变更。", {unknown[0]: "没有这一项"}, code="CERTIFICATE_FIELD_UNKNOWN")
    given = {name: text.strip() for name, text in values.items() if text.strip()}
    holder = replace(content.holder, name=given.get(HOLDER_NAME, content.holder.name))
    fields = tuple(ExtensionField(f.name, f.label, given.get(f.name, f.value)) for f in content.fields)
    return replace(content, holder=holder, fields=fields)


def require_plain(content: CertificateContent) -> None:
    """Raises BadInput (VALUE_UNFIT) for what no certificate can say."""
    try:
        read_content(write_content(content))
    except Malformed as e:
        raise BadInput("内容含有证照不能写的字符，或者期限颠倒。请检查后再试。", code="VALUE_UNFIT") from e
