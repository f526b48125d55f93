"""The metadata of a certificate under the tags of GB/T 36903, as OFD carries it (CustomDatas). It reads no file.

The tags are those of public code that follows the standard; its text was not at hand (docs/e-certificates.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from certificates.canonical import Json
from certificates.certificate import CertificateContent, read_content
from certificates.faces.words import WITHOUT_END, Mark

FIELD_PREFIX = "KZ_"
PURPOSE = "JZJZZSY"
"""What an annotated copy (加注件) was made for; no original has it."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the tags are written from."""

    content: CertificateContent
    mark: Mark | None = None


def metadata_of(metadata: Metadata) -> tuple[tuple[str, str], ...]:
    """Return tags with their values, in a fixed order."""
    content, mark = metadata.content, metadata.mark
    tags = [
        ("ZZMC", content.type_name),
        ("ZZLXDM", content.type_code),
        ("ZZBH", content.number),
        ("ZZBS", str(content.identifier)),
        ("ZZBFJG", content.authority.name),
        ("ZZBFJGDM", content.authority.code),
        ("ZZBFRQ", content.issued_on.isoformat()),
        ("CZZT", content.holder.name),
        ("CZZTDM", content.holder.code),
        ("CZZTDMLXDM", content.holder.code_type),
        ("ZZYXQQSRQ", content.valid_from.isoformat()),
        ("ZZYXQJZRQ", content.valid_to.isoformat() if content.valid_to else WITHOUT_END),
        *((FIELD_PREFIX + each.name, each.value) for each in content.fields),
    ]
    if mark:
        tags += [
            ("JZJZZSJ", mark.made_on.isoformat()),
            ("JZJZZZ", mark.maker),
            (PURPOSE, mark.purpose),
            ("JZJYXQJZSJ", mark.expires_on.isoformat()),
        ]
    return tuple(tags)


def disagreeing(tags: Mapping[str, str], content: CertificateContent) -> str | None:
    """Return the first tag whose value is not what ``content`` says; None when all that are there agree."""
    for name, value in metadata_of(Metadata(content)):
        if tags.get(name, value) != value:
            return name
    return None


def content_of(tags: Mapping[str, str]) -> CertificateContent:
    """Read a content back from tags, for files of others. Raises Malformed when a needed tag is missing or wrong."""
    until = tags.get("ZZYXQJZRQ", "")
    document: dict[str, Json] = {
        "identifier": tags.get("ZZBS", ""),
        "type_code": tags.get("ZZLXDM", ""),
        "type_name": tags.get("ZZMC", ""),
        "number": tags.get("ZZBH", ""),
        "holder": {
            "name": tags.get("CZZT", ""),
            "code": tags.get("CZZTDM", ""),
            "code_type": tags.get("CZZTDMLXDM", ""),
        },
        "authority": {"name": tags.get("ZZBFJG", ""), "code": tags.get("ZZBFJGDM", "")},
        "issued_on": tags.get("ZZBFRQ", ""),
        "valid_from": tags.get("ZZYXQQSRQ", "") or tags.get("ZZBFRQ", ""),
        "valid_to": None if until in ("", WITHOUT_END) else until,
        "fields": [
            {"name": name.removeprefix(FIELD_PREFIX).lower(), "label": name, "value": value}
            for name, value in tags.items()
            if name.startswith(FIELD_PREFIX) and value
        ],
    }
    return read_content(document)
