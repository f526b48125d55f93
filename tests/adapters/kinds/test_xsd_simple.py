"""Simple types of XML Schema: which facet a text breaks, and samples that break none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds.xsd_schemas import Schemas
from adapters.kinds.xsd_simple import Simple, misfit, sample


@pytest.mark.parametrize(
    ("of", "text", "rule"),
    [
        (Simple("", "int"), "2147483648", "int"),
        (Simple("", "decimal", digits=5, decimals=2), "123.456", "fractionDigits"),
        (Simple("", "decimal", lowest="0"), "-1", "minInclusive"),
        (Simple("", "date"), "2024-02-30", "date"),
        (Simple("", "dateTime"), "2024-02-29T24:00", "dateTime"),
        (Simple("", "string", longest=2), "三个字", "maxLength"),
        (Simple("", "string", patterns=(r"\d{18}|\d{17}X",)), "1", "pattern"),
        (Simple("", "string", enumeration=(("1", ""),)), "2", "enumeration"),
        (Simple("", "boolean"), "yes", "boolean"),
        (Simple("", "string", item=Simple("", "int")), "1 b", "int"),
    ],
)
def test_a_text_that_does_not_fit_breaks_a_named_facet(of: Simple, text: str, rule: str) -> None:
    assert misfit(of, text) == rule


@pytest.mark.parametrize(
    "of",
    [
        Simple("", "string", patterns=(r"(?:[1-9]\d{5}[A-Z]{2,4}-(a|b)?\p{Lu})",)),
        Simple("", "string", shortest=18, longest=18),
        Simple("", "int", lowest="100", highest="200"),
        Simple("", "decimal", above="0", under="0.5"),
        Simple("", "string", union=(Simple("", "int"), Simple("", "date"))),
        *(Simple("", base) for base in ("date", "dateTime", "time", "duration", "hexBinary", "base64Binary", "anyURI")),
    ],
    ids=str,
)
def test_a_sample_fits_its_own_type(of: Simple) -> None:
    assert sample(of) and not misfit(of, sample(of))


def test_a_number_of_a_thousand_digits_is_none() -> None:
    assert misfit(Simple("", "long"), "9" * 1000) == "long"
    assert misfit(Simple("", "decimal", highest=str(Decimal(10))), "9" * 30) == "maxInclusive"


def test_a_prefix_that_means_nothing_is_named() -> None:
    schemas = Schemas()
    schemas.add(etree.fromstring('<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"><s:element name="a" type="q:b"/></s:schema>'))  # fmt: skip
    with pytest.raises(Misconfigured, match="prefix 'q'"):
        schemas.element("a").type  # noqa: B018
