"""An invented case in memory behind the doors' protocols: for tests of templates, routes and screenshots. It is no hub."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hub.cases.applicant_view import ApplicantView, OwnFile
from hub.cases.views import (
    Action,
    AlternativeView,
    CandidateView,
    CaseRow,
    CaseView,
    EventView,
    FieldView,
    GroupView,
    InboxRow,
    InboxView,
    ItemChoice,
    ItemView,
    MaterialView,
    MatterCard,
    NeededView,
    NoticeView,
    OpeningView,
    Option,
    OverrideView,
    PartyView,
    ProvenanceView,
    QueryView,
    QuestionView,
    RoleView,
    StageView,
    ToBring,
)
from hub.errors import BadInput, NotAllowed, NotThere
from hub.identity.principal import HUB, Principal, Role
from hub.registry.rows import ChangedMeanwhile, Wanted
from hub.settings import Settings
from hub.web.doors import Doors
from hub.wiring.annotated import CopyAsked
from hub.wiring.bringing import RowResult, Scan
from hub.wiring.catalog_views import (
    ChangeRow,
    DependencyLine,
    FieldLine,
    GrantLine,
    GuideElement,
    GuideLine,
    GuideView,
    ItemLine,
    ItemRow,
    MaterialLine,
    MatterDetail,
    MatterRow,
    MismatchRow,
    NamedCode,
    NeedRow,
    NeedsFile,
    PolicyRow,
    ResourceFieldLine,
    ResourceRow,
    RoleLine,
    SourceLine,
    VersionRow,
)
from hub.wiring.code_views import (
    CodeAsked,
    CodeCertificate,
    CodeMade,
    CodeView,
    HolderCertificate,
    HolderView,
    Redeemed,
    RedeemedCertificate,
    Redemption,
)
from hub.wiring.department_views import CheckRow, ConnectedRow, Figures, FindingRow, Following
from hub.wiring.listings import (
    AccountRow,
    AuditList,
    AuditRecord,
    AuditRow,
    Check,
    DeadRow,
    DepartmentRow,
    FeedRow,
    FileView,
    FilingRow,
    HeldRow,
    KindRow,
    LogHealth,
    MissingRow,
    NodeRow,
    OverviewView,
    QueueView,
    StoreRow,
)
from hub.wiring.registry import ActAsked
from hub.wiring.registry_views import ActView, CertificateRow, CertificateView, CopyRow, TypeView
from hub.wiring.shared_views import LinkAsked, LinkMade, LinkView
from hub.wiring.showing import Claim, Offer, ShownCode
from hub.wiring.status_lists import Published
from hub.wiring.verification import VerificationBundle

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
CSRF = "the-sessions-own-word"
SCAN = b"%PDF-1.4\n%%EOF\n"

PEOPLE = {
    "clerk": Principal(HUB, "1", "测试甲", "西峡县政务服务中心综合窗口", "411323", frozenset({Role.CLERK})),
    "reviewer": Principal(HUB, "2", "演示乙", "西峡县卫生健康委员会", "411323", frozenset({Role.REVIEWER})),
    "auditor": Principal(HUB, "3", "示例丙", "西峡县审计局", "411323", frozenset({Role.AUDITOR})),
    "catalog": Principal(
        HUB, "4", "测试丁", "西峡县政务服务和大数据管理局", "411323", frozenset({Role.CATALOG_MANAGER})
    ),
    "operator": Principal(HUB, "5", "演示戊", "西峡县政务服务和大数据管理局", "411323", frozenset({Role.OPERATOR})),
}


class Sessions:
    """Name and password are the role; the token too."""

    def login(self, username: str, password: str, now: datetime) -> tuple[str, Principal]:
        if username not in PEOPLE or password != username:
            raise NotAllowed("账号或密码不对。连续输错五次，账号会暂停十五分钟。")
        return username, PEOPLE[username]

    def principal(self, token: str, now: datetime) -> tuple[Principal, str] | None:
        return (PEOPLE[token], CSRF) if token in PEOPLE else None

    def logout(self, token: str, now: datetime) -> None:
        pass


def source(department: str, resource: str, seq: int, trust: str = "A") -> ProvenanceView:
    return ProvenanceView(department, resource, NOW, NOW - timedelta(hours=9), trust, True, seq, "")


LICENCE = source("市场监督管理局", "营业执照信息", 1042)
PERSON = source("公安局", "人口基本信息", 1044)
DEED = source("不动产登记中心", "不动产登记信息", 1048, "B")


def field(key: str, title: str, value: str = "", status: str = "auto", **more: object) -> FieldView:
    titles = {
        "waiting": "正在查询",
        "auto": "部门数据",
        "confirmed": "已核对",
        "conflict": "来源不一致",
        "manual": "人工录入，未核验",
        "overridden": "已更正",
        "empty": "待填写",
    }
    plain = FieldView(
        key=key,
        title=title,
        type="text",
        value=value,
        shown=value,
        status=status,
        status_title=titles[status],
        locked=False,
        required=True,
        hint="",
        unit="",
        options=(),
        used_by=("公共场所卫生许可", "食品经营许可"),
        provenance=None,
        alternatives=(),
        override=None,
    )
    return replace(plain, **more)


GROUPS = (
    GroupView(
        "enterprise",
        "申请企业",
        (
            field(
                "enterprise.uscc",
                "统一社会信用代码",
                "91411323MA9XXXXX0K",
                type="uscc",
                locked=True,
                provenance=LICENCE,
            ),
            field("enterprise.enterprise_name", "企业名称", "西峡县示例民宿有限公司", locked=True, provenance=LICENCE),
            field("enterprise.registered_address", "住所", "西峡县示例镇演示路 8 号", provenance=LICENCE),
            field("enterprise.established_on", "成立日期", "2024-03-18", type="date", locked=True, provenance=LICENCE),
            field(
                "enterprise.business_scope",
                "经营范围",
                "住宿服务；餐饮服务；食品销售",
                provenance=replace(LICENCE, trust="B"),
            ),
            field(
                "enterprise.phone",
                "联系电话",
                "0377-00000009",
                "overridden",
                type="phone",
                provenance=LICENCE,
                override=OverrideView("0377-00000000", "测试甲", "数源数据未及时更新", NOW),
            ),
        ),
    ),
    GroupView(
        "legal_representative",
        "法定代表人",
        (
            field("legal_representative.name", "姓名", "示例丙", "confirmed", locked=True, provenance=PERSON),
            field(
                "legal_representative.id_number",
                "身份证号码",
                "411323199001019930",
                type="id_number",
                locked=True,
                shown="411323********9930",
                provenance=LICENCE,
            ),
            field("legal_representative.address", "户籍地址", status="waiting", locked=True),
            field(
                "legal_representative.phone", "手机号码", status="empty", type="phone", hint="用于短信告知受理、办结"
            ),
        ),
    ),
    GroupView(
        "premises",
        "经营场所",
        (
            field(
                "premises.address",
                "场所地址",
                "西峡县示例镇演示路 8 号",
                "conflict",
                type="address",
                alternatives=(
                    AlternativeView("0", "西峡县示例镇演示路 8 号", LICENCE),
                    AlternativeView("1", "西峡县示例镇演示路 8 号院 1 幢", DEED),
                ),
            ),
            field("premises.deed_number", "不动产单元号", "411323 001001 GB00001 F00010001", provenance=DEED),
            field("premises.area", "建筑面积", "386.50", type="decimal", unit="平方米", provenance=DEED),
            field("premises.owner_name", "产权人", status="empty", locked=True),
            field("premises.rooms", "客房数", "12", "manual", type="integer", unit="间"),
            field(
                "premises.dining",
                "是否提供餐饮",
                status="manual",
                value="true",
                type="boolean",
                options=(Option("true", "是"), Option("false", "否")),
            ),
            field("premises.opened_on", "计划开业日期", status="empty", type="date", required=False),
            field(
                "premises.water",
                "生活饮用水",
                status="empty",
                options=(Option("1", "市政供水"), Option("2", "自备水源")),
            ),
        ),
    ),
)

QUERIES = (
    QueryView(
        "q1",
        "市场监督管理局",
        "营业执照信息",
        "answered",
        "found",
        "已取得 6 个字段",
        "good",
        (Option("ask_again", "部门更正后重新查询"),),
        (),
        (),
        1,
        312,
        1042,
        1,
    ),
    QueryView(
        "q2",
        "公安局",
        "人口基本信息",
        "asking",
        "",
        "正在查询",
        "wait",
        (),
        (),
        ("legal_representative.address",),
        1,
        None,
        None,
        2,
    ),
    QueryView(
        "q3",
        "不动产登记中心",
        "不动产登记信息",
        "answered",
        "ambiguous",
        "有两条相近记录，请选定一条",
        "warn",
        (Option("choose", "选择匹配对象"), Option("go_on", "说明理由后继续")),
        (CandidateView(0, "演示路 8 号 · 1 幢"), CandidateView(1, "演示路 8 号院 · 2 幢")),
        (),
        1,
        27,
        1048,
        2,
    ),
    QueryView(
        "q4",
        "消防救援大队",
        "消防验收结果",
        "answered",
        "unavailable",
        "该部门系统暂时没有答复，可稍后再查；这不是“无记录”（超时未答）",
        "bad",
        (Option("retry", "重新查询"), Option("ask_for_paper", "请申请人提交材料"), Option("go_on", "说明理由后继续")),
        (),
        (),
        2,
        5000,
        1050,
        1,
    ),
    QueryView(
        "q5",
        "卫生健康委员会",
        "健康证明信息",
        "pending",
        "pending",
        "已转该部门人工答复",
        "wait",
        (),
        (),
        (),
        1,
        None,
        1046,
        1,
    ),
)


def material(code: str, name: str, status: str, title: str, **more: object) -> MaterialView:
    plain = MaterialView(
        code,
        name,
        status,
        title,
        "",
        ("公共场所卫生许可",),
        "",
        "原件扫描，字迹清晰",
        1,
        False,
        False,
        False,
        None,
        None,
    )
    return replace(plain, **more)


MATERIALS = (
    material("licence", "营业执照", "exempt", "免提交", supplied_by="市场监督管理局", trust="A", log_seq=1042),
    material("id", "法定代表人身份证", "exempt", "免提交", supplied_by="公安局", trust="A", log_seq=1044),
    material("deed", "不动产权证或租赁合同", "waiting", "正在核验", supplied_by="不动产登记中心"),
    material("plan", "场所平面图", "missing", "待收取", deferrable=True, promise_allowed=True),
    material("health", "从业人员健康证明", "uploaded", "已收取", trust="C", has_file=True),
    material("fire", "消防安全检查意见", "upstream", "前置结果自动提供", supplied_by="消防安全检查"),
)


def item(code: str, title: str, department: str, state: str, state_title: str, **more: object) -> ItemView:
    plain = ItemView(
        code,
        f"4113232026112000001-{code}",
        title,
        department,
        state,
        state_title,
        (),
        5,
        None,
        None,
        False,
        "",
        None,
        "",
        "",
        "",
    )
    return replace(plain, **more)


ITEMS = (
    item("power", "用电预约", "供电公司", "waiting", "未分办", promised_workdays=0),
    item("hygiene", "公共场所卫生许可", "卫生健康委员会", "waiting", "未分办"),
    item("fire", "消防安全检查", "消防救援大队", "waiting", "未分办", promised_workdays=7),
    item("food", "食品经营许可", "市场监督管理局", "waiting", "未分办"),
    item("hotel", "旅馆业特种行业许可", "公安局", "waiting", "未分办", waits_for=("公共场所卫生许可", "消防安全检查")),
)
MOVING = (
    replace(ITEMS[0], state="delivered", state_title="已送达", decided_at=NOW),
    replace(
        ITEMS[1],
        state="approved",
        state_title="准予许可",
        accepted_at=NOW,
        due_on=date(2026, 11, 27),
        certificate="1.2.156.3005.2.114113230000000000.1.2026000001.001.5",
        files=(("ofd", "版式文件 OFD"), ("pdf", "版式文件 PDF"), ("png", "预览图 PNG")),
    ),
    replace(
        ITEMS[2],
        state="suspended",
        state_title="特别程序",
        accepted_at=NOW,
        due_on=date(2026, 12, 3),
        paused="现场核查",
    ),
    replace(
        ITEMS[3], state="reviewing", state_title="审批中", accepted_at=NOW, due_on=date(2027, 1, 4), provisional=True
    ),
    replace(ITEMS[4], state="awaiting_upstream", state_title="等前置结果", accepted_at=NOW),
)


def stages(at: int) -> tuple[StageView, ...]:
    names = ("核对材料", "收件", "分办", "受理审批", "出件送达", "办结", "归档")
    return tuple(
        StageView(name, "done" if n < at else "current" if n == at else "next") for n, name in enumerate(names)
    )


EVENTS = tuple(
    EventView(n, NOW + timedelta(minutes=n), title, actor, detail)
    for n, (title, actor, detail) in enumerate(
        (
            ("开始办理", "测试甲", ""),
            ("已收件，出具收件回执", "测试甲", ""),
            ("已同步分办到各联办部门", "系统自动", ""),
            ("已受理", "卫生健康委员会", "公共场所卫生许可"),
            ("开始容缺预审", "公安局", "旅馆业特种行业许可"),
            ("准予许可", "卫生健康委员会", "公共场所卫生许可"),
            ("电子证照已签发", "系统自动", "公共场所卫生许可"),
        ),
        1,
    )
)
NOTICES = (
    NoticeView("n1", "intake_receipt", "收件（受理）通知书", "西政收〔2026〕1号", "", NOW, 1),
    NoticeView("n2", "acceptance", "受理通知书", "西卫受〔2026〕1号", "公共场所卫生许可", NOW, 0),
)
PARTIES = (
    PartyView(
        "enterprise",
        "申请企业",
        "enterprise",
        "西峡县示例民宿有限公司",
        "9141**********XX0K",
        "电子营业执照扫码",
        NOW,
        False,
    ),
    PartyView("legal_representative", "法定代表人", "person", "示例丙", "411323********9930", "", None, True),
    PartyView("owner", "场所产权人", "person", "", "", "", None, True),
)
CHECKING = CaseView(
    id="c1",
    case_no="4113232026112000001",
    matter="我要开民宿",
    state="checking",
    state_title="核对材料",
    created_at=NOW,
    received_at=None,
    handler="测试甲",
    catalog_digest="5e0c1f2a9b7d4c33",
    feed_no=3,
    stages=stages(0),
    parties=PARTIES,
    groups=GROUPS,
    queries=QUERIES,
    materials=MATERIALS,
    items=ITEMS,
    notices=(),
    events=EVENTS[:1],
    actions=(
        Action("receive", "收件并分办", True, False, "还差 6 项"),
        Action("correct", "一次告知补正", False, True),
        Action("return", "退件", False, True, needs=("reason",)),
    ),
    counts={
        "fields_total": 18,
        "fields_prefilled": 11,
        "materials_total": 6,
        "materials_exempted": 3,
        "conflicts": 1,
        "open_queries": 2,
    },
)
MOVED = replace(
    CHECKING,
    id="c2",
    state="in_progress",
    state_title="办理中",
    received_at=NOW,
    stages=stages(3),
    items=MOVING,
    notices=NOTICES,
    events=EVENTS,
    actions=(Action("withdraw", "申请人撤回", False, True, needs=("reason",)),),
)


FLOOR_PLAN = ToBring("floor-plan", "场所平面图", ("公共场所卫生许可",), 2, "A4", "", "", True, False, "复印件", "申请人自备", "标明各功能间", "")  # fmt: skip
LICENCE = ToBring("licence", "营业执照", ("食品经营许可",), 1, "A4", "市场监督管理局", "", False, False, "电子证照", "政府部门核发", "在有效期内", "")  # fmt: skip


class Clerk:
    """One case whose fields take what is typed; `done` lists the other calls."""

    def __init__(self) -> None:
        self.cases = {"c1": CHECKING, "c2": MOVED}
        self.rows: list[FeedRow] = []
        self.done: list[tuple[object, ...]] = []

    def matters(self, p: Principal) -> tuple[MatterCard, ...]:
        names = tuple(one.title for one in ITEMS)
        return (MatterCard("open-guesthouse", "我要开民宿", "市场监督管理局", names, 7, True),)

    def opening(
        self, p: Principal, matter: str, answers: Mapping[str, str], left_out: Collection[str] = ()
    ) -> OpeningView:
        if matter != "open-guesthouse":
            raise NotThere("目录中没有这个“一件事”，请返回列表选择。")
        dining = answers.get("dining", "yes")
        chosen = [one for one in ITEMS if dining == "yes" or one.code != "food"]
        roles = [
            RoleView(
                "enterprise",
                "申请企业",
                "enterprise",
                True,
                "enterprise.uscc",
                (Option("扫码", "电子营业执照扫码"),),
                False,
            ),
            RoleView(
                "legal_representative", "法定代表人", "person", True, "", (Option("读卡", "居民身份证读卡"),), True
            ),
            RoleView("owner", "场所产权人", "person", False, "", (), True),
        ]
        if answers.get("filing") == "agent":
            roles.append(
                RoleView("agent", "委托代理人", "person", False, "", (Option("读卡", "居民身份证读卡"),), False)
            )
        return OpeningView(
            "open-guesthouse",
            "我要开民宿",
            (
                QuestionView(
                    "premises",
                    "经营场所怎么来的？",
                    (Option("own", "自有"), Option("leased", "租赁")),
                    answers.get("premises", "own"),
                ),
                QuestionView("dining", "是否提供餐饮？", (Option("yes", "提供"), Option("no", "不提供")), dining),
                QuestionView(
                    "filing",
                    "由谁到场申请？",
                    (Option("self", "法定代表人本人"), Option("agent", "委托代理人")),
                    answers.get("filing", "self"),
                ),
            ),
            tuple(
                ItemChoice(
                    one.code,
                    one.title,
                    one.department,
                    one.code == "hotel" or one.code not in left_out,
                    one.code != "hotel",
                    one.waits_for,
                    one.promised_workdays,
                    "",
                    one.code == "hotel",
                )
                for one in chosen
            ),
            tuple(roles),
            (("公共场所卫生许可", "旅馆业特种行业许可"),),
            (Option("electronic", "电子送达"), Option("window", "窗口领取")),
            NeededView(
                (FLOOR_PLAN, LICENCE) if dining == "yes" and "food" not in left_out else (FLOOR_PLAN,), 24, 20, 3, 7
            ),
        )

    def open_case(
        self, p: Principal, matter: str, answers: Mapping[str, str], chosen: Collection[str],
        parties: Mapping[str, Mapping[str, str]], key: str, delivery: str = "electronic",
    ) -> str:  # fmt: skip
        if not parties["enterprise"]["identifier"].startswith("9141"):
            raise BadInput(
                "请更正以下各项后再开始办理。", {"parties.enterprise.identifier": "统一社会信用代码校验位不对"}
            )
        self.done.append(("open", matter, dict(answers), tuple(chosen), key))
        return "c1"

    def work_list(self, p: Principal, query: str, state: str, page: int) -> tuple[tuple[CaseRow, ...], bool]:
        rows = tuple(
            CaseRow(
                one.id, one.case_no, one.matter, "西峡县示例民宿有限公司", one.state, one.state_title, NOW,
                date(2026, 11, 19) if one.received_at else None, False, bool(one.received_at),
                "公安局、消防救援大队" if one.received_at else "窗口核对", "测试甲",
            )
            for one in self.cases.values()
            if query in one.case_no and state in ("", one.state)
        )  # fmt: skip
        return rows, page == 1 and bool(rows)

    def case(self, p: Principal, case_id: str) -> CaseView:
        if case_id not in self.cases:
            raise NotThere("没有这个办件，请从列表进入。")
        return self.cases[case_id]

    def feed(self, p: Principal, case_id: str, after: int) -> tuple[FeedRow, ...]:
        self.case(p, case_id)
        return tuple(row for row in self.rows if row.no > after)

    def field(self, p: Principal, case_id: str, key: str) -> FieldView:
        found = (f for group in self.case(p, case_id).groups for f in group.fields if f.key == key)
        view = next(found, None)
        if view is None:
            raise NotThere("表单中没有这个字段，请刷新页面")
        return view

    def put(self, case_id: str, changed: FieldView) -> None:
        case = self.cases[case_id]
        groups = tuple(
            replace(g, fields=tuple(changed if f.key == changed.key else f for f in g.fields)) for g in case.groups
        )
        self.cases[case_id] = replace(case, groups=groups)

    def set_field(self, p: Principal, case_id: str, key: str, value: str, reason: str = "") -> None:
        field = self.field(p, case_id, key)
        if field.type == "phone" and not value.replace("-", "").isdigit():
            raise BadInput("电话号码只能是数字和短横。", {key: "电话号码只能是数字和短横"})
        self.put(case_id, replace(field, value=value, shown=value, status="manual", status_title="人工录入，未核验"))

    def override_field(self, p: Principal, case_id: str, key: str, value: str, reason: str) -> None:
        field = self.field(p, case_id, key)
        kept = OverrideView(field.value, p.name, reason, NOW)
        self.put(
            case_id, replace(field, value=value, shown=value, status="overridden", status_title="已更正", override=kept)
        )

    def resolve(self, p: Principal, case_id: str, key: str, which: str, reason: str) -> None:
        field = self.field(p, case_id, key)
        taken = next(one for one in field.alternatives if one.which == which)
        self.put(
            case_id,
            replace(
                field,
                value=taken.value,
                shown=taken.value,
                status="confirmed",
                status_title="已核对",
                provenance=taken.provenance,
            ),
        )

    def confirm_field(self, p: Principal, case_id: str, key: str) -> None:
        self.put(case_id, replace(self.field(p, case_id, key), status="confirmed", status_title="已核对"))

    def query_way(
        self, p: Principal, case_id: str, query_id: str, way: str, candidate: int | None = None, reason: str = ""
    ) -> None:
        self.done.append(("query", query_id, way, candidate, reason))

    def upload(self, p: Principal, case_id: str, code: str, filename: str, media_type: str, body: bytes) -> None:
        if not body.startswith(b"%PDF"):
            raise BadInput("只能上传 PDF、OFD、PNG 或 JPEG 文件，且内容须与类型相符。", {"file": "文件类型不符"})
        self.done.append(("upload", code, filename, media_type, len(body)))

    def file(self, p: Principal, case_id: str, code: str) -> FileView:
        return FileView("健康证明.pdf", "application/pdf", SCAN)

    def material_way(self, p: Principal, case_id: str, code: str, way: str, reason: str) -> None:
        self.done.append(("material", code, way, reason))

    def act(
        self,
        p: Principal,
        case_id: str,
        action: str,
        reason: str = "",
        promise: bool = False,
        defects: Collection[str] = (),
    ) -> None:
        self.done.append(("act", action, reason, promise, tuple(defects)))

    def notice(self, p: Principal, notice_id: str, printed: bool) -> str:
        self.done.append(("notice", notice_id, printed))
        return NOTICE

    def certificate(self, p: Principal, case_id: str, item: str) -> FileView:
        return FileView("x.ycert", "application/vnd.yijian.certificate+json", b"{}")

    def certificate_file(self, p: Principal, case_id: str, item: str, kind: str) -> FileView:
        return FileView("411323.ofd", "application/ofd", b"PK")

    def certificate_page(self, p: Principal, case_id: str, item: str, nonce: str) -> str:
        return f'<!doctype html><html lang="zh-CN"><title>证照</title><style nonce="{nonce}">h1 {{ color: #900 }}</style><body><h1>证照</h1></body></html>'

    def filings(self, p: Principal) -> tuple[FilingRow, ...]:
        return (
            FilingRow("f1", "我要开民宿", "线上申请人", NOW - timedelta(minutes=40), NOW + timedelta(minutes=80)),
            FilingRow("f2", "我要开民宿", "线上申请人", NOW - timedelta(hours=3), NOW - timedelta(hours=1), True),
        )

    def take_filing(self, p: Principal, filing_id: str) -> str:
        return "c1"


NOTICE = """<h1>收件(受理)通知书</h1><p>西峡县示例民宿有限公司：</p>
<p>　　本窗口收到您申请办理的我要开民宿事项所送的申请材料计6项，经审查，申请材料齐全，符合法定形式，现予收件(受理)，将在7个工作日内给予办结。</p>
<p>　　特此告知</p><p>经办人：测试甲　　联系电话：0377-00000000　　监督投诉电话：0377-00000001</p>
<p class="right">承办窗口(章)<br>2026年11月20日</p><p><b>注：1.本通知书仅作为收件(受理)证明，与审批结果无必然联系。<br>2.第一联申请人留存，第二联窗口存档。</b></p>
<hr><h1>收件(受理)通知书存根</h1><p>西峡县示例民宿有限公司：</p><p>　　特此告知</p><p>申请人(签字)：　　　　　　签字日期：　　　　年　　月　　日</p>"""


class Reviewer:
    def __init__(self) -> None:
        self.done: list[tuple[object, ...]] = []

    def inbox(self, p: Principal, state: str, page: int) -> tuple[tuple[InboxRow, ...], bool]:
        return (ROWS if state != "done" else ()), False

    def entry(self, p: Principal, entry_id: str) -> InboxView:
        if entry_id == "e2":
            asked = (("姓名", "示例丙"), ("证件号码", "411323********9930"))
            wanted = (
                field("certificate_number", "健康证明编号"),
                field("valid_until", "有效期至", type="date", required=False, hint="如 2027-03-01"),
            )
            return InboxView(ROWS[1], "", p.organisation, asked, (), wanted, (), (), None)
        form = tuple((f.title, f.shown) for group in GROUPS for f in group.fields)
        actions = (
            Action("accept", "受理", True, True),
            Action("correct", "告知补正", False, True, needs=("defects", "reason")),
            Action("refuse", "不予受理", False, True, needs=("reason",)),
            Action("deny", "不予许可", False, True, needs=("reason",)),
            Action("suspend", "进入特别程序", False, True, needs=("procedure", "reason")),
        )
        upstream = (("公共场所卫生许可", "已批准，结果已送到"), ("消防安全检查", "审批中"))
        view = replace(ITEMS[4], state="pre_review", state_title="容缺预审")
        return InboxView(ROWS[0], view.item_no, p.organisation, form, MATERIALS, (), upstream, actions, view,
                         tuple("部门数据：公安局" for _ in form), (Option("plan", "场所平面图"),), ("健康证明：已逾期",))  # fmt: skip

    def act(
        self,
        p: Principal,
        entry_id: str,
        action: str,
        reason: str,
        values: Mapping[str, str],
        defects: Collection[str] = (),
    ) -> None:
        if action == "refuse" and not reason:
            raise BadInput("不予受理要写明理由，申请人会在决定书上看到。", {"written": "请填写理由"})
        self.done.append((action, reason, dict(values), *([tuple(defects)] if defects else [])))

    def answer(self, p: Principal, entry_id: str, found: bool, values: Mapping[str, str]) -> None:
        self.done.append((found, dict(values)))

    def file(self, p: Principal, entry_id: str, code: str) -> FileView:
        return FileView("健康证明.pdf", "application/pdf", SCAN)


ROWS = (
    InboxRow("e1", "handover", "西卫办〔2026〕1号", "公共场所卫生许可", "4113232026112000001", NOW, NOW + timedelta(days=1), False, "open", "待受理"),
    InboxRow("e2", "question", "西卫询〔2026〕1号", "健康证明信息", "4113232026112000001", NOW, NOW - timedelta(hours=1), True, "open", "待答复"),
)  # fmt: skip


def audit_row(seq: int, phase: str, title: str, **more: object) -> AuditRow:
    plain = AuditRow(
        seq, NOW + timedelta(seconds=seq), phase, title, "测试甲", "西峡县政务服务中心综合窗口", "市场监督管理局", "营业执照信息",
        ("enterprise_name", "legal_representative", "business_scope"), "我要开民宿", "《政务数据共享条例》第十八条", "",
        "4113232026112000001", None,
    )  # fmt: skip
    return replace(plain, **more)


AUDIT = (
    audit_row(6, "viewed", "查看", provider="", resource="case", purpose="", ground="", operator="示例丙"),
    audit_row(5, "outcome", "答复", result="found", intent_seq=4),
    audit_row(4, "intent", "询问"),
    audit_row(3, "lost", "询问中断", result="unavailable", intent_seq=2, provider="公安局", resource="人口基本信息"),
    audit_row(2, "intent", "询问", provider="公安局", resource="人口基本信息", fields=("name",)),
    audit_row(1, "admin", "管理操作", provider="", resource="login", fields=(), case_no="", operator=""),
)
HEALTH = LogHealth(7, "c4a1" * 16, 41.0, 0, None, NOW)


class Auditor:
    def search(
        self, p: Principal, subject: str = "", case_no: str = "", operator: str = "", provider: str = "", phase: str = "",
        since: datetime | None = None, until: datetime | None = None, before: int | None = None,
    ) -> AuditList:  # fmt: skip
        rows = tuple(row for row in AUDIT if phase in ("", row.phase))
        return AuditList(rows, 1 if len(rows) > 5 and before is None else None)

    def record(self, p: Principal, seq: int) -> AuditRecord:
        row = next((one for one in AUDIT if one.seq == seq), None)
        if row is None:
            raise NotThere("日志中没有这个序号。")
        leaf = '{\n  "phase": "outcome",\n  "result": "found",\n  "subject": "4f1c…（加盐承诺）"\n}'
        proof = ("a7" * 32, "19" * 32, "e0" * 32)
        return AuditRecord(
            row, leaf, "5b" * 32, proof, "yijian.test/log\n7\nxKG…=\n\n— yijian Az3gr…\n", 7, "c4a1" * 16, None
        )

    def disclose(self, p: Principal, seq: int, reason: str) -> AuditRecord:
        return replace(self.record(p, seq), disclosed={"subject": "9141**********XX0K", "operator": "测试甲"})

    def health(self, p: Principal) -> LogHealth:
        return HEALTH

    def verify(self, p: Principal) -> tuple[Check, ...]:
        return (
            Check("tree", "passed", "7 条记录重新计算，树根一致。"),
            Check("checkpoints", "passed", "3 个签名检查点全部有效，前后一致。"),
            Check("pairs", "passed", "每个询问恰有一个结果。"),
            Check("witness", "skipped", "没有设置外部见证。"),
        )


class Catalog:
    row = MatterRow("open-guesthouse", "我要开民宿", "市场监督管理局", 5, 18, 6, 4, True)

    def matters(self, p: Principal) -> tuple[MatterRow, ...]:
        return (self.row,)

    def matter(self, p: Principal, code: str) -> MatterDetail:
        items = tuple(
            ItemLine(
                one.code,
                one.title,
                one.department,
                "许可",
                one.promised_workdays,
                20,
                "许可证",
                "部门签发",
                one.waits_for,
                True,
                one.code == "hotel",
            )
            for one in ITEMS
        )
        fields = tuple(
            FieldLine(f.key, f.title, g.title, f.type, f.required, f.locked, f.used_by, (SourceLine("市场监督管理局", "营业执照信息", "x", "A"),) if f.provenance else ())
            for g in GROUPS for f in g.fields
        )  # fmt: skip
        materials = tuple(
            MaterialLine(
                m.code, m.name, m.items, "申请人", m.standard, 1, m.supplied_by, m.deferrable, m.promise_allowed
            )
            for m in MATERIALS
        )
        return MatterDetail(
            self.row, ("开办民宿一件事",), "第五批", "县级", items, fields, materials,
            (DependencyLine("消防安全检查", "旅馆业特种行业许可", "end_dependents_only", True),),
            (RoleLine("enterprise", "申请企业", "enterprise", True, ("电子营业执照扫码",), ""), RoleLine("owner", "场所产权人", "person", False, (), "不动产登记信息")),
            (GrantLine("g1", "营业执照信息", "open-guesthouse", "《政务数据共享条例》", "第十八条", ("enterprise_name", "business_scope"), date(2027, 12, 31)),),
        )  # fmt: skip

    def guide(self, p: Principal, code: str, short: bool = False) -> GuideView:
        told = (
            GuideElement("1", "“一件事”事项名称", (GuideLine("我要开民宿", "", False),)),
            GuideElement("16", "领取方式", (GuideLine("窗口领取", "旅馆业特种行业许可", True),)),
            GuideElement("24", "事项办理流程图", ()),
        )
        return GuideView(self.row, self.matter(p, code).items, told[: 2 if short else 3], ("24 事项办理流程图",))

    def items(self, p: Principal) -> tuple[ItemRow, ...]:
        return (
            ItemRow(
                "hotel-permit", "旅馆业特种行业许可", ("特行许可",), "公安局", "permit", 7, 20, False, "特种行业许可证", "hub",
                ("现场核查",), (NamedCode("open-guesthouse", "我要开民宿"),), ("客房数",), ("治安管理制度",), (), True,
            ),
            ItemRow("look", "户籍信息查询", (), "公安局", "look_up", 0, 0, True, "核验结果", "nobody", (), (), (), (), (), True),
        )  # fmt: skip

    def needs_file(self, p: Principal, matter: str, department: str, state: str) -> NeedsFile:
        return NeedsFile("needs.csv", f"一件事,落实\r\n我要开民宿,{state}\r\n")

    def differences(self, p: Principal, older: str, newer: str) -> tuple[ChangeRow, ...]:
        return (
            ChangeRow("matters", "open-guesthouse", "我要开民宿", "changed", "完成时限", "2023年", "2025年"),
            ChangeRow("items", "look", "户籍信息查询", "added", "", "", ""),
        )

    def resources(self, p: Principal) -> tuple[ResourceRow, ...]:
        lines = (
            ResourceFieldLine("enterprise_name", "企业名称", "unconditional", "public"),
            ResourceFieldLine("legal_representative", "法定代表人", "conditional", "personal"),
        )
        return (
            ResourceRow(
                "market-regulation.business-licence",
                "营业执照信息",
                "市场监督管理局",
                "rest",
                "conditional",
                ("uscc",),
                lines,
                "实时",
                "A",
                "营业执照",
            ),
            ResourceRow(
                "real-estate.deed",
                "不动产登记信息",
                "不动产登记中心",
                "filedrop",
                "conditional",
                ("deed_number",),
                lines[:1],
                "每日",
                "B",
                "",
            ),
        )

    def needs(self, p: Principal) -> tuple[NeedRow, ...]:
        return (
            NeedRow("我要开民宿", "公共场所卫生许可", "从业人员健康证明", "卫生健康委员会", "健康证明信息", "met", ""),
            NeedRow("我要开民宿", "公共场所卫生许可", "场所平面图", "", "", "unmet", "没有部门持有，由申请人提交"),
            NeedRow(
                "我要开民宿",
                "旅馆业特种行业许可",
                "人员背景审查",
                "公安局",
                "背景审查",
                "withheld",
                "不予共享，由公安局内部核查",
            ),
        )

    def versions(self, p: Principal) -> tuple[VersionRow, ...]:
        return (
            VersionRow("5e0c1f2a9b7d4c33" * 4, NOW, "测试丁", True),
            VersionRow("91aa" * 16, NOW - timedelta(days=3), "测试丁", False),
        )

    def check(self, p: Principal) -> tuple[MismatchRow, ...]:
        return (
            MismatchRow(
                "matters/open-guesthouse.toml", 42, "字段 premises.area 的来源 real-estate.deed 没有 area 这个字段"
            ),
        )

    def publish(self, p: Principal) -> VersionRow:
        return self.versions(p)[0]

    def policy(self, p: Principal) -> tuple[PolicyRow, ...]:
        return (
            PolicyRow("on_item_failure", "只终止后续事项", "province", "豫政办〔2023〕14号 二(四)", "K-01"),
            PolicyRow("filing_answer_hours", "2", "default", "000 二(二)2", "K-08"),
        )


class Operator:
    def __init__(self) -> None:
        self.done: list[tuple[object, ...]] = []
        self.waiting = 4

    def overview(self, p: Principal) -> OverviewView:
        dead = (
            DeadRow(
                "w1",
                "推送受理信息",
                "4113232026112000001 → 一体化平台",
                "platform:e7",
                "对方返回 500，已试 8 次",
                NOW - timedelta(hours=2),
                8,
            ),
        )
        departments = (
            DepartmentRow("公安局", "soap", "slow", NOW, "closed", None, ("最近 1 次查询没有应答",)),
            DepartmentRow("市场监督管理局", "rest", "up", NOW, "closed", None),
            DepartmentRow("不动产登记中心", "filedrop", "up", NOW, "closed", NOW - timedelta(hours=9)),
            DepartmentRow("消防救援大队", "rest", "down", None, "open", None),
        )
        kinds = (
            KindRow("hand_over", "把办件交给部门", 1, 1, 0, NOW - timedelta(seconds=20)),
            KindRow("push", "向部门推送数据", 3, 1, 1, NOW - timedelta(minutes=3)),
        )
        log = replace(
            HEALTH, advice=("the disk of the log is slow: see docs/operations.md",), pending=2, oldest_unpaired=4.0
        )
        nodes = (
            NodeRow("hub-1", NOW, "0.1.0", True, 0.01),
            NodeRow("hub-2", NOW - timedelta(minutes=2), "0.0.9", False, 3605.0, True),
        )
        return OverviewView(
            QueueView(self.waiting, 2, 1, NOW - timedelta(minutes=3), kinds), dead, departments, log, 31 << 30, 80 << 30, "0001", "0001",
            nodes, (StoreRow("办件库", 31 << 20), StoreRow("共享日志", 12 << 20), StoreRow("扫描件、答复和证照", 3 << 30)),
            (MissingRow("disk", "磁盘快满了", "Less than 500 MB are free where the hub keeps its files; make room."),),
            "hub-1", "0.1.0", "ab12" * 16,
            (HeldRow("real-estate", "不动产登记中心", "bdcqz_20261119.csv", "可用 3 行，少于上次 10 行的80%", NOW - timedelta(hours=3)),),
        )  # fmt: skip

    def retry(self, p: Principal, work_id: str) -> None:
        self.done.append(("retry", work_id))

    def skip(self, p: Principal, work_id: str, reason: str) -> None:
        self.done.append(("skip", work_id, reason))

    def take_file(self, p: Principal, department: str, name: str) -> None:
        self.done.append(("take", department, name))

    def turn_down_file(self, p: Principal, department: str, name: str) -> None:
        self.done.append(("turn down", department, name))

    def accounts(self, p: Principal) -> tuple[AccountRow, ...]:
        return tuple(
            AccountRow(name, one.name, one.organisation, tuple(one.roles), "active", NOW)
            for name, one in PEOPLE.items()
        )


class Departments:
    """Five departments: one up and checked, one that fails now and then, one that is down, one that nobody has checked, a draft."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def overview(self, p: Principal) -> tuple[ConnectedRow, ...]:
        lacking = FindingRow(
            "credentials", "mend", "the mapping uses token, which is not there", "$EDITOR connections.toml"
        )
        well = tuple(FindingRow(about, "ok", "well") for about in ("papers", "mapping", "connection", "probe"))
        soon = CheckRow(
            NOW, "演示戊", "look", (FindingRow("expiry", "look", "the server's certificate ends soon"), *well)
        )
        one = DepartmentRow(
            "消防救援大队", "rest", "down", None, "open", None, ("没有配置连接",), phone="0377-00000009"
        )
        two = DepartmentRow("公安局", "soap", "slow", NOW, "closed", None, ("最近 1 次查询没有应答",))
        three = DepartmentRow("不动产登记中心", "filedrop", "up", NOW, "closed", NOW - timedelta(hours=9), inbox=True)
        four = DepartmentRow("水利局", "inbox", "unknown", None, "closed", None)
        five = DepartmentRow("测试档案馆", "soap", "draft", None, "closed", None)
        return (
            ConnectedRow("fire", one, Figures(6, 6, since=NOW - timedelta(hours=2), attempts=7, by_hub=1, by_hand=3, open=2), CheckRow(NOW, "演示戊", "mend", (lacking, *well))),
            ConnectedRow("police", two, Figures(40, 1, 420, 4200, NOW - timedelta(hours=20), True), replace(soon, ends_on=NOW.date() + timedelta(days=9), ending="the server's certificate")),
            ConnectedRow("deeds", three, Figures(12, 0, 12, 31, NOW - timedelta(days=1), True), CheckRow(NOW, "演示戊", "ok", well)),
            ConnectedRow("water", four, Figures(), older="water: rules.csv was changed."),
            ConnectedRow("archive", five, Figures()),
        )  # fmt: skip

    def following(self, p: Principal) -> Following:
        return Following(NOW - timedelta(hours=1), NOW - timedelta(minutes=59))

    async def check_all(self, p: Principal) -> None:
        for one in self.overview(p):
            await self.check(p, one.code)

    async def check(self, p: Principal, code: str) -> None:
        if code not in ("fire", "police", "deeds", "water"):
            raise NotThere("目录中没有这个部门。请刷新页面。", code="DEPARTMENT_NOT_THERE")
        self.done.append(code)


