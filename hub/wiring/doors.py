"""What the doors ask of the hub: one protocol for each kind of caller, the same for pages and JSON. It holds no behaviour.

The bundles of `hub.wiring` have these methods; each takes the person or system who acts, so that it can refuse and log. Every method
may raise a `hub.errors.HubError`, which a door shows in its own way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Protocol

from certificates.checks import Report
from hub.cases.applicant_view import ApplicantView, OwnFile
from hub.cases.views import (
    CaseRow,
    CaseView,
    FieldView,
    InboxRow,
    InboxView,
    MatterCard,
    OpeningView,
)
from hub.identity.principal import Principal
from hub.identity.signing import Arrived
from hub.registry.rows import Wanted
from hub.wiring.annotated import CopyAsked
from hub.wiring.catalog_views import (
    ChangeRow,
    GuideView,
    ItemRow,
    MatterDetail,
    MatterRow,
    MismatchRow,
    NeedRow,
    NeedsFile,
    PolicyRow,
    ResourceRow,
    VersionRow,
)
from hub.wiring.code_views import CodeAsked, CodeMade, CodeView, HolderView, Redeemed, Redemption
from hub.wiring.collecting import Ticket
from hub.wiring.department_views import ConnectedRow, Following
from hub.wiring.listings import (
    AccountRow,
    AuditList,
    AuditRecord,
    Check,
    FeedRow,
    FileView,
    FilingRow,
    LogHealth,
    OverviewView,
)
from hub.wiring.open_catalog import OpenResource, Plain
from hub.wiring.registry import ActAsked
from hub.wiring.registry_views import CertificateRow, CertificateView, CopyRow, TypeView
from hub.wiring.reports import Acceptance, Decision, SpecialProcedure
from hub.wiring.shared_views import Claims, Given, Judged, Shared, Within
from hub.wiring.shared_views import Wanted as Wish
from hub.wiring.sharing import Question, Told
from hub.wiring.showing import Offer, ShownCode
from hub.wiring.status_lists import Published
from hub.wiring.systems import Filing, FilingState, ItemCaseState, ReportTaken

Parties = Mapping[str, Mapping[str, str]]
"""Role code to what the clerk typed of that party: identifier, name, proof, phone."""


class SessionDoor(Protocol):
    def login(self, username: str, password: str, now: datetime) -> tuple[str, Principal]:
        """A new session's token and its person. Raises NotAllowed for a wrong name or password, or an account that rests."""

    def principal(self, token: str, now: datetime) -> tuple[Principal, str] | None:
        """The person of a living session and its CSRF word, else None."""

    def logout(self, token: str, now: datetime) -> None: ...


