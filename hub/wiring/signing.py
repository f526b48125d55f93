"""Who signs for the authorities, by the settings: a token first, then the key folder. Each use of a key is in the log before it happens."""

from __future__ import annotations

from collections.abc import Callable

from adapters.outside.keyfolder import read_private
from adapters.outside.ordered import OrderedSigner
from adapters.outside.pkcs11 import TokenPlace, TokenSigner
from adapters.outside.signer import KeyUse, SoftwareSigner
from certificates.errors import SigningFailed
from hub import moments
from hub.settings import Settings
from hub.sharinglog import Admin, SharingLog
from hub.wiring.keys import HubKeys


def signer_of(settings: Settings, held: HubKeys, log: SharingLog) -> OrderedSigner:
    """Token first, where one is set, then the key folder."""
    software = software_signer(held, log)
    token = token_of(settings, software, log)
    return OrderedSigner(*([token] if token else []), software)


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
    place = TokenPlace(settings.token_library, settings.token_label, pin, settings.token_vendor_mechanism)
    return TokenSigner(place, software.files, _recorder(log))


def _recorder(log: SharingLog) -> Callable[[KeyUse], None]:
    """Each use of an authority's key is in the log before it happens."""

    def record(use: KeyUse) -> None:
        log.append(Admin("use_signing_key", f"key:{use.key_id[:16]}", result=use.suite))
        moments.reached(moments.Moment.KEY_USE_RECORDED)

    return record
