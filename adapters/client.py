"""The public client of the hub's JSON door: `YijianClient` for a person; `Peer`, for a system that signs, is told on from here. It imports nothing of the hub.

Methods are thin: one call each, JSON in and out as docs/api.md and /api/v1/openapi.json describe it. Nothing is repeated by itself;
whoever repeats gives the same key again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx2

from adapters.clientcertificates import HolderCodes, Within, content_of
from adapters.clientpeer import Peer
from adapters.clientsigning import AnswerRefused, hub_key, private_key, sign
from adapters.clientwire import ClientProblem, Doc, Wire, as_json, new_key
from adapters.clientwire import part as _part

__all__ = [
    "AnswerRefused",
    "ClientProblem",
    "Doc",
    "Peer",
    "Within",
    "YijianClient",
    "content_of",
    "hub_key",
    "new_key",
    "private_key",
    "sign",
]

LOOK_EVERY_SECONDS = 0.2


class YijianClient:
    """The hub as one person sees it. `client` may be given to share connections, else one is made; `close` ends it."""

    def __init__(self, base_url: str, client: httpx2.Client | None = None) -> None:
        self._wire = Wire(base_url, client)
        self._token = ""

    def __enter__(self) -> YijianClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._wire.close()

    @property
    def codes(self) -> HolderCodes:
        """用证码 of certificates, on their holders' behalf."""
        return HolderCodes(self._doc)

    # --- session -------------------------------------------------------------------------------------------------------

    def login(self, username: str, password: str) -> Doc:
        """Log in; all later calls are this person's. Raises ClientProblem (LOGIN_REFUSED)."""
        session = self._doc("POST", "/session", {"username": username, "password": password})
        self._token = session["token"]
        return session

    def logout(self) -> None:
        self._call("DELETE", "/session")
        self._token = ""

    def me(self) -> Doc:
        return self._doc("GET", "/session")

    # --- clerk ---------------------------------------------------------------------------------------------------------

    def matters(self) -> list[Doc]:
        return self._docs("GET", "/matters")

    def opening(self, matter: str, answers: Mapping[str, str], left_out: Sequence[str] = ()) -> Doc:
        """What opening this matter asks for, with these answers and without the items `left_out`."""
        asked = {"matter": matter, "answers": dict(answers), "left_out": list(left_out)}
        return self._doc("POST", "/openings", asked)

    def open_case(
        self,
        matter: str,
        answers: Mapping[str, str],
        chosen: Sequence[str],
        parties: Mapping[str, Mapping[str, str]],
        key: str = "",
        delivery: str = "electronic",
    ) -> str:
        """The new case's id. `parties` by role: identifier, name, proof, phone. The same `key` gives the same case."""
        body = {
            "matter": matter,
            "answers": dict(answers),
            "chosen": list(chosen),
            "parties": parties,
            "delivery": {"way": delivery},
        }
        return str(self._doc("POST", "/cases", body, {"Idempotency-Key": key or new_key()})["id"])

    def cases(self, state: str = "", query: str = "", page: int = 1) -> Doc:
        return self._doc("GET", "/cases", query={"state": state, "q": query, "page": page})

    def case(self, case_id: str) -> Doc:
        """The whole case. Each call is a look that the sharing log keeps."""
        return self._doc("GET", f"/cases/{_part(case_id)}")

    def feed(self, case_id: str, after: int = 0) -> Doc:
        return self._doc("GET", f"/cases/{_part(case_id)}/feed", query={"after": after})

    def wait_for(self, case_id: str, predicate: Callable[[Doc], bool], timeout: float = 60.0) -> Doc:
        """The case as soon as `predicate` holds of it; it is read again only when its feed moved.

        Raises TimeoutError after `timeout` seconds, naming the state.
        """
        end = time.monotonic() + timeout
        case = self.case(case_id)
        while not predicate(case):
            if time.monotonic() > end:
                raise TimeoutError(f"case {case['case_no']} is {case['state']} after {timeout:.0f} s; see its events")
            time.sleep(LOOK_EVERY_SECONDS)
            if self.feed(case_id, case["feed_no"])["rows"] or time.monotonic() > end:
                case = self.case(case_id)
        return case

    def act(
        self, case_id: str, action: str, reason: str = "", promise: bool = False, defects: Sequence[str] = ()
    ) -> None:
        """Take one of the case's open `actions`."""
        body = {"action": action, "reason": reason, "promise": promise, "defects": list(defects)}
        self._call("POST", f"/cases/{_part(case_id)}/actions", body)

    def field(self, case_id: str, key: str) -> Doc:
        return self._doc("GET", _field(case_id, key))

    def set_field(self, case_id: str, key: str, value: str, reason: str = "") -> Doc:
        """Type a value; a locked field whose source is silent takes one only with a reason. Gives the field as it stands."""
        return self._doc("PUT", _field(case_id, key), {"value": value, "reason": reason})

    def override_field(self, case_id: str, key: str, value: str, reason: str) -> Doc:
        return self._doc("POST", _field(case_id, key) + "/override", {"value": value, "reason": reason})

    def resolve(self, case_id: str, key: str, which: str, reason: str) -> Doc:
        return self._doc("POST", _field(case_id, key) + "/resolution", {"which": which, "reason": reason})

    def confirm_field(self, case_id: str, key: str) -> Doc:
        return self._doc("POST", _field(case_id, key) + "/confirmation")

    def way(self, case_id: str, query_id: str, way: str, candidate: int | None = None, reason: str = "") -> None:
        """Take one of the ways on from a query's outcome."""
        body = {"way": way, "candidate": candidate, "reason": reason}
        self._call("POST", f"/cases/{_part(case_id)}/queries/{_part(query_id)}/ways", body)

    def upload(self, case_id: str, code: str, filename: str, media_type: str, content: bytes) -> None:
        """Add a material as a file."""
        disposition = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
        headers = {"Content-Type": media_type, "Content-Disposition": disposition}
        self._call("PUT", _material(case_id, code), content=content, headers=headers)

    def file(self, case_id: str, code: str) -> bytes:
        return self._call("GET", _material(case_id, code)).content

    def material_way(self, case_id: str, code: str, way: str, reason: str = "") -> None:
        """`way`: defer, promise or remove."""
        self._call("POST", _material(case_id, code) + "/ways", {"way": way, "reason": reason})

    def notice(self, notice_id: str, printed: bool = False) -> str:
        """The frozen document as HTML; `printed` counts a print."""
        path = f"/notices/{_part(notice_id)}"
        return str(self._doc("POST" if printed else "GET", path + ("/prints" if printed else ""))["html"])

    def certificate(self, case_id: str, item: str) -> bytes:
        """The signed certificate (`.ycert`) of one item of the case."""
        return self._call("GET", f"/cases/{_part(case_id)}/certificates/{_part(item)}").content

    def certificate_file(self, case_id: str, item: str, kind: str) -> bytes:
        """One file (`ofd`, `pdf`, `png`, `ycert`, `credential`) of the certificate of one item of the case."""
        return self._call("GET", f"/cases/{_part(case_id)}/certificates/{_part(item)}/files/{_part(kind)}").content

    def certificate_files(self, identifier: str, kinds: Sequence[str]) -> dict[str, bytes]:
        """Those files (`ofd`, `pdf`, `png`, `credential`) of a registered certificate, by kind. Raises PeerRefused where there is none."""
        rows: list[dict[str, Any]] = self._call("GET", f"/certificates?number={_part(identifier)}").json()["rows"]
        place = f"/certificates/{_part(str(rows[0]['id']))}/files"
        return {kind: self._call("GET", f"{place}/{kind}").content for kind in kinds}

    def filings(self) -> list[Doc]:
        return self._docs("GET", "/filings")

    def take_filing(self, filing_id: str) -> str:
        """The id of the case that the filing became."""
        return str(self._doc("POST", f"/filings/{_part(filing_id)}/case")["id"])

    # --- reviewer ------------------------------------------------------------------------------------------------------

    def inbox(self, state: str = "open", page: int = 1) -> Doc:
        return self._doc("GET", "/inbox", query={"state": state, "page": page})

    def inbox_entry(self, entry_id: str) -> Doc:
        return self._doc("GET", f"/inbox/{_part(entry_id)}")

    def inbox_act(self, entry_id: str, action: str, reason: str = "", values: Mapping[str, str] | None = None) -> None:
        """Take one of the entry's open `actions`."""
        body = {"action": action, "reason": reason, "values": dict(values or {})}
        self._call("POST", f"/inbox/{_part(entry_id)}/actions", body)

    def answer(self, entry_id: str, found: bool, values: Mapping[str, str] | None = None) -> None:
        """Answer a question of the inbox: found with values, or no record."""
        self._call("POST", f"/inbox/{_part(entry_id)}/answer", {"found": found, "values": dict(values or {})})

    def inbox_file(self, entry_id: str, code: str) -> bytes:
        return self._call("GET", f"/inbox/{_part(entry_id)}/materials/{_part(code)}").content

    # --- auditor, catalog manager, operator ----------------------------------------------------------------------------

    def audit(self, **filters: str | int) -> Doc:
        """Records of the sharing log, newest first: subject, case_no, operator, provider, phase, since, until, before."""
        return self._doc("POST", "/audit/searches", dict(filters))

    def audit_record(self, seq: int) -> Doc:
        return self._doc("GET", f"/audit/records/{seq}")

    def disclose(self, seq: int, reason: str) -> Doc:
        return self._doc("POST", f"/audit/records/{seq}/disclosure", {"reason": reason})

    def verify_log(self) -> list[Doc]:
        """Named checks of the whole log."""
        return self._docs("POST", "/audit/verification")

    def log_health(self) -> Doc:
        return self._doc("GET", "/audit/health")

    def catalog(self, part: str) -> list[Doc]:
        """`part`: matters, resources, needs, policy or versions."""
        return self._docs("GET", f"/catalog/{_part(part)}")

    def catalog_matter(self, code: str) -> Doc:
        return self._doc("GET", f"/catalog/matters/{_part(code)}")

    def check_catalog(self) -> list[Doc]:
        return self._docs("POST", "/catalog/checks")

    def publish_catalog(self) -> Doc:
        return self._doc("POST", "/catalog/publications")

    def operations(self) -> Doc:
        return self._doc("GET", "/operations")

    def accounts(self) -> list[Doc]:
        return self._docs("GET", "/operations/accounts")

    def retry_work(self, work_id: str) -> None:
        self._call("POST", f"/operations/work/{_part(work_id)}/retry")

    def skip_work(self, work_id: str, reason: str) -> None:
        self._call("POST", f"/operations/work/{_part(work_id)}/skip", {"reason": reason})

    # --- everybody -----------------------------------------------------------------------------------------------------

    def progress(self, case_no: str, code: str) -> Doc:
        """An applicant's look: case number, last four characters of the identifier. No login."""
        return self._doc("POST", "/progress", {"case_no": case_no, "code": code})

    def openapi(self) -> Doc:
        return self._doc("GET", "/openapi.json")

    def _doc(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None, query: Mapping[str, str | int] | None = None) -> Doc:  # fmt: skip
        found: Doc = self._call(method, path, body, headers=headers, query=query).json()
        return found

    def _docs(self, method: str, path: str) -> list[Doc]:
        found: list[Doc] = self._call(method, path).json()
        return found

    def _call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> httpx2.Response:
        known = {"Authorization": f"Session {self._token}"} if self._token else {}
        if body is not None:
            content, known["Content-Type"] = as_json(body), "application/json"
        asked = {name: value for name, value in (query or {}).items() if value != ""}
        return self._wire.send(self._wire.request(method, path, content, {**known, **(headers or {})}, asked))


def _field(case_id: str, key: str) -> str:
    return f"/cases/{_part(case_id)}/fields/{_part(key)}"


def _material(case_id: str, code: str) -> str:
    return f"/cases/{_part(case_id)}/materials/{_part(code)}"