class Applicant:
    def progress(self, case_no: str, code: str, source: str) -> ApplicantView:
        if (case_no, code) != (CHECKING.case_no, "XX0K"):
            raise NotThere("没有查到：请核对办件编号和后四位，编号在收件回执上。")
        return ApplicantView(case_no, MOVED.matter, MOVED.state_title, MOVED.stages, MOVED.items, MOVED.events)

    def certificate_file(self, asked: OwnFile, source: str) -> FileView:
        if asked.holder != "91411323MA9000040P":
            raise NotThere("没有查到：请核对办件编号和后四位，以及证照上的全部证件号码。")
        return FileView("411323.pdf", "application/pdf", b"%PDF")

    def showable(self, asked: OwnFile, source: str) -> Offer:
        self.certificate_file(asked, source)
        return Offer("食品经营许可证", "4113232026600100001", (("持证主体", "示例有限公司"),), (Claim("KZ_JYXM", "经营项目", "热食类食品制售"),))  # fmt: skip

    def show(self, asked: OwnFile, chosen: tuple[str, ...], source: str) -> ShownCode:
        self.certificate_file(asked, source)
        if len(chosen) > 1:
            raise BadInput("所选的 2 项放不进一个二维码。", {"shown": "请少选几项"}, code="SHOWING_TOO_LARGE")
        return SHOWN


