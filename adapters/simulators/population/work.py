"""Work and what hangs on it: employment, social insurance, 就业创业证, unemployment, subsidies, start-up loans, cards. Facts only.

Months paid are counted from the terms, so that they always fit the dates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from adapters.simulators.population.firms import FIRMS, Firm, firm
from adapters.simulators.population.numbers import DAY, months_between
from adapters.simulators.population.people import Person
from adapters.simulators.population.register import person

End = Literal["", "dismissed", "contract_ended", "resigned", "retired"]


@dataclass(frozen=True)
class Employment:
    """One job as registered (就业登记). `until` empty while it lasts; `end` why it ended."""

    person: Person
    employer: Firm
    kind: Literal["contract", "self_employed"]
    post: str
    since: str
    contract_until: str
    until: str = ""
    end: End = ""
    contract_no: str = ""


@dataclass(frozen=True)
class Insurance:
    """Somebody's account of employees' social insurance. `terms`: first and last month paid (yyyymm), gaps between them.

    `base` yuan a month; `kinds` of pension, unemployment, injury, medical, maternity.
    """

    person: Person
    number: str = field(repr=False)
    employer: Firm
    kinds: tuple[str, ...]
    terms: tuple[tuple[str, str], ...]
    base: int
    state: Literal["paying", "stopped"]

    @property
    def months(self) -> int:
        return sum(months_between(first, last) for first, last in self.terms)


ALL_KINDS = ("pension", "unemployment", "injury", "medical", "maternity")
_NOW = DAY[:6]

# key, employer, post, since, until, end, base, first month paid, last month paid
_JOBS = """
graduate_hired hospital 住院医师 20260801 - - 5600 202608 -
talent_hired talent_firm 首席工程师 20240101 - - 21000 202401 -
talent_overseas_hired overseas_firm 技术总监 20240901 - - 21000 202409 -
buyer talent_firm 项目经理 20230301 - - 9800 202303 -
buyer_spouse hospital 药师 20220401 - - 6200 202204 -
second_home_buyer mall 招商主管 20210915 - - 7600 202110 -
second_home_spouse mall 会计 20211101 - - 6100 202111 -
single_buyer landlord 文员 20180901 - - 5100 201809 -
resale_buyer logistics 调度员 20230301 - - 6800 202303 -
self_builder feed 车间主任 20230901 - - 7200 202309 -
borrower developer 工程部经理 20180801 - - 11200 201808 -
borrower_spouse hospital 检验师 20220501 - - 6600 202205 -
heir mall 柜长 20211001 - - 5000 202110 -
big_home_buyer developer 销售经理 20190401 - - 12500 201904 -
laid_off feed 质检员 20230901 20261031 dismissed 5400 202309 202610
resigned landlord 电工 20170301 20260930 resigned 5000 201703 202609
short_paid garage 维修工 20260301 20261015 contract_ended 4600 202603 202610
near_pension landlord 保洁主管 20150601 20261031 contract_ended 4300 201506 202610
surgeon hospital 副主任医师 20220401 - - 14800 202204 -
physician hospital 内科医师 20220401 - - 9200 202204 -
tcm_doctor hospital 中医师 20220501 - - 9600 202205 -
nurse_1 hospital 护士 20220401 - - 5600 202204 -
nurse_2 hospital 护士 20220901 - - 5200 202209 -
nurse_3 clinic 护士 20250801 - - 4600 202508 -
driver_1 logistics 驾驶员 20230301 - - 7000 202303 -
driver_2 logistics 驾驶员 20230601 - - 6500 202306 -
driver_3 logistics 驾驶员 20240301 - - 6500 202403 -
constructor_1 decorator 项目经理 20240501 - - 8600 202405 -
constructor_2 decorator 项目经理 20250201 - - 8200 202502 -
engineer decorator 技术负责人 20240422 - - 9000 202405 -
mason decorator 镶贴工 20240601 - - 6000 202406 -
electrician decorator 电工 20240601 - - 6000 202406 -
agent_1 agency 经纪人协理 20250401 - - 4600 202504 -
agent_2 agency 经纪人协理 20250501 - - 4300 202505 -
mechanic garage 技术负责人 20230501 - - 7800 202305 -
inspector garage 质量检验员 20230501 - - 6900 202305 -
feed_nutrition feed 技术负责人 20230901 - - 8800 202309 -
feed_analyst feed 化验员 20231001 - - 5200 202310 -
feed_operator feed 生产班长 20230901 - - 5600 202309 -
carer_1 elder_home 护理员 20240201 - - 4300 202402 -
salesman jeweller 店长 20250601 - - 4800 202506 -
"""


def _jobs() -> tuple[tuple[Employment, Insurance], ...]:
    return tuple(_job(line.split(), serial) for serial, line in enumerate(_JOBS.strip().splitlines(), 1))


def _job(words: list[str], serial: int) -> tuple[Employment, Insurance]:
    key, employer, post, since, until, end, base, first, last = ("" if word == "-" else word for word in words)
    who, where = person(key), firm(employer)
    term = f"{int(since[:4]) + (6 if serial % 2 else 3)}{since[4:]}"
    job = Employment(
        who, where, "contract", post, since, term if term > DAY else "长期", until, _end(end), f"LDHT990{serial:04d}"
    )
    paid = (first, last or _NOW)
    gap = ((first, "202412"), ("202503", paid[1])) if key == "resale_buyer" else (paid,)
    return job, Insurance(
        who, f"4113990{serial:06d}", where, ALL_KINDS, gap, int(base), "stopped" if until else "paying"
    )


def _end(word: str) -> End:
    ends: dict[str, End] = {"dismissed": "dismissed", "contract_ended": "contract_ended", "resigned": "resigned"}
    return ends.get(word, "")


HIRED = Employment(
    person("graduate_employed"), firm("talent_firm"), "contract", "软件工程师", "20261102", "20291101", contract_no="LDHT9909001"
)  # fmt: skip
"""A contract that is signed and registered nowhere yet: what 高校毕业生就业 begins with."""

_SELF = Employment(person("graduate_founder"), firm("startup"), "self_employed", "经营者", "20260320", "")

EMPLOYMENTS: tuple[Employment, ...] = (*(job for job, _ in _jobs()), _SELF)

INSURANCES: tuple[Insurance, ...] = tuple(insurance for _, insurance in _jobs())


@dataclass(frozen=True)
class InsuredFirm:
    """A firm's registration for social insurance. `staff`: how many it insures of those who are listed here."""

    firm: Firm
    number: str
    registered: str
    staff: int


