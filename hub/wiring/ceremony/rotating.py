"""The next keys of an authority: certified at once by the own CA, or made to wait until a real CA and the seal's maker have answered.

What the old keys signed stays good: their entries in the trust folder end, and nothing else of theirs changes. It asks no CA.
"""

from __future__ import annotations

from pathlib import Path

from adapters.outside.nextkeys import NextKeys
from certificates.suites import PublicKey
from certificates.x509.issuing import Revoked, Sign, Subject, make_request
from certificates.x509.names import Name
from certificates.x509.reading import pem, read_certificate
from hub.wiring.ceremony import own_authorities, sealing, signers
from hub.wiring.ceremony.signers import Ceremony, CeremonyRefused, Done


def rotate(ceremony: Ceremony, code: str, compromised: bool) -> Done:
    """New keys of an authority, certified by the own CA; old certificates stay good for old signatures, unless `compromised`.

    Raises CeremonyRefused where a real CA certified its keys, where there is no CA here, or the authority issues nothing.
    """
    name = _name(ceremony, code)
    _require_own(ceremony, code)
    signer, waiting = signers.every(ceremony), ceremony.next_keys
    made = []
    for suite in signers.kept_suites(ceremony, code):
        own = own_authorities.open_or_make(ceremony.vault, suite, ceremony.now)
        old = signer.public_key(code, suite)
        old_chain = signer.certificates(code, suite) if signers.certified_key(signer, code, suite) else ()
        new = waiting.draw(code, suite)
        waiting.put_certificates(code, suite, signers.own_chain(ceremony, own, Name(name, name, code), new))
        # Verifiers know the new key before anything is signed with it.
        signers.publish_keys(ceremony, code, name, [new])
        waiting.take_key(code, suite)
        # From here the new key signs. What the old one signed until now stays good.
        waiting.take_certificates(code, suite)
        if suite == sealing.SUITE:
            signers.make_own_seal(ceremony, own, code, name)
        ceremony.trust.end_keys(code, frozenset({old.key_id}), ceremony.now, compromised)
        if compromised and old_chain:
            gone = Revoked(read_certificate(old_chain[0]).serial, ceremony.now, "key_compromise")
            ceremony.trust.renew_list(f"issuing.{suite}", own.issuer(), ceremony.now, (gone,))
        made.append(f"{code} {suite}")
    return Done(tuple(made), tuple(made), (code,) if f"{code} {sealing.SUITE}" in made else ())


def rotate_by_request(ceremony: Ceremony, code: str, folder: Path, compromised: bool) -> tuple[Path, ...]:
    """Next keys where those of today are kept, and a request for each in `folder`: `<code>.<SUITE>.next.csr`. Those of today sign on until `import`.

    `compromised`: those of today sign nothing more, and what they sign from now on is believed by nobody; decisions wait for the
    certificates of the next. Raises CeremonyRefused where the authority issues nothing here, or has no key in the key folder or a token.
    """
    name = _name(ceremony, code)
    waiting, there = ceremony.next_keys, signers.every(ceremony).suites(code)
    suites = [suite for suite in signers.kept_suites(ceremony, code) if suite in there]
    if not suites:
        raise CeremonyRefused(
            f"{code} has no key in the key folder or a token: rotate it in its signing service, then `yijian keys list`."
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for suite in suites:
        public = waiting.draw(code, suite)
        request = make_request(Subject(Name(name, name, code), public), _by_next(waiting, code, suite))
        path = folder / f"{code}.{suite}.next.csr"
        path.write_bytes(pem([request], "CERTIFICATE REQUEST"))
        written.append(path)
        if compromised:
            _replace(ceremony, waiting, code, suite, public, compromised=True)
    return tuple(written)


def take_over(ceremony: Ceremony, code: str) -> tuple[str, ...]:
    """Let next keys sign that have what they need: a certificate, and for a sealed authority the seal that lists it. Safe to repeat."""
    waiting = ceremony.next_keys
    taken = []
    for suite in signers.kept_suites(ceremony, code):
        chain = waiting.certificates(code, suite)
        if not chain or not _may_take_over(ceremony, waiting, code, suite, chain[0]):
            continue
        public = read_certificate(chain[0]).public
        if public != signers.every(ceremony).public_key(code, suite):
            _replace(ceremony, waiting, code, suite, public, compromised=False)
        waiting.take_certificates(code, suite)
        taken.append(f"{code} {suite}")
    seal = waiting.seal(code)
    if seal and signers.lists_key_of_today(ceremony, code, seal):
        waiting.take_seal(code)
    return tuple(taken)


def _may_take_over(ceremony: Ceremony, waiting: NextKeys, code: str, suite: str, leaf: bytes) -> bool:
    """A key that seals waits for its seal too: a seal that does not list its signer is refused by every verifier."""
    if suite != sealing.SUITE or not signers.sealed_key(signers.every(ceremony), code):
        return True
    return sealing.lists_signer(waiting.seal(code), leaf)


def _replace(
    ceremony: Ceremony, waiting: NextKeys, code: str, suite: str, public: PublicKey, *, compromised: bool
) -> None:
    # Verifiers know the new key before anything is signed with it.
    signers.publish_keys(ceremony, code, _name(ceremony, code), [public])
    waiting.take_key(code, suite)
    # From here the new key signs.
    known = ceremony.trust.authority(code)
    old = [key.public.key_id for key in (known.keys if known else ()) if key.public.suite == suite]
    ceremony.trust.end_keys(code, frozenset(old) - {public.key_id}, ceremony.now, compromised)


def _require_own(ceremony: Ceremony, code: str) -> None:
    by_request = f"`yijian keys rotate {code} --csr requests/` makes the next keys and requests for its CA"
    if not own_authorities.are_there(ceremony.vault.folder):
        raise CeremonyRefused(f"There is no CA of this hub to certify the new keys; {by_request}.")
    for suite in signers.kept_suites(ceremony, code):
        if signers.certified_key(signers.every(ceremony), code, suite):
            leaf = ceremony.signer.files.certificates(code, suite)[0]
            if not own_authorities.issued(ceremony.vault.folder, suite, leaf):
                raise CeremonyRefused(
                    f"The {suite} key of {code} is certified by a CA that is not this hub's; {by_request}."
                )


def _name(ceremony: Ceremony, code: str) -> str:
    name = signers.bodies(ceremony.site).get(code)
    if name is None:
        raise CeremonyRefused(f"{code} issues nothing through this hub; `yijian keys list` shows who does.")
    return name


def _by_next(waiting: NextKeys, code: str, suite: str) -> Sign:
    return lambda message: waiting.sign(code, suite, message)
