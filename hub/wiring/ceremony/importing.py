"""Takes what a real CA and a seal maker issued for our keys, and keys that were made elsewhere (PKCS#12): all of it, or nothing.

What may be taken is judged before (``judging_issued.py``); here it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from certificates.keys.keyfile import PrivateKey
from hub.wiring.ceremony.judging_issued import CERTIFICATES, CONTAINERS, SEALS, Issued, Place, judge
from hub.wiring.ceremony.rotating import take_over
from hub.wiring.ceremony.signers import Ceremony, CeremonyRefused, Done, bodies, publish_all


def import_files(ceremony: Ceremony, path: Path, password: Callable[[], str]) -> Done:
    """Take every certificate, container and seal in a file or folder; `password` is asked for where a container is met.

    Raises CeremonyRefused where any file cannot be taken, with a line for each that says what to do: then nothing was.
    """
    if not path.exists():
        raise CeremonyRefused(f"There is no such file or folder: {path}. Give where the CA's answer lies.")
    files = [each for each in sorted(path.iterdir()) if each.is_file()] if path.is_dir() else [path]
    issued = judge(ceremony, files, password)
    if issued.refused:
        raise CeremonyRefused("Nothing was imported.\n" + "\n".join(issued.refused))
    if not issued.chains and not issued.seals and not issued.again:
        raise CeremonyRefused(
            f"{path.name} holds no {', '.join((*CERTIFICATES, *CONTAINERS, *SEALS))} for a key here; "
            "give what the CA or the seal's maker issued."
        )
    _write(ceremony, issued)
    for code in bodies(ceremony.site):
        take_over(ceremony, code)
    publish_all(ceremony)
    certified = [str(place) for place in issued.chains]
    sealed = [place.code + (" (next)" if place.waits else "") for place in issued.seals]
    return Done(tuple(str(place) for place in issued.keys), tuple(certified), tuple(sealed), issued.roots, issued.left)


def _write(ceremony: Ceremony, issued: Issued) -> None:
    """Keys, then what certifies them, then seals: cut off anywhere, the same import finishes it."""
    for place, key in issued.keys.items():
        _write_key(ceremony, place, key)
    files, waiting = ceremony.signer.files, ceremony.next_keys
    for place, chain in issued.chains.items():
        (waiting if place.waits else files).put_certificates(place.code, place.suite, chain)
    for place, seal in issued.seals.items():
        (waiting if place.waits else files).put_seal(place.code, seal)


def _write_key(ceremony: Ceremony, place: Place, key: PrivateKey) -> None:
    if place.waits:
        ceremony.next_keys.put_key(key)
    else:
        ceremony.signer.files.add_key(place.code, place.suite, ceremony.signer.sealed(key))