REGISTERED = CertificateRow(
    "licence", "1.2.156.3005.2.11410000MB99000416001.11411323MB0000902F.20264113230000000001.001.5", "4113232026600100001",
    "11410000MB99000416001", "食品经营许可证", "西峡县市场监督管理局", "01", "有效", 1, NOW.date(), NOW.date(), NOW.date() + timedelta(days=1825), "issued", "",
)  # fmt: skip


class Lists:
    def token(self, uscc: str) -> Published:
        if uscc != "11411323MB0000902F":
            raise NotThere("没有这个机关的状态清单。", code="STATUS_LIST_NOT_THERE")
        return Published(b"a.b.c", '"etag"', NOW)

    def dated(self, uscc: str) -> Published:
        return Published(b"dated " + self.token(uscc).body, '"dated"', NOW)


COVERED = CodeCertificate("licence", "1.2.156.3005.2.示例", "11410000MB9900017M001", "公共场所卫生许可证", "卫生健康委员会", (("KZ_JYCS", "经营场所"),))  # fmt: skip
CODE = CodeView(
    "code-1", "health", "卫生健康委员会", "open-guesthouse", "我要开民宿", "示例用途", NOW, NOW + timedelta(days=3), 2, 1,
    "usable", "fields", (COVERED,),
)  # fmt: skip


