"""The types of supply (departments, resources) and demand (matters, items, fields, materials). It reads no file and asks nobody.

Supply says what can be answered and under which share type (政务数据共享条例 art. 13–14); demand says what a matter needs.
`catalog.join` holds the two against each other. Every value is frozen: a published catalog never changes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from catalog.fallback import Fallback

Wire = Mapping[str, object]
"""Settings that only one kind of adapter understands (paths, tags, columns); the catalog carries them unread."""


class ShareType(StrEnum):
    """共享属性, 政务数据共享条例 art. 14."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    WITHHELD = "withheld"


Written = tuple[str, int]
"""Where something stands in a site's folder, for mismatches: the file, and the position in its list there."""

NOWHERE: Written = ("", 0)


class FieldType(StrEnum):
    """How a value is written. All values travel as canonical text: dates ISO 8601, numbers plain decimals, codes as in the code list."""

    TEXT = "text"
    DATE = "date"
    INTEGER = "integer"
    DECIMAL = "decimal"
    CODE = "code"
    CODES = "codes"
    """Several codes of one list, as `0201,0203` in the order of the list."""
    BOOLEAN = "boolean"
    ID_NUMBER = "id_number"
    USCC = "uscc"
    PHONE = "phone"
    ADDRESS = "address"


class Sensitivity(StrEnum):
    """数据分类分级 (proposed levels; the county's own list replaces them)."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


@dataclass(frozen=True)
class Code:
    """One entry of a code list. `aliases` are other titles under which departments and clerks write the same code."""

    code: str
    title: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldDefinition:
    """One entry of the field dictionary: same fact, same name, type and check, wherever it is asked or answered."""

    name: str
    title: str
    type: FieldType
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    codes: tuple[Code, ...] = ()
    unit: str = ""
    max_length: int = 200
    hint: str = ""
    open_ended: bool = False
    """A date that may be 长期; its canonical text is then `9999-12-31`."""
    partial: bool = False
    """A date that may be known to the month or year only; its canonical text is then `1990-05` or `1990`."""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    """The least and the greatest number that make sense, in `unit`."""
    not_before: str = ""
    """`today`: a typed date lies on the day of typing or later."""
    not_after: str = ""
    """`today`: what is typed has happened already, on the day of typing at the latest."""
    example: str = ""
    """A value as somebody would type it, plainly made up; shown beside the field and typed by the demo."""
    file: str = field(default="dictionary.toml", compare=False)


# --- supply -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ResourceField:
    """A field that a resource answers. `wire` tells the adapter where it stands in the answer."""

    name: str
    share: ShareType
    wire: Wire
    required: bool = False


@dataclass(frozen=True)
class ResourceList:
    """A nested list that a resource answers (owners of a deed): values are read as `name[0].field`."""

    name: str
    title: str
    share: ShareType
    wire: Wire
    fields: tuple[ResourceField, ...]


@dataclass(frozen=True)
class Resource:
    """数据资源: something a department answers about a subject. `code` is `<department>.<name>`."""

    code: str
    department: str
    title: str
    share: ShareType
    subject: tuple[str, ...]
    fields: tuple[ResourceField, ...]
    lists: tuple[ResourceList, ...] = ()
    wire: Wire = field(default_factory=dict)
    certificate_type: str = ""
    certificate_number: str = ""
    """Which of its fields is the number of the certificate that it answers with."""
    trust: str = "A"
    update_cycle: str = ""
    timeout_seconds: float = 5.0
    max_age_days: int | None = None
    way: str = ""
    """`inbox`: a person answers it; `registry`: the hub's own registry of certificates does; whatever wire the rest of its department has."""
    repeatable: bool = True
    """Whether a question that nobody answered may be put again by itself; False where each one counts or costs there."""
    keep_seconds: int = 0
    """How long an answer may serve another case too; 0: each case asks anew."""
    proposed: bool = False
    """Written from the department's papers and not reviewed by a person yet: withheld until then, subject and fields may be unknown."""
    summary: str = ""
    disabled: str = ""
    """The notice of a resource that is not offered for now: it stays listed with it, and nobody is asked."""
    answers_within_ms: int | None = None
    service_hours: str = ""
    """What the department promises: how soon it answers, and when its system is up."""

    def field_named(self, name: str) -> ResourceField | None:
        return next((known for known in self.fields if known.name == name), None)


