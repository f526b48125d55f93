"""The next version of a certificate (延续, 变更): what it will say. Pure: it signs and keeps nothing.

The identifier stays but for its version and check character (GB/T 36904), and so does the number (proposed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from catalog.describing_certificates import field_of
from catalog.dictionary import OPEN_END, BadValue, canonical, shown
from catalog.types import FieldDefinition, FieldType, Site
from certificates import identifier as identifiers
from certificates.certificate import CITIZEN_ID, CertificateContent, ExtensionField, read_content, write_content
from certificates.errors import Malformed
from hub.errors import BadInput
from hub.registry.acts import Act

HOLDER_NAME = "holder_name"
LAST_VERSION = 999
SHORTEST_NAME, LONGEST_NAME = 2, 100
"""Characters of a holder's name (proposed)."""


@dataclass(frozen=True)
class Wish:
    """What is asked of the next version: its last day (None: as the rule says), and fields by their KZ name, or the holder's name."""

    valid_to: date | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


def next_version(
    content: CertificateContent, act: Act, day: date, until: date | None, wish: Wish
) -> CertificateContent:
    """A renewal runs from `day` until `until` and says the same, never shorter than before; a change keeps the period and says what is wished.

    Raises BadInput (RENEWAL_SHORTENS, PERIOD_OVER, NOTHING_CHANGED, CERTIFICATE_FIELD_UNKNOWN, VERSIONS_EXHAUSTED, VALUE_UNFIT)."""
    number = int(content.identifier.version) + 1
    if number > LAST_VERSION:
        raise BadInput("版本号已经用尽，请按新办重新核发。", code="VERSIONS_EXHAUSTED")
    known = content.identifier
    made = identifiers.make(known.type_code, known.issuer, known.serial, number)
    if act is Act.RENEW:
        end = wish.valid_to or until
        _require_longer(content, day, end)
        return replace(content, identifier=made, issued_on=day, valid_from=day, valid_to=end)
    if content.valid_to is not None and content.valid_to < day:
        raise BadInput("没有变更：证照的有效期已过。请按规定重新申请。", code="PERIOD_OVER")
    changed = _changed(content, wish.values)
    if changed == content:
        raise BadInput("没有要变更的内容。请填写至少一项新的内容。", code="NOTHING_CHANGED")
    return replace(changed, identifier=made, issued_on=day)


def _require_longer(content: CertificateContent, day: date, end: date | None) -> None:
    """A year mistyped would end a certificate for good: what shortens it is another act, by its own decision."""
    if end is not None and end < day:
        why = "新的有效期至早于今天。请核对日期"
        raise BadInput(f"没有延续：{why}。", {"valid_to": why}, code="PERIOD_OVER")
    if end is not None and (content.valid_to is None or end < content.valid_to):
        why = "新的有效期至早于现在的有效期至，延续不能缩短期限。请核对日期；要提前终止，请按决定办理注销或者撤销"
        raise BadInput(f"没有延续：{why}。", {"valid_to": why}, code="RENEWAL_SHORTENS")


def _changed(content: CertificateContent, values: Mapping[str, str]) -> CertificateContent:
    names = {one.name for one in content.fields} | {HOLDER_NAME}
    unknown = sorted(values.keys() - names)
    if unknown:
        raise BadInput("这本证照没有这一项，不能变更。", {unknown[0]: "没有这一项"}, code="CERTIFICATE_FIELD_UNKNOWN")
    given = {name: text.strip() for name, text in values.items() if text.strip()}
    holder = replace(content.holder, name=given.get(HOLDER_NAME, content.holder.name))
    fields = tuple(ExtensionField(f.name, f.label, given.get(f.name, f.value)) for f in content.fields)
    return replace(content, holder=holder, fields=fields)


def require_fit(site: Site, content: CertificateContent, wish: Wish, today: date) -> Wish:
    """The wish as issuing would have written it: each changed field by the dictionary's rule and in words, a name that can be one.

    What is not in the type's own list is left to `next_version`. Raises BadInput (VALUE_UNFIT), naming the field; no value is repeated."""
    kind = site.certificates.get(content.type_code)
    fields = {one.name: field_of(site, one) for one in kind.extensions} if kind is not None else {}
    present, fit = {one.name: one.value for one in content.fields}, dict(wish.values)
    for name, text in wish.values.items():
        if name == HOLDER_NAME and text.strip():
            fit[name] = _name(content, text)
        elif name in fields and text.strip() and text.strip() != present.get(name):
            fit[name] = _in_words(fields[name], text, today)
    return replace(wish, values=fit)


def _in_words(definition: FieldDefinition, text: str, today: date) -> str:
    try:
        written = canonical(definition, text, today)
    except BadValue as e:
        raise BadInput(f"没有变更：{e.message}。", {definition.name: e.message}, code="VALUE_UNFIT") from e
    # A date stands as it is typed, a number without the unit, which the label says: so does the first version's.
    if definition.type is FieldType.DATE and written != OPEN_END:
        return written
    return shown(replace(definition, unit=""), written)


def _name(content: CertificateContent, text: str) -> str:
    """企业更名, or 改名: letters at least, of a person no digit. It is the same holder: another one needs another certificate."""
    name = " ".join(text.split())
    letters, person = sum(one.isalpha() for one in name), content.holder.code_type == CITIZEN_ID
    if letters < SHORTEST_NAME or len(name) > LONGEST_NAME or (person and any(one.isdigit() for one in name)):
        why = f"名称应为 {SHORTEST_NAME} 至 {LONGEST_NAME} 个字，个人姓名不含数字；只用于同一持证主体更名，换了主体请另行核发"
        raise BadInput(f"没有变更：{why}。", {HOLDER_NAME: why}, code="VALUE_UNFIT")
    return name


def require_plain(content: CertificateContent) -> None:
    """Raises BadInput (VALUE_UNFIT) for what no certificate can say."""
    try:
        read_content(write_content(content))
    except Malformed as e:
        raise BadInput("内容含有证照不能写的字符。请删去后再试。", code="VALUE_UNFIT") from e