INSURED_FIRMS: tuple[InsuredFirm, ...] = tuple(
    InsuredFirm(entry, f"411323990{serial:05d}", entry.founded, sum(i.employer == entry and i.state == "paying" for i in INSURANCES))
    for serial, entry in enumerate(FIRMS, 1) if entry.status == "1" and any(i.employer == entry for i in INSURANCES)
)  # fmt: skip


@dataclass(frozen=True)
class WorkPermit:
    """A 就业创业证. Most of those who apply here have none yet."""

    person: Person
    number: str = field(repr=False)
    issued: str
    state: Literal["employed", "unemployed"]


WORK_PERMITS: tuple[WorkPermit, ...] = (
    WorkPermit(person("near_pension"), "4113230015990001", "20150520", "employed"),
    WorkPermit(person("laid_off"), "4113230023990002", "20230815", "employed"),
)


@dataclass(frozen=True)
class Startup:
    """What a founder who asks for a subsidy and a loan has begun. `turnover` and `loan` in yuan; `jobs` it gives.

    `defaults`: overdue loans in the bank's report; `helped_before`: whether a start-up subsidy was paid earlier.
    """

    founder: Person
    firm: Firm
    began: str
    jobs: int
    turnover: int
    project: str
    loan: int
    loan_months: int
    bank: str
    guarantor: Person | None
    defaults: int = 0
    helped_before: bool = False


STARTUPS: tuple[Startup, ...] = (
    Startup(person("graduate_founder"), firm("startup"), "20260320", 2, 146_000, "西峡山水文创产品开发", 200_000, 36, "示例邮政储蓄银行西峡支行", person("birch_mother")),
    Startup(person("cafe_boss"), firm("cafe"), "20260306", 3, 228_000, "社区咖啡", 300_000, 36, "示例农村商业银行西峡支行", None, 1, True),
)  # fmt: skip


@dataclass(frozen=True)
class SocialCard:
    """A 社会保障卡. `account`: the bank account on it; `state`: active, or made and not fetched."""

    person: Person
    number: str = field(repr=False)
    bank: str
    account: str = field(repr=False)
    issued: str
    state: Literal["active", "waiting"]


_CARDLESS = ("graduate_employed", "graduate_idle", "graduate_hired")
"""They apply for their first card."""

SOCIAL_CARDS: tuple[SocialCard, ...] = tuple(
    SocialCard(entry.person, f"R990{serial:05d}", "示例农村商业银行西峡支行", f"62179909900{serial:08d}", f"{2016 + serial % 8}0318", "active")
    for serial, entry in enumerate(INSURANCES, 1) if entry.person.key not in _CARDLESS
)  # fmt: skip
