"""What the human-resources system knows of somebody, in its indicator codes (`ggfw.xsd`): work, insurance, card, graduate's file, employers.

It answers no request; `human_resources` does.
"""

from __future__ import annotations

from adapters.simulators.population import Person
from adapters.simulators.population.graduates import PLACEMENTS, GraduatePlacement
from adapters.simulators.population.work import (
    EMPLOYMENTS,
    INSURANCES,
    INSURED_FIRMS,
    SOCIAL_CARDS,
    WORK_PERMITS,
    Employment,
    Insurance,
    InsuredFirm,
    SocialCard,
)
from adapters.simulators.soap import Value

Record = list[tuple[str, Value]]

_ENDS = {"contract_ended": "01", "dismissed": "02", "resigned": "03", "retired": "04"}
_INSURANCE_KINDS = {"pension": "110", "unemployment": "210", "medical": "310", "injury": "410", "maternity": "510"}
_WHEREABOUTS = {"employed": "10", "self_employed": "20", "none": "90"}
_NUMBERS = {entry.person.key: entry.number for entry in INSURANCES}


def employments(number: str) -> list[Record]:
    """The running job, or else the last one: none or one, since the population has one job each."""
    return [_employment(entry) for entry in EMPLOYMENTS if entry.person.id_number == number]


def insurances(number: str) -> list[Record]:
    return [_insurance(entry) for entry in INSURANCES if entry.person.id_number == number]


def cards(number: str) -> list[Record]:
    return [_card(entry) for entry in SOCIAL_CARDS if entry.person.id_number == number]


def graduates(number: str) -> list[Record]:
    return [_graduate(entry) for entry in PLACEMENTS if entry.diploma.person.id_number == number]


def employers(code: str) -> list[Record]:
    return [_employer(entry) for entry in INSURED_FIRMS if entry.firm.uscc == code]


def other(operation: str, number: str) -> Record:
    """A true record of somebody (or some firm) else."""
    if operation == "cxDw":
        return next(_employer(entry) for entry in INSURED_FIRMS if entry.firm.uscc != number)
    if operation == "cxCb":
        return next(_insurance(entry) for entry in INSURANCES if entry.person.id_number != number)
    if operation == "cxSbk":
        return next(_card(entry) for entry in SOCIAL_CARDS if entry.person.id_number != number)
    if operation == "cxBys":
        return next(_graduate(entry) for entry in PLACEMENTS if entry.diploma.person.id_number != number)
    return next(_employment(entry) for entry in EMPLOYMENTS if entry.person.id_number != number)


def _who(somebody: Person) -> Record:
    """Under the number of the insured, or for who is not insured under one made of birth and sequence, so that it never changes."""
    own = _NUMBERS.get(somebody.key, f"99{somebody.id_number[6:17]}")
    return [("AAC001", own), ("AAC002", somebody.id_number), ("AAC003", somebody.name.ljust(8))]


def _employment(entry: Employment) -> Record:
    state = "4" if entry.until else "2" if entry.kind == "self_employed" else "1"
    permit = next((one for one in WORK_PERMITS if one.person == entry.person), None)
    contract: Value = None
    if entry.contract_no:
        contract = [("HTBH", entry.contract_no), ("HTZR", "无固定期限" if entry.contract_until == "长期" else slashed(entry.contract_until))]  # fmt: skip
    return [
        *_who(entry.person),
        ("JYZT", state),
        ("AAB004", f"{entry.employer.name}　"),
        ("AAB998", entry.employer.uscc),
        ("GZGW", entry.post),
        ("JYRQ", slashed(entry.since)),
        ("LZRQ", slashed(entry.until) if entry.until else None),
        ("LZYY", _ENDS[entry.end] if entry.end else None),
        ("HT", contract),
        ("CYZ", None if permit is None else [("ZH", permit.number), ("FZRQ", slashed(permit.issued))]),
    ]


def _insurance(entry: Insurance) -> Record:
    state = "1" if entry.state == "paying" else "2"
    kinds: Record = [("xz", [("AAE140", _INSURANCE_KINDS[kind]), ("AAC031", state)]) for kind in entry.kinds]
    terms: Record = [("jf", [("QSNY", first), ("ZZNY", last)]) for first, last in entry.terms]
    return [
        *_who(entry.person),
        ("AAB004", f"{entry.employer.name}  "),
        ("AAB998", entry.employer.uscc),
        ("AAC031", state),
        ("JFJS", f"{entry.base}.00"),
        ("YLYS", str(entry.months)),
        ("SYYS", str(entry.months if "unemployment" in entry.kinds else 0)),
        ("ZHNY", entry.terms[-1][1]),
        ("xzLb", kinds),
        ("jfLb", terms),
    ]


def _card(entry: SocialCard) -> Record:
    state = "1" if entry.state == "active" else "2"
    account: Record = [("KHYH", entry.bank), ("YHZH", entry.account if state == "1" else None)]
    return [*_who(entry.person), ("SBKH", entry.number), ("KZT", state), *account, ("FKRQ", slashed(entry.issued))]


def _graduate(entry: GraduatePlacement) -> Record:
    sent = entry.sent
    return [
        *_who(entry.diploma.person),
        ("BYYX", entry.diploma.school),
        ("QXLX", _WHEREABOUTS[entry.whereabouts]),
        ("QXDW", entry.employer.name if entry.employer else None),
        ("DAJS", entry.file_at),
        ("DABH", entry.file_no or None),
        ("DAZC", f"{sent[:4]}年{int(sent[4:6])}月{int(sent[6:])}日"),
        ("JYBH", entry.report_note),
    ]


def _employer(entry: InsuredFirm) -> Record:
    return [
        ("AAB001", entry.number),
        ("AAB998", entry.firm.uscc),
        ("AAB004", entry.firm.name),
        ("DJRQ", slashed(entry.registered)),
        ("CBRS", str(entry.staff)),
    ]


def slashed(day: str) -> str:
    """yyyymmdd as yyyy/M/d."""
    return f"{day[:4]}/{int(day[4:6])}/{int(day[6:])}"
