"""Verifying for anybody: the verdict is the library's, and what is too much is refused before it is judged."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from certificates.trust import write_authority
from hub.errors import HubError
from hub.wiring.verification import LARGEST, TooOften, VerificationBundle
from tests.certificates.making import AT, KeyRing, World

WORLD = World("ES256", KeyRing("ES256"))


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    for authority in WORLD.trust().authorities.values():
        (tmp_path / f"{authority.code}.json").write_bytes(write_authority(authority))
    return tmp_path


def refused(bundle: VerificationBundle, file: bytes) -> str:
    with pytest.raises(HubError) as error:
        asyncio.run(bundle.verify(file, "127.0.0.1"))
    return error.value.code


def test_a_certificate_is_judged_by_the_trust_folder(trust: Path) -> None:
    bundle = VerificationBundle(trust, lambda: AT)
    assert asyncio.run(bundle.verify(WORLD.certificate(), "127.0.0.1")).ok
    assert asyncio.run(bundle.verify(b"a poem", "127.0.0.1")).failed == ("format",)


def test_of_a_good_certificate_it_is_said_whether_it_is_that_of_whom_was_asked(trust: Path) -> None:
    bundle, good = VerificationBundle(trust, lambda: AT), WORLD.certificate()
    whose = asyncio.run(bundle.verify(good, "127.0.0.1")).content.holder.code
    assert asyncio.run(bundle.verify(good, "127.0.0.1", f" {whose.lower()}\n")).ok
    assert asyncio.run(bundle.verify(good, "127.0.0.1", "91411323MA99900099")).failed == ("holder",)


def test_an_authority_that_is_taken_out_is_believed_no_more(trust: Path) -> None:
    bundle = VerificationBundle(trust, lambda: AT)
    assert asyncio.run(bundle.verify(WORLD.certificate(), "127.0.0.1")).ok
    for path in trust.glob("*.json"):
        path.unlink()
    assert asyncio.run(bundle.verify(WORLD.certificate(), "127.0.0.1")).failed == ("issuer",)


def test_nothing_and_too_much_are_refused_unjudged(trust: Path) -> None:
    bundle = VerificationBundle(trust, lambda: AT)
    assert (refused(bundle, b""), refused(bundle, bytes(LARGEST + 1))) == ("NOTHING_TO_VERIFY", "TOO_LARGE")


def test_a_trust_folder_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("not an authority")
    assert refused(VerificationBundle(tmp_path, lambda: AT), b"x") == "TRUST_UNREADABLE"


def test_who_asks_too_often_waits_a_minute_and_others_do_not(trust: Path) -> None:
    seconds = [0.0]
    bundle = VerificationBundle(trust, lambda: AT, TooOften(1, lambda: seconds[0]))
    asyncio.run(bundle.verify(b"x", "192.0.2.1"))
    with pytest.raises(HubError, match="一分钟"):
        asyncio.run(bundle.verify(b"x", "192.0.2.1"))
    asyncio.run(bundle.verify(b"x", "192.0.2.2"))
    seconds[0] = 61
    asyncio.run(bundle.verify(b"x", "192.0.2.1"))
