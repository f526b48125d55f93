"""Signing keys in a signing service over HTTP, against a small real one: what it hands on, and every way in which it must not."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.outside.keyfolder import KeyFolder
from adapters.outside.ordered import OrderedSigner
from adapters.outside.signer import KeyUse, SoftwareSigner
from adapters.outside.signingservice import LISTED_SECONDS, MOST_LIST, MOST_MESSAGE, ServiceSigner
from adapters.outside.signingwire import REQUEST_LABEL, ServiceLine, ServicePlace, mac, tls_of
from adapters.simulators.signingservice import Behaviour, SigningService, serving
from adapters.simulators.signingservicekeys import make_keys, read_keys
from certificates import certificate
from certificates.errors import SignerAway, SigningFailed
from certificates.keys.held import HeldKey
from certificates.suites import SUITES, suite_named
from certificates.trust import Authority, Trust, TrustedKey
from certificates.verify import verify
from certificates.x509.issuing import Subject, make_signer
from tests.adapters.faults.test_limits import certificate as tls_certificate
from tests.certificates.making import DAY, FIRE, HYGIENE, NAMES, SIGNED_AT, TYPE, content, private_key
from tests.certificates.pki import SHORT, SIGNER, pki, public

SECRET, MESSAGE, CALLER = b"a secret of the tests, long enough", b"message", "test-hub"
SIGNING = {"SM2_SM3", "ES256", "EdDSA", "PS256"}


def utc_now() -> datetime:
    return datetime.now(UTC)


@functools.cache
def held(suite: str, who: str = HYGIENE) -> HeldKey:
    """A key of the hygiene authority, certified by the tests' ES256 authority."""
    leaf = make_signer(Subject(SIGNER, public(suite, who)), SHORT, pki("ES256").issuer)
    return HeldKey(suite, private_key(suite, who), (leaf, pki("ES256").ca))


@dataclass
class Running:
    """A service, its address, and a client that waits for it as long as a busy machine needs."""

    service: SigningService
    url: str
    folder: Path
    uses: list[KeyUse] = field(default_factory=list)
    later: float = 0.0

    @property
    def place(self) -> ServicePlace:
        return ServicePlace(self.url, CALLER, SECRET, timeout=60)

    def signer(self, place: ServicePlace | None = None, now: datetime | None = None) -> ServiceSigner:
        line = ServiceLine(place or self.place, lambda: now or utc_now())
        return ServiceSigner(line, KeyFolder(self.folder), self.uses.append, lambda: self.later)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    service = SigningService({}, {})
    with serving(service) as url:
        yield Running(service, url, tmp_path_factory.mktemp("service") / "signing")


@pytest.fixture
def running(served: Running) -> Running:
    """The service with a key of each suite and one caller, well behaved, with nothing in its journal."""
    served.service.keys = {(HYGIENE, suite): held(suite) for suite in SUITES}
    served.service.callers, served.service.behaviour = {CALLER: SECRET}, Behaviour()
    served.service.journal.clear()
    served.uses.clear()
    served.later = 0.0
    return served


@pytest.fixture
def signer(running: Running) -> Iterator[ServiceSigner]:
    """One that has read the list of keys already."""
    made = running.signer()
    made.suites(HYGIENE)
    yield made
    made.close()


def refused(signer: ServiceSigner, suite: str = "ES256") -> SigningFailed:
    with pytest.raises(SigningFailed) as caught:
        signer.sign(HYGIENE, suite, MESSAGE)
    return caught.value


# --- what it signs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", sorted(SIGNING))
def test_a_signature_of_each_suite_verifies_and_both_sides_have_its_use_on_record(
    running: Running, signer: ServiceSigner, suite: str
) -> None:
    key = signer.public_key(HYGIENE, suite)
    assert suite_named(suite).verify(key.spki, MESSAGE, signer.sign(HYGIENE, suite, MESSAGE))
    [there], [here] = running.service.journal, running.uses
    assert (there.key_id, there.suite, there.digest) == (here.key_id, here.suite, here.digest)
    assert there.caller == CALLER and signer.certificates(HYGIENE, suite) == held(suite).chain


def test_the_suites_are_those_of_the_keys_that_it_lists(signer: ServiceSigner) -> None:
    assert set(signer.suites(HYGIENE)) == SIGNING and signer.suites(FIRE) == ()
    with pytest.raises(SigningFailed) as caught:
        signer.sign(FIRE, "ES256", MESSAGE)
    assert caught.value.code == "key-missing"


