"""What the catalog tells programs: schemas that are schemas, samples that fit them and are nobody's, and DCAT-AP whose parts hang together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from catalog.dcat import exported
from catalog.describing import answer_schema, sample_of, subject_schema
from catalog.describing_certificates import certificate_schema
from catalog.dictionary import canonical
from catalog.loading import load
from catalog.types import Site
from certificates.identifier import parse
from hub.wiring.open_certificates import sample_document

XIXIA = Path(__file__).parents[2] / "catalog" / "sites" / "xixia"
BASE = "https://hub.example"
MANDATORY = {
    "dcat:Catalog": {"dct:title", "dct:description", "dct:publisher"},
    "dcat:Dataset": {"dct:title", "dct:description"},
    "dcat:Distribution": {"dcat:accessURL"},
    "dcat:DataService": {"dct:title", "dcat:endpointURL"},
    "foaf:Agent": {"foaf:name"},
    "skos:ConceptScheme": {"dct:title"},
}
"""What DCAT-AP 3.0 asks of each class."""


@pytest.fixture(scope="module")
def site() -> Site:
    found = load(XIXIA, date(2026, 11, 20)).site
    assert found is not None
    return found


def nodes(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def test_every_sample_fits_its_schema_and_the_dictionary(site: Site) -> None:
    for resource in site.resources.values():
        schema, sample = answer_schema(site, resource), sample_of(site, resource)
        Draft202012Validator.check_schema(schema)
        Draft202012Validator(subject_schema(site, resource)).validate(sample.pop("subject"))
        Draft202012Validator(schema).validate(sample)
        for name, value in sample["values"].items():
            assert canonical(site.dictionary[name], value) == value, f"{resource.code}.{name}"


def test_every_field_of_a_schema_says_its_share_type_and_sensitivity(site: Site) -> None:
    for resource in site.resources.values():
        for field in answer_schema(site, resource)["properties"]["values"]["properties"].values():
            assert field["x-share"] and field["x-sensitivity"] and field["title"]


def test_every_certificates_sample_fits_its_schema_and_its_identifier_is_sound(site: Site) -> None:
    for kind in site.certificates.values():
        schema, sample = certificate_schema(site, kind), sample_document(site, kind)
        Draft202012Validator.check_schema(schema)
        (told,) = sample["answer"]["certificates"]  # type: ignore[index]
        Draft202012Validator(schema).validate(told)
        assert parse(told["identifier"]).type_code == kind.code


def test_a_samples_persons_have_sequence_codes_of_nobody(site: Site) -> None:
    numbers = re.findall(r"\b\d{14}(\d{3})[\dX]\b", str([sample_of(site, one) for one in site.resources.values()]))
    assert numbers and all(code >= "990" for code in numbers)


def test_every_class_of_the_export_has_what_dcat_ap_asks_of_it(site: Site) -> None:
    found = exported(site, BASE)
    lacking = [
        (node["@type"], needed)
        for node in nodes(found)
        for needed in MANDATORY.get(str(node.get("@type")), set())
        if not node.get(needed)
    ]
    listed = len(site.resources) + len(site.certificates)
    assert not lacking and len(found["dcat:dataset"]) == listed  # type: ignore[arg-type]


def test_every_name_in_the_export_is_of_a_declared_vocabulary(site: Site) -> None:
    found = exported(site, BASE)
    prefixes = set(found.pop("@context"))  # type: ignore[call-overload]
    names = {name for node in nodes(found) for name in node if not name.startswith("@")}
    names |= {str(node["@type"]) for node in nodes(found) if "@type" in node}
    assert {name.partition(":")[0] for name in names} <= prefixes


def test_what_a_service_serves_and_a_distribution_is_reached_by_is_in_the_export(site: Site) -> None:
    found = exported(site, BASE)
    datasets = {one["@id"] for one in found["dcat:dataset"]}  # type: ignore[attr-defined]
    services = {one["@id"]: one for one in found["dcat:service"]}  # type: ignore[attr-defined]
    assert all(one["dcat:servesDataset"]["@id"] in datasets for one in services.values())
    reached = [node["dcat:accessService"]["@id"] for node in nodes(found) if "dcat:accessService" in node]
    assert sorted(reached) == sorted(services)
