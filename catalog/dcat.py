"""The catalog as DCAT-AP 3.0 in JSON-LD, for catalogs of others to harvest. It shows what exists, under which terms; nobody's data.

Share types are told as the EU's access rights (unconditional: public, conditional: restricted, withheld: non-public), update cycles as
its frequencies where the words fit; which words mean which is proposed.
"""

from __future__ import annotations

from collections.abc import Mapping

from catalog.describing_certificates import resource_code
from catalog.types import INBOX_WAY, CertificateType, Department, Kind, Resource, ShareType, Site

Plain = dict[str, object]

CONTEXT: Mapping[str, str] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "adms": "http://www.w3.org/ns/adms#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcatap": "http://data.europa.eu/r5r/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
_EU = "http://publications.europa.eu/resource/authority"
RIGHTS: Mapping[ShareType, str] = {
    ShareType.UNCONDITIONAL: f"{_EU}/access-right/PUBLIC",
    ShareType.CONDITIONAL: f"{_EU}/access-right/RESTRICTED",
    ShareType.WITHHELD: f"{_EU}/access-right/NON_PUBLIC",
}
FREQUENCIES: Mapping[str, str] = {
    "实时": f"{_EU}/frequency/UPDATE_CONT",
    "每日": f"{_EU}/frequency/DAILY",
    "每周": f"{_EU}/frequency/WEEKLY",
    "每月": f"{_EU}/frequency/MONTHLY",
    "每季度": f"{_EU}/frequency/QUARTERLY",
    "每年": f"{_EU}/frequency/ANNUAL",
}
GOVERNMENT = f"{_EU}/data-theme/GOVE"
JSON = f"{_EU}/file-type/JSON"
SHARED = "/api/v1/certificates/shared"
"""Where certificates are asked for."""


def exported(site: Site, base: str) -> Plain:
    """`base` is the address under which the hub is known, without a slash at its end."""
    base = base.rstrip("/")
    listed = [_listed(site, resource, base) for _, resource in sorted(site.resources.items())]
    services = [_service(site, one, base) for _, one in sorted(site.resources.items()) if _is_served(site, one)]
    held = [one for _, one in sorted(site.certificates.items())]
    return {
        "@context": dict(CONTEXT),
        "@id": f"{base}/api/v1/catalog/dcat",
        "@type": "dcat:Catalog",
        "dct:title": _text(f"{site.name}政务数据资源目录"),
        "dct:description": _text(
            "部门提供、经共享通道按授权使用的数据资源和电子证照；条目只说明有什么、由谁提供、按什么条件使用，不含任何人的数据。"
        ),
        "dct:publisher": _agent(base, "hub", site.name),
        "dct:language": {"@id": f"{_EU}/language/ZHO", "@type": "dct:LinguisticSystem"},
        "dcat:themeTaxonomy": _concept_scheme(),
        "foaf:homepage": {"@id": f"{base}/", "@type": "foaf:Document"},
        "dcat:dataset": [*listed, *(_certificate(site, one, base) for one in held)],
        "dcat:service": [*services, *(_certificate_service(site, one, base) for one in held)],
    }


def _certificate(site: Site, kind: CertificateType, base: str) -> Plain:
    """A type of certificate out of the registry: under a grant, of a person in the asker's own case, so always restricted."""
    department = site.departments[kind.issued_by[0]]
    at = f"{base}/api/v1/catalog/resources/{resource_code(kind)}"
    return {
        "@id": at,
        "@type": "dcat:Dataset",
        "dct:identifier": resource_code(kind),
        "dct:title": _text(kind.title),
        "dct:description": _text(f"电子证照：{kind.title}（{kind.defined_by}）"),
        "dct:publisher": _agent(base, department.uscc or department.code, department.name),
        "dct:accessRights": {"@id": RIGHTS[ShareType.CONDITIONAL], "@type": "dct:RightsStatement"},
        "dct:accrualPeriodicity": {"@id": FREQUENCIES["实时"], "@type": "dct:Frequency"},
        "dcat:theme": _government(),
        "dct:conformsTo": {"@id": f"{at}/schema", "@type": "dct:Standard"},
        "dcat:contactPoint": _contact(department),
        "dcat:distribution": {
            "@id": f"{at}#distribution",
            "@type": "dcat:Distribution",
            "dct:title": _text(f"{kind.title}：查询、下载、核验"),
            "dcat:accessURL": {"@id": f"{base}{SHARED}/query", "@type": "rdfs:Resource"},
            "dct:format": {"@id": JSON, "@type": "dct:MediaTypeOrExtent"},
            "dcat:accessService": {"@id": f"{at}#service"},
        },
    }


