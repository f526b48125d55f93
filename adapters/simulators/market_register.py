"""What the market regulator's register holds about a firm, a shopkeeper, a declared name, in the words of `scjg.openapi.yaml`.

It knows no request and no answer code; `market_regulation` serves it.
"""

from __future__ import annotations

import base64
import hashlib
from decimal import Decimal

from adapters.simulators import population
from adapters.simulators.paper import licence_pdf
from adapters.simulators.population import Firm
from adapters.simulators.population.street import RESERVED_NAMES

LICENCE_TYPE = "11100000MB0143028R001"


def registration(firm: Firm) -> dict[str, object]:
    """登记信息 as `yyzzCx` answers it."""
    capital = None if firm.capital is None else f"{Decimal(firm.capital) / 10_000:.6f}"
    return {
        "tyshxydm": firm.uscc,
        "qymc": firm.name,
        "qylxdm": firm.type_code,
        "fddbr": {"xm": firm.boss.name, "zjlxdm": "10", "zjhm": firm.boss.id_number},
        "zczb": capital,
        "bzdm": None if capital is None else "156",
        "clrq": firm.founded,
        "yyqxqs": firm.founded,
        "yyqxjz": firm.until,
        "zs": firm.place.line,
        "jyfw": firm.scope,
        "djztdm": firm.status,
        "zzbh": firm.licence_no,
        "djjgmc": "西峡县市场监督管理局",
        "hzrq": firm.checked_on,
        "lxdh": firm.phone or None,
        "gdlb": [{"gdmc": name, "czbl": part} for name, part in firm.holders],
    }


def certificate(firm: Firm) -> dict[str, object]:
    """电子证照 as `yyzzDzzz` answers it."""
    content = licence_pdf(firm)
    return {
        "zzmc": "营业执照",
        "zzlxdm": LICENCE_TYPE,
        "zzbh": firm.licence_no,
        "czztdm": firm.uscc,
        "bfjg": "西峡县市场监督管理局",
        "bfrq": firm.checked_on,
        "yxqjz": firm.until,
        "wjgs": "pdf",
        "wjdx": str(len(content)),
        "wjzy": hashlib.sha256(content).hexdigest(),
        "wjnr": base64.b64encode(content).decode(),
    }


def businesses(number: str, chosen: str | None) -> list[dict[str, object]]:
    """名下存续的个体工商户 of that person; only the chosen one if one is."""
    found = (
        firm
        for firm in population.FIRMS
        if firm.boss.id_number == number and (firm.type_code, firm.status) == ("9500", "1")
    )
    return [
        {
            "jyzzjhm": firm.boss.id_number,
            "tyshxydm": firm.uscc,
            "zh": firm.name,
            "zxxs": "1",
            "djztdm": firm.status,
            "djrq": firm.founded,
        }
        for firm in found
        if chosen in (None, firm.uscc)
    ]


def declared_names(number: str, chosen: str | None) -> list[dict[str, object]]:
    """名称自主申报 of that person; only the chosen one if one is."""
    found = (entry for entry in RESERVED_NAMES if entry.founder.id_number == number)
    return [
        {
            "sbrzjhm": entry.founder.id_number,
            "sbh": entry.number,
            "nmc": entry.name,
            "zcxs": {"individual": "1", "cooperative": "2"}[entry.kind],
            "hydm": entry.industry,
            "nsqfw": entry.scope,
            "sbrq": entry.declared,
            "blqz": entry.until,
        }
        for entry in found
        if chosen in (None, entry.number)
    ]
