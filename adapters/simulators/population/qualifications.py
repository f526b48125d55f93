"""What people are licensed or certified to do: medicine, building, estate agency, transport, repair, feed, care, food safety. Facts only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from adapters.simulators.population.firms import FIRMS, Firm, SocialBody, body, firm
from adapters.simulators.population.numbers import later
from adapters.simulators.population.people import Person
from adapters.simulators.population.register import person


@dataclass(frozen=True)
class MedicalLicence:
    """A doctor's or nurse's registration. `category`: 临床, 口腔, 中医, 护理; `at`: where they practise, None = nowhere yet."""

    person: Person
    kind: Literal["doctor", "nurse"]
    qualification_no: str = field(repr=False)
    practice_no: str = field(repr=False)
    category: str
    scope: str
    level: str
    registered: str
    until: str
    at: Firm | None


@dataclass(frozen=True)
class SkillCertificate:
    """A registration or certificate of skill. `trade`: what it entitles to; `firm`: where it is registered, None = nowhere."""

    person: Person
    trade: str
    level: str
    number: str = field(repr=False)
    issued: str
    until: str
    issuer: str
    firm: Firm | SocialBody | None


def _medical(key: str, serial: int, what: tuple[str, str, str], registered: str, at: str = "") -> MedicalLicence:
    category, scope, level = what
    nurse = category == "护理"
    return MedicalLicence(
        person(key), "nurse" if nurse else "doctor", f"{registered[:4]}41132{'2' if nurse else '1'}990{serial:04d}",
        f"{'2' if nurse else '1'}1041132300{serial:04d}", category, scope, level, registered,
        later(registered, years=10 if registered > "20170101" else 20), firm(at) if at else None,
    )  # fmt: skip


_CLINICAL, _NURSING = ("临床", "内科专业", "执业医师"), ("护理", "临床护理", "护士")

MEDICAL_LICENCES: tuple[MedicalLicence, ...] = (
    _medical("hospital_boss", 1, ("临床", "外科专业", "主任医师"), "20080512", "hospital"),
    _medical("surgeon", 2, ("临床", "外科专业", "副主任医师"), "20090820", "hospital"),
    _medical("physician", 3, _CLINICAL, "20120416", "hospital"),
    _medical("tcm_doctor", 4, ("中医", "中医专业", "主治医师"), "20071105", "hospital"),
    _medical("clinic_boss", 5, ("临床", "全科医学专业", "主治医师"), "20080922", "clinic"),
    _medical("dentist", 6, ("口腔", "口腔专业", "执业医师"), "20130618"),
    _medical("nurse_1", 7, _NURSING, "20180702", "hospital"),
    _medical("nurse_2", 8, _NURSING, "20200715", "hospital"),
    _medical("nurse_3", 9, _NURSING, "20220801", "clinic"),
    _medical("dental_nurse", 10, ("护理", "口腔护理", "护士"), "20230510"),
)
"""The dentist and the dental nurse of 口腔诊所 are registered and practise nowhere yet."""


def _skill(key: str, serial: int, what: tuple[str, str, str], term: tuple[str, int], at: str = "") -> SkillCertificate:
    trade, level, issuer = what
    issued, years = term
    where: Firm | SocialBody | None = body(at) if at == "community_care" else firm(at) if at else None
    return SkillCertificate(
        person(key), trade, level, f"豫4113{issued[:4]}990{serial:04d}", issued, later(issued, years=years) if years else "长期", issuer, where
    )  # fmt: skip


_HOUSING, _HUMAN, _ROADS, _MARKET, _POST = (
    "河南省住房和城乡建设厅", "河南省人力资源和社会保障厅", "南阳市交通运输局", "西峡县市场监督管理局", "南阳市民政局",
)  # fmt: skip

SKILLS: tuple[SkillCertificate, ...] = (
    _skill("constructor_1", 1, ("注册建造师（建筑工程）", "二级", _HOUSING), ("20240315", 3), "decorator"),
    _skill("constructor_2", 2, ("注册建造师（机电工程）", "二级", _HOUSING), ("20250110", 3), "decorator"),
    _skill("engineer", 3, ("工程师（建筑工程）", "中级", _HUMAN), ("20141120", 0), "decorator"),
    _skill("mason", 4, ("镶贴工", "高级工", _HUMAN), ("20190612", 0), "decorator"),
    _skill("electrician", 5, ("电工", "中级工", _HUMAN), ("20200918", 0), "decorator"),
    _skill("agency_boss", 6, ("房地产经纪人", "经纪人", "中国示例房地产经纪人学会"), ("20230420", 5), "agency"),
    _skill("agent_1", 7, ("房地产经纪人协理", "协理", "中国示例房地产经纪人学会"), ("20240612", 5), "agency"),
    _skill("agent_2", 8, ("房地产经纪人协理", "协理", "中国示例房地产经纪人学会"), ("20250320", 5), "agency"),
    _skill("driver_1", 9, ("道路货物运输驾驶员", "A2", _ROADS), ("20210510", 6), "logistics"),
    _skill("driver_2", 10, ("道路货物运输驾驶员", "B2", _ROADS), ("20220818", 6), "logistics"),
    _skill("driver_3", 11, ("道路货物运输驾驶员", "A2", _ROADS), ("20230905", 6), "logistics"),
    _skill("repairer", 12, ("汽车维修工（技术负责人）", "高级工", _HUMAN), ("20170705", 0), "repair_shop"),
    _skill("mechanic", 13, ("汽车维修工（技术负责人）", "技师", _HUMAN), ("20160419", 0), "garage"),
    _skill("inspector", 14, ("汽车维修质量检验员", "高级工", _HUMAN), ("20180620", 0), "garage"),
    _skill("feed_nutrition", 15, ("畜牧师（动物营养）", "中级", _HUMAN), ("20151230", 0), "feed"),
    _skill("feed_analyst", 16, ("饲料检验化验员", "四级", _HUMAN), ("20210601", 0), "feed"),
    _skill("feed_operator", 17, ("饲料加工设备维修工", "四级", _HUMAN), ("20190920", 0), "feed"),
    _skill("carer_1", 18, ("养老护理员", "四级", _HUMAN), ("20220315", 0), "elder_home"),
    _skill("carer_2", 19, ("养老护理员", "五级", _HUMAN), ("20230712", 0), "community_care"),
    _skill("masseur", 20, ("保健按摩师", "四级", _HUMAN), ("20200811", 0)),
    _skill("lifeguard", 21, ("游泳救生员", "五级", "河南省体育局"), ("20250605", 2)),
    _skill("art_founder", 22, ("教师资格（高级中学美术）", "高级中学", "南阳市教育局"), ("20140630", 0)),
    _skill("renovator_boss", 24, ("注册建造师（建筑工程）", "一级", _HOUSING), ("20240601", 3), "renovator"),
    _skill("renovator_boss_spouse", 25, ("工程师（机电工程）", "中级", _HUMAN), ("20120918", 0), "renovator"),
    _skill("pine_boss", 23, ("养老院院长岗位培训", "合格", _POST), ("20230820", 0), "pine_home"),
)


@dataclass(frozen=True)
class FoodOfficer:
    """食品安全管理员, examined. `pass_mark` of 100."""

    person: Person
    firm: Firm
    number: str
    examined: str
    mark: int


@dataclass(frozen=True)
class HealthCertificate:
    """从业人员健康证明, valid for one year."""

    person: Person
    firm: Firm
    number: str
    issued: str
    until: str
    clinic: str


_FOOD_WORDS = ("餐饮", "食品", "饮料", "糕点")
_SERVING = ("住宿", "歌舞", "游艺", "美", "酒")


def _serves(entry: Firm, words: tuple[str, ...]) -> bool:
    return entry.status == "1" and any(word in entry.scope for word in words)


FOOD_OFFICERS: tuple[FoodOfficer, ...] = tuple(
    FoodOfficer(entry.boss, entry, f"SAGL2026990{place:04d}", f"2026{place % 9 + 1:02d}12", 82 + place % 15)
    for place, entry in enumerate((e for e in FIRMS if _serves(e, _FOOD_WORDS)), 1)
)

HEALTH_CERTIFICATES: tuple[HealthCertificate, ...] = tuple(
    HealthCertificate(
        entry.boss, entry, f"JKZ4113232026{place:05d}", f"2026{place % 9 + 1:02d}20", f"2027{place % 9 + 1:02d}19", "西峡县疾病预防控制中心"
    )
    for place, entry in enumerate((e for e in FIRMS if _serves(e, (*_FOOD_WORDS, *_SERVING))), 1)
)  # fmt: skip