class Codes:
    """A holder with one certificate and one code."""

    def of_holder(self, p: Principal, holder: str, case_no: str) -> HolderView:
        if not case_no:
            raise NotAllowed("请填写本人已核验的办件编号。", code="HOLDER_NOT_IN_CASE")
        one = HolderCertificate("licence", "示例证字第1号", "公共场所卫生许可证", "卫生健康委员会", None, (("KZ_JYCS", "经营场所"),))  # fmt: skip
        matters = (("open-guesthouse", "我要开民宿"),)
        return HolderView("示例有限公司", case_no, (one,), (CODE,), (("health", "卫生健康委员会"),), matters)

    def make(self, p: Principal, asked: CodeAsked) -> CodeMade:
        if not asked.purpose:
            raise BadInput("请写明用途，60 字以内。", {"purpose": "请写明用途，60 字以内。"}, code="PURPOSE_MISSING")
        return CodeMade("0123-4567-89AB-CDEF", CODE)

    def codes(self, p: Principal, certificate_id: str) -> tuple[CodeView, ...]:
        return (CODE,)

    def revoke(self, p: Principal, code_id: str) -> CodeView:
        return replace(CODE, state="code_revoked")


class CodeUses:
    """One code that is known."""

    def permits(self, p: Principal, text: str, handler: str = "") -> CodeView:
        if text != "0123-4567-89AB-CDEF":
            raise NotThere(
                "There is no such code for this organisation; check it with the holder.", code="CODE_UNKNOWN"
            )
        return CODE

    def redeem(self, p: Principal, asked: Redemption) -> Redeemed:
        self.permits(p, asked.code)
        one = RedeemedCertificate(
            COVERED.identifier, COVERED.type, COVERED.type_name, COVERED.authority, "01", "有效", None, 7, 8,
            {"KZ_JYCS": "经营场所"}, {"KZ_JYCS": "西峡县示例路 9 号"},
        )  # fmt: skip
        return Redeemed("fields", "示例用途", NOW + timedelta(days=3), 0, (one,))


