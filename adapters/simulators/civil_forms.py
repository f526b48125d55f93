"""What the civil-affairs office takes in, field by field, as `mzyw.openapi.yaml` says. Shape only: it decides and answers nothing."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_ID = "^[0-9]{17}[0-9X]$"
_CODE = "^[0-9A-HJ-NPQRTUWXY]{18}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Bt(_Strict):
    """请求报文头."""

    ywlsh: str = Field(min_length=1, max_length=64)
    jrdw: str
    czy: str = Field(min_length=1)
    cxmd: str | None = None
    bjh: str | None = None
    fssj: str = Field(pattern="^[0-9-]{10} [0-9:]{8}$")


class CxBt(Bt):
    """查询的报文头：查询目的必填."""

    cxmd: str = Field(min_length=1)


class _Sfzh(_Strict):
    sfzh: str = Field(pattern=_ID)


class _Tydm(_Strict):
    tydm: str = Field(pattern=_CODE)


class HyCx(_Strict):
    """婚姻登记查询."""

    bt: CxBt
    nr: _Sfzh


class ZzCx(_Strict):
    """社会组织查询."""

    bt: CxBt
    nr: _Tydm


class Ry(_Strict):
    """人员."""

    xm: str = Field(min_length=1)
    sfzh: str = Field(pattern=_ID)
    dh: str | None = None


class Cs(_Strict):
    """场所."""

    mc: str
    dz: str = Field(min_length=1)
    mj: str | None = None
    cqxz: Literal["自有", "租赁", "其他"]


class Jg(_Strict):
    """机构."""

    mc: str = Field(min_length=1)
    tydm: str = Field(pattern=_CODE)
    fr: Ry
    cs: Cs


class Fw(_Strict):
    """服务."""

    cws: int = Field(ge=1)
    hlcws: int
    rys: int
    hlys: int
    yz: str
    yzdh: str | None = None
    nsyl: int | None = None
    gc: Literal["食堂", "配餐", "不供"] | None = None
    ksrq: str | None = None
    zdsf: str | None = None
    zgsf: str | None = None
    ysf: str | None = None
    zrx: int | None = None
    sq: str | None = None
    xm: list[str] | None = None
    gjmy: int | None = None
    mfcws: int | None = None


class Wj(_Strict):
    """材料."""

    xh: int
    mc: str
    ly: Literal["部门", "申请人"]
    wjm: str | None = None
    zy: str | None = None
    nr: str | None = None


class Ba(_Strict):
    """备案内容."""

    bjlsh: str = Field(min_length=1)
    lx: Literal["JY", "GY"]
    tjfs: Literal["N", "B"]
    sxmc: str
    rqys: Literal[0, 1]
    jg: Jg
    fw: Fw
    dlr: Ry | None = None
    cls: list[Wj]


class BaTj(_Strict):
    """养老机构备案提交."""

    bt: Bt
    nr: Ba


class Qz(_Strict):
    """前置结果."""

    babh: str
    qzsx: Literal["XFBA", "XFYS", "QT"]
    qzmc: str
    qzbh: str | None = None
    jdsj: str | None = None


class BaQz(_Strict):
    """前置事项结果通知."""

    bt: Bt
    nr: Qz


class Ch(_Strict):
    """撤回内容."""

    babh: str
    yy: str = Field(min_length=1)


class BaCh(_Strict):
    """养老机构备案撤回."""

    bt: Bt
    nr: Ch
