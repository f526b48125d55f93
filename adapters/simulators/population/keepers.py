"""The people behind the enterprises: bosses of those that exist, founders of those to be registered, and their households.

Premises and firms are in the files beside it. Facts only.
"""

from __future__ import annotations

from collections.abc import Iterator

from adapters.simulators.population.people import Household, Person, Place

_STREETS = (
    ("白羽街道", "测试社区", "样例路{0}号院{1}单元201"),
    ("紫金街道", "演示社区", "演示街{0}号{1}单元502"),
    ("莲花街道", "示例社区", "莲湖路{0}号{1}单元301"),
    ("丹水镇", "示例村", "{0}组{1}号"),
    ("回车镇", "演示村", "{0}组{1}号"),
    ("五里桥镇", "测试村", "{0}组{1}号"),
)

_BOSSES = """
mall_boss        测试云 19720411 991 | 演示露 19740903 992
farm_boss        演示腾 19790620 993 | 测试霜 19810117 994
hospital_boss    测试昆 19690802 995 | 示例珠 19710226 996
repairer         示例冈 19860914 997 | 演示菜 19880430 998
garage_boss      测试剑 19840105 999 | 示例芥 19860719 990
elder_boss       演示阙 19750323 991 | 测试姜 19770811 992
pine_boss        示例夜 19820517 994 | 演示河 19800122 993
agency_boss      测试光 19900208 995
materials_boss   演示果 19760729 997 | 示例珍 19780913 996
teahouse_boss    示例李 19880615 990
tobacco_boss     测试奈 19810930 991 | 演示菊 19830404 992
wedding_boss     演示海 19920312 994
phone_boss       示例咸 19940821 993
clinic_boss      测试淡 19740506 995 | 示例鳞 19760201 996
jewel_boss       演示潜 19890719 998
cafe_boss        示例羽 19960110 990
barbecue_boss    测试翔 19910525 991 | 演示龙 19930818 992
water_boss       演示师 19700228 993 | 示例火 19721114 994
karaoke_boss     示例帝 19850611 995 | 测试鸟 19870309 996
cake_boss        测试官 19930927 998
cold_boss        演示人 19980404 990
bakery_boss      示例皇 19870813 992 | 测试始 19850529 991
decorator_boss   测试制 19780316 993 | 演示文 19791005 994
tailor_boss      演示字 19690107 996 | 示例乃 19661220 995
housekeep_boss   示例服 19830222 998
tea_boss         测试衣 19750918 997 | 演示裳 19771212 998
noodle_boss      演示推 19860404 999 | 测试位 19880825 990
hotpot_boss      示例让 19800713 991 | 演示国 19820619 992
playground_boss  测试虞 19770426 993 | 示例陶 19790302 994
logistics_boss   演示唐 19730815 995 | 测试吊 19750127 996
bar_boss         示例民 19910206 997
arcade_boss      测试伐 19880923 999 | 演示罪 19900514 990
feed_boss        演示周 19680330 991 | 示例发 19700807 992
community_head   测试商 19640912 996
developer_boss   示例汤 19710819 993
landlord_boss    演示坐 19670226 995 | 测试朝 19690716 994
"""

_FOUNDERS = """
dentist          测试问 19850721 991 | 演示道 19870312 992
swim_founder     演示垂 19820408 993 | 测试拱 19840917 994
skate_founder    示例平 19950603 995
chess_founder    测试章 19700115 997 | 示例爱 19720620 996
hanfu_founder    演示育 19970919 998
art_founder      示例黎 19900328 990 | 测试首 19890711 991
basketball_founder 测试臣 19880516 993 | 演示伏 19910202 994
therapy_founder  演示戎 19790124 995 | 示例羌 19811130 996
volleyball_founder 示例遐 19930810 997
billiards_founder 测试迩 19840229 999 | 演示壹 19860606 990
tennis_founder   演示体 19870303 991 | 测试率 19890827 992
lunch_founder    示例宾 19860512 994 | 演示归 19830925 993
badminton_founder 测试王 19920707 995
coop_1           演示鸣 19710509 991 | 测试凤 19730218 992
coop_2           示例在 19760311 993 | 演示竹 19780825 994
coop_3           测试白 19800606 995
coop_4           演示驹 19660419 996 | 示例食 19641101 995
coop_5           示例场 19850130 997
"""

_OWNERS = """
songbird_boss    演示养 19780523 991 | 测试岂 19800309 992
cellar_boss      示例敢 19870714 993
pinball_boss     测试毁 19830226 994 | 演示伤 19811019 995
renovator_boss   示例女 19750808 996 | 测试慕 19730627 997
"""

_WITHOUT_PARTNER = {"40": ("housekeep_boss",), "30": ("community_head",)}
"""Divorced, widowed; who else has nobody beside them is unmarried, save the two who married into another county."""
_PARTNER_ELSEWHERE = ("developer_boss", "coop_3")


def _marriage(key: str, alone: bool) -> str:
    found = next((code for code, keys in _WITHOUT_PARTNER.items() if key in keys), "")
    return found or ("10" if alone and key not in _PARTNER_ELSEWHERE else "20")


_FARMS = {f"coop_{place}": Place("双龙镇", "演示村", f"香菇组{place + 1}号") for place in range(1, 5)}
"""Where the cooperative's farmers live."""


def _homes(first: int) -> Iterator[tuple[str, Place]]:
    number = first
    while True:
        town, village, door = _STREETS[number % len(_STREETS)]
        yield f"{9_901_000 + number}", Place(town, village, door.format(number // 6 + 1, number % 4 + 1))
        number += 1


def _people(table: str, first: int, phones: int) -> Iterator[Person]:
    """One household per line: the key's person, then whom they are married to (`<key>_spouse`)."""
    for place, (line, (number, home)) in enumerate(zip(table.strip().splitlines(), _homes(first), strict=False)):
        (key, name, birth, sequence), *partners = (part.split() for part in line.split("|"))
        house = Household(number, _FARMS.get(key, home), "20080516")
        marriage = _marriage(key, not partners)
        yield house.member(key, name, birth, int(sequence), phone=f"{phones + place}", marriage=marriage)
        for partner, born, code in partners:
            yield house.member(f"{key}_spouse", partner, born, int(code), relation="10")


KEEPERS: tuple[Person, ...] = (
    *_people(_BOSSES, 0, 19_900_001_001),
    *_people(_FOUNDERS, 100, 19_900_002_001),
    *_people(_OWNERS, 200, 19_900_002_501),
)