class Registry:
    """One licence, in two versions."""

    def __init__(self) -> None:
        self.done: list[ActAsked] = []

    def search(self, p: Principal, wanted: Wanted, page: int) -> tuple[tuple[CertificateRow, ...], bool]:
        return ((REGISTERED,), False) if wanted.number in ("", REGISTERED.number) else ((), False)

    def of_holder(self, p: Principal, code: str, case_no: str = "") -> tuple[CertificateRow, ...]:
        return (REGISTERED,)

    def certificate(self, p: Principal, certificate_id: str) -> CertificateView:
        if certificate_id != REGISTERED.id:
            raise NotThere("证照库里没有这本证照。请核对证照标识。", code="CERTIFICATE_UNKNOWN")
        issued = ActView(1, "签发", NOW, "系统", "", REGISTERED.number, "有效")
        copy = CopyRow("copy", "办理贷款", "", "演示甲", NOW, NOW.date(), form="pdf")
        fields = (("KZ_JYCS", "经营场所", "西峡县示例路 9 号"), ("KZ_JYXM", "经营项目", "热食类食品制售"))
        older = replace(REGISTERED, id="older", status="05", status_title="失效")
        return CertificateView(
            REGISTERED, "西峡县示例民宿有限公司", "91411323MA9000040P", NOW.date(), None, fields, (older, REGISTERED), (issued,),
            (("png", "预览图 PNG"), ("ycert", "数据文件")), (copy,), (("suspend", "暂扣"), ("renew", "延续（换发）"), ("revoke", "吊销")), 3, True,
            showable=(("number", "证照编号"), ("KZ_JYXM", "经营项目")),
            in_clear=(("证照名称", REGISTERED.type_name), ("持证主体", "西峡县示例民宿有限公司"), ("证照标识", REGISTERED.identifier)),
        )  # fmt: skip

    def types(self) -> tuple[TypeView, ...]:
        fields = (("KZ_JYCS", "经营场所"), ("KZ_JYXM", "经营项目"))
        return (TypeView("11410000MB99000416001", "食品经营许可证", (("market-regulation", "市场监管局"),), fields),)

    def note_role(self, p: Principal, certificate_id: str, act: str) -> None:
        raise NotImplementedError("no role is turned away here")

    def act(self, p: Principal, certificate_id: str, asked: ActAsked) -> CertificateRow:
        if not asked.decision:
            raise BadInput("请写明理由和决定文号：没有决定，不能改变证照的状态。", code="DECISION_MISSING")
        if asked.revision == 2:
            raise ChangedMeanwhile("证照刚刚被别人处理过，这一步没有做。请刷新后再试。")
        self.done.append(asked)
        return REGISTERED

    def file(self, p: Principal, certificate_id: str, kind: str) -> FileView:
        return FileView("licence.png", "image/png", b"\x89PNG")

    def take_in(self, p: Principal, file: bytes) -> tuple[CertificateRow, bool]:
        if file == b"junk":
            raise BadInput(
                "没有归集：文件不完整或不是电子证照，请重新获取原文件。", {"file": "未通过核验"}, code="IMPORT_REFUSED"
            )
        return REGISTERED, True

    def copy(self, p: Principal, certificate_id: str, asked: CopyAsked) -> CopyRow:
        return CopyRow("copy", asked.purpose, asked.case_no, p.name, NOW, asked.expires_on)

    def copy_file(self, p: Principal, certificate_id: str, copy_id: str) -> FileView:
        return FileView("copy.png", "image/png", b"\x89PNG")