def test_one_connection_is_used_again_and_the_list_of_keys_asked_for_once(running: Running) -> None:
    signer, before = running.signer(), running.service.connections
    for _ in range(5):
        signer.sign(HYGIENE, "ES256", MESSAGE)
    assert running.service.connections == before + 1 and len(running.service.journal) == 5
    signer.close()


def test_threads_share_one_signer(signer: ServiceSigner) -> None:
    key = signer.public_key(HYGIENE, "ES256")

    def sign(number: int) -> bool:
        message = str(number).encode()
        return suite_named("ES256").verify(key.spki, message, signer.sign(HYGIENE, "ES256", message))

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(sign, range(24)))


def test_keys_made_at_its_start_are_certified_up_to_a_root(running: Running) -> None:
    made = make_keys(NAMES, ("SM2_SM3", "ES256"), SIGNED_AT)
    running.service.keys = dict(made.keys)
    signer = running.signer()
    assert signer.suites(HYGIENE) == signer.suites(FIRE) == ("SM2_SM3", "ES256") and set(made.roots) == {
        "SM2_SM3",
        "ES256",
    }
    assert signer.sign(FIRE, "SM2_SM3", MESSAGE) and len(signer.certificates(FIRE, "SM2_SM3")) == 2
    signer.close()


def test_keys_of_a_folder_are_served_with_their_certificates(running: Running, tmp_path: Path) -> None:
    software = SoftwareSigner(tmp_path / "keys", "a passphrase of a test", lambda use: None)
    made = software.create(HYGIENE, "ES256")
    chain = (make_signer(Subject(SIGNER, made), SHORT, pki("ES256").issuer), pki("ES256").ca)
    software.files.put_certificates(HYGIENE, "ES256", chain)
    running.service.keys = read_keys(tmp_path / "keys", "a passphrase of a test")
    signer = running.signer()
    assert signer.public_key(HYGIENE, "ES256") == made and signer.certificates(HYGIENE, "ES256") == chain
    assert signer.sign(HYGIENE, "ES256", MESSAGE)
    signer.close()


@pytest.mark.parametrize("suite", ["SM2_SM3", "ES256"])
def test_a_certificate_issued_through_it_verifies(
    signer: ServiceSigner, running: Running, suite: str, tmp_path: Path
) -> None:
    ordered = OrderedSigner(signer, SoftwareSigner(tmp_path / "keys", "a passphrase of a test", lambda use: None))
    made = certificate.issue(content(), ordered, HYGIENE, suite, SIGNED_AT)
    key = TrustedKey(ordered.public_key(HYGIENE, suite), SIGNED_AT - DAY, None, None, (TYPE,))
    report = verify(made, Trust({HYGIENE: Authority(HYGIENE, NAMES[HYGIENE], (key,))}), SIGNED_AT + DAY)
    assert report.ok, [c.sentence for c in report.checks if c.name in report.failed]
    assert [use.suite for use in running.service.journal] == [suite]


def test_a_service_goes_before_the_key_folder_suite_by_suite(
    signer: ServiceSigner, running: Running, tmp_path: Path
) -> None:
    running.service.keys = {(HYGIENE, "SM2_SM3"): held("SM2_SM3")}
    running.later = LISTED_SECONDS + 1
    software = SoftwareSigner(tmp_path / "keys", "a passphrase of a test", running.uses.append)
    software.create(HYGIENE, "SM2_SM3")
    own = software.create(HYGIENE, "ES256")
    both = OrderedSigner(signer, software)
    assert both.suites(HYGIENE) == ("SM2_SM3", "ES256") and both.public_key(HYGIENE, "ES256") == own
    both.sign(HYGIENE, "SM2_SM3", MESSAGE)
    both.sign(HYGIENE, "ES256", MESSAGE)
    assert [use.key_id for use in running.uses] == [held("SM2_SM3").public.key_id, own.key_id]
    assert "signing service 127.0.0.1" in both.serving(HYGIENE, "SM2_SM3")


def test_a_service_that_is_away_is_never_replaced_by_the_key_folder(
    signer: ServiceSigner, running: Running, tmp_path: Path
) -> None:
    software = SoftwareSigner(tmp_path / "keys", "a passphrase of a test", running.uses.append)
    software.create(HYGIENE, "ES256")
    both = OrderedSigner(signer, software)
    running.service.behaviour, running.later = Behaviour(status=503), LISTED_SECONDS + 1
    with pytest.raises(SignerAway):
        both.sign(HYGIENE, "ES256", MESSAGE)
    assert running.uses == []


