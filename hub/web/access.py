"""Which role may open which page. A route that is not in this table cannot be mounted; the table decides nothing about single cases."""

from __future__ import annotations

from collections.abc import Mapping

from hub.identity.principal import Role

Roles = frozenset[str]

PUBLIC: Roles = frozenset()
"""No login."""

ANYONE: Roles = frozenset("*")
"""Any person with a living session."""

CLERK, REVIEWER, AUDITOR = frozenset({Role.CLERK}), frozenset({Role.REVIEWER}), frozenset({Role.AUDITOR})
CATALOG, OPERATOR = frozenset({Role.CATALOG_MANAGER}), frozenset({Role.OPERATOR})

ACCESS: Mapping[tuple[str, str], Roles] = {
    ("GET", "/static/{digest}/{name:path}"): PUBLIC,
    ("GET", "/favicon.ico"): PUBLIC,
    ("POST", "/csp-reports"): PUBLIC,
    ("GET", "/login"): PUBLIC,
    ("POST", "/login"): PUBLIC,
    ("GET", "/progress"): PUBLIC,
    ("POST", "/progress"): PUBLIC,
    ("POST", "/progress/files"): PUBLIC,
    ("POST", "/progress/showings"): PUBLIC,
    ("GET", "/s/{code}.ystatus"): PUBLIC,
    ("GET", "/s/{code}"): PUBLIC,
    ("GET", "/p/{text}"): PUBLIC,
    ("GET", "/i/{code}/jwks.json"): PUBLIC,
    ("GET", "/.well-known/jwt-vc-issuer/i/{code}"): PUBLIC,
    ("GET", "/verify"): PUBLIC,
    ("GET", "/verify/offline"): PUBLIC,
    ("POST", "/verify"): PUBLIC,
    ("GET", "/"): ANYONE,
    ("POST", "/logout"): ANYONE,
    ("GET", "/desk"): CLERK,
    ("GET", "/matters/{code}/open"): CLERK,
    ("POST", "/matters/{code}/open"): CLERK,
    ("POST", "/matters/{code}/choices"): CLERK,
    ("GET", "/cases/{case_id}"): CLERK,
    ("GET", "/cases/{case_id}/feed"): CLERK,
    ("GET", "/cases/{case_id}/changes"): CLERK,
    ("GET", "/cases/{case_id}/progress"): CLERK,
    ("GET", "/cases/{case_id}/fields/{key}"): CLERK,
    ("POST", "/cases/{case_id}/fields/{key}"): CLERK,
    ("POST", "/cases/{case_id}/fields/{key}/override"): CLERK,
    ("POST", "/cases/{case_id}/fields/{key}/resolve"): CLERK,
    ("POST", "/cases/{case_id}/fields/{key}/confirm"): CLERK,
    ("POST", "/cases/{case_id}/queries/{query_id}"): CLERK,
    ("GET", "/cases/{case_id}/materials/{code}/file"): CLERK,
    ("POST", "/cases/{case_id}/materials/{code}/file"): CLERK,
    ("POST", "/cases/{case_id}/materials/{code}"): CLERK,
    ("POST", "/cases/{case_id}/act"): CLERK,
    ("GET", "/cases/{case_id}/certificates/{item}"): CLERK,
    ("GET", "/cases/{case_id}/certificates/{item}/file"): CLERK,
    ("GET", "/cases/{case_id}/certificates/{item}/files/{kind}"): CLERK,
    ("GET", "/certificates"): CLERK | REVIEWER,
    ("POST", "/certificates"): CLERK | REVIEWER,
    ("POST", "/certificates/imports"): CLERK,
    ("GET", "/certificates/{certificate_id}"): CLERK | REVIEWER,
    ("GET", "/certificates/{certificate_id}/files/{kind}"): CLERK | REVIEWER,
    # An act on a certificate is refused by the registry, for a role that may not too: so that the refusal is in the log.
    ("POST", "/certificates/{certificate_id}/acts"): ANYONE,
    ("POST", "/certificates/{certificate_id}/copies"): ANYONE,
    ("GET", "/certificates/{certificate_id}/copies/{copy_id}"): CLERK | REVIEWER,
    ("GET", "/codes"): CLERK | REVIEWER,
    ("POST", "/codes"): CLERK,
    ("POST", "/codes/made"): CLERK,
    ("POST", "/codes/revocations"): CLERK,
    ("POST", "/codes/checks"): CLERK | REVIEWER,
    ("POST", "/codes/uses"): REVIEWER,
    ("POST", "/codes/files"): REVIEWER,
    ("POST", "/certificates/scans"): CLERK,
    ("POST", "/certificates/{certificate_id}/checks"): ANYONE,
    ("POST", "/certificates/{certificate_id}/links"): CLERK,
    ("POST", "/certificates/{certificate_id}/showings"): CLERK,
    ("POST", "/certificates/{certificate_id}/links/{link_id}/revocation"): CLERK,
    ("GET", "/notices/{notice_id}"): CLERK,
    ("POST", "/notices/{notice_id}/print"): CLERK,
    ("GET", "/filings"): CLERK,
    ("POST", "/filings/{filing_id}/take"): CLERK,
    ("GET", "/inbox"): REVIEWER,
    ("GET", "/inbox/{entry_id}"): REVIEWER,
    ("POST", "/inbox/{entry_id}/act"): REVIEWER,
    ("POST", "/inbox/{entry_id}/answer"): REVIEWER,
    ("GET", "/inbox/{entry_id}/materials/{code}/file"): REVIEWER,
    ("GET", "/audit"): AUDITOR,
    ("POST", "/audit"): AUDITOR,
    ("GET", "/audit/records/{seq}"): AUDITOR,
    ("POST", "/audit/records/{seq}/disclose"): AUDITOR,
    ("GET", "/audit/verify"): AUDITOR,
    ("POST", "/audit/verify"): AUDITOR,
    ("GET", "/catalog/matters"): CATALOG,
    ("GET", "/catalog/matters/{code}"): CATALOG,
    ("GET", "/catalog/matters/{code}/guide"): CATALOG | CLERK,
    ("GET", "/catalog/items"): CATALOG,
    ("GET", "/catalog/resources"): CATALOG,
    ("GET", "/catalog/needs"): CATALOG,
    ("GET", "/catalog/needs.csv"): CATALOG,
    ("GET", "/catalog/differences"): CATALOG,
    ("GET", "/catalog/policy"): CATALOG,
    ("GET", "/catalog/versions"): CATALOG,
    ("POST", "/catalog/check"): CATALOG,
    ("POST", "/catalog/publish"): CATALOG,
    ("GET", "/operations"): OPERATOR,
    ("GET", "/operations/changes"): OPERATOR,
    ("POST", "/operations/work/{work_id}/retry"): OPERATOR,
    ("POST", "/operations/work/{work_id}/skip"): OPERATOR,
    ("POST", "/operations/files/{department}/take"): OPERATOR,
    ("POST", "/operations/files/{department}/turn-down"): OPERATOR,
    ("GET", "/accounts"): OPERATOR,
    ("GET", "/departments"): OPERATOR | CATALOG,
    ("POST", "/departments/check"): OPERATOR | CATALOG,
    ("POST", "/departments/{code}/check"): OPERATOR | CATALOG,
}

HEADS: frozenset[str] = frozenset(
    {
        "/static/{digest}/{name:path}",
        "/favicon.ico",
        "/login",
        "/progress",
        "/s/{code}.ystatus",
        "/s/{code}",
        "/i/{code}/jwks.json",
        "/.well-known/jwt-vc-issuer/i/{code}",
        "/verify",
        "/verify/offline",
        *(path for method, path in ACCESS if method == "GET" and path.startswith("/catalog/")),
    }
)
"""What shows nothing about anybody: these are answered to HEAD too."""
