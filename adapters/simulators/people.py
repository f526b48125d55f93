"""The persons of the synthetic population. Nobody here exists: names say so and sequence codes are 990–999.

It holds facts, not answers: each simulator words them in its own way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

REGION = "411323"
"""The prefix of every made-up number."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(birth: str, sequence: int) -> str:
    """A 公民身份号码 of prefix `REGION` with its check digit (GB 11643). `birth` is yyyymmdd, `sequence` 990–999."""
    body = f"{REGION}{birth}{sequence:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


@dataclass(frozen=True)
class Place:
    """A postal place below the county of Xixia."""

    town: str
    village: str
    door: str

    @property
    def line(self) -> str:
        return f"河南省南阳市西峡县{self.town}{self.village}{self.door}"


@dataclass(frozen=True)
class Person:
    """One entry of the population register. `born` may end in 00 or 0000 where the register knows no better."""

    key: str
    id_number: str = field(repr=False)
    name: str = field(repr=False)
    sex: str
    ethnicity: str
    born: str
    marriage: str
    home: Place = field(repr=False)
    household: str
    relation: str
    card_from: str
    card_to: str
    phone: str = field(default="", repr=False)


def _person(key: str, name: str, birth: str, sequence: int, home: Place, household: str, **rest: str) -> Person:
    sex = "1" if sequence % 2 else "2"
    facts = {
        "ethnicity": "01",
        "born": birth,
        "marriage": "20",
        "relation": "02",
        "card_from": "20180601",
        "card_to": "20380601",
    }
    facts.update(rest)
    return Person(
        key=key, id_number=id_number(birth, sequence), name=name, sex=sex, home=home, household=household, **facts
    )


_MOUNTAIN = Place("桑坪镇", "示例村", "山水路8号")
_RIVER = Place("双龙镇", "演示村", "河湾组12号")
_TOWN = Place("白羽街道", "测试社区", "样例路66号2单元301")
_OLD = Place("太平镇", "示例老村", "1组3号")

PEOPLE: tuple[Person, ...] = (
    _person("legal_representative", "测试甲", "19850312", 991, _TOWN, "9900001", phone="19900000991"),
    _person("spouse", "演示乙", "19870725", 992, _TOWN, "9900001", relation="10", ethnicity="11"),
    _person("child", "测试小甲", "20120530", 993, _TOWN, "9900001", relation="20", marriage="10", card_to="20270601"),
    _person("agent", "示例丙", "19901102", 990, _RIVER, "9900002", marriage="10", phone="19900000990"),
    _person("owner", "演示丁", "19680918", 995, _MOUNTAIN, "9900003", card_to="长期", phone="19900000995"),
    _person("co_owner", "演示戊", "19700105", 994, _MOUNTAIN, "9900003", relation="70", card_to="长期"),
    _person("rare_name", "测试𠮷", "19791208", 997, _RIVER, "9900004", phone="19900000997"),
    _person("rare_name_2", "演示䶮", "19950228", 996, _RIVER, "9900004", relation="97", marriage="10"),
    _person(
        "revoked_boss",
        "示例己",
        "19770707",
        999,
        _TOWN,
        "9900005",
        marriage="40",
        card_from="20050601",
        card_to="20250601",
    ),
    _person("hotel_owner", "演示庚", "19830421", 998, _TOWN, "9900006", phone="19900000998"),
    _person("old", "测试辛", "19500101", 991, _OLD, "9900007", born="19500000", marriage="30", card_to="长期"),
    _person("shopkeeper", "示例壬", "19920214", 992, _RIVER, "9900008", phone="19900000992"),
    _person("cooperative_head", "演示癸", "19740816", 993, _OLD, "9900009"),
    _person("twin_1", "示例重甲", "19620615", 997, _OLD, "9900010", card_to="长期"),
    _person("twin_2", "示例重乙", "19620615", 997, _MOUNTAIN, "9900011", card_to="长期"),
)
"""`twin_1` and `twin_2` carry one number, a 重号 of the years of hand-written registers: a look-up matches both."""

NOBODY = id_number("19990909", 990)
"""A valid number that nobody of the population carries."""


def person(key: str) -> Person:
    """The person of that key. Raises KeyError."""
    return _BY_KEY[key]


_BY_KEY = {entry.key: entry for entry in PEOPLE}
