"""The tables of the hub's database. They hold no rule; a column that may carry a person's facts is `Sealed`.

Every row is scoped by region, itself or through its case. Times are `Instant` (UTC). Identifiers are UUIDv7 texts.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.database import Instant
from hub.store.sealing import Sealed

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", String(36), primary_key=True)


def _region() -> Column[str]:
    return Column("region", String(12), nullable=False)


def _case() -> Column[str]:
    return Column("case_id", String(36), ForeignKey("cases.id"), nullable=False)


def _case_key() -> Column[str]:
    return Column("case_id", String(36), ForeignKey("cases.id"), primary_key=True)


# --- catalog ----------------------------------------------------------------------------------------------------------

catalog_versions = Table(
    "catalog_versions",
    metadata,
    Column("digest", String(64), primary_key=True),
    _region(),
    Column("document", LargeBinary, nullable=False),
    Column("published_by", String(100), nullable=False),
    Column("published_at", Instant, nullable=False),
)

catalog_pointers = Table(
    "catalog_pointers",
    metadata,
    Column("region", String(12), primary_key=True),
    Column("digest", String(64), ForeignKey("catalog_versions.digest"), nullable=False),
    Column("moved_by", String(100), nullable=False),
    Column("moved_at", Instant, nullable=False),
)

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("region", String(12), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    Column("title", String(50), nullable=False),
    Column("source", String(200), nullable=False),
)

# --- who is at the door -----------------------------------------------------------------------------------------------

accounts = Table(
    "accounts",
    metadata,
    _id(),
    _region(),
    Column("username", String(60), nullable=False, unique=True),
    Column("password_hash", String(200), nullable=False),
    Column("name", String(60), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("phone", String(30), nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Column("failed_logins", Integer, nullable=False, default=0),
    Column("rests_until", Instant),
)

login_sessions = Table(
    "login_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

peer_keys = Table(
    "peer_keys",
    metadata,
    _id(),
    _region(),
    Column("organisation", String(60), nullable=False),
    Column("public_key", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

peer_tokens_seen = Table(
    "peer_tokens_seen",
    metadata,
    Column("organisation", String(60), primary_key=True),
    Column("jti", String(100), primary_key=True),
    Column("expires_at", Instant, nullable=False),
)

# --- persons ----------------------------------------------------------------------------------------------------------

subjects = Table(
    "subjects",
    metadata,
    _id(),
    _region(),
    Column("kind", String(20), nullable=False),
    Column("blind_index", String(64), nullable=False),
    Column("identifier", Sealed, nullable=False),
    Column("name", Sealed),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("region", "kind", "blind_index"),
)

# --- cases ------------------------------------------------------------------------------------------------------------

cases = Table(
    "cases",
    metadata,
    _id(),
    _region(),
    Column("case_no", String(50), nullable=False, unique=True),
    Column("matter", String(60), nullable=False),
    Column("catalog_digest", String(64), ForeignKey("catalog_versions.digest"), nullable=False),
    Column("state", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("handler", String(36), ForeignKey("accounts.id"), nullable=False),
    Column("applicant", String(36), ForeignKey("subjects.id")),
    Column("situation", JSON, nullable=False),
    Column("chosen", JSON, nullable=False),
    Column("delivery", JSON, nullable=False),
    Column("filing_id", String(36)),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("received_at", Instant),
    Column("closed_at", Instant),
    Column("archived_at", Instant),
    Column("case_no_reversed", String(50), nullable=False, default="", server_default=""),
    Index("ix_cases_work_list", "region", "state", "created_at", "id"),
    Index("ix_cases_newest", "region", "created_at", "id"),
    Index("ix_cases_applicant", "applicant", "created_at"),
    Index("ix_cases_last_digits", "case_no_reversed"),
)

parties = Table(
    "parties",
    metadata,
    _case_key(),
    Column("role", String(60), primary_key=True),
    Column("subject_id", String(36), ForeignKey("subjects.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("proof", String(60), nullable=False),
    Column("proven_at", Instant),
    Column("proven_by", String(36)),
    Column("reached_by", String(36)),
)

item_cases = Table(
    "item_cases",
    metadata,
    _id(),
    _case(),
    _region(),
    Column("item", String(60), nullable=False),
    Column("item_no", String(60), nullable=False, unique=True),
    Column("department", String(60), nullable=False),
    Column("state", String(20), nullable=False),
    Column("department_no", String(100), nullable=False, default=""),
    Column("pushed_at", Instant),
    Column("accepted_at", Instant),
    Column("decided_at", Instant),
    Column("delivered_at", Instant),
    Column("reason", Sealed),
    Column("decision_no", String(100), nullable=False, default=""),
    Column("results", Sealed),
    Column("answer", String(20), nullable=False, default=""),
    Column("imported_id", String(36)),
    UniqueConstraint("case_id", "item"),
    Index("ix_item_cases_desk", "department", "state"),
)
"""`imported_id`: the registry's entry of a result that its department signed and handed over; what is signed here names its item case itself."""

