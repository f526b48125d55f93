"""The hub's JSON door for a department's system, or the platform: each request is signed by itself. It imports nothing of the hub.

Nothing is repeated by itself; whoever repeats gives the same key again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from adapters.clientcertificates import SharedCertificates
from adapters.clientsigning import SIGNATURE, check_answer, private_key, sign
from adapters.clientwire import Doc, Wire, as_json, new_key, part


class Peer:
    """The hub as a department's system, or the platform, sees it: each request is signed by itself."""

    def __init__(
        self,
        organisation: str,
        private_key_pem: str | bytes,
        base_url: str,
        client: httpx2.Client | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        hub: Ed25519PublicKey | None = None,
    ) -> None:
        """With `hub`, the hub's public key, each answer must be signed for its request, or AnswerRefused is raised."""
        self._hub = hub
        self._organisation, self._key, self._now = organisation, private_key(private_key_pem), now
        self._wire = Wire(base_url, client)

    def close(self) -> None:
        self._wire.close()

    # --- a department --------------------------------------------------------------------------------------------------

    def item_case(self, item_no: str) -> Doc:
        return self.call("GET", _item(item_no))

    def acceptance(self, item_no: str, result: str, key: str = "", **more: Any) -> Doc:
        """`result`: accepted, refused or correction; `more`: reason, department_no, handler, accepted_at, defects."""
        return self.call("POST", _item(item_no) + "/acceptance", {"result": result, **more}, key or new_key())

    def pre_review(self, item_no: str, key: str = "") -> Doc:
        return self.call("POST", _item(item_no) + "/pre-review", None, key or new_key())

    def special_procedure(self, item_no: str, action: str, key: str = "", **more: Any) -> Doc:
        """`action`: start or end; `more`: kind, name, reason, at."""
        return self.call("POST", _item(item_no) + "/special-procedures", {"action": action, **more}, key or new_key())

    def decision(self, item_no: str, result: str, key: str = "", **more: Any) -> Doc:
        """`result`: approved or denied; `more`: reason, decision_no, decided_at, results."""
        return self.call("POST", _item(item_no) + "/decision", {"result": result, **more}, key or new_key())

    def ask(
        self, resource: str, item_no: str, purpose: str, subject: Mapping[str, str], handler: str, **more: Any
    ) -> Doc:
        """Ask a resource in one's own item case; `more`: fields, document."""
        question = {"case": item_no, "purpose": purpose, "subject": dict(subject), "handler": handler, **more}
        return self.call("POST", f"/exchange/{part(resource)}", question)

    def collect(self, number: str) -> Doc:
        """The answer to a question that came to `pending`, under the `id` that it was given; `pending` again while it is not there."""
        return self.call("GET", f"/exchange/requests/{part(number)}")

    def catalog(self, allowed: bool = False) -> list[Doc]:
        """Every resource and type of certificate in the catalog, or those of which this organisation may use something."""
        return cast("list[Doc]", self.call("GET", "/catalog?allowed=true" if allowed else "/catalog"))

    @property
    def certificates(self) -> SharedCertificates:
        """The registry's sharing service: certificates of people in one's own item cases, and those that a holder's code opens."""
        return SharedCertificates(self.call)

    # --- the platform --------------------------------------------------------------------------------------------------

    def file(self, filing: Mapping[str, Any], key: str = "") -> Doc:
        """Hand in an online filing: matter, answers, chosen, parties, delivery, values."""
        return self.call("POST", "/filings", filing, key or new_key())

    def filing(self, filing_id: str) -> Doc:
        return self.call("GET", f"/filings/{part(filing_id)}")

    def withdraw(self, filing_id: str, reason: str, key: str = "") -> Doc:
        return self.call("POST", f"/filings/{part(filing_id)}/withdrawal", {"reason": reason}, key or new_key())

    def case_states(self, case_no: str) -> Doc:
        return self.call("GET", f"/case-states/{part(case_no)}")

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, key: str = "") -> Doc:
        """One signed call below /api/v1. To repeat one, give the same `key`: it is signed anew and taken once."""
        content = b"" if body is None else as_json(body)
        headers = {"Content-Type": "application/json"} if content else {}
        if key:
            headers["Idempotency-Key"] = key
        request = self._wire.request(method, path, content, headers)
        target, nonce = request.url.raw_path.decode(), str(uuid.uuid4())
        request.headers["Authorization"] = sign(
            self._organisation, self._key, method, target, content, self._now(), nonce
        )
        answer = self._wire.answer(request)
        if self._hub is not None:
            signature = answer.headers.get(SIGNATURE, "")
            check_answer(
                signature, self._hub, self._organisation, nonce, answer.status_code, answer.content, self._now()
            )
        found: Doc = self._wire.good(answer).json()
        return found


def _item(item_no: str) -> str:
    return f"/item-cases/{part(item_no)}"
