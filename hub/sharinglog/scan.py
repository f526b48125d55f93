"""Refuses leaves whose clear text looks like a person: ID number, phone number, a person's credit code. Cannot see names.

It is the last net under the rule that a leaf never holds a value, not a licence to pass values in.
"""

import re
from functools import lru_cache

from stdnum.cn import ric, uscc

from hub.sharinglog.errors import LeafCarriesPersonalData

# Digests, trace ids and UUIDs are random hex, in which digits of any shape turn up by chance.
MACHINE_MADE = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32,}")
DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
ID_NUMBER = re.compile(rf"(?<!\d)[1-9]\d{{5}}(?:19|20)\d\d{DAY}\d{{3}}[\dXx](?!\d)")
OLD_ID_NUMBER = re.compile(rf"(?<!\d)[1-9]\d{{5}}\d\d{DAY}\d{{3}}(?!\d)")
PHONE = re.compile(r"(?<![0-9a-fA-F])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9a-fA-F])")
# 92… is the credit code of a self-employed person (个体工商户): it names one human being.
PERSONS_CREDIT_CODE = re.compile(r"(?<![0-9A-Za-z])92\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])")
# Public bodies, associations, enterprises, cooperatives (GB 32100).
ORGANISATIONS = ("11", "12", "13", "19", "51", "52", "53", "59", "91", "93")
# Whatever any of the patterns finds has eleven digits, or begins like the last; most records have neither. Two patterns,
# since each can skip what cannot begin a find; as alternatives of one they take four times as long.
SUSPICIOUS = (re.compile(r"\d(?:[- ]?\d){10}"), re.compile(r"92\d{6}"))


def suspicious(text: str) -> bool:
    """Whether `refuse_personal` could find anything in the text: a quick look before the exact one."""
    return any(pattern.search(text) is not None for pattern in SUSPICIOUS)


suspicious_word = lru_cache(maxsize=4_096)(suspicious)
"""The same for one value of a record, remembered: records of one kind say the same words, who asked whom for which fields on what ground."""
LONG = 10**10
"""The least number of eleven digits, below which none of the patterns finds anything in a number."""


def refuse_personal(where: str, text: str) -> None:
    """Raises LeafCarriesPersonalData, naming the field and never the value, if `text` looks like a person's number."""
    plain = MACHINE_MADE.sub(" ", text)
    for what, pattern in (
        ("an ID number", ID_NUMBER),
        ("an ID number of 15 digits", OLD_ID_NUMBER),
        ("a phone number", PHONE),
        ("a self-employed person's credit code", PERSONS_CREDIT_CODE),
    ):
        for found in pattern.finditer(plain):
            if pattern is ID_NUMBER and _is_organisation(found.group()):
                continue
            raise LeafCarriesPersonalData(
                f"the clear field {where} carries {what}: pass it as subject, request, operator or recipient, which are committed"
            )


def _is_organisation(text: str) -> bool:
    """An organisation's code of digits only can look like a birth date in the middle; its check digit tells.

    A mistyped ID number passes that check once in 31, so it must also begin as organisations' codes do.
    """
    return text.startswith(ORGANISATIONS) and bool(uscc.is_valid(text)) and not ric.is_valid(text)
