"""The people who work in the enterprises by licence or skill: doctors, nurses, drivers, builders, agents, technicians. Facts only.

What they are qualified for is in `licences`, whom they work for in `work`.
"""

from __future__ import annotations

from collections.abc import Iterator

from adapters.simulators.population.people import Household, Person, Place

_TABLE = """
surgeon        测试璧 19780614 991 20
physician      演示非 19830211 992 20
tcm_doctor     示例宝 19711023 993 20
nurse_1        演示寸 19900417 994 20
nurse_2        测试阴 19940902 996 10
nurse_3        示例是 19960728 998 10
dental_nurse   演示竞 19970315 990 10
driver_1       测试资 19800501 995 20
driver_2       演示父 19850918 997 20
driver_3       示例事 19890122 999 20
constructor_1  测试君 19840730 991 20
constructor_2  演示曰 19881112 992 20
engineer       示例严 19760219 993 20
mason          测试与 19790808 995 20
electrician    演示敬 19860625 997 20
agent_1        示例孝 19910403 998 10
agent_2        测试当 19951016 999 10
mechanic       演示竭 19820127 991 20
inspector      示例力 19870911 993 20
feed_nutrition 测试忠 19810320 994 20
feed_analyst   演示则 19930513 996 10
feed_operator  示例尽 19850604 995 20
carer_1        测试命 19720915 992 20
carer_2        演示临 19751208 994 20
masseur        示例深 19890820 997 20
lifeguard      测试履 19980211 991 10
salesman       演示薄 19880309 993 20
"""


def _people() -> Iterator[Person]:
    for place, line in enumerate(_TABLE.strip().splitlines()):
        key, name, birth, sequence, marriage = line.split()
        home = Place("莲花街道", "示例社区", f"工人路{place // 3 + 1}号{place % 3 + 1}单元401")
        house = Household(f"{9_902_000 + place}", home, "20120301")
        yield house.member(key, name, birth, int(sequence), marriage=marriage, phone=f"{19_900_003_001 + place}")


STAFF: tuple[Person, ...] = tuple(_people())