# --- away: the work comes again ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", [Behaviour(status=503), Behaviour(status=429), Behaviour(hangs_up=True)], ids=str)
def test_a_service_that_is_away_may_be_asked_again_and_signs_when_it_is_back(
    signer: ServiceSigner, running: Running, behaviour: Behaviour
) -> None:
    running.service.behaviour = behaviour
    error = refused(signer)
    assert isinstance(error, SignerAway) and error.code == "service-lost"
    running.service.behaviour = Behaviour()
    assert signer.sign(HYGIENE, "ES256", MESSAGE)


def test_a_slow_service_costs_the_time_limit_and_no_more(running: Running) -> None:
    running.service.behaviour = Behaviour(slow=600)
    hurried = running.signer(replace(running.place, timeout=0.2))
    assert isinstance(refused(hurried), SignerAway)
    hurried.close()


def test_a_trickling_answer_reaches_the_limit_of_the_whole(running: Running) -> None:
    ticks = iter((0.0, 1000.0))
    line = ServiceLine(running.place, utc_now, clock=lambda: next(ticks))
    with pytest.raises(SignerAway, match="too slowly"):
        line.call("/v1/keys", MOST_LIST)
    line.close()


def test_a_dead_service_is_away(running: Running) -> None:
    with serving(SigningService({}, {})) as url:
        pass
    dead = running.signer(replace(running.place, url=url))
    assert isinstance(refused(dead), SignerAway)
    dead.close()


def test_a_key_that_was_rotated_there_is_read_anew_and_the_work_comes_again(
    signer: ServiceSigner, running: Running
) -> None:
    running.service.keys[HYGIENE, "ES256"] = held("ES256", "next")
    error = refused(signer)
    assert isinstance(error, SignerAway) and error.code == "service-key-gone"
    assert signer.sign(HYGIENE, "ES256", MESSAGE)
    assert signer.public_key(HYGIENE, "ES256") == held("ES256", "next").public


# --- wrong: nothing is handed out -------------------------------------------------------------------------------------

WRONG = {
    "no answer of the protocol": (Behaviour(garbles=True), "service-answer"),
    "no MAC": (Behaviour(drops_mac=True), "service-answer"),
    "an old answer sent again": (Behaviour(repeats=True), "service-answer"),
    "an answer without end": (Behaviour(too_long=True), "service-answer"),
    "another key's name": (Behaviour(other_key=True), "service-answer"),
    "a signature over other bytes": (Behaviour(other_signature=True), "bad-signature"),
    "a signature in another form": (Behaviour(other_form=True), "bad-signature"),
    "a redirect": (Behaviour(status=302), "service-refused"),
}


@pytest.mark.parametrize("fault", WRONG)
@pytest.mark.parametrize("suite", ["SM2_SM3", "ES256"])
def test_a_wrong_answer_hands_out_nothing(signer: ServiceSigner, running: Running, fault: str, suite: str) -> None:
    signer.sign(HYGIENE, suite, b"another message")
    running.service.behaviour, code = WRONG[fault]
    error = refused(signer, suite)
    assert error.code == code and not isinstance(error, SignerAway)


def test_a_list_whose_certificates_are_other_keys_is_not_used(running: Running) -> None:
    running.service.behaviour = Behaviour(other_certificates=True)
    signer = running.signer()
    with pytest.raises(SigningFailed, match="another key's") as caught:
        signer.suites(HYGIENE)
    assert caught.value.code == "service-answer"
    signer.close()


def test_a_certificate_of_another_body_is_not_used(running: Running) -> None:
    running.service.keys = {(FIRE, "ES256"): held("ES256")}
    signer = running.signer()
    with pytest.raises(SigningFailed, match="another body"):
        signer.suites(FIRE)
    signer.close()


def test_a_key_without_its_certificate_is_not_used(running: Running) -> None:
    running.service.keys = {(HYGIENE, "ES256"): replace(held("ES256"), chain=())}
    signer = running.signer()
    with pytest.raises(SigningFailed, match="missing"):
        signer.suites(HYGIENE)
    signer.close()


def test_a_message_that_is_too_long_is_not_sent_and_no_use_is_recorded(signer: ServiceSigner, running: Running) -> None:
    with pytest.raises(SigningFailed) as caught:
        signer.sign(HYGIENE, "ES256", bytes(MOST_MESSAGE + 1))
    assert caught.value.code == "message-too-long" and running.uses == [] == running.service.journal