class ClerkDoor(Protocol):
    def matters(self, p: Principal) -> tuple[MatterCard, ...]: ...

    def opening(
        self, p: Principal, matter: str, answers: Mapping[str, str], left_out: Collection[str] = ()
    ) -> OpeningView: ...

    def open_case(
        self,
        p: Principal,
        matter: str,
        answers: Mapping[str, str],
        chosen: Collection[str],
        parties: Parties,
        key: str,
        delivery: str = "electronic",
    ) -> str:
        """The id of the new case. The same `key` gives the same case: a double click opens one."""

    def work_list(self, p: Principal, query: str, state: str, page: int) -> tuple[tuple[CaseRow, ...], bool]:
        """One page of cases, `page` from 1, and whether there are more."""

    def case(self, p: Principal, case_id: str) -> CaseView: ...

    def feed(self, p: Principal, case_id: str, after: int) -> tuple[FeedRow, ...]:
        """What changed in the case after that number, oldest first. It shows no value, so it is no viewing."""

    def field(self, p: Principal, case_id: str, key: str) -> FieldView: ...

    def set_field(self, p: Principal, case_id: str, key: str, value: str, reason: str = "") -> None:
        """A locked field whose source is silent needs a reason of the list `type`."""

    def override_field(self, p: Principal, case_id: str, key: str, value: str, reason: str) -> None: ...

    def resolve(self, p: Principal, case_id: str, key: str, which: str, reason: str) -> None: ...

    def confirm_field(self, p: Principal, case_id: str, key: str) -> None: ...

    def query_way(
        self, p: Principal, case_id: str, query_id: str, way: str, candidate: int | None = None, reason: str = ""
    ) -> None: ...

    def upload(self, p: Principal, case_id: str, code: str, filename: str, media_type: str, body: bytes) -> None: ...

    def file(self, p: Principal, case_id: str, code: str) -> FileView:
        """The file of a material, so that the clerk can look at what was added."""

    def material_way(self, p: Principal, case_id: str, code: str, way: str, reason: str) -> None:
        """`way` is defer, promise or remove."""

    def act(
        self,
        p: Principal,
        case_id: str,
        action: str,
        reason: str = "",
        promise: bool = False,
        defects: Collection[str] = (),
    ) -> None: ...

    def notice(self, p: Principal, notice_id: str, printed: bool) -> str:
        """The frozen document as safe HTML of the notice's body; `printed` counts one print."""

    def certificate(self, p: Principal, case_id: str, item: str) -> FileView:
        """The signed certificate of one item, for any verifier. Raises NotThere before it is signed."""

    def certificate_file(self, p: Principal, case_id: str, item: str, kind: str) -> FileView:
        """One file of a certificate signed here: ofd, pdf, png, ycert or credential. Raises NotThere."""

    def certificate_page(self, p: Principal, case_id: str, item: str, nonce: str) -> str:
        """The same to read and print: a whole page whose one style carries the nonce."""

    def filings(self, p: Principal) -> tuple[FilingRow, ...]: ...

    def take_filing(self, p: Principal, filing_id: str) -> str:
        """The id of the case that the filing became."""


class ReviewerDoor(Protocol):
    def inbox(self, p: Principal, state: str, page: int) -> tuple[tuple[InboxRow, ...], bool]: ...

    def entry(self, p: Principal, entry_id: str) -> InboxView: ...

    def act(
        self,
        p: Principal,
        entry_id: str,
        action: str,
        reason: str,
        values: Mapping[str, str],
        defects: Collection[str] = (),
    ) -> None: ...

    def answer(self, p: Principal, entry_id: str, found: bool, values: Mapping[str, str]) -> None: ...

    def file(self, p: Principal, entry_id: str, code: str) -> FileView: ...


class AuditorDoor(Protocol):
    def search(
        self,
        p: Principal,
        subject: str = "",
        case_no: str = "",
        operator: str = "",
        provider: str = "",
        phase: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
    ) -> AuditList:
        """Newest first; `before` is the sequence number to go on from. The search itself is written into the log."""

    def record(self, p: Principal, seq: int) -> AuditRecord: ...

    def disclose(self, p: Principal, seq: int, reason: str) -> AuditRecord:
        """The same record with `disclosed` filled; the disclosure is written into the log with its reason."""

    def health(self, p: Principal) -> LogHealth: ...

    def verify(self, p: Principal) -> tuple[Check, ...]: ...


class CatalogDoor(Protocol):
    def matters(self, p: Principal) -> tuple[MatterRow, ...]: ...

    def matter(self, p: Principal, code: str) -> MatterDetail: ...

    def guide(self, p: Principal, code: str, short: bool = False) -> GuideView: ...

    def items(self, p: Principal) -> tuple[ItemRow, ...]: ...

    def resources(self, p: Principal) -> tuple[ResourceRow, ...]: ...

    def needs(self, p: Principal) -> tuple[NeedRow, ...]: ...

    def needs_file(self, p: Principal, matter: str, department: str, state: str) -> NeedsFile: ...

    def differences(self, p: Principal, older: str, newer: str) -> tuple[ChangeRow, ...]: ...

    def versions(self, p: Principal) -> tuple[VersionRow, ...]: ...

    def check(self, p: Principal) -> tuple[MismatchRow, ...]: ...

    def publish(self, p: Principal) -> VersionRow: ...

    def policy(self, p: Principal) -> tuple[PolicyRow, ...]: ...