INBOX_WAY = "inbox"
"""`way` of a resource or of `[handles.<item>]` that goes to a person although its department has a system."""
REGISTRY_WAY = "registry"
"""`way` of a resource that is answered from the hub's own registry, by holder and type: certificates that its department issued."""


class Kind(StrEnum):
    SOAP = "soap"
    REST = "rest"
    FILEDROP = "filedrop"
    FRONTDB = "frontdb"
    INBOX = "inbox"
    PLATFORM = "platform"


@dataclass(frozen=True)
class Department:
    """A unit behind an adapter. `handles` are the item codes whose item cases it takes; `wire` is its kind's own manifest."""

    code: str
    name: str
    uscc: str
    kind: Kind
    region: str
    phone: str = ""
    aliases: tuple[str, ...] = ()
    handles: Mapping[str, Wire] = field(default_factory=dict)
    wire: Wire = field(default_factory=dict)
    folder: str = ""
    max_in_flight: int = 4
    disabled: str = ""
    """The notice of a department of which nothing is asked for now. Item cases go on."""
    fallback: Fallback | None = None
    """Who does by hand what its wire cannot while it is down; None: everything waits for the wire."""

    def takes_at_inbox(self, item: str) -> bool:
        """Whether a person at the inbox takes this item's cases; False for an item that it does not handle."""
        wire = self.handles.get(item)
        return wire is not None and (self.kind is Kind.INBOX or wire.get("way") == INBOX_WAY)


# --- demand -----------------------------------------------------------------------------------------------------------


class Lock(StrEnum):
    """Whether a value that a department supplied may be changed by the clerk."""

    LOCKED = "locked"
    EDITABLE = "editable"


@dataclass(frozen=True)
class Source:
    """Where a form field may be filled from: a field of a resource, asked with subject keys that are form keys themselves."""

    resource: str
    field: str
    subject: Mapping[str, str]
    trust: str = "A"
    when: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class FormField:
    """字段: role-qualified (`owner.id_number`), asked once for all items that use it."""

    key: str
    definition: FieldDefinition
    title: str
    group: str
    required: bool = True
    lock: Lock = Lock.EDITABLE
    sources: tuple[Source, ...] = ()
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answer_of: str = ""
    """The question whose answer is this field's value, so that nothing is asked twice."""
    written: Written = field(default=NOWHERE, compare=False)

    @property
    def role(self) -> str:
        return self.key.rpartition(".")[0]


@dataclass(frozen=True)
class Exemption:
    """免提交: the resource, or the upstream item's result, that stands in for the paper."""

    resource: str = ""
    subject: Mapping[str, str] = field(default_factory=dict)
    upstream_item: str = ""


@dataclass(frozen=True)
class Material:
    """材料 with the nine sub-elements of the guides (seed 000 一, 9a–9i)."""

    code: str
    name: str
    legal_basis: str
    type_and_format: str
    source: str
    acceptance_standard: str
    paper_copies: int
    paper_size: str
    deferrable: bool
    promise_allowed: bool
    notes: str
    main: bool = True
    exemptions: tuple[Exemption, ...] = ()
    """What may stand in for the paper, best first. In `Matter.demands` only those that this matter's form can ask."""
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    file: str = field(default="materials.toml", compare=False)
    """Where a shared material is written."""


class ItemKind(StrEnum):
    """What an item is (classification proposed, from the names of the list)."""

    PERMIT = "permit"
    FILING = "filing"
    REGISTRATION = "registration"
    SERVICE_REQUEST = "service_request"
    LOOK_UP = "look_up"
    PRINT_OUT = "print_out"
    DECLARATION = "declaration"
    BENEFIT = "benefit"


class IssuedBy(StrEnum):
    HUB = "hub"
    DEPARTMENT = "department"
    PLATFORM = "platform"
    NOBODY = "nobody"


@dataclass(frozen=True)
class ResultDefinition:
    """What an approved item gives. `certificate_type` is the GB/T 36904 type code where a certificate is made."""

    name: str
    issued_by: IssuedBy
    certificate_type: str = ""
    fields: tuple[str, ...] = ()
    resource: str = ""
    """Of a look-up or a print-out: the resource whose answer is the result."""
    subject: Mapping[str, str] = field(default_factory=dict)
    """What that resource is asked with: subject key → form key."""


