"""Which signers the settings make, and what they are refused for, before anything is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.outside.keyfolder import write_private
from adapters.outside.signer import SoftwareSigner
from adapters.outside.signingservice import ServiceSigner
from adapters.simulators.signingservice import SigningService, serving
from certificates.errors import SigningFailed
from certificates.keys.held import HeldKey
from hub.settings import Settings
from hub.sharinglog import LogKeys, SharingLog
from hub.wiring import signing
from hub.wiring.doctor.signing import wire
from hub.wiring.keyuse import KeyAct, used_for
from tests.certificates.making import HYGIENE, private_key
from tests.certificates.pki import pki

SECRET = b"a secret of the tests, long enough"


@pytest.fixture
def software(tmp_path: Path) -> SoftwareSigner:
    return SoftwareSigner(tmp_path / "signing", "a passphrase of a test", lambda use: None)


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    key = HeldKey("ES256", private_key("ES256", HYGIENE), (pki("ES256").signer,))
    with serving(SigningService({(HYGIENE, "ES256"): key}, {"hub-1": SECRET})) as url:
        yield url


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharingLog]:
    folder = tmp_path_factory.mktemp("log")
    keys, now = LogKeys.create(folder), datetime(2026, 3, 2, tzinfo=UTC)
    opened = SharingLog.open(
        f"sqlite:///{folder / 'log.sqlite'}", keys, "x.example/log", lambda: now, "n", follow=False
    )
    yield opened
    opened.close()


def settings(folder: Path, url: str, caller: str = "hub-1", content: bytes = SECRET + b"\n") -> Settings:
    place = folder / "service-secret"
    write_private(place, content)
    return Settings(signing_service_url=url, signing_service_caller=caller, signing_service_secret_file=place)


def test_a_signing_service_of_the_settings_signs_and_its_use_is_in_the_log_first(
    tmp_path: Path, service: str, software: SoftwareSigner, log: SharingLog
) -> None:
    [signer] = signing.outside_of(settings(tmp_path, service), software, log)
    assert isinstance(signer, ServiceSigner) and signer.suites(HYGIENE) == ("ES256",)
    assert log.search(phase="admin") == []
    with used_for(KeyAct.DECISION, "certificate-1"):
        signer.sign(HYGIENE, "ES256", b"message")
    [row] = log.search(phase="admin")
    assert (row.record["action"], row.record["result"]) == ("use_signing_key", "ES256")
    assert row.record["reason"] == "decision:certificate-1"
    signer.close()


@pytest.mark.parametrize(("caller", "content"), [("", SECRET), ("hub-1", b"short")])
def test_without_a_caller_or_a_long_secret_no_hub_starts(
    tmp_path: Path, software: SoftwareSigner, log: SharingLog, caller: str, content: bytes
) -> None:
    with pytest.raises(SigningFailed) as caught:
        signing.outside_of(settings(tmp_path, "https://sign.example", caller, content), software, log)
    assert caught.value.code == "service-secret"


def test_a_secret_that_others_may_read_or_that_is_gone_is_refused(
    tmp_path: Path, software: SoftwareSigner, log: SharingLog
) -> None:
    own = settings(tmp_path, "https://sign.example")
    (tmp_path / "service-secret").chmod(0o644)
    for code in ("key-permissions", "service-secret"):
        with pytest.raises(SigningFailed) as caught:
            signing.outside_of(own, software, log)
        assert caught.value.code == code
        (tmp_path / "service-secret").unlink(missing_ok=True)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="https"):
        Settings(signing_service_url="sign.example:8443")


@pytest.mark.parametrize(
    ("url", "state"),
    [("", []), ("https://sign.example", ["ok"]), ("http://127.0.0.1:1", ["ok"]), ("http://sign.example", ["mend"])],
)
def test_the_doctor_says_whether_what_is_sent_there_can_be_read_on_the_way(url: str, state: list[str]) -> None:
    found = list(wire(Settings(signing_service_url=url, signing_service_caller="hub-1")))
    assert [one.state.value for one in found] == state
