"""The first people of the town: those of 我要开民宿, rare names, two with one number, owners and neighbours. Facts only."""

from __future__ import annotations

from adapters.simulators.population.people import Household, Person, Place

_MOUNTAIN = Place("桑坪镇", "示例村", "山水路8号")
_RIVER = Place("双龙镇", "演示村", "河湾组12号")
_TOWN = Place("白羽街道", "测试社区", "样例路66号2单元301")
_OLD = Place("太平镇", "示例老村", "1组3号")


def _person(key: str, name: str, birth: str, sequence: int, home: Place, household: str, **rest: str) -> Person:
    card = {"card_from": "20180601", "card_to": "20380601"}
    return Household(household, home).member(key, name, birth, sequence, **{**card, **rest})


TOWNSFOLK: tuple[Person, ...] = (
    _person("legal_representative", "测试甲", "19850312", 991, _TOWN, "9900001", phone="19900000991"),
    _person("spouse", "演示乙", "19870725", 992, _TOWN, "9900001", relation="10", ethnicity="11"),
    _person("child", "测试小甲", "20120530", 993, _TOWN, "9900001", relation="20", marriage="10", card_from="20220601", card_to="20270601"),
    _person("agent", "示例丙", "19901102", 990, _RIVER, "9900002", marriage="10", phone="19900000990"),
    _person("owner", "演示丁", "19680918", 995, _MOUNTAIN, "9900003", card_to="长期", phone="19900000995"),
    _person("co_owner", "演示戊", "19700105", 994, _MOUNTAIN, "9900003", relation="70", card_to="长期"),
    _person("rare_name", "测试𠮷", "19791208", 997, _RIVER, "9900004", phone="19900000997"),
    _person("rare_name_2", "演示䶮", "19950228", 996, _RIVER, "9900004", relation="97", marriage="10"),
    _person("revoked_boss", "示例己", "19770707", 999, _TOWN, "9900005", marriage="40", card_from="20050601", card_to="20250601"),
    _person("hotel_owner", "演示庚", "19830421", 998, _TOWN, "9900006", phone="19900000998"),
    _person("old", "测试辛", "19500101", 991, _OLD, "9900007", born="19500000", marriage="30", card_to="长期"),
    _person("shopkeeper", "示例壬", "19920214", 992, _RIVER, "9900008", phone="19900000992"),
    _person("cooperative_head", "演示癸", "19740816", 993, _OLD, "9900009"),
    _person("twin_1", "示例重甲", "19620615", 997, _OLD, "9900010", card_to="长期"),
    _person("twin_2", "示例重乙", "19620615", 997, _MOUNTAIN, "9900011", card_to="长期"),
)  # fmt: skip
"""`twin_1` and `twin_2` carry one number, a 重号 of the years of hand-written registers: a look-up matches both."""
