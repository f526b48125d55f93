"""Which role may call which route of the JSON door. A route that is not in this table cannot be mounted; single cases are the hub's."""

from __future__ import annotations

from collections.abc import Mapping

from hub.identity.principal import SYSTEMS, Role

PREFIX = "/api/v1"

Roles = frozenset[Role]

PUBLIC: Roles = frozenset()
"""No login."""

ANYBODY_KNOWN: Roles = frozenset(Role)
"""Any person with a living session, and any system that signs."""

PERSON: Roles = frozenset(set(Role) - SYSTEMS)
"""Any person with a living session."""

CLERK: Roles = frozenset({Role.CLERK})
REVIEWER: Roles = frozenset({Role.REVIEWER})
AUDITOR: Roles = frozenset({Role.AUDITOR})
CATALOG: Roles = frozenset({Role.CATALOG_MANAGER})
OPERATOR: Roles = frozenset({Role.OPERATOR})
DEPARTMENT: Roles = frozenset({Role.DEPARTMENT})
PLATFORM: Roles = frozenset({Role.PLATFORM})

Route = tuple[str, str]

ACCESS: Mapping[Route, Roles] = {
    ("GET", "/api/v1/openapi.json"): PUBLIC,
    ("POST", "/api/v1/session"): PUBLIC,
    ("POST", "/api/v1/progress"): PUBLIC,
    ("POST", "/api/v1/progress/files"): PUBLIC,
    ("POST", "/api/v1/progress/showings"): PUBLIC,
    ("GET", "/api/v1/keys"): PUBLIC,
    ("POST", "/api/v1/certificates/verify"): PUBLIC,
    ("GET", "/api/v1/session"): PERSON,
    ("DELETE", "/api/v1/session"): PERSON,
    ("GET", "/api/v1/matters"): CLERK,
    ("POST", "/api/v1/openings"): CLERK,
    ("GET", "/api/v1/cases"): CLERK,
    ("POST", "/api/v1/cases"): CLERK,
    ("GET", "/api/v1/cases/{case_id}"): CLERK,
    ("GET", "/api/v1/cases/{case_id}/feed"): CLERK,
    ("POST", "/api/v1/cases/{case_id}/actions"): CLERK,
    ("GET", "/api/v1/cases/{case_id}/fields/{key}"): CLERK,
    ("PUT", "/api/v1/cases/{case_id}/fields/{key}"): CLERK,
    ("POST", "/api/v1/cases/{case_id}/fields/{key}/override"): CLERK,
    ("POST", "/api/v1/cases/{case_id}/fields/{key}/resolution"): CLERK,
    ("POST", "/api/v1/cases/{case_id}/fields/{key}/confirmation"): CLERK,
    ("POST", "/api/v1/cases/{case_id}/queries/{query_id}/ways"): CLERK,
    ("GET", "/api/v1/cases/{case_id}/materials/{code}"): CLERK,
    ("PUT", "/api/v1/cases/{case_id}/materials/{code}"): CLERK,
    ("POST", "/api/v1/cases/{case_id}/materials/{code}/ways"): CLERK,
    ("GET", "/api/v1/cases/{case_id}/certificates/{item}"): CLERK,
    ("GET", "/api/v1/cases/{case_id}/certificates/{item}/files/{kind}"): CLERK,
    ("GET", "/api/v1/certificates"): CLERK | REVIEWER,
    ("POST", "/api/v1/certificates/searches"): CLERK | REVIEWER,
    ("POST", "/api/v1/certificates/imports"): CLERK,
    ("GET", "/api/v1/certificates/{certificate_id}"): CLERK | REVIEWER,
    ("GET", "/api/v1/certificates/{certificate_id}/files/{kind}"): CLERK | REVIEWER,
    ("POST", "/api/v1/certificates/{certificate_id}/acts"): REVIEWER | DEPARTMENT,
    ("POST", "/api/v1/certificates/{certificate_id}/copies"): CLERK | REVIEWER,
    ("GET", "/api/v1/certificates/{certificate_id}/copies/{copy_id}"): CLERK | REVIEWER,
    ("POST", "/api/v1/certificates/shared/query"): DEPARTMENT,
    ("POST", "/api/v1/certificates/shared/download"): DEPARTMENT,
    ("POST", "/api/v1/certificates/shared/verify"): DEPARTMENT,
    ("POST", "/api/v1/certificates/shared/codes"): DEPARTMENT,
    ("POST", "/api/v1/certificates/shared/redemptions"): DEPARTMENT,
    ("GET", "/api/v1/certificates/{certificate_id}/codes"): CLERK,
    ("POST", "/api/v1/certificates/{certificate_id}/codes"): CLERK,
    ("POST", "/api/v1/certificates/{certificate_id}/codes/{code_id}/revocation"): CLERK,
    ("POST", "/api/v1/certificates/imports/records"): CLERK | DEPARTMENT,
    ("POST", "/api/v1/certificates/imports/scans"): CLERK,
    ("POST", "/api/v1/certificates/{certificate_id}/checks"): CLERK,
    ("GET", "/api/v1/certificates/{certificate_id}/links"): CLERK,
    ("POST", "/api/v1/certificates/{certificate_id}/links"): CLERK,
    ("POST", "/api/v1/certificates/{certificate_id}/showings"): CLERK,
    ("POST", "/api/v1/certificates/{certificate_id}/links/{link_id}/revocation"): CLERK,
    ("GET", "/api/v1/notices/{notice_id}"): CLERK,
    ("POST", "/api/v1/notices/{notice_id}/prints"): CLERK,
    ("GET", "/api/v1/filings"): CLERK,
    ("POST", "/api/v1/filings/{filing_id}/case"): CLERK,
    ("GET", "/api/v1/inbox"): REVIEWER,
    ("GET", "/api/v1/inbox/{entry_id}"): REVIEWER,
    ("POST", "/api/v1/inbox/{entry_id}/actions"): REVIEWER,
    ("POST", "/api/v1/inbox/{entry_id}/answer"): REVIEWER,
    ("GET", "/api/v1/inbox/{entry_id}/materials/{code}"): REVIEWER,
    ("GET", "/api/v1/audit/records"): AUDITOR,
    ("POST", "/api/v1/audit/searches"): AUDITOR,
    ("GET", "/api/v1/audit/records/{seq}"): AUDITOR,
    ("POST", "/api/v1/audit/records/{seq}/disclosure"): AUDITOR,
    ("POST", "/api/v1/audit/verification"): AUDITOR,
    ("GET", "/api/v1/audit/health"): AUDITOR | OPERATOR,
    ("GET", "/api/v1/catalog"): ANYBODY_KNOWN,
    ("GET", "/api/v1/catalog/dcat"): ANYBODY_KNOWN,
    ("GET", "/api/v1/catalog/resources/{code}"): ANYBODY_KNOWN,
    ("GET", "/api/v1/catalog/resources/{code}/schema"): ANYBODY_KNOWN,
    ("GET", "/api/v1/catalog/resources/{code}/sample"): ANYBODY_KNOWN,
    ("GET", "/api/v1/catalog/resources/{code}/openapi"): ANYBODY_KNOWN,
    ("POST", "/api/v1/exchange/{resource}"): DEPARTMENT,
    ("GET", "/api/v1/exchange/requests/{number}"): DEPARTMENT,
    ("GET", "/api/v1/catalog/matters"): CATALOG,
    ("GET", "/api/v1/catalog/matters/{code}"): CATALOG,
    ("GET", "/api/v1/catalog/matters/{code}/guide"): CATALOG | CLERK,
    ("GET", "/api/v1/catalog/items"): CATALOG,
    ("GET", "/api/v1/catalog/resources"): CATALOG,
    ("GET", "/api/v1/catalog/differences"): CATALOG,
    ("GET", "/api/v1/catalog/needs"): CATALOG,
    ("GET", "/api/v1/catalog/policy"): CATALOG,
    ("GET", "/api/v1/catalog/versions"): CATALOG,
    ("POST", "/api/v1/catalog/checks"): CATALOG,
    ("POST", "/api/v1/catalog/publications"): CATALOG,
    ("GET", "/api/v1/operations"): OPERATOR,
    ("GET", "/api/v1/operations/accounts"): OPERATOR,
    ("POST", "/api/v1/operations/work/{work_id}/retry"): OPERATOR,
    ("POST", "/api/v1/operations/work/{work_id}/skip"): OPERATOR,
    ("GET", "/api/v1/item-cases/{item_no}"): DEPARTMENT,
    ("POST", "/api/v1/item-cases/{item_no}/acceptance"): DEPARTMENT,
    ("POST", "/api/v1/item-cases/{item_no}/pre-review"): DEPARTMENT,
    ("POST", "/api/v1/item-cases/{item_no}/special-procedures"): DEPARTMENT,
    ("POST", "/api/v1/item-cases/{item_no}/decision"): DEPARTMENT,
    ("POST", "/api/v1/filings"): PLATFORM,
    ("GET", "/api/v1/filings/{filing_id}"): PLATFORM,
    ("POST", "/api/v1/filings/{filing_id}/withdrawal"): PLATFORM,
    ("GET", "/api/v1/case-states/{case_no}"): PLATFORM,
}