form_values = Table(
    "form_values",
    metadata,
    _case_key(),
    Column("field", String(100), primary_key=True),
    Column("value", Sealed),
    Column("status", String(20), nullable=False),
    Column("source", JSON),
    Column("alternatives", Sealed),
    Column("override", Sealed),
    Column("version", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("updated_by", String(36), nullable=False, default=""),
)

queries = Table(
    "queries",
    metadata,
    _id(),
    _case(),
    _region(),
    Column("resource", String(120), nullable=False),
    Column("subject", Sealed, nullable=False),
    Column("subject_blind", String(64), nullable=False),
    Column("subject_role", String(60), nullable=False),
    Column("subject_keys", JSON, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("item", String(60), nullable=False),
    Column("round", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("outcome", String(20), nullable=False, default=""),
    Column("reason", String(200), nullable=False, default=""),
    Column("detail", JSON),
    Column("tries", Integer, nullable=False, default=0),
    Column("request_id", String(36), nullable=False, default=""),
    Column("intent_seq", BigInteger),
    Column("outcome_seq", BigInteger),
    Column("candidates", Sealed),
    Column("choice", Sealed),
    Column("ticket", String(100), nullable=False, default=""),
    Column("later", Sealed),
    Column("evidence_id", String(36)),
    Column("queued_at", Instant, nullable=False),
    Column("asked_at", Instant),
    Column("answered_at", Instant),
    Column("settled_by", String(36), nullable=False, default=""),
    Column("settled_reason", Sealed),
    UniqueConstraint("case_id", "resource", "subject_blind"),
    Index("ix_queries_answered", "answered_at"),
    Index("ix_queries_ticket", "ticket"),
)

evidence = Table(
    "evidence",
    metadata,
    _id(),
    _case(),
    _region(),
    Column("query_id", String(36), ForeignKey("queries.id"), nullable=False),
    Column("department", String(60), nullable=False),
    Column("resource", String(120), nullable=False),
    Column("fetched_at", Instant, nullable=False),
    Column("as_of", Instant),
    Column("values", Sealed, nullable=False),
    Column("lists", Sealed, nullable=False),
    Column("precision", JSON, nullable=False),
    Column("withheld", JSON, nullable=False),
    Column("missing", JSON, nullable=False),
    Column("raw_file", String(64), nullable=False, default=""),
    Column("document_file", String(64), nullable=False, default=""),
    Column("verified", Boolean),
    Column("trust", String(1), nullable=False),
    Column("outcome_seq", BigInteger, nullable=False),
    Index("ix_evidence_case", "case_id"),
)

materials = Table(
    "materials",
    metadata,
    _case_key(),
    Column("code", String(60), primary_key=True),
    Column("status", String(20), nullable=False),
    Column("trust", String(1), nullable=False, default=""),
    Column("file", String(64), nullable=False, default=""),
    Column("media_type", String(100), nullable=False, default=""),
    Column("file_name", Sealed),
    Column("evidence_id", String(36), nullable=False, default=""),
    Column("due_on", Date),
    Column("note", Sealed),
    Column("updated_at", Instant, nullable=False),
    Column("updated_by", String(36), nullable=False, default=""),
)

case_events = Table(
    "case_events",
    metadata,
    _case_key(),
    Column("no", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("item_no", String(60), nullable=False, default=""),
    Column("actor", String(100), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("note", Sealed),
)

case_feed = Table(
    "case_feed",
    metadata,
    _case_key(),
    Column("no", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("reference", String(100), nullable=False),
    Column("at", Instant, nullable=False),
)

clock_segments = Table(
    "clock_segments",
    metadata,
    Column("item_case_id", String(36), ForeignKey("item_cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("running", Boolean, nullable=False),
    Column("cause", String(60), nullable=False),
    Column("basis", String(200), nullable=False, default=""),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

notices = Table(
    "notices",
    metadata,
    _id(),
    _case(),
    _region(),
    Column("item_no", String(60), nullable=False, default=""),
    Column("kind", String(40), nullable=False),
    Column("number", String(60), nullable=False, unique=True),
    Column("facts", Sealed, nullable=False),
    Column("body", Sealed, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("catalog_digest", String(64), nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("issued_by", String(100), nullable=False),
    Column("prints", Integer, nullable=False, default=0),
    Index("ix_notices_case", "case_id"),
)

certificates = Table(
    "certificates",
    metadata,
    _id(),
    _region(),
    Column("item_case_id", String(36), ForeignKey("item_cases.id"), unique=True),
    Column("identifier", String(120), nullable=False, unique=True),
    Column("type_code", String(30), nullable=False),
    Column("authority", String(60), nullable=False),
    Column("number", String(60), nullable=False),
    Column("suite", String(20), nullable=False, default=""),
    Column("state", String(20), nullable=False),
    Column("status_code", String(2), nullable=False, default="01"),
    Column("file", String(64), nullable=False, default=""),
    Column("reserved_at", Instant, nullable=False),
    Column("signed_at", Instant),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("subject_id", String(36)),
    Column("version", Integer, nullable=False, default=1, server_default="1"),
    Column("previous_id", String(36)),
    Column("origin", String(10), nullable=False, default="issued", server_default="issued"),
    Column("trust", String(1), nullable=False, default="", server_default=""),
    Column("status_since", Instant),
    Column("status_place", Integer),
    Column("revision", Integer, nullable=False, default=0, server_default="0"),
    Column("type_name", String(200), nullable=False, default="", server_default=""),
    Column("draft", Sealed),
    Index("ix_certificates_holder", "subject_id", "type_code"),
    Index("ix_certificates_status", "authority", "status_code", "status_place"),
    Index("ix_certificates_newest", "region", "reserved_at", "id"),
    Index("ix_certificates_ending", "status_code", "valid_to"),
)
"""One row for each version of a certificate. `authority` is a department's code, of an imported one the issuer's credit code; `draft` is
what a later version will say until it is signed, or what an imported OFD or PDF said when it was verified; `trust` the grade of an imported one; `status_place` its place in the status list."""

certificate_acts = Table(
    "certificate_acts",
    metadata,
    Column("certificate_id", String(36), ForeignKey("certificates.id"), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("act", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String(100), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("reason", Sealed),
    Column("decision", String(100), nullable=False),
    Column("status_before", String(2), nullable=False),
    Column("status_after", String(2), nullable=False),
    Column("key", String(120), nullable=False),
    UniqueConstraint("certificate_id", "key"),
)

certificate_files = Table(
    "certificate_files",
    metadata,
    Column("certificate_id", String(36), ForeignKey("certificates.id"), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("file", String(64), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("suite", String(20), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("stamped_at", Instant),
    Column("stamp_until", Instant),
    Column("stamp_due", Instant, index=True),
    Column("stamp_tries", Integer, nullable=False, server_default="0"),
    Column("stamp_error", String(40), nullable=False, server_default=""),
)
"""What carries a certificate. `stamp_until`: when the certificate of its newest timestamp ends; `stamp_due`: when it is to be stamped (again),
none for what never is; `stamp_tries`: how often the authorities were asked in vain (`hub/registry/stamps.py`)."""

certificate_copies = Table(
    "certificate_copies",
    metadata,
    _id(),
    _region(),
    Column("certificate_id", String(36), ForeignKey("certificates.id"), nullable=False),
    Column("key", String(120), nullable=False),
    Column("purpose", Sealed, nullable=False),
    Column("case_no", String(50), nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("made_for", String(60), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("file", String(64), nullable=False),
    Column("media_type", String(100), nullable=False),
    UniqueConstraint("certificate_id", "key"),
)

certificate_codes = Table(
    "certificate_codes",
    metadata,
    _id(),
    _region(),
    Column("certificate_id", String(36), ForeignKey("certificates.id"), nullable=False),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("case_no", String(50), nullable=False),
    Column("audience", String(60), nullable=False),
    Column("purpose", Sealed, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("times", Integer, nullable=False),
    Column("used", Integer, nullable=False, default=0),
    Column("revoked_at", Instant),
    Column("revoked_by", String(100), nullable=False, default=""),
    Column("gives", String(10), nullable=False, server_default="copy"),
    Column("matter", String(60), nullable=False, server_default=""),
    Index("ix_certificate_codes_certificate", "certificate_id", "made_at"),
)
"""用证码: a holder's leave for one department, one purpose, so many uses until a moment. The code itself is nowhere, only its keyed hash.
`certificate_id` is the first of those that it is for."""

certificate_code_covers = Table(
    "certificate_code_covers",
    metadata,
    Column("code_id", String(36), ForeignKey("certificate_codes.id"), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("certificate_id", String(36), ForeignKey("certificates.id"), nullable=False),
    Column("fields", JSON, nullable=False),
)
"""The certificates that a code is for, in their order, and which of their fields it opens where it opens fields alone."""

certificate_code_uses = Table(
    "certificate_code_uses",
    metadata,
    Column("code_id", String(36), ForeignKey("certificate_codes.id"), primary_key=True),
    Column("key", String(120), primary_key=True),
    Column("copy_id", String(36), ForeignKey("certificate_copies.id")),
    Column("used_at", Instant, nullable=False),
)

certificate_links = Table(
    "certificate_links",
    metadata,
    _id(),
    _region(),
    Column("certificate_id", String(36), ForeignKey("certificates.id"), nullable=False),
    Column("link_hash", String(64), nullable=False, unique=True),
    Column("case_no", String(50), nullable=False),
    Column("shown", JSON, nullable=False),
    Column("purpose", Sealed, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("times", Integer, nullable=False),
    Column("used", Integer, nullable=False, default=0),
    Column("revoked_at", Instant),
    Column("revoked_by", String(100), nullable=False, default=""),
    Column("file", String(64), nullable=False),
    Index("ix_certificate_links_certificate", "certificate_id", "made_at"),
)
"""A holder's leave for whoever has the link: the SD-JWT VC in `file` shows the claims `shown`. The link is nowhere, only its keyed hash."""

archives = Table(
    "archives",
    metadata,
    _case_key(),
    Column("manifest_file", String(64), nullable=False),
    Column("files", Integer, nullable=False),
    Column("archived_at", Instant, nullable=False),
)

# --- the inbox of departments without a system ------------------------------------------------------------------------

inbox_entries = Table(
    "inbox_entries",
    metadata,
    _id(),
    _region(),
    Column("department", String(60), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("key", String(120), nullable=False, unique=True),
    Column("number", String(60), nullable=False),
    Column("case_no", String(50), nullable=False),
    Column("item_no", String(60), nullable=False, default=""),
    Column("about", String(120), nullable=False),
    Column("state", String(20), nullable=False),
    Column("body", Sealed, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("done_at", Instant),
    Column("done_by", String(36), nullable=False, default=""),
    Index("ix_inbox_entries_desk", "department", "state", "opened_at"),
    Index("ix_inbox_entries_done", "department", "state", "done_at"),
    Index("ix_inbox_entries_case", "case_no", "department"),
    Index("ix_inbox_entries_item", "item_no", "department"),
)

# --- doors for systems ------------------------------------------------------------------------------------------------

filings = Table(
    "filings",
    metadata,
    _id(),
    _region(),
    Column("sender", String(60), nullable=False),
    Column("key", String(120), nullable=False),
    Column("matter", String(60), nullable=False),
    Column("state", String(20), nullable=False),
    Column("body", Sealed, nullable=False),
    Column("case_id", String(36)),
    Column("received_at", Instant, nullable=False),
    UniqueConstraint("sender", "key"),
    Index("ix_filings_waiting", "region", "state", "received_at"),
)

inbound_calls = Table(
    "inbound_calls",
    metadata,
    Column("sender", String(60), primary_key=True),
    Column("key", String(120), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Sealed, nullable=False),
    Column("at", Instant, nullable=False),
)

exchange_requests = Table(
    "exchange_requests",
    metadata,
    _id(),
    _region(),
    Column("organisation", String(60), nullable=False),
    Column("resource", String(120), nullable=False),
    Column("question", Sealed, nullable=False),
    Column("ticket", String(100), nullable=False),
    Column("request_id", String(36), nullable=False),
    Column("intent_seq", BigInteger, nullable=False),
    Column("pending_seq", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("answer", Sealed),
    Column("outcome_seq", BigInteger),
    Column("answered_at", Instant),
    Index("ix_exchange_requests_until", "state", "until"),
)
"""Questions of departments' systems whose answers another system gives later, until they are collected."""

department_checks = Table(
    "department_checks",
    metadata,
    _id(),
    _region(),
    Column("department", String(60), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String(60), nullable=False),
    Column("state", String(10), nullable=False),
    Column("findings", JSON, nullable=False),
    Column("ends_on", Date),
    Column("ending", String(200), nullable=False, default=""),
    Index("ix_department_checks_last", "region", "department", "at"),
)
"""What was found when a person had a department checked. It names files and settings, nobody's facts."""

# --- the queue of work and the files ----------------------------------------------------------------------------------

work = Table(
    "work",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False),
    Column("key", String(200), nullable=False, unique=True),
    Column("stream", String(120), nullable=False, default=""),
    Column("args", JSON, nullable=False),
    Column("state", String(12), nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("failures", Integer, nullable=False, default=0, server_default="0"),
    Column("run_at", Instant, nullable=False),
    Column("owner", String(60), nullable=False, default=""),
    Column("lease_until", Instant),
    Column("last_error", Text, nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    Column("done_at", Instant),
    Index("ix_work_due", "state", "run_at"),
    Index("ix_work_stream", "stream", "id"),
)

files = Table(
    "files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("created_at", Instant, nullable=False),
)

number_series = Table(
    "number_series",
    metadata,
    Column("region", String(12), primary_key=True),
    Column("series", String(40), primary_key=True),
    Column("period", String(10), primary_key=True),
    Column("next", Integer, nullable=False),
)
