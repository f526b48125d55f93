"""What the market regulator takes in, field by field, as `scjg.openapi.yaml` says. Shape only: it decides and answers nothing."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

USCC = re.compile(r"^[0-9A-HJ-NPQRTUWXY]{18}$")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ZjCx(_Strict):
    """按证件号码查询."""

    zjlxdm: str = Field(pattern="^10$")
    zjhm: str = Field(pattern="^[0-9]{17}[0-9X]$")
    xzdm: str | None = None


class Lxr(_Strict):
    """联系人."""

    xm: str = Field(min_length=1)
    zjhm: str = Field(min_length=1)
    lxdh: str | None = None


class Sqr(_Strict):
    """申请人."""

    tyshxydm: str = Field(pattern=USCC.pattern)
    mc: str = Field(min_length=1)
    fr: Lxr


class Jycs(_Strict):
    """经营场所."""

    mc: str
    dz: str = Field(min_length=1)
    mj: str | None = Field(default=None, pattern=r"^[0-9]+\.[0-9]{2}$")
    cqxz: str = Field(pattern="^[129]$")
    cqzmbh: str | None = None


class Cl(_Strict):
    """材料."""

    xh: int = Field(ge=1)
    mc: str
    lydm: str = Field(pattern="^[1-4]$")
    zzbh: str | None = None
    wjm: str | None = None
    wjzy: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    wjnr: str | None = None


class Sq(_Strict):
    """食品经营许可申请."""

    lsh: str = Field(min_length=1)
    czlx: str = Field(pattern="^[12]$")
    sxbm: str
    sxmc: str
    rqys: str = Field(pattern="^[01]$")
    sqr: Sqr
    jycs: Jycs
    ztytdm: str = Field(pattern="^[1-3]$")
    jyxmdm: list[str] = Field(min_length=1)
    cyrs: int | None = None
    wtr: Lxr | None = None
    cl: list[Cl]
    bz: str | None = None


class Ch(_Strict):
    """撤回."""

    chyy: str = Field(min_length=1)
    chsj: str = Field(pattern="^[0-9]{14}$")


# --- 设立登记、小经营店、小作坊、食品生产许可 ---------------------------------------------------------------------------

_PERSON = "^[0-9]{17}[0-9X]$"
_TWO_PLACES = r"^[0-9]+\.[0-9]{2}$"
_TEN_THOUSANDS = r"^[0-9]+(\.[0-9]{1,6})?$"


class _Application(_Strict):
    """What every application carries."""

    lsh: str = Field(min_length=1)
    czlx: str = Field(pattern="^[12]$")
    sxmc: str
    rqys: str = Field(pattern="^[01]$")
    wtr: Lxr | None = None
    cl: list[Cl]
    bz: str | None = None


class Jyz(_Strict):
    """经营者."""

    xm: str = Field(min_length=1)
    zjlxdm: str = Field(pattern="^10$")
    zjhm: str = Field(pattern=_PERSON)
    xbdm: str | None = Field(default=None, pattern="^[0129]$")
    mzdm: str | None = None
    csrq: str | None = Field(default=None, pattern="^[0-9]{8}$")
    hjdz: str | None = None
    lxdh: str


class Mcxx(_Strict):
    """已申报的名称."""

    sbh: str = Field(min_length=1)
    nmc: str = Field(min_length=1)


class Zcxs(_Strict):
    """组成形式."""

    xsdm: str = Field(pattern="^[12]$")
    jtcy: str | None = None


class Gtcs(_Strict):
    """个体工商户的经营场所."""

    dz: str = Field(min_length=1)
    yb: str | None = Field(default=None, pattern="^[0-9]{6}$")
    cqxz: str = Field(pattern="^[129]$")
    cqzmbh: str | None = None
    zzbs: str = Field(pattern="^[01]$")


class GtSq(_Application):
    """个体工商户设立登记申请."""

    jyz: Jyz
    mcxx: Mcxx
    zcxs: Zcxs
    jycs: Gtcs
    jyfw: str = Field(min_length=1)
    hymc: str | None = None
    cyrs: int | None = None
    zjse: str = Field(pattern=_TWO_PLACES)
    fbs: int = Field(ge=0, le=10)
    dzzz: str = Field(pattern="^[01]$")


class Sldb(_Strict):
    """设立人代表."""

    xm: str = Field(min_length=1)
    zjhm: str = Field(pattern=_PERSON)
    lxdh: str


class Zsxx(_Strict):
    """住所."""

    dz: str = Field(min_length=1)
    cqxz: str = Field(pattern="^[129]$")
    cqzmbh: str | None = None


class Cyxx(_Strict):
    """成员."""

    zs: int = Field(ge=5)
    nmzs: int = Field(ge=4)


class Czxx(_Strict):
    """出资，万元."""

    zeWy: str = Field(pattern=_TEN_THOUSANDS)
    fhbWy: str | None = Field(default=None, pattern=_TEN_THOUSANDS)
    tdm: str | None = Field(default=None, pattern=_TWO_PLACES)


class Zzjg(_Strict):
    """组织机构."""

    lszxm: str = Field(min_length=1)
    jsxm: str | None = None


class HzsSq(_Application):
    """农民专业合作社设立登记申请."""

    sldb: Sldb
    mcxx: Mcxx
    zsxx: Zsxx
    cyxx: Cyxx
    czxx: Czxx
    zzjg: Zzjg
    sldhrq: str = Field(pattern="^[0-9]{8}$")
    ywfw: str = Field(min_length=1)
    fbs: int = Field(ge=0, le=10)


class Ztxx(_Strict):
    """市场主体."""

    tyshxydm: str | None = Field(default=None, pattern=USCC.pattern)
    zhmc: str = Field(min_length=1)
    fzr: str = Field(min_length=1)
    fzrzjhm: str = Field(min_length=1)
    lxdh: str | None = None


class Dm(_Strict):
    """店面."""

    zpmc: str
    dz: str = Field(min_length=1)
    jymj: str | None = Field(default=None, pattern=_TWO_PLACES)
    cqzmbh: str | None = None


class XjydSq(_Application):
    """食品小经营店登记申请."""

    ztxx: Ztxx
    dm: Dm
    lbdm: str = Field(pattern="^[12]$")
    xmdm: list[str] = Field(min_length=1)
    xdfs: str | None = Field(default=None, pattern="^[1239]$")
    cczyz: str | None = None
    aqzrr: str = Field(min_length=1)
    jkzrs: int | None = None
    wlxs: str = Field(pattern="^[01]$")


class Jgcs(_Strict):
    """加工场所."""

    dz: str = Field(min_length=1)
    mj: str | None = Field(default=None, pattern=_TWO_PLACES)
    cqzmbh: str | None = None
    ysly: str = Field(pattern="^[123]$")


class XzfSq(_Application):
    """食品生产加工小作坊登记申请."""

    ztxx: Ztxx
    jgcs: Jgcs
    splb: list[str] = Field(min_length=1)
    pzmc: str = Field(min_length=1)
    zysb: str = Field(min_length=1)
    yljh: str = Field(min_length=1)
    bzxs: str = Field(pattern="^[12]$")
    rclKg: str = Field(pattern=_TWO_PLACES)
    jkzrs: int | None = None


class Sccs(_Strict):
    """生产场所."""

    dz: str = Field(min_length=1)
    mj: str | None = Field(default=None, pattern=_TWO_PLACES)
    cs: str | None = None
    cqzmbh: str | None = None


class SpscSq(_Application):
    """食品生产许可申请."""

    sqr: Sqr
    sccs: Sccs
    lbbh: list[str] = Field(min_length=1)
    pzmx: str = Field(min_length=1)
    zxbz: str = Field(min_length=1)
    nclDun: str = Field(pattern=r"^[0-9]+(\.[0-9]+)?$")
    scx: int | None = None
    zxjy: str = Field(pattern="^[01]$")
    aqzj: str = Field(min_length=1)
    jsry: int = Field(ge=1)
    cyrs: int | None = None


Application = Sq | GtSq | HzsSq | XjydSq | XzfSq | SpscSq
"""Whatever may be applied for."""