@dataclass(frozen=True)
class Item:
    """联办事项. `accepts` is False where there is no 受理 and no decision to sign (a service request).

    As written, `fields` and `materials` are its own and `uses` names blocks of parts; in `Matter.demands` all is in one."""

    code: str
    title: str
    department: str
    kind: ItemKind
    fields: tuple[str, ...]
    materials: tuple[Material, ...]
    promised_workdays: int
    statutory_workdays: int
    result: ResultDefinition
    applicant_kinds: tuple[str, ...] = ("enterprise",)
    legal_bases: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    special_procedures: tuple[str, ...] = ()
    deferral_allowed: bool = False
    promise_allowed: bool = False
    immediate: bool = False
    aliases: tuple[str, ...] = ()
    proposed: bool = True
    reviewed_by: str = ""
    extras: Mapping[str, object] = field(default_factory=dict)
    guide: Mapping[str, object] = field(default_factory=dict)
    """Elements of the 办事指南 (`catalog.guides`)."""
    uses: tuple[str, ...] = ()
    """Blocks of parts: what this item asks of whoever runs the business, of the premises, of an agent."""
    asks: tuple[FormField, ...] = ()
    """Form fields that are defined with the item itself; their keys are among `fields`."""
    roles: tuple[Role, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def has_acceptance(self) -> bool:
        return self.kind not in (ItemKind.SERVICE_REQUEST, ItemKind.LOOK_UP, ItemKind.PRINT_OUT)

    @property
    def is_asked(self) -> bool:
        """Answered or gathered by asking its result's resource: no department takes its item case."""
        return self.kind in (ItemKind.LOOK_UP, ItemKind.PRINT_OUT)


class OnReject(StrEnum):
    """What an item's failure does to the rest (K-01)."""

    END_WHOLE_MATTER = "end_whole_matter"
    END_DEPENDENTS_ONLY = "end_dependents_only"
    CONTINUE = "continue"


@dataclass(frozen=True)
class Dependency:
    """前后置关系: the downstream item is in pre-review until the upstream's approval (seed 000 二(四))."""

    upstream: str
    downstream: str
    on_reject: OnReject | None = None
    """None: as the site's policy says (`on_item_failure`)."""
    proposed: bool = True


@dataclass(frozen=True)
class Relation:
    """How a role is reached from a proven party: the form key that an answer of one of these resources fills with its identifier."""

    via: str
    resources: tuple[str, ...]


@dataclass(frozen=True)
class Role:
    """当事人角色. A role with a relation may be asked about once that relation's key came from its resource."""

    code: str
    title: str
    kind: str  # "enterprise" | "person" | "premises" | "other": only the first two are parties
    identifier: str = ""
    required: bool = True
    proofs: tuple[str, ...] = ()
    relation: Relation | None = None
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    written: Written = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Question:
    """One question of the situation tree; answers choose items, fields and materials. One that the matter itself settles
    (a teahouse is no hotel), or whose `when` does not hold, is not asked: its default stands."""

    key: str
    title: str
    answers: tuple[Code, ...]
    default: str = ""
    settled: bool = False
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What an item asks of itself is asked where the matter brings that item up."""
    written: Written = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Block:
    """What an item that uses a part asks of it: form keys, materials, and the keys that its result shows."""

    fields: tuple[str, ...]
    materials: tuple[Material, ...] = ()
    result: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    """Codes of materials that the part names and no file of materials has; a catalog with one is not published."""


@dataclass(frozen=True)
class Part:
    """A piece of the one form that many matters share: a registered enterprise, premises, an agent.

    Two parts may have a block of the same name (an operator who is registered, one who is about to be): a matter names the one it takes."""

    code: str
    title: str
    roles: tuple[Role, ...]
    questions: tuple[Question, ...]
    fields: tuple[FormField, ...]
    blocks: Mapping[str, Block]


@dataclass(frozen=True)
class MatterItem:
    item: str
    order: int
    optional: bool = True
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    change_note: str = ""


@dataclass(frozen=True)
class Matter:
    """一件事. Identity is `code`; titles are aliases."""

    code: str
    title: str
    region: str
    lead: str
    applicant_kind: str
    items: tuple[MatterItem, ...]
    roles: tuple[Role, ...]
    questions: tuple[Question, ...] = ()
    fields: tuple[FormField, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    aliases: tuple[str, ...] = ()
    sequence: int = 0
    batch: str = ""
    issuing_level: str = ""
    deadline: str = ""
    province_mandated: bool = False
    proposed: bool = True
    sheet: bool = False
    """Its look-ups are handed to the lead as one verification sheet 核验结果单; the lead has no item here and answers nothing."""
    listed_kind: str = ""
    """服务对象 as the list has it; `applicant_kind` says who really applies."""
    parts: tuple[str, ...] = ()
    """The parts that the matter takes: those it names and those that alone have a block which an item uses."""
    settled: Mapping[str, str] = field(default_factory=dict)
    """Answers that the matter itself gives."""
    guide: Mapping[str, object] = field(default_factory=dict)
    demands: Mapping[str, Item] = field(default_factory=dict)
    """Item code → the item with everything that it asks in this matter."""


@dataclass(frozen=True)
class Grant:
    """授权: who may use which fields of which resource, for which purpose, on which legal ground, until when."""

    code: str
    resource: str
    purpose: str
    ground: str
    clause: str
    fields: tuple[str, ...]
    until: date
    region: str
    written: Written = field(default=("grants.toml", 0), compare=False)


@dataclass(frozen=True)
class CertificateGrant:
    """授权: which `departments` may have certificates of which types out of the registry, for which purpose, until when. They are given
    an annotated copy; the files themselves only with `whole_file`."""

    code: str
    certificates: tuple[str, ...]
    departments: tuple[str, ...]
    whole_file: bool
    purpose: str
    ground: str
    clause: str
    until: date
    region: str
    written: Written = field(default=("grants.toml", 0), compare=False)


@dataclass(frozen=True)
class PolicyValue:
    """One effective setting with the layer and the source it comes from (K-01…K-26)."""

    key: str
    value: object
    layer: str
    source: str
    point: str = ""


@dataclass(frozen=True)
class CalendarDay:
    day: date
    working: bool
    title: str
    source: str


@dataclass(frozen=True)
class Extension:
    """One field of a type's own (扩展字段, GB/T 36903 `KZ_*`): `label` is what is printed, `field` a name of the dictionary."""

    name: str
    label: str
    field: str


@dataclass(frozen=True)
class Validity:
    """有效期 rule: so many `years`, or up to the day that the form's field `until` (a name of the dictionary) says, or without end."""

    years: int | None = None
    until: str = ""
    unlimited: bool = False


@dataclass(frozen=True)
class CertificateType:
    """证照类型 (GB/T 36902/36904): `code` is the defining authority's 18 characters and 3 more, `issued_by` are departments,
    `face` names the layout of its face."""

    code: str
    title: str
    defined_by: str
    issued_by: tuple[str, ...]
    validity: Validity
    extensions: tuple[Extension, ...]
    holder: str = "enterprise"
    face: str = ""
    proposed: bool = True
    reviewed_by: str = ""
    written: Written = field(default=("certificates.toml", 0), compare=False)

    @property
    def definer(self) -> str:
        """The code of the authority that defines the type (证照定义机构代码)."""
        return self.code[:18]

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the dictionary that it shows."""
        return tuple(one.field for one in self.extensions)


@dataclass(frozen=True)
class Site:
    """A region's whole catalog, as read from its folder or from a published document."""

    region: str
    name: str
    platform: str
    dictionary: Mapping[str, FieldDefinition]
    departments: Mapping[str, Department]
    resources: Mapping[str, Resource]
    items: Mapping[str, Item]
    matters: Mapping[str, Matter]
    grants: tuple[Grant, ...]
    policy: Mapping[str, PolicyValue]
    calendar: tuple[CalendarDay, ...]
    notices: Mapping[str, str]
    certificate_types: Mapping[str, str] = field(default_factory=dict)
    certificates: Mapping[str, CertificateType] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    guide: Mapping[str, object] = field(default_factory=dict)
    """What holds for the guides of all matters: the hall, its hours, where to complain."""
    certificate_grants: tuple[CertificateGrant, ...] = ()

    def has_inbox(self, department: str) -> bool:
        """Whether people of this department answer or decide at the inbox: all of it, an item or a resource of it, or while its wire is down."""
        known = self.departments[department]
        asked = (r.way for r in self.resources.values() if r.department == department)
        always = known.kind is Kind.INBOX or known.fallback is not None
        return always or any(known.takes_at_inbox(item) for item in known.handles) or INBOX_WAY in asked
