"""Every simulator in one table, and how an installation reaches them. A new department is one line at the table's end.

It starts none; `running` does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.simulators.civil_affairs import CivilAffairs
from adapters.simulators.education import Education
from adapters.simulators.health import Health
from adapters.simulators.housing_construction import HousingConstruction
from adapters.simulators.housing_fund import HousingFund
from adapters.simulators.human_resources import HumanResources
from adapters.simulators.market_regulation import MarketRegulation
from adapters.simulators.medical_insurance import MedicalInsurance
from adapters.simulators.province import Province
from adapters.simulators.public_security import PublicSecurity
from adapters.simulators.real_estate import RealEstate
from adapters.simulators.server import Connection, Simulator
from adapters.simulators.sms import Sms
from adapters.simulators.tax import Tax
from adapters.simulators.transport import Transport
from adapters.simulators.urban_management import UrbanManagement

KINDS: tuple[type[Simulator[Any]], ...] = (
    PublicSecurity,
    MarketRegulation,
    RealEstate,
    Province,
    Sms,
    UrbanManagement,
    HumanResources,
    MedicalInsurance,
    Health,
    HousingConstruction,
    CivilAffairs,
    HousingFund,
    Transport,
    Tax,
    Education,
)
"""In the order of their ports: base + 1, base + 2, …"""

GATEWAY = Sms.code
"""No department of a catalog: the gateway has a table of its own in a file of connections."""


def connections(host: str, base_port: int, folder: Path) -> Mapping[str, Connection]:
    """By code, for servers that are told to listen on `base_port` + their place."""
    return {
        kind.code: kind.connection(f"http://{host}:{base_port + place}", folder) for place, kind in enumerate(KINDS, 1)
    }


def connections_toml(known: Mapping[str, Connection]) -> str:
    """The file of connections as the hub reads it."""
    return "\n".join(_table(code, connection) for code, connection in known.items())


def _table(code: str, connection: Connection) -> str:
    head = f"[{code}]" if code == GATEWAY else f"[departments.{code}]"
    return "\n".join((head, *(f"{key} = {_value(value)}" for key, value in connection.items()), ""))


def _value(value: str | Mapping[str, str]) -> str:
    """A JSON text of ASCII is a TOML text as well."""
    if isinstance(value, str):
        return json.dumps(value)
    return "{ " + ", ".join(f"{name} = {json.dumps(text)}" for name, text in value.items()) + " }"
