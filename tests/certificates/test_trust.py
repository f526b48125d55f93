"""The trust folder is read strictly, and each refusal names the file and says what to change."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certificates.canonical import MAX_BYTES
from certificates.errors import TrustUnreadable
from certificates.trust import read_authority, read_trust, write_authority, write_pem
from certificates.verify import verify
from tests.certificates.making import AT, FIRE, HYGIENE, World


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    for authority in world.trust().authorities.values():
        (tmp_path / f"{authority.code}.json").write_bytes(write_authority(authority))
    (tmp_path / f"{HYGIENE}.ystatus").write_bytes(world.status_list())
    return tmp_path


def test_a_folder_reads_back_as_it_was_written(world: World, folder: Path) -> None:
    trust = read_trust(folder)
    assert trust.authorities == world.trust().authorities
    assert verify(world.certificate(), trust, AT).not_checked == ()


def test_a_file_laid_out_by_hand_is_read_too(world: World) -> None:
    authority = world.trust().authorities[HYGIENE]
    spread = json.dumps(json.loads(write_authority(authority)), indent=2, ensure_ascii=False)
    assert read_authority(spread.encode()) == authority


def _change(folder: Path, **changed: Any) -> None:
    path = folder / f"{HYGIENE}.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **changed}), "utf-8")


def _change_key(folder: Path, **changed: Any) -> None:
    path = folder / f"{HYGIENE}.json"
    _change(folder, keys=[{**json.loads(path.read_bytes())["keys"][0], **changed}])


def _share_a_key(folder: Path) -> None:
    fire = json.loads((folder / f"{FIRE}.json").read_bytes())
    _change(folder, keys=fire["keys"])


def _swap_suite(folder: Path) -> None:
    suite = json.loads((folder / f"{HYGIENE}.json").read_bytes())["keys"][0]["suite"]
    _change_key(folder, suite="ES256" if suite == "SM2_SM3" else "SM2_SM3")


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "an unknown member": (lambda folder: _change(folder, note="1"), f"{HYGIENE}.json: authority has 1 member"),
    "another format": (lambda folder: _change(folder, format="yijian-trust/2"), "authority.format"),
    "a code that is not its file name": (lambda folder: _change(folder, code=FIRE), f"name it {FIRE}.json"),
    "a key id that is not the key's": (lambda folder: _change_key(folder, key_id="0" * 64), "SHA-256 of its SPKI"),
    "a suite nobody knows": (lambda folder: _change_key(folder, suite="none"), "must be one of"),
    "a key in another suite's name": (_swap_suite, "use the key that was made for"),
    "a day in place of a time": (lambda folder: _change_key(folder, valid_from="2026-01-01"), r"keys\[0\].valid_from"),
    "a type that is none": (lambda folder: _change_key(folder, types=["*"]), r"keys\[0\].types"),
    "one key for two": (_share_a_key, "each authority signs with its own key"),
    "a cut file": (lambda folder: (folder / f"{FIRE}.json").write_bytes(b'{"code"'), f"{FIRE}.json: .*not JSON"),
    "a huge file": (lambda folder: (folder / f"{FIRE}.json").write_bytes(b" " * (MAX_BYTES + 1)), "larger than"),
    "a file of another kind": (lambda folder: (folder / "readme.txt").write_text("1"), "readme.txt is neither"),
    "a folder inside": (lambda folder: (folder / "old.json").mkdir(), "old.json cannot be read"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_folder_with_a_fault_is_refused_with_advice(folder: Path, fault: str) -> None:
    make, advice = FAULTS[fault]
    make(folder)
    with pytest.raises(TrustUnreadable, match=advice):
        read_trust(folder)


def test_a_status_list_without_its_authority_is_refused(folder: Path) -> None:
    (folder / f"{HYGIENE}.json").unlink()
    with pytest.raises(TrustUnreadable, match=f"has no {HYGIENE}.json beside it"):
        read_trust(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrustUnreadable, match="is no folder"):
        read_trust(tmp_path / "nowhere")


def test_roots_and_lists_of_revocation_lie_in_folders_of_their_own(folder: Path) -> None:
    for name, content in (("roots/a.pem", write_pem(b"\x30\x00" * 40)), ("crls/a.crl", b"\x30\x01")):
        (folder / name).parent.mkdir()
        (folder / name).write_bytes(content)
    found = read_trust(folder)
    assert (found.roots, found.crls, found.timestamp_roots) == ((b"\x30\x00" * 40,), (b"\x30\x01",), ())


@pytest.mark.parametrize(("name", "content"), [("roots/a.der", b""), ("roots/a.pem", b"no pem"), ("crls/a.pem", b"")])
def test_a_misnamed_or_empty_file_among_the_roots_is_refused_by_name(folder: Path, name: str, content: bytes) -> None:
    (folder / name).parent.mkdir()
    (folder / name).write_bytes(content)
    with pytest.raises(TrustUnreadable, match=name):
        read_trust(folder)