class OperatorDoor(Protocol):
    def overview(self, p: Principal) -> OverviewView: ...

    def retry(self, p: Principal, work_id: str) -> None: ...

    def skip(self, p: Principal, work_id: str, reason: str) -> None: ...

    def take_file(self, p: Principal, department: str, name: str) -> None:
        """A held bulk file is taken in at the next round. Raises NotThere."""

    def turn_down_file(self, p: Principal, department: str, name: str) -> None:
        """A held bulk file goes back. Raises NotThere."""

    def accounts(self, p: Principal) -> tuple[AccountRow, ...]: ...


class DepartmentsDoor(Protocol):
    def overview(self, p: Principal) -> tuple[ConnectedRow, ...]:
        """Every department of the published catalog, for operators and catalog managers."""

    def following(self, p: Principal) -> Following:
        """Whether this process reaches departments as they are published."""

    async def check(self, p: Principal, code: str) -> None:
        """Look at one now; recorded who and when. Raises NotThere."""

    async def check_all(self, p: Principal) -> None:
        """Look at every department now; recorded who and when. One that cannot be looked at stops no other."""


class ApplicantDoor(Protocol):
    def progress(self, case_no: str, code: str, source: str) -> ApplicantView:
        """`code`: the last four of an enterprise's phone or a person's identifier; `source`: the address that asks.

        Raises NotThere for any pair that does not fit, NotNow for a source that was wrong too often."""

    def certificate_file(self, asked: OwnFile, source: str) -> FileView:
        """A file of the applicant's own certificate, for who knows the holder's whole number besides. Raises the same, and NotThere."""

    def showable(self, asked: OwnFile, source: str) -> Offer:
        """What a code of that certificate can show. Raises the same, and NotNow (CERTIFICATE_NOT_VALID)."""

    def show(self, asked: OwnFile, chosen: tuple[str, ...], source: str) -> ShownCode:
        """The code that shows those fields alone. Raises the same, and BadInput (CLAIM_UNKNOWN, SHOWING_TOO_LARGE)."""


class RegistryDoor(Protocol):
    def search(self, p: Principal, wanted: Wanted, page: int) -> tuple[tuple[CertificateRow, ...], bool]:
        """One page of the registry, newest first, and whether there are more. No holder is shown."""

    def of_holder(self, p: Principal, code: str, case_no: str = "") -> tuple[CertificateRow, ...]:
        """Raises NotAllowed (HOLDER_NOT_IN_CASE). The search is in the log first."""

    def certificate(self, p: Principal, certificate_id: str) -> CertificateView: ...

    def types(self) -> tuple[TypeView, ...]:
        """Every type of the site, by title."""

    def note_role(self, p: Principal, certificate_id: str, act: str) -> None: ...

    def act(self, p: Principal, certificate_id: str, asked: ActAsked) -> CertificateRow:
        """The same key and content again give the first. Raises NotAllowed, BadInput, NotNow, CERTIFICATE_CHANGED."""

    def file(self, p: Principal, certificate_id: str, kind: str) -> FileView: ...

    def take_in(self, p: Principal, file: bytes) -> tuple[CertificateRow, bool]:
        """A certificate that another system issued, verified and kept as it came; whether it was there. Raises IMPORT_REFUSED, CERTIFICATE_CONFLICT."""

    def copy(self, p: Principal, certificate_id: str, asked: CopyAsked) -> CopyRow: ...
    def copy_file(self, p: Principal, certificate_id: str, copy_id: str) -> FileView: ...


class CertificateSharingDoor(Protocol):
    """The registry for departments' systems, under a grant, in a case of their own; each call is in the sharing log."""

    def query(self, p: Principal, within: Within, wanted: Wish) -> Shared: ...

    def download(
        self, p: Principal, within: Within, wanted: Wish, form: str, expires_on: date | None, key: str, copy_as: str = "pdf"
    ) -> Given: ...  # fmt: skip

    def verify(self, p: Principal, within: Within, wanted: Wish, claims: Claims) -> Judged: ...


