"""Every enterprise of the matters in one table: who, what, where, owned or rented. Firms, deeds and leases are made from it.

So a firm's address, its deed and its lease agree by construction. It makes none of them itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.simulators.population.people import Place

_ENTERPRISES = """
mall|西峡县仲景路示例商场有限公司|mall_boss|1190|20000000|20210910|白羽街道/测试社区/样例大道1号|1280000|21|own|1-4/4|许可项目：食品销售；烟草制品零售。一般项目：日用百货销售；柜台、摊位出租
farm_stay|西峡县伏牛山示例农家乐有限公司|farm_boss|1130|300000|20240612|二郎坪镇/示例沟村/溪边组6号|46000|23|farm_boss+farm_boss_spouse:300000|1-2/2|许可项目：住宿服务；餐饮服务。一般项目：休闲观光活动
hospital|西峡县康宁示例医院有限公司|hospital_boss|1150|30000000|20220318|莲花街道/示例社区/健康路18号|520000|90|own|1-6/6|许可项目：医疗服务
repair_shop|西峡县演示路示例汽车维修店|repairer|9500||20250226|丹水镇/示例村/国道旁3号|18600|21|landlord_boss:260000|1-1/1|一般项目：机动车修理和维护
garage|西峡县顺达示例汽车维修有限公司|garage_boss|1130|2000000|20230421|回车镇/演示村/产业路11号|152000|30|landlord_boss+landlord_boss_spouse:1350000|1-2/2|一般项目：机动车修理和维护；汽车零配件零售
elder_home|西峡县夕阳红示例养老服务有限公司|elder_boss|1130|5000000|20240118|五里桥镇/测试村/颐养路2号|386000|90|landlord:2400000|1-3/3|一般项目：养老服务；护理机构服务
pine_home|西峡县松鹤示例养老院有限公司|pine_boss|1150|8000000|20230905|丹水镇/示例村/松鹤路5号|451200|90|own|1-4/4|一般项目：养老服务；健康咨询服务
agency|西峡县安居示例房地产经纪有限公司|agency_boss|1130|500000|20250310|紫金街道/演示社区/演示街26号1层|8600|21|landlord_boss:280000|1-1/6|一般项目：房地产经纪；房地产咨询
materials|西峡县鸿运示例建材销售有限公司|materials_boss|1150|3000000|20240808|五里桥镇/测试村/建材市场A区9号|64000|21|landlord:960000|1-2/2|一般项目：建筑材料销售；五金产品零售
teahouse|西峡县听雨示例茶楼有限公司|teahouse_boss|1130|800000|20250620|白羽街道/测试社区/样例路31号2层|33500|21|tobacco_boss+tobacco_boss_spouse:520000|2-2/5|许可项目：餐饮服务；食品小作坊经营
liquor|西峡县醇香示例烟酒有限公司|tobacco_boss|1130|1000000|20250401|白羽街道/测试社区/样例路31号1层|12000|21|tobacco_boss+tobacco_boss_spouse:380000|1-1/5|许可项目：烟草制品零售；酒类经营；食品销售
wedding|西峡县良缘示例婚庆礼仪服务有限公司|wedding_boss|1130|600000|20250218|莲花街道/示例社区/莲湖路40号1至2层|42800|21|landlord:650000|1-2/6|一般项目：婚庆礼仪服务；摄影扩印服务
phone_repair|西峡县极修示例通讯设备维修有限公司|phone_boss|1130|100000|20251111|紫金街道/演示社区/演示街8号1层|4200|21|landlord_boss:180000|1-1/7|一般项目：通讯设备修理
clinic|西峡县杏林示例诊所有限公司|clinic_boss|1130|500000|20250725|莲花街道/示例社区/莲湖路3号1层|15600|21|clinic_boss+clinic_boss_spouse:200000|1-1/6|许可项目：医疗服务
jeweller|西峡县玉缘示例首饰有限公司|jewel_boss|1130|2000000|20250520|白羽街道/测试社区/样例大道1号1层A12|6400|21|mall:1280000|1-1/4|一般项目：珠宝首饰零售
cafe|西峡县慢时光示例咖啡有限公司|cafe_boss|1130|300000|20260306|紫金街道/演示社区/学府路9号1层|9800|21|landlord:310000|1-1/11|许可项目：餐饮服务
barbecue|西峡县炭火示例烧烤有限公司|barbecue_boss|1130|200000|20260415|白羽街道/测试社区/样例路77号1层|14200|21|landlord_boss+landlord_boss_spouse:360000|1-1/5|许可项目：餐饮服务
water_plant|西峡县伏牛泉示例饮用水有限公司|water_boss|1150|12000000|20230627|太平镇/示例老村/泉眼组1号|368000|30|own|1-2/2|许可项目：饮料生产；取水
karaoke|西峡县金嗓子示例娱乐有限公司|karaoke_boss|1150|5000000|20250912|莲花街道/示例社区/莲湖路66号3层|168000|21|landlord:1600000|3-3/5|许可项目：歌舞娱乐活动；食品销售
cake|西峡县甜心示例蛋糕有限公司|cake_boss|1130|200000|20260108|紫金街道/演示社区/演示街33号1层|7200|21|landlord_boss:240000|1-1/6|许可项目：食品经营；糕点制售
cold_drinks|西峡县冰点示例冷饮有限公司|cold_boss|1130|100000|20260318|白羽街道/测试社区/样例大道1号1层B03|3600|21|mall:420000|1-1/4|许可项目：食品小经营店；自制饮品制售
bakery|西峡县麦香示例面包有限公司|bakery_boss|1150|300000|20251020|莲花街道/示例社区/莲湖路21号1层|8800|21|landlord:260000|1-1/18|许可项目：食品小经营店；糕点制售
decorator|西峡县筑美示例装饰工程有限公司|decorator_boss|1150|10000000|20240422|五里桥镇/测试村/建设路15号|56000|22|own|1-3/3|许可项目：建设工程施工；住宅室内装饰装修
tailor|西峡县锦绣示例裁缝服务有限公司|tailor_boss|1130|50000|20250916|白羽街道/测试社区/样例路52号1层|4800|21|tailor_boss+tailor_boss_spouse:80000|1-1/6|一般项目：缝纫修补服务；服装定制
housekeeping|西峡县安心示例家政服务有限公司|housekeep_boss|1130|500000|20250611|莲花街道/示例社区/工人路10号2层|21000|22|landlord:220000|2-2/4|一般项目：家政服务；母婴护理服务
tea_shop|西峡县云雾示例茶叶有限公司|tea_boss|1130|1000000|20251205|紫金街道/演示社区/演示街2号1层|11200|21|tea_boss+tea_boss_spouse:150000|1-2/6|许可项目：食品销售；烟草制品零售
noodles|西峡县清河示例拉面有限公司|noodle_boss|1130|200000|20260226|白羽街道/测试社区/样例路90号1至2层|26400|21|landlord_boss:480000|1-2/6|许可项目：餐饮服务
hotpot|西峡县红汤示例火锅有限公司|hotpot_boss|1150|1500000|20251028|莲花街道/示例社区/莲湖路88号1至2层|98000|21|landlord:1450000|1-2/9|许可项目：餐饮服务
playground|西峡县欢乐谷示例游乐有限公司|playground_boss|1150|15000000|20240930|回车镇/演示村/游乐路1号|860000|90|own|1-2/2|许可项目：游乐园服务；餐饮服务；烟草制品零售
logistics|西峡县通达示例物流有限公司|logistics_boss|1150|6000000|20230214|五里桥镇/测试村/物流园C区3号|245000|30|landlord:1800000|1-1/1|许可项目：道路货物运输（不含危险货物）
bar|西峡县夜色示例酒吧有限公司|bar_boss|1130|1000000|20251218|紫金街道/演示社区/演示街50号1层|38600|21|bar_boss:300000|1-1/6|许可项目：餐饮服务；歌舞娱乐活动
arcade|西峡县幻境示例游艺有限公司|arcade_boss|1130|2000000|20260120|白羽街道/测试社区/样例大道1号4层|72000|21|mall:1150000|4-4/4|许可项目：游艺娱乐活动
feed|西峡县丰牧示例饲料有限公司|feed_boss|1150|20000000|20230816|丹水镇/示例村/工业园7号|924000|30|own|1-3/3|许可项目：饲料生产；饲料添加剂生产
developer|西峡县鹳河湾示例房地产开发有限公司|developer_boss|1190|50000000|20180709|紫金街道/演示社区/学府路1号1层|64000|22|own|1-1/18|许可项目：房地产开发经营
landlord|西峡县老街示例商业管理有限公司|landlord_boss|1150|30000000|20150520|莲花街道/示例社区/莲湖路1号3层|45000|22|own|3-3/5|一般项目：非居住房地产租赁；物业管理
talent_firm|西峡县智造示例科技有限公司|talent_founder|1150|5000000|20230301|回车镇/演示村/创新园1号楼|96000|30|landlord:700000|1-2/4|一般项目：工业机器人研发；软件开发
overseas_firm|西峡县海归示例生物科技有限公司|talent_overseas_founder|1190|8000000|20240520|回车镇/演示村/创新园2号楼|118000|30|landlord:850000|1-3/4|一般项目：生物技术推广服务
startup|西峡县小桦示例文创工作室|graduate_founder|9500||20260320|紫金街道/演示社区/学府路12号1层|5200|21|landlord_boss:120000|1-1/11|一般项目：文艺创作；工艺美术品零售
"""

_SHOPS = """
dental_shop|西峡县洁白示例口腔诊所|dentist|莲花街道/示例社区/莲湖路12号1至2层|23800|21|landlord:420000|1-2/6
swimming_pool|西峡县碧波示例游泳馆|swim_founder|紫金街道/演示社区/体育路3号|265000|90|landlord:1950000|1-2/2
skating_rink|西峡县飞翼示例轮滑馆|skate_founder|白羽街道/测试社区/样例大道1号3层|98000|21|mall:880000|3-3/4
chess_room|西峡县闲趣示例棋牌室|chess_founder|五里桥镇/测试村/建设路4号1层|13600|21|chess_founder+chess_founder_spouse:0|1-1/3
hanfu_shop|西峡县霓裳示例汉服体验店|hanfu_founder|白羽街道/测试社区/样例路5号1层|8600|21|landlord_boss:260000|1-1/4
art_school|西峡县丹青示例美术培训班|art_founder|紫金街道/演示社区/学府路15号2层|31200|21|landlord:380000|2-2/11
basketball_hall|西峡县腾跃示例篮球馆|basketball_founder|回车镇/演示村/体育路21号|142000|90|landlord:900000|1-1/1
therapy_shop|西峡县舒筋示例理疗店|therapy_founder|莲花街道/示例社区/工人路7号1层|9400|21|landlord_boss+landlord_boss_spouse:200000|1-1/6
volleyball_hall|西峡县飞扬示例排球馆|volleyball_founder|回车镇/演示村/体育路23号|118000|90|landlord:760000|1-1/1
billiards_hall|西峡县八号示例台球厅|billiards_founder|白羽街道/测试社区/样例路45号2层|36500|21|landlord_boss:420000|2-2/5
tennis_hall|西峡县发球示例网球馆|tennis_founder|紫金街道/演示社区/体育路8号|196000|90|landlord:1100000|1-1/1
lunch_house|西峡县育苗示例午托部|lunch_founder|莲花街道/示例社区/莲湖路9号1层|18700|11|lunch_founder+lunch_founder_spouse:0|1-1/6
badminton_hall|西峡县轻羽示例羽毛球馆|badminton_founder|紫金街道/演示社区/体育路10号|128000|90|landlord:820000|1-1/1
cooperative_yard|西峡县鹳河香菇示例种植专业合作社|coop_1|双龙镇/演示村/香菇组1号|48000|90|coop_1+coop_1_spouse:0|1-1/1
"""

_OWNERS = """
songbird|西峡县百灵示例歌舞娱乐有限公司|songbird_boss|1150|6000000|20250310|莲花街道/示例社区/莲湖路90号|186000|21|own|1-3/3|许可项目：歌舞娱乐活动；食品销售
cellar|西峡县老窖示例酒吧有限公司|cellar_boss|1130|1500000|20250618|白羽街道/测试社区/样例路120号|42000|21|own|1-2/2|许可项目：餐饮服务；歌舞娱乐活动
pinball|西峡县弹球示例游艺有限公司|pinball_boss|1130|3000000|20250415|紫金街道/演示社区/演示街70号|81000|21|own|1-2/2|许可项目：游艺娱乐活动
renovator|西峡县匠心示例装饰工程有限公司|renovator_boss|1150|12000000|20190612|五里桥镇/测试村/建设路33号|64000|22|own|1-2/2|许可项目：建设工程施工；住宅室内装饰装修
"""
"""Those for the other side of an alternative: premises of their own, a qualification that is to be widened. New ones go to the end."""


@dataclass(frozen=True)
class Outline:
    """One enterprise's line. `firm_type` empty for one that is yet to be registered: then `boss` rents in their own name.

    `holders`: keys of the persons or the firm in whose name the deed is; empty where the enterprise owns its premises.
    `rent` in fen per month, 0 where the applicant owns the place. `floors` such as 1-2, of `storeys`.
    """

    key: str
    name: str
    boss: str
    firm_type: str
    capital: int | None
    founded: str
    place: Place
    area: int
    use: str
    holders: tuple[str, ...]
    rent: int
    floors: str
    storeys: int
    scope: str


def _outlines() -> Iterator[Outline]:
    yield from map(_existing, _ENTERPRISES.strip().splitlines())
    for line in _SHOPS.strip().splitlines():
        key, name, boss, *rest = line.split("|")
        yield _outline((key, name, boss, "", ""), None, rest, "")
    yield from map(_existing, _OWNERS.strip().splitlines())


def _existing(line: str) -> Outline:
    key, name, boss, kind, capital, founded, *rest, scope = line.split("|")
    return _outline((key, name, boss, kind, founded), int(capital) if capital else None, rest, scope)


def _outline(who: tuple[str, str, str, str, str], capital: int | None, where: list[str], scope: str) -> Outline:
    place, area, use, tenure, floors = where
    holders, _, rent = tenure.partition(":")
    used, _, storeys = floors.partition("/")
    key, name, boss, kind, founded = who
    return Outline(
        key, name, boss, kind, capital, founded, Place(*place.split("/")), int(area), use,
        () if holders == "own" else tuple(holders.split("+")), int(rent or 0), used, int(storeys), scope,
    )  # fmt: skip


OUTLINES: tuple[Outline, ...] = tuple(_outlines())


def outline(key: str) -> Outline:
    """The enterprise of that key. Raises KeyError."""
    return _BY_KEY[key]


_BY_KEY = {entry.key: entry for entry in OUTLINES}
