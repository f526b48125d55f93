"""What the catalog manager sees: matters, items, resources, needs, guides, versions and their differences, as plain frozen values. It makes none of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class MatterRow:
    code: str
    title: str
    lead: str
    items: int
    fields: int
    materials: int
    exempt: int
    proposed: bool
    sequence: int = 0
    listed_kind: str = ""
    province_mandated: bool = False
    batch: str = ""
    deadline: str = ""
    aliases: tuple[str, ...] = ()
    item_titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class NamedCode:
    """A code with its title, for a link."""

    code: str
    title: str


@dataclass(frozen=True)
class ItemRow:
    """An item of the catalog; `own_fields`, `own_materials` and `questions` are what it alone brings, in words."""

    code: str
    title: str
    aliases: tuple[str, ...]
    department: str
    kind: str
    promised_workdays: int
    statutory_workdays: int
    immediate: bool
    result: str
    issued_by: str
    special: tuple[str, ...]
    matters: tuple[NamedCode, ...]
    own_fields: tuple[str, ...]
    own_materials: tuple[str, ...]
    questions: tuple[str, ...]
    proposed: bool


@dataclass(frozen=True)
class ItemLine:
    code: str
    title: str
    department: str
    kind: str
    promised_workdays: int
    statutory_workdays: int
    result: str
    issued_by: str
    waits_for: tuple[str, ...]
    optional: bool
    proposed: bool
    change_note: str = ""
    """更改, as the published list has it."""


@dataclass(frozen=True)
class SourceLine:
    department: str
    resource: str
    field: str
    trust: str


@dataclass(frozen=True)
class FieldLine:
    key: str
    title: str
    group: str
    type: str
    required: bool
    locked: bool
    used_by: tuple[str, ...]
    sources: tuple[SourceLine, ...]


@dataclass(frozen=True)
class MaterialLine:
    code: str
    name: str
    items: tuple[str, ...]
    source: str
    standard: str
    copies: int
    exempt_by: str
    deferrable: bool
    promise_allowed: bool


@dataclass(frozen=True)
class DependencyLine:
    upstream: str
    downstream: str
    on_reject: str
    proposed: bool


@dataclass(frozen=True)
class RoleLine:
    code: str
    title: str
    kind: str
    required: bool
    proofs: tuple[str, ...]
    reached_by: str


@dataclass(frozen=True)
class GrantLine:
    code: str
    resource: str
    purpose: str
    ground: str
    clause: str
    fields: tuple[str, ...]
    until: date


@dataclass(frozen=True)
class MatterDetail:
    row: MatterRow
    aliases: tuple[str, ...]
    batch: str
    issuing_level: str
    items: tuple[ItemLine, ...]
    fields: tuple[FieldLine, ...]
    materials: tuple[MaterialLine, ...]
    dependencies: tuple[DependencyLine, ...]
    roles: tuple[RoleLine, ...]
    grants: tuple[GrantLine, ...]


@dataclass(frozen=True)
class ResourceFieldLine:
    name: str
    title: str
    share: str
    sensitivity: str
    matters: int = 0
    """How many matters ask for it."""


@dataclass(frozen=True)
class ResourceRow:
    code: str
    title: str
    department: str
    kind: str
    share: str
    subject: tuple[str, ...]
    fields: tuple[ResourceFieldLine, ...]
    update_cycle: str
    trust: str
    certificate_type: str
    matters: tuple[NamedCode, ...] = ()


@dataclass(frozen=True)
class NeedRow:
    """A line of the 需求清单: what a matter needs and who supplies it. `state` is met, unmet, withheld or ungranted."""

    matter: str
    item: str
    need: str
    department: str
    resource: str
    state: str
    sentence: str
    matter_code: str = ""
    item_code: str = ""
    use: str = ""
    name: str = ""
    resource_code: str = ""
    share: str = ""


@dataclass(frozen=True)
class NeedsFile:
    """The 需求清单 as a file for a spreadsheet."""

    name: str
    text: str


@dataclass(frozen=True)
class GuideLine:
    """One thing said under an element of a guide; `of` names the items it holds for, "" for all."""

    text: str
    of: str
    proposed: bool


@dataclass(frozen=True)
class GuideElement:
    number: str
    title: str
    lines: tuple[GuideLine, ...]


@dataclass(frozen=True)
class GuideView:
    """办事指南 of a matter, full or short; `missing` are the titles of elements that nobody filled yet."""

    row: MatterRow
    items: tuple[ItemLine, ...]
    elements: tuple[GuideElement, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class ChangeRow:
    """One difference between two published catalogs. `kind` is added, removed or changed."""

    area: str
    code: str
    title: str
    kind: str
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class VersionRow:
    digest: str
    published_at: datetime
    by: str
    current: bool
    in_force_since: datetime | None = None
    moved_by: str = ""
    """Of the version in force: from when, and who put it in force (perhaps again)."""


@dataclass(frozen=True)
class MismatchRow:
    file: str
    line: int | None
    sentence: str


@dataclass(frozen=True)
class PolicyRow:
    key: str
    value: str
    layer: str
    source: str
    point: str
    effect: str = ""
    """What the setting does here; it says so where it is only recorded."""
    title: str = ""
