"""Every setting of the application, read from the environment once. It opens nothing and keeps no secret in the repository.

Each setting is `YIJIAN_<NAME>`; docs/settings.md lists them and a test holds that page against this file.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

VERSION = version("yijian")
"""As the installed package says it: in the log, on the pages and in the API's document."""

SITES = Path(__file__).resolve().parent.parent / "catalog" / "sites"


class Settings(BaseSettings):
    """Settings of one hub process."""

    model_config = SettingsConfigDict(env_prefix="YIJIAN_", extra="ignore", hide_input_in_errors=True)

    folder: Path = Field(Path("var"), description="Everything the hub keeps on disk: databases, files, keys, replicas.")
    database_url: str = Field("", description="Hub database; empty means SQLite at <folder>/hub.sqlite.")
    log_url: str = Field(
        "", description="Sharing log's own database; empty means SQLite at <folder>/sharing-log.sqlite."
    )
    log_origin: str = Field(
        "", description="Name of the sharing log, for ever; empty means yijian.<region>/sharing-log."
    )
    site: Path = Field(SITES / "xixia", description="The site's folder of definitions.")
    region: str = Field("411323", description="Administrative code that this hub serves.")
    node: str = Field("hub-1", description="Name of this process in the log, leases and health pages.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, description="Port to listen on.", ge=0, le=65535)
    public_url: str = Field(
        "",
        description="Address at which others reach the hub (https://…): the cookie is Secure then, and certificates name their status list below it. Empty: they name none.",
    )
    connections: Path | None = Field(
        None, description="TOML file with the departments' addresses and secrets; default <folder>/connections.toml."
    )
    font: Path | None = Field(
        None,
        description="A further font file for characters of names that the shipped one lacks on printed certificates.",
    )
    keys: Path | None = Field(None, description="Folder of the hub's own keys (0700); default <folder>/keys.")
    heads: Path | None = Field(
        None,
        description="Folder of the sharing log's last published head; default <folder>/heads. Best on another disk or machine.",
    )
    key_passphrase: str = Field(
        "", description="Unseals the signing keys; empty means the file <keys>/passphrase.", repr=False
    )
    token_library: Path | None = Field(
        None, description="A token's PKCS#11 library: signing keys in it go before those of the key folder."
    )
    token_label: str = Field("", description="Label of that token.")
    token_pin_file: Path | None = Field(None, description="File (0600) with that token's user PIN; never an argument.")
    token_vendor_mechanism: int = Field(
        0, description="The vendor's mechanism number for SM2 over a digest; 0 means the token signs no SM2.", ge=0
    )
    token_vendor_generation: int = Field(
        0,
        description="The vendor's mechanism number for an SM2 key pair; 0 means SM2 keys are made with its own tool.",
        ge=0,
    )
    token_vendor_key_type: int = Field(
        3, description="The vendor's key type number (CKK) for SM2 key pairs; 3 is elliptic curves in general.", ge=0
    )
    token_sessions: int = Field(
        4, description="Signatures that the token makes at once; 1 where its library has no locks.", ge=1, le=64
    )
    signing_service_url: str = Field(
        "", description="Address of a signing service (签名验签服务器): keys in it go before those of the key folder."
    )
    signing_service_caller: str = Field("", description="The name by which that service knows this hub.")
    signing_service_secret_file: Path | None = Field(
        None, description="File (0600) with the secret that hub and service share, at least 32 characters."
    )
    signing_service_ca: Path | None = Field(
        None, description="PEM file of the authority whose TLS certificates to believe; default the public ones."
    )
    signing_service_certificate: Path | None = Field(
        None, description="PEM file (0600) with the TLS certificate and key that this hub shows to the service."
    )
    signing_service_timeout_seconds: float = Field(
        10.0, description="How long the service may take for a whole answer.", gt=0, le=60
    )
    worker: bool = Field(True, description="Whether this process also runs the queue of work.")
    asking_processes: int = Field(
        1,
        description="How many processes ask departments; each takes that part of a department's limits.",
        ge=1,
        le=100,
    )
    worker_slots: int = Field(16, description="How many pieces of work run at once in this process.", ge=1, le=256)
    lease_seconds: int = Field(
        30, description="How long a piece of work belongs to a worker that stopped answering.", ge=2
    )
    session_minutes: int = Field(480, description="How long a login lasts.", ge=5)
    login_tries: int = Field(5, description="Wrong passwords before an account rests.", ge=1)
    login_rest_minutes: int = Field(15, description="How long such an account rests.", ge=1)
    max_upload_bytes: int = Field(20_000_000, description="Largest file a clerk may add.", ge=1000)
    question_timeout_seconds: float = Field(
        5.0, description="How long a department may take to answer, unless its resource says otherwise.", gt=0
    )
    intent_lost_after_seconds: int = Field(60, description="After this an unanswered intent is closed as lost.", ge=5)
    timestamp_url: str = Field(
        "",
        description="Addresses of RFC 3161 timestamp authorities, in the order in which they are asked, with spaces between; without one no PDF is made of a certificate.",
    )
    window_name: str = Field("西峡县政务服务中心“一件事一次办”综合窗口", description="Printed on notices.")
    window_phone: str = Field("0377-00000000", description="Printed on notices; the default is fictional.")
    complaint_phone: str = Field("0377-00000001", description="Printed on notices; the default is fictional.")
    metrics_port: int = Field(
        0,
        description="Port of the door for metrics and health (docs/operations.md); 0 means no such door.",
        ge=0,
        le=65535,
    )
    metrics_host: str = Field(
        "127.0.0.1", description="Address of that door, which asks nobody who they are: never one that strangers reach."
    )
    log_level: str = Field("INFO", description="Level of the program log.")
    crash_at: str = Field(
        "", description="For tests alone: the process kills itself the n-th time at <moment>:<n> (hub/moments.py)."
    )

    @field_validator("public_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        """What is signed names it: a relative address in a certificate could never be mended."""
        if url and not (urlsplit(url).scheme in ("https", "http") and urlsplit(url).hostname):
            raise ValueError("write https://<host>")
        return url

    @field_validator("signing_service_url")
    @classmethod
    def _a_service(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("write https://<host>:<port>")
        return url

    @field_validator("database_url", "log_url")
    @classmethod
    def _a_database(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("write sqlite:///<path> or postgresql://<user>@<host>/<name>")
        return url

    @property
    def hub_database(self) -> str:
        return self.database_url or f"sqlite:///{self.folder.resolve() / 'hub.sqlite'}"

    @property
    def log_database(self) -> str:
        return self.log_url or f"sqlite:///{self.folder.resolve() / 'sharing-log.sqlite'}"

    @property
    def keys_folder(self) -> Path:
        return self.keys or self.folder / "keys"

    @property
    def heads_folder(self) -> Path:
        return self.heads or self.folder / "heads"

    @property
    def connections_file(self) -> Path:
        return self.connections or self.folder / "connections.toml"

    @property
    def log_origin_name(self) -> str:
        return self.log_origin or f"yijian.{self.region}/sharing-log"