class Links:
    """One link of the licence, which was opened once of two times; a code of it in its holder's case alone."""

    VIEW = LinkView("link", (("number", "证照编号"),), "办理贷款", NOW, NOW + timedelta(days=3), 2, 1, "usable")

    def make(self, p: Principal, certificate_id: str, asked: LinkAsked) -> LinkMade:
        return LinkMade("https://hub.example/p/example", self.VIEW)

    def links(self, p: Principal, certificate_id: str) -> tuple[LinkView, ...]:
        return (self.VIEW,)

    def revoke(self, p: Principal, certificate_id: str, link_id: str) -> LinkView:
        return replace(self.VIEW, state="link_revoked")

    def show(self, p: Principal, certificate_id: str, case_no: str, chosen: tuple[str, ...]) -> ShownCode:
        if not case_no:
            raise NotAllowed("请填写本人已核验的办件编号。", code="HOLDER_NOT_IN_CASE")
        return SHOWN

    def open(self, text: str, source: str) -> bytes:
        raise NotThere("没有这个链接。请向出示链接的人核对地址。", code="LINK_UNKNOWN")

    def issuer(self, code: str) -> Mapping[str, object]:
        raise NotThere("没有这个颁发机构。", code="ISSUER_NOT_THERE")

    def jwks(self, code: str) -> Mapping[str, object]:
        raise NotThere("没有这个颁发机构。", code="ISSUER_NOT_THERE")


