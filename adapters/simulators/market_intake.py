"""What the market regulator takes in: one intake per kind of item, its form, its numbers and what its approval will carry (`jg.csv`).

It decides nothing; the desk does. A new entity gets its 统一社会信用代码 here, made up and with its check characters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.simulators.applications import BEIJING
from adapters.simulators.forms import Application, GtSq, HzsSq, SpscSq, Sq, XjydSq, XzfSq
from adapters.simulators.population import REGION, uscc
from adapters.simulators.population.firms import PREFIXES
from adapters.simulators.styles import Style

Results = Callable[[Application, datetime], dict[str, str]]


@dataclass(frozen=True)
class Intake:
    """One kind of item. `whom`: where the body names the applicant, for the journal."""

    form: type[Application]
    whom: tuple[str, str]
    style: Style
    results: Results


def _serial(form: Application, digits: int) -> str:
    """The same item case always gets the same number."""
    return str(int(hashlib.sha256(form.lsh.encode()).hexdigest()[:12], 16) % 10**digits).zfill(digits)


def _five_years(now: datetime) -> str:
    day = now.astimezone(BEIJING)
    return f"{day.year + 5}{day:%m}28"


def _food_permit(form: Application, now: datetime) -> dict[str, str]:
    assert isinstance(form, Sq)
    return {
        "xkzbh": f"JY{form.ztytdm}{REGION}99{_serial(form, 5)}",
        "ztytdm": form.ztytdm,
        "jyxmdm": ",".join(form.jyxmdm),
        "yxqjz": _five_years(now),
    }


def _new_entity(form: Application, now: datetime) -> dict[str, str]:
    """The licence of who did not exist before. Organisation codes MA9YK… are nobody's."""
    assert isinstance(form, GtSq | HzsSq)
    prefix = PREFIXES["9500" if isinstance(form, GtSq) else "9600"]
    return {
        "tyshxydm": uscc(f"MA9YK{_serial(form, 3)}", prefix),
        "qymc": form.mcxx.nmc,
        "zzbh": f"{REGION}000991{_serial(form, 3)}",
        "hzrq": f"{now.astimezone(BEIJING):%Y%m%d}",
    }


def _small_shop(form: Application, _: datetime) -> dict[str, str]:
    assert isinstance(form, XjydSq)
    return {"djzbh": f"XJYD{REGION}99{_serial(form, 6)}", "lbdm": form.lbdm}


def _workshop(form: Application, _: datetime) -> dict[str, str]:
    assert isinstance(form, XzfSq)
    return {"djzbh": f"XZF{REGION}99{_serial(form, 6)}", "splb": ",".join(form.splb)}


def _production(form: Application, now: datetime) -> dict[str, str]:
    assert isinstance(form, SpscSq)
    number = f"SC1{form.lbbh[0][:2]}{REGION}99{_serial(form, 3)}"
    return {"scbh": number, "lbbh": ",".join(form.lbbh), "yxqjz": _five_years(now)}


INTAKES: Mapping[str, Intake] = {
    "spjyxkSq": Intake(
        Sq,
        ("sqr", "tyshxydm"),
        Style("SPJY{day:%Y%m%d}99{serial:04d}", "西市监食许〔{day:%Y}〕99{serial:04d}号", "SJ0990"),
        _food_permit,
    ),
    "gtdjSq": Intake(
        GtSq,
        ("jyz", "zjhm"),
        Style(
            "GT{day:%Y%m%d}99{serial:04d}",
            "（西）个登字〔{day:%Y}〕第99{serial:04d}号",
            "SJ0991",
            item="GT",
            kind="registration",
        ),
        _new_entity,
    ),
    "hzsdjSq": Intake(
        HzsSq,
        ("sldb", "zjhm"),
        Style(
            "HZS{day:%Y%m%d}99{serial:04d}",
            "（西）农登字〔{day:%Y}〕第99{serial:04d}号",
            "SJ0991",
            item="HZS",
            kind="registration",
        ),
        _new_entity,
    ),
    "xjydSq": Intake(
        XjydSq,
        ("ztxx", "fzrzjhm"),
        Style(
            "XJYD{day:%Y%m%d}99{serial:04d}",
            "西市监小店〔{day:%Y}〕99{serial:04d}号",
            "SJ0992",
            item="XJYD",
            kind="registration",
        ),
        _small_shop,
    ),
    "xzfSq": Intake(
        XzfSq,
        ("ztxx", "fzrzjhm"),
        Style(
            "XZF{day:%Y%m%d}99{serial:04d}",
            "西市监作坊〔{day:%Y}〕99{serial:04d}号",
            "SJ0992",
            item="XZF",
            kind="registration",
        ),
        _workshop,
    ),
    "spscxkSq": Intake(
        SpscSq,
        ("sqr", "tyshxydm"),
        Style("SPSC{day:%Y%m%d}99{serial:04d}", "西市监食产〔{day:%Y}〕99{serial:04d}号", "SJ0993", item="SPSC"),
        _production,
    ),
}
"""By operation of the paper. The food permit's code stays empty: desks of an earlier version kept it so."""
