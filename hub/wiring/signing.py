"""Who signs for the authorities, by the settings: a token, then a signing service, then the key folder. Each use of a key is in the log before it happens."""

from __future__ import annotations

from collections.abc import Callable

from adapters.outside.keyfolder import read_private
from adapters.outside.ordered import OrderedSigner, Provider
from adapters.outside.pkcs11 import TokenPlace, TokenSigner, VendorSm2
from adapters.outside.signer import KeyUse, SoftwareSigner
from adapters.outside.signingservice import ServiceSigner
from adapters.outside.signingwire import ServiceLine, ServicePlace, tls_of
from adapters.outside.timestamper import HttpTimestamper
from adapters.outside.timestampers import Timestampers
from certificates.errors import SigningFailed
from hub import moments
from hub.clock import utc_now
from hub.settings import Settings
from hub.sharinglog import Admin, SharingLog
from hub.wiring.keys import HubKeys
from hub.wiring.keyuse import ground


def signer_of(settings: Settings, held: HubKeys, log: SharingLog) -> OrderedSigner:
    """Token and signing service first, where they are set, then the key folder."""
    software = software_signer(held, log)
    return OrderedSigner(*outside_of(settings, software, log), software)


def outside_of(settings: Settings, software: SoftwareSigner, log: SharingLog) -> tuple[Provider, ...]:
    """What holds keys besides the key folder, in the order in which it is asked. Raises SigningFailed where a setting cannot be used."""
    found = (token_of(settings, software, log), service_of(settings, software, log))
    return tuple(each for each in found if each is not None)


def software_signer(held: HubKeys, log: SharingLog) -> SoftwareSigner:
    """The key folder."""
    return SoftwareSigner(held.signing, held.passphrase, _recorder(log))


def token_of(settings: Settings, software: SoftwareSigner, log: SharingLog) -> TokenSigner | None:
    """The token of the settings. Raises SigningFailed where its library or PIN file is not to be used."""
    if settings.token_library is None:
        return None
    if settings.token_pin_file is None:
        raise SigningFailed("pin", "Give the token's PIN in a file (0600): YIJIAN_TOKEN_PIN_FILE.")
    missing = SigningFailed(
        "pin", f"{settings.token_pin_file.name} is not there; YIJIAN_TOKEN_PIN_FILE names the token's PIN."
    )
    pin = read_private(settings.token_pin_file, missing).decode("utf-8").strip()
    place = TokenPlace(settings.token_library, settings.token_label, pin, settings.token_sessions)
    vendor = VendorSm2(
        settings.token_vendor_mechanism, settings.token_vendor_generation, settings.token_vendor_key_type
    )
    return TokenSigner(place, software.files, _recorder(log), vendor)


def service_of(settings: Settings, software: SoftwareSigner, log: SharingLog) -> ServiceSigner | None:
    """The signing service of the settings; nothing is asked yet. Raises SigningFailed where secret or PEM files are not to be used."""
    s = settings
    if not s.signing_service_url:
        return None
    if s.signing_service_secret_file is None or not s.signing_service_caller:
        wanted = (
            "Set YIJIAN_SIGNING_SERVICE_CALLER and YIJIAN_SIGNING_SERVICE_SECRET_FILE beside the service's address."
        )
        raise SigningFailed("service-secret", wanted)
    missing = SigningFailed(
        "service-secret",
        f"{s.signing_service_secret_file.name} is not there; it holds the secret shared with the service.",
    )
    secret = read_private(s.signing_service_secret_file, missing).strip()
    tls = (
        tls_of(s.signing_service_ca, s.signing_service_certificate)
        if s.signing_service_url.startswith("https:")
        else None
    )
    place = ServicePlace(
        s.signing_service_url, s.signing_service_caller, secret, tls, s.signing_service_timeout_seconds
    )
    return ServiceSigner(ServiceLine(place, utc_now), software.files, _recorder(log))


def timestampers_of(settings: Settings) -> Timestampers | None:
    """Who testifies to times, in order; None where no authority is set."""
    addresses = settings.timestamp_url.split()
    return Timestampers([HttpTimestamper(each) for each in addresses]) if addresses else None


def _recorder(log: SharingLog) -> Callable[[KeyUse], None]:
    """Each use of an authority's key is in the log before it happens, with the act that allows it."""

    def record(use: KeyUse) -> None:
        on = ground()
        log.append(Admin("use_signing_key", f"key:{use.key_id[:16]}", on.who, result=use.suite, reason=str(on)))
        moments.reached(moments.Moment.KEY_USE_RECORDED)

    return record
