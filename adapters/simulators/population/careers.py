"""Graduates, the self-employed, talents, buyers of homes, builders of their own, those who lost their work: as persons. Facts only."""

from __future__ import annotations

from adapters.simulators.population.people import Household, Person, Place

_SCHOOL = Place("", "", "示例大学学生集体户", "河南省郑州市演示区", "410199")
_ABROAD = Place("演示街道", "海归示例社区", "创新路1号", "上海市演示区", "310199")


def _town(number: str, door: str, settled: str = "20100601") -> Household:
    return Household(number, Place("紫金街道", "演示社区", door), settled)


_REED, _BIRCH, _MAPLE, _CEDAR = (
    _town("9904001", "学府路5号1单元301"),
    _town("9904002", "学府路6号2单元402"),
    _town("9904003", "学府路7号1单元202"),
    Household("9904004", Place("回车镇", "演示村", "6组15号"), "19990501"),
)
_HOMES = tuple(_town(f"990410{place}", f"人民路{20 + place}号1单元50{place % 10}", "20150320") for place in range(10))
_EXPERTS = tuple(_town(f"990420{place}", f"创新路{2 + place}号人才公寓{place + 1}01", "20220915") for place in range(4))
_WORKERS = tuple(_town(f"990430{place}", f"厂前路{place + 3}号2单元10{place + 1}", "20110808") for place in range(4))

CAREERS: tuple[Person, ...] = (
    # graduates and their parents (52, 53, 55)
    _REED.member("reed_father", "演示苇", "19730609", 991, phone="19900005001"),
    _REED.member("reed_mother", "测试蒲", "19751117", 992, relation="10"),
    _REED.member("graduate_employed", "演示小苇", "20040425", 993, relation="20", marriage="10", settled="20260715", phone="19900005002"),
    _BIRCH.member("birch_mother", "示例桦", "19760203", 994),
    _BIRCH.member("graduate_founder", "示例小桦", "20011019", 996, relation="30", marriage="10", phone="19900005003"),
    _MAPLE.member("maple_father", "测试枫", "19710830", 995, marriage="30", phone="19900005004"),
    _MAPLE.member("graduate_idle", "测试小枫", "20040612", 997, relation="20", marriage="10", phone="19900005005"),
    _CEDAR.member("cedar_father", "演示杉", "19740428", 999, phone="19900005006"),
    _CEDAR.member("cedar_mother", "示例柳", "19770909", 998, relation="10"),
    # high-level talents (54)
    _EXPERTS[0].member("talent_founder", "测试博", "19820716", 991, phone="19900005101"),
    _EXPERTS[1].member("talent_hired", "演示研", "19850522", 992, marriage="10", phone="19900005102"),
    _EXPERTS[2].member("talent_overseas_founder", "示例归", "19800304", 993, phone="19900005103"),
    # buyers, borrowers and builders (56, 57)
    _HOMES[0].member("buyer", "测试房", "19910318", 991, phone="19900005201"),
    _HOMES[0].member("buyer_spouse", "演示屋", "19920826", 992, relation="10", phone="19900005202"),
    _HOMES[0].member("buyer_child", "测试小房", "20210105", 993, relation="20", marriage="10"),
    _HOMES[1].member("second_home_buyer", "示例宅", "19840727", 995, phone="19900005203"),
    _HOMES[1].member("second_home_spouse", "测试院", "19860614", 996, relation="10"),
    _HOMES[2].member("single_buyer", "演示室", "19950911", 994, marriage="10", phone="19900005204"),
    _HOMES[3].member("resale_buyer", "测试厅", "19890402", 997, phone="19900005205"),
    _HOMES[3].member("resale_spouse", "示例堂", "19901201", 998, relation="10"),
    _HOMES[4].member("seller", "演示楼", "19670515", 999, phone="19900005206"),
    _HOMES[4].member("seller_spouse", "测试阁", "19690203", 990, relation="10"),
    _HOMES[5].member("self_builder", "示例垣", "19780622", 991, phone="19900005207"),
    _HOMES[5].member("self_builder_spouse", "演示墙", "19800115", 992, relation="10"),
    _HOMES[6].member("borrower", "测试栋", "19860430", 993, phone="19900005208"),
    _HOMES[6].member("borrower_spouse", "示例梁", "19871109", 994, relation="10"),
    _HOMES[7].member("heir", "演示檐", "19930707", 996, marriage="40", phone="19900005209"),
    _HOMES[8].member("big_home_buyer", "示例轩", "19870219", 995, phone="19900005210"),
    _HOMES[8].member("big_home_spouse", "演示窗", "19880526", 998, relation="10"),
    # out of work (58)
    _WORKERS[0].member("laid_off", "测试织", "19840911", 992, phone="19900005301"),
    _WORKERS[1].member("resigned", "演示铸", "19900224", 993, phone="19900005302"),
    _WORKERS[2].member("short_paid", "示例锻", "19991013", 995, marriage="10", phone="19900005303"),
    _WORKERS[3].member("near_pension", "测试纺", "19670128", 991, phone="19900005304"),
)  # fmt: skip

_CAMPUS = Household("9994001", _SCHOOL, "20220910")

CAREERS_ELSEWHERE: tuple[Person, ...] = (
    # to be moved here: until then in the university's collective household (55); the second has no home to move to but a relative's
    _CAMPUS.member("graduate_returning", "演示小杉", "20040118", 994, relation="99", marriage="10", phone="19900005007"),
    _CAMPUS.member("graduate_hired", "测试小榆", "20020530", 995, relation="99", marriage="10", phone="19900005008"),
    Household("9994002", _ABROAD).member("talent_overseas_hired", "演示访", "19790828", 998, phone="19900005104"),
)  # fmt: skip