def test_a_use_that_cannot_be_recorded_does_not_happen(running: Running) -> None:
    def broken(use: KeyUse) -> None:
        raise ConnectionError("the log is away")

    signer = ServiceSigner(ServiceLine(running.place, utc_now), KeyFolder(running.folder), broken)
    with pytest.raises(ConnectionError):
        signer.sign(HYGIENE, "ES256", MESSAGE)
    assert running.service.journal == []
    signer.close()


# --- whom the service refuses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"caller": "stranger"}, {"secret": b"another secret, also long enough"}], ids=str)
def test_a_stranger_is_refused_and_told_which_settings_to_look_at(running: Running, change: dict[str, object]) -> None:
    signer = running.signer(replace(running.place, **change))  # type: ignore[arg-type]
    error = refused(signer)
    assert error.code == "service-refused" and "SECRET_FILE" in str(error) and running.service.journal == []
    signer.close()


@pytest.mark.parametrize("off", [timedelta(minutes=-2), timedelta(minutes=2)], ids=str)
def test_a_clock_that_is_off_is_named(running: Running, off: timedelta) -> None:
    signer = running.signer(now=datetime.now(UTC) + off)
    error = refused(signer)
    assert error.code == "service-refused" and "NTP" in str(error)
    signer.close()


def test_a_request_that_was_seen_before_is_refused_by_the_service(running: Running) -> None:
    line = ServiceLine(running.place, utc_now)
    told = f'{{"request": "{"ab" * 16}", "time": "{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "caller": "{CALLER}"}}'
    again = [line._exchanged("/v1/keys", told.encode(), MOST_LIST) for _ in range(2)]
    assert [status for status, _, _ in again] == [200, 409] and b"replayed" in again[1][2]
    line.close()


def test_a_request_for_one_path_is_none_for_another(running: Running) -> None:
    line = ServiceLine(replace(running.place, url=f"{running.url}/v1/keys?"), utc_now)
    with pytest.raises(SigningFailed, match="caller"):
        line.call("/v1/signatures", MOST_LIST)
    line.close()


def test_the_example_of_the_page_is_what_is_sent() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "e-certificates.md").read_text(encoding="utf-8")
    body = '{"caller": "xixia-hub", "request": "00112233445566778899aabbccddeeff", "time": "2026-03-02T01:30:00Z"}'
    assert f"{body}\n{mac(SECRET, REQUEST_LABEL, '/v1/keys', body.encode())}\n" in page


def test_a_short_secret_is_refused_and_none_is_ever_shown(running: Running) -> None:
    with pytest.raises(SigningFailed) as caught:
        ServiceLine(replace(running.place, secret=b"short"), utc_now)
    assert caught.value.code == "service-secret"
    assert SECRET.decode() not in repr(running.place)


# --- TLS --------------------------------------------------------------------------------------------------------------


@dataclass
class Guarded:
    """A service that wants to see a certificate, what to believe of it, and what it believes."""

    url: str
    ca: Path
    shown: Path


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("tls")
    own, shown = tls_certificate(folder, "127.0.0.1"), tls_certificate(folder, "hub.invalid")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    context.load_verify_locations(shown)
    context.verify_mode = ssl.CERT_REQUIRED
    with serving(SigningService({(HYGIENE, "ES256"): held("ES256")}, {CALLER: SECRET}), tls=context) as url:
        yield Guarded(url, own, shown)


def test_over_tls_each_side_shows_its_certificate(running: Running, guarded: Guarded) -> None:
    signer = running.signer(replace(running.place, url=guarded.url, tls=tls_of(guarded.ca, guarded.shown)))
    assert guarded.url.startswith("https:") and signer.sign(HYGIENE, "ES256", MESSAGE)
    signer.close()


@pytest.mark.parametrize("side", ["the hub shows none", "the service's is believed by nobody"])
def test_without_its_certificate_neither_side_is_talked_to(running: Running, guarded: Guarded, side: str) -> None:
    tls = tls_of(guarded.ca, None) if side == "the hub shows none" else tls_of(guarded.shown, guarded.shown)
    signer = running.signer(replace(running.place, url=guarded.url, tls=tls))
    assert isinstance(refused(signer), SignerAway) and running.uses == []
    signer.close()


def test_pem_files_that_cannot_be_used_are_named_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SigningFailed) as caught:
        tls_of(tmp_path / "nothing.pem", None)
    assert caught.value.code == "service-tls"
