"""Families with children of the age for kindergarten and school, registered here, only living here, or not at all. Facts only.

Their homes, vaccinations, residence permits and school records are in the files of those subjects.
"""

from __future__ import annotations

from adapters.simulators.population.people import Household, Person, Place

_PLUM = Household("9903001", Place("白羽街道", "测试社区", "样例路88号1单元602"), "20160412")
_ORCHID = Household("9903002", Place("紫金街道", "演示社区", "演示街19号3单元101"), "20180620")
_GRAND = Household("9903003", Place("五里桥镇", "测试村", "3组21号"), "19980101")
_LOTUS = Household("9903004", Place("莲花街道", "示例社区", "莲湖路7号2单元1102"), "20201109")
_AWAY = Place("示例镇", "外县示例村", "5组9号", "河南省南阳市演示县", "411399")

FAMILIES: tuple[Person, ...] = (
    # a kindergarten child and a schoolchild; the home is the mother's and the father's
    _PLUM.member("plum_father", "测试松", "19880217", 991, phone="19900004001"),
    _PLUM.member("plum_mother", "演示梅", "19900805", 992, relation="10", phone="19900004002"),
    _PLUM.member("plum_daughter", "测试小梅", "20200322", 994, relation="30", marriage="10"),
    _PLUM.member("plum_son", "测试小松", "20230411", 993, relation="20", marriage="10"),
    # one parent raises the child; vaccinations are incomplete
    _ORCHID.member("orchid_mother", "示例兰", "19930119", 996, marriage="40", phone="19900004003"),
    _ORCHID.member("orchid_son", "示例小兰", "20191208", 995, relation="21", marriage="10"),
    # the child is in the grandparents' household, the parents in another
    _GRAND.member("grandfather", "演示柏", "19580926", 997),
    _GRAND.member("grandmother", "测试椿", "19601130", 998, relation="10"),
    _GRAND.member("grandchild", "演示小柏", "20230127", 999, relation="40", marriage="10"),
    _LOTUS.member("lotus_father", "演示楠", "19870610", 993, phone="19900004004"),
    _LOTUS.member("lotus_mother", "示例桂", "19891215", 994, relation="10", phone="19900004005"),
    _LOTUS.member("lotus_daughter", "演示小桂", "20140506", 992, relation="30", marriage="10"),
)  # fmt: skip

_MIGRANT = Household("9993001", _AWAY)
_STRANGER = Household("9993002", Place("演示镇", "外县测试村", "2组4号", "河南省南阳市演示县", "411399"))

FAMILIES_ELSEWHERE: tuple[Person, ...] = (
    # they live here with residence permits and rent; their household is registered in another county
    _MIGRANT.member("migrant_father", "示例江", "19860321", 997, phone="19900004006"),
    _MIGRANT.member("migrant_mother", "演示汉", "19880912", 998, relation="10", phone="19900004007"),
    _MIGRANT.member("migrant_son", "示例小江", "20200118", 999, relation="20", marriage="10"),
    _MIGRANT.member("migrant_daughter", "示例小汉", "20230620", 990, relation="30", marriage="10"),
    # nobody in the county knows them: no household, no permit, no home, no vaccination
    _STRANGER.member("stranger_mother", "测试萍", "19920227", 990, phone="19900004008"),
    _STRANGER.member("stranger_child", "测试小萍", "20200707", 991, relation="20", marriage="10"),
)  # fmt: skip