HEADS: frozenset[str] = frozenset(
    {
        "/api/v1/openapi.json",
        "/api/v1/keys",
        "/api/v1/matters",
        *(path for method, path in ACCESS if method == "GET" and path.startswith("/api/v1/catalog")),
    }
)
"""What shows nothing about anybody: these are answered to HEAD too."""

QUESTIONS: frozenset[Route] = frozenset(
    {
        ("POST", "/api/v1/exchange/{resource}"),
        ("POST", "/api/v1/certificates/shared/query"),
        ("POST", "/api/v1/certificates/shared/verify"),
        ("POST", "/api/v1/certificates/shared/codes"),
    }
)
"""Posts of systems that tell and make nothing."""

KEYED: frozenset[Route] = (
    frozenset(
        {
            ("POST", "/api/v1/cases"),
            ("POST", "/api/v1/certificates/{certificate_id}/copies"),
            ("POST", "/api/v1/certificates/{certificate_id}/codes"),
            ("POST", "/api/v1/certificates/{certificate_id}/links"),
            ("POST", "/api/v1/certificates/{certificate_id}/checks"),
        }
        | {(method, path) for (method, path), roles in ACCESS.items() if method == "POST" and roles & SYSTEMS}
    )
    - QUESTIONS
)
"""Routes that need an Idempotency-Key: opening a case, a copy, a code, and whatever a system tells us. A question tells nothing."""

CERTIFICATE_ACTS: Mapping[Route, str] = {
    ("POST", "/api/v1/certificates/{certificate_id}/acts"): "",
    ("POST", "/api/v1/certificates/{certificate_id}/copies"): "copy",
    ("POST", "/api/v1/certificates/{certificate_id}/checks"): "check",
}
"""Acts on a certificate, each by its name in the log (empty: the body says it). Who may not is refused, and that is recorded."""

UPLOADS: frozenset[Route] = frozenset(
    {
        ("PUT", "/api/v1/cases/{case_id}/materials/{code}"),
        ("POST", "/api/v1/certificates/verify"),
        ("POST", "/api/v1/certificates/imports"),
    }
)
"""Routes whose body is a file and no JSON."""