SHOWN = ShownCode("食品经营许可证", "4113232026600100001", ("KZ_JYXM",), "YC1:6BF5", 404, (("证照名称", "食品经营许可证"), ("经营项目", "热食类食品制售")), ("证照编号",), None, NOW)  # fmt: skip


class Bringing:
    """Takes everything in as the licence."""

    def records(self, p: Principal, given: Iterable[Mapping[str, str]]) -> tuple[RowResult, ...]:
        return tuple(RowResult(number, "taken") for number, _ in enumerate(given, start=1))

    def scan(self, p: Principal, row: Mapping[str, str], scan: Scan) -> CertificateRow:
        return REGISTERED

    def check(self, p: Principal, certificate_id: str, reason: str, key: str) -> CertificateRow:
        return REGISTERED


def doors(folder: Path, closing: bool = False) -> Doors:
    """Doors onto the invented case; `folder` only for the settings."""
    return Doors(
        session=Sessions(),
        clerk=Clerk(),
        reviewer=Reviewer(),
        auditor=Auditor(),
        catalog=Catalog(),
        operator=Operator(),
        departments=Departments(),
        applicant=Applicant(),
        registry=Registry(),
        certificate_codes=Codes(),
        code_use=CodeUses(),
        certificate_links=Links(),
        bringing=Bringing(),
        status_lists=Lists(),
        verification=VerificationBundle(folder / "trust", lambda: NOW),
        settings=Settings(folder=folder),
        now=lambda: NOW,
        closing=lambda: closing,
    )
