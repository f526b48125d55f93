"""The description of the JSON door (OpenAPI 3.1): who may call what, every refusal with its codes. It serves no page of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from hub.api import access, problems
from hub.api.problems import Problem
from hub.identity.answering import SIGNATURE
from hub.identity.principal import SYSTEMS

Schema = dict[str, Any]
Codes = tuple[tuple[int, str], ...]

ALWAYS: Codes = ((500, "INTERNAL"), (503, "STORE_UNAVAILABLE"), (503, "LOG_UNAVAILABLE"))
BY_PERSON: Codes = ((401, "SIGN_IN_FIRST"), (403, "ROLE_MISSING"))
BY_SYSTEM: Codes = (
    *(
        (401, code)
        for code in (
            "TOKEN_MISSING",
            "TOKEN_MALFORMED",
            "ALGORITHM_NOT_ALLOWED",
            "UNKNOWN_PEER",
            "KEY_REVOKED",
            "BAD_SIGNATURE",
            "WRONG_AUDIENCE",
            "TOKEN_EXPIRED",
            "TOKEN_NOT_YET",
            "TOKEN_TOO_LONG",
            "WRONG_ROUTE",
            "BODY_DIFFERS",
            "TOKEN_REPLAYED",
        )
    ),
    (403, "ROLE_MISSING"),
)
WITH_JSON: Codes = (
    *((400, code) for code in ("BAD_JSON", "BAD_ENCODING", "DUPLICATE_KEY", "NOT_A_NUMBER", "TOO_DEEP", "BAD_TEXT")),
    (413, "TOO_LARGE"),
    (415, "WRONG_CONTENT_TYPE"),
    (422, "BAD_INPUT"),
)
WITH_FILE: Codes = (
    (413, "TOO_LARGE"),
    (415, "WRONG_CONTENT_TYPE"),
    *((422, code) for code in ("FILE_EMPTY", "FILE_UNNAMED", "FILE_TYPE")),
    (507, "DISK_REFUSED"),
)
WITHOUT_BODY: Codes = ((400, "BODY_UNEXPECTED"),)
WITH_QUERY: Codes = ((422, "BAD_INPUT"),)
WITH_KEY: Codes = ((400, "KEY_MISSING"), (400, "KEY_MALFORMED"), (409, "KEY_REUSED"))
BY_NUMBER: Codes = ((404, "NOT_THERE"),)
BY_STATE: Codes = ((409, "NOT_NOW"),)
BY_CATALOG: Codes = ((404, "CATALOG_NOT_PUBLISHED"),)
EXCHANGE: Codes = (
    (403, "PURPOSE_DIFFERS"),
    (403, "ASK_REFUSED"),
    (403, "PROVIDER_DENIED"),
    (404, "RESOURCE_NOT_THERE"),
    (404, "ITEM_NOT_THERE"),
    (409, "NOT_AT_WORK"),
    (409, "RESOURCE_DISABLED"),
    (409, "ANSWERED_BY_A_PERSON"),
    (409, "PROVIDER_PENDING"),
    (502, "PROVIDER_UNUSABLE"),
    (503, "PROVIDER_UNAVAILABLE"),
    (503, "ASK_LOST"),
    (503, "NO_CONNECTION"),
)
SHARED: Codes = (
    (403, "PURPOSE_DIFFERS"),
    (403, "ASK_REFUSED"),
    (404, "ITEM_NOT_THERE"),
    (409, "NOT_AT_WORK"),
    (422, "WANTED_UNCLEAR"),
    (422, "IDENTIFIER_UNREADABLE"),
    (422, "QR_UNREADABLE"),
)
OWN_CERTIFICATE: Codes = ((404, "PROGRESS_NOT_FOUND"), (404, "CERTIFICATE_NOT_THERE"), (429, "TRIED_TOO_OFTEN"))
OWN: Mapping[access.Route, Codes] = {
    ("POST", "/api/v1/session"): ((401, "LOGIN_REFUSED"),),
    ("POST", "/api/v1/progress"): ((404, "PROGRESS_NOT_FOUND"), (429, "TRIED_TOO_OFTEN")),
    ("POST", "/api/v1/progress/files"): (*OWN_CERTIFICATE, (404, "CERTIFICATE_FILE_NOT_THERE")),
    ("POST", "/api/v1/progress/showings"): (
        *OWN_CERTIFICATE,
        (403, "CERTIFICATE_IMPORTED"),
        (409, "CERTIFICATE_NOT_VALID"),
        (422, "CLAIM_UNKNOWN"),
        (422, "SHOWING_TOO_LARGE"),
        (503, "SHOWING_UNSIGNED"),
    ),
    ("POST", "/api/v1/certificates/verify"): (
        (422, "NOTHING_TO_VERIFY"),
        (422, "FORM_BROKEN"),
        (429, "TRIED_TOO_OFTEN"),
        (503, "TRUST_UNREADABLE"),
        (503, "VERIFYING_TOOK_TOO_LONG"),
    ),
    ("POST", "/api/v1/openings"): ((404, "MATTER_NOT_THERE"),),
    ("POST", "/api/v1/filings/{filing_id}/case"): ((422, "OPENING_INCOMPLETE"), (422, "MATTER_UNKNOWN")),
    ("GET", "/api/v1/catalog/differences"): ((404, "CATALOG_NOT_THERE"),),
    ("POST", "/api/v1/cases"): ((422, "OPENING_INCOMPLETE"), (422, "MATTER_UNKNOWN")),
    ("POST", "/api/v1/filings"): ((404, "MATTER_NOT_THERE"),),
    **{
        ("GET", f"/api/v1/catalog/resources/{{code}}{part}"): ((404, "RESOURCE_NOT_THERE"),)
        for part in ("", "/schema", "/sample", "/openapi")
    },
    ("POST", "/api/v1/certificates/shared/query"): SHARED,
    ("POST", "/api/v1/certificates/shared/verify"): SHARED,
    ("POST", "/api/v1/certificates/shared/download"): (
        *SHARED,
        (404, "CERTIFICATE_UNKNOWN"),
        (404, "CERTIFICATE_FILE_NOT_THERE"),
        (404, "LAYOUT_NOT_THERE"),
        (409, "CERTIFICATE_NOT_VALID"),
        (422, "FORM_UNKNOWN"),
        (422, "COPY_ENDS"),
    ),
    ("POST", "/api/v1/certificates/shared/codes"): ((404, "CODE_UNKNOWN"), (429, "TRIED_TOO_OFTEN")),
    ("POST", "/api/v1/certificates/shared/redemptions"): (
        (403, "CODE_FOR_ANOTHER_MATTER"),
        (404, "CODE_UNKNOWN"),
        (409, "CERTIFICATE_NOT_VALID"),
        *((410, code) for code in ("CODE_REVOKED", "CODE_EXPIRED", "CODE_USED_UP")),
        (422, "COPY_FORM"),
        (429, "TRIED_TOO_OFTEN"),
    ),
    ("GET", "/api/v1/certificates/{certificate_id}/codes"): ((404, "CERTIFICATE_UNKNOWN"),),
    ("POST", "/api/v1/certificates/{certificate_id}/codes"): (
        (403, "HOLDER_NOT_IN_CASE"),
        (404, "CERTIFICATE_UNKNOWN"),
        (409, "CERTIFICATE_NOT_VALID"),
        *((422, code) for code in ("AUDIENCE_UNKNOWN", "PURPOSE_MISSING", "CODE_ENDS", "CODE_TIMES", "CODE_GIVES")),
        *((422, code) for code in ("CODE_MATTER", "CODE_CERTIFICATES", "CODE_FIELDS")),
    ),
    ("POST", "/api/v1/certificates/{certificate_id}/codes/{code_id}/revocation"): (
        (404, "CERTIFICATE_UNKNOWN"),
        (404, "CODE_UNKNOWN"),
    ),
    ("POST", "/api/v1/exchange/{resource}"): EXCHANGE,
    ("GET", "/api/v1/exchange/requests/{number}"): (*EXCHANGE, (404, "ASK_NOT_THERE"), (410, "ASK_EXPIRED")),
}
"""What one route alone refuses."""

MEANINGS: Mapping[int, str] = {
    400: "The body or a header cannot be read.",
    401: "Nobody known is calling.",
    403: "Known, but this route is not theirs.",
    404: "What was named is not there, or not in the caller's region.",
    409: "The state of the case, or the key's earlier use, does not allow it.",
    410: "It was there and is no longer.",
    413: "Too large.",
    415: "Another kind of body is wanted.",
    422: "Fields cannot be taken; `fields` names each.",
    429: "Tried too often; wait.",
    500: "The hub's mistake.",
    502: "A department gave an answer that cannot be used.",
    503: "The hub, or the department that was asked, cannot work just now; try again.",
    507: "The disk is full; nothing was kept.",
}

SECURITY: Schema = {
    "session": {
        "type": "http",
        "scheme": "Session",
        "description": "People: the token that POST /api/v1/session gave. Cookies are not taken.",
    },
    "signature": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Systems: an EdDSA token made anew for each request, with the digest of its body (docs/api.md).",
    },
}
KEY_HEADER: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A new one for each new call, the same one when the call is repeated.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 120, "pattern": "^[!-~]+$"},
    "example": "0193a1c8-5d0e-7c1e-9b7e-2f6f0f9e4a11",
}
FILE_BODY: Schema = {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}


def document(routes: Sequence[BaseRoute], version: str) -> Schema:
    """The whole description, ready to be served."""
    found = get_openapi(
        title="Yijian 易简", version=version, openapi_version="3.1.0", routes=routes, license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        description="The JSON door of the hub. Refusals are problem details (RFC 9457) with stable codes.",
    )  # fmt: skip
    parts = found.setdefault("components", {})
    parts["securitySchemes"] = SECURITY
    schemas = parts.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own; nothing here answers with it
        schemas.pop(name, None)
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            _complete((method.upper(), path), operation)
    return found


def _complete(route: access.Route, operation: Schema) -> None:
    """Security, headers and refusals of one operation."""
    roles = access.ACCESS[route]
    operation["security"] = security_of(roles)
    operation["x-roles"] = sorted(roles)
    if route in access.KEYED:
        operation.setdefault("parameters", []).append(KEY_HEADER)
    if route in access.UPLOADS:
        operation["requestBody"] = FILE_BODY
    answers = operation["responses"]
    answers.pop("422", None)
    for answer in answers.values():
        answer.setdefault("headers", {})["X-Request-Id"] = {"schema": {"type": "string"}}
        if roles & SYSTEMS:
            answer["headers"][SIGNATURE] = {"schema": {"type": "string"}, "description": "To systems: docs/api.md."}
    answers.update(_refusals(codes_of(route, operation)))


def security_of(roles: access.Roles) -> list[Schema]:
    """How callers show who they are; either way will do."""
    by_system: list[Schema] = [{"signature": []}] if roles & SYSTEMS else []
    return by_system + ([{"session": []}] if roles - SYSTEMS else [])


def codes_of(route: access.Route, operation: Schema) -> Codes:
    """Every code that the operation declares, with its status. Bundles may add finer ones under the same statuses."""
    roles, (method, path) = access.ACCESS[route], route
    json_body = "requestBody" in operation and route not in access.UPLOADS
    by_query = any(parameter["in"] == "query" for parameter in operation.get("parameters", ()))
    parts = (
        (True, ALWAYS),
        (bool(roles & SYSTEMS), BY_SYSTEM),
        (bool(roles - SYSTEMS), BY_PERSON),
        (json_body, WITH_JSON),
        (route in access.UPLOADS, WITH_FILE),
        ("requestBody" not in operation, WITHOUT_BODY),
        ((by_query or "/catalog" in path) and not json_body, WITH_QUERY),
        (route in access.KEYED, WITH_KEY),
        ("{" in path, BY_NUMBER),
        (method in ("POST", "PUT") and "{" in path, BY_STATE),
        (bool(roles) and not path.endswith("/session"), BY_CATALOG),
        (True, OWN.get(route, ())),
    )
    return tuple(code for holds, codes in parts if holds for code in codes)


def _refusals(codes: Iterable[tuple[int, str]]) -> Schema:
    by_status: dict[int, list[str]] = {}
    for status, code in dict.fromkeys(codes):
        by_status.setdefault(status, []).append(code)
    return {str(status): _refusal(status, names) for status, names in sorted(by_status.items())}


def _refusal(status: int, codes: Sequence[str]) -> Schema:
    return {
        "description": f"{MEANINGS[status]} Codes: {', '.join(codes)}.",
        "x-codes": list(codes),
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "headers": {
            "X-Request-Id": {"schema": {"type": "string"}},
            problems.FAILED: {"schema": Problem.model_json_schema()["properties"]["source"]},
        },
    }
