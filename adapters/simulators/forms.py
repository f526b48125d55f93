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