def _certificate_service(site: Site, kind: CertificateType, base: str) -> Plain:
    department = site.departments[kind.issued_by[0]]
    at = f"{base}/api/v1/catalog/resources/{resource_code(kind)}"
    return {
        "@id": f"{at}#service",
        "@type": "dcat:DataService",
        "dct:title": _text(f"{kind.title}：查询、下载、核验"),
        "dct:publisher": _agent(base, department.uscc or department.code, department.name),
        "dct:accessRights": {"@id": RIGHTS[ShareType.CONDITIONAL], "@type": "dct:RightsStatement"},
        "dcat:endpointURL": {"@id": f"{base}{SHARED}", "@type": "rdfs:Resource"},
        "dcat:endpointDescription": {"@id": f"{at}/openapi", "@type": "rdfs:Resource"},
        "dcat:servesDataset": {"@id": at},
        "dcat:contactPoint": _contact(department),
    }


def _is_served(site: Site, resource: Resource) -> bool:
    by_person = resource.way == INBOX_WAY or site.departments[resource.department].kind is Kind.INBOX
    return not by_person and resource.share is not ShareType.WITHHELD


def _listed(site: Site, resource: Resource, base: str) -> Plain:
    department = site.departments[resource.department]
    found: Plain = {
        "@id": _at(base, resource),
        "@type": "dcat:Dataset",
        "dct:identifier": resource.code,
        "dct:title": _text(resource.title),
        "dct:description": _text(_description(resource)),
        "dct:publisher": _agent(base, department.uscc or department.code, department.name),
        "dct:accessRights": {"@id": RIGHTS[resource.share], "@type": "dct:RightsStatement"},
        "dcat:theme": _government(),
        "dct:conformsTo": {"@id": f"{_at(base, resource)}/schema", "@type": "dct:Standard"},
        "dcat:contactPoint": _contact(department),
    }
    if resource.update_cycle in FREQUENCIES:
        found["dct:accrualPeriodicity"] = {"@id": FREQUENCIES[resource.update_cycle], "@type": "dct:Frequency"}
    if _is_served(site, resource):
        found["dcat:distribution"] = _distribution(resource, base)
    return found


def _description(resource: Resource) -> str:
    notice = f"暂停提供：{resource.disabled}" if resource.disabled else ""
    return "；".join(part for part in (resource.summary or resource.title, notice) if part)


def _distribution(resource: Resource, base: str) -> Plain:
    return {
        "@id": f"{_at(base, resource)}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": _text(f"{resource.title}：按次查询"),
        "dcat:accessURL": {"@id": _endpoint(base, resource), "@type": "rdfs:Resource"},
        "dct:format": {"@id": JSON, "@type": "dct:MediaTypeOrExtent"},
        "dcat:accessService": {"@id": f"{_at(base, resource)}#service"},
        "dcatap:availability": {
            "@id": f"{_EU}/planned-availability/{'TEMPORARY' if resource.disabled else 'AVAILABLE'}",
            "@type": "skos:Concept",
        },
    }


def _service(site: Site, resource: Resource, base: str) -> Plain:
    department = site.departments[resource.department]
    return {
        "@id": f"{_at(base, resource)}#service",
        "@type": "dcat:DataService",
        "dct:title": _text(f"{resource.title}：按次查询"),
        "dct:publisher": _agent(base, department.uscc or department.code, department.name),
        "dct:accessRights": {"@id": RIGHTS[resource.share], "@type": "dct:RightsStatement"},
        "dcat:endpointURL": {"@id": _endpoint(base, resource), "@type": "rdfs:Resource"},
        "dcat:endpointDescription": {"@id": f"{_at(base, resource)}/openapi", "@type": "rdfs:Resource"},
        "dcat:servesDataset": {"@id": _at(base, resource)},
        "dcat:contactPoint": _contact(department),
    }


def _agent(base: str, code: str, name: str) -> Plain:
    return {"@id": f"{base}/api/v1/catalog/dcat#agent-{code}", "@type": "foaf:Agent", "foaf:name": _text(name)}


def _contact(department: Department) -> Plain:
    found: Plain = {"@type": "vcard:Kind", "vcard:fn": department.name}
    if department.phone:
        found["vcard:hasTelephone"] = {"@id": f"tel:{department.phone}"}
    return found


def _government() -> Plain:
    return {"@id": GOVERNMENT, "@type": "skos:Concept", "skos:prefLabel": _text("政府与公共部门")}


def _concept_scheme() -> Plain:
    return {"@id": f"{_EU}/data-theme", "@type": "skos:ConceptScheme", "dct:title": _text("数据主题")}


def _text(text: str) -> Plain:
    return {"@value": text, "@language": "zh"}


def _at(base: str, resource: Resource) -> str:
    return f"{base}/api/v1/catalog/resources/{resource.code}"


def _endpoint(base: str, resource: Resource) -> str:
    return f"{base}/api/v1/exchange/{resource.code}"