class CertificateCodesDoor(Protocol):
    """用证码: made and revoked at the window for the holder."""

    def of_holder(self, p: Principal, holder: str, case_no: str) -> HolderView:
        """Raises BadInput, NotAllowed (HOLDER_NOT_IN_CASE). The look is in the log first."""

    def make(self, p: Principal, asked: CodeAsked) -> CodeMade:
        """The same key again gives the same code. Raises NotAllowed (HOLDER_NOT_IN_CASE), BadInput, NotNow."""

    def codes(self, p: Principal, certificate_id: str) -> tuple[CodeView, ...]: ...

    def revoke(self, p: Principal, code_id: str) -> CodeView: ...


class CodeUseDoor(Protocol):
    """用证码 at the one department that each names. Raises NotThere (CODE_UNKNOWN), NotNow (TRIED_TOO_OFTEN)."""

    def permits(self, p: Principal, text: str, handler: str = "") -> CodeView:
        """What it permits; it counts no use, and the look is in the log first."""

    def redeem(self, p: Principal, asked: Redemption) -> Redeemed:
        """Raises HubError (CODE_REVOKED, CODE_EXPIRED, CODE_USED_UP, CODE_FOR_ANOTHER_MATTER), NotNow too."""


class StatusDoor(Protocol):
    def token(self, uscc: str) -> Published:
        """An authority's status list, for anybody. Raises NotThere (STATUS_LIST_NOT_THERE)."""

    def dated(self, uscc: str) -> Published:
        """Its dated list (`.ystatus`), for anybody. Raises as `token`."""


class VerifyDoor(Protocol):
    async def verify(self, file: bytes, source: str, holder: str = "") -> Report:
        """The verdict on a file for the address `source`, and on whose it is where `holder` says a code. Raises BadInput, NotNow (TRIED_TOO_OFTEN)."""

    def offline_page(self) -> str:
        """One HTML file that judges codes without a network. Raises HubError (TRUST_UNREADABLE)."""


class DepartmentDoor(Protocol):
    """Each report is taken once: the same `key` and content again give the first answer, other content KEY_REUSED."""

    def authenticate(self, arrived: Arrived, now: datetime) -> Principal:
        """Which system signed the request. Raises TokenRefused."""

    def acceptance(self, p: Principal, item_no: str, key: str, report: Acceptance) -> ReportTaken: ...

    def decision(self, p: Principal, item_no: str, key: str, report: Decision) -> ReportTaken: ...

    def special_procedure(self, p: Principal, item_no: str, key: str, report: SpecialProcedure) -> ReportTaken: ...

    def pre_review(self, p: Principal, item_no: str, key: str) -> ReportTaken: ...

    def item_case(self, p: Principal, item_no: str) -> ItemCaseState: ...


class SharingDoor(Protocol):
    """The catalog for programs, and the call by which a department's system asks through the hub."""

    def resources(self, p: Principal, allowed: bool = False) -> tuple[OpenResource, ...]: ...

    def resource(self, p: Principal, code: str) -> OpenResource:
        """Raises NotThere."""

    def schema(self, p: Principal, code: str) -> Plain: ...

    def sample(self, p: Principal, code: str) -> Plain: ...

    def openapi(self, p: Principal, code: str, whole: Plain) -> Plain: ...

    def dcat(self, p: Principal, base: str) -> Plain: ...

    async def ask(self, p: Principal, code: str, question: Question) -> Told | Ticket:
        """Asynchronous, since it waits for a department."""

    async def collect(self, p: Principal, number: str) -> Told | Ticket:
        """The answer to a question of before, or that it has not come yet. Raises NotThere, AskFailed."""


class PlatformDoor(Protocol):
    def file(self, p: Principal, key: str, filing: Filing) -> FilingState: ...

    def filing(self, p: Principal, filing_id: str) -> FilingState: ...

    def withdraw(self, p: Principal, filing_id: str, key: str, reason: str) -> FilingState: ...

    def case(self, p: Principal, case_no: str) -> tuple[ItemCaseState, ...]: ...
