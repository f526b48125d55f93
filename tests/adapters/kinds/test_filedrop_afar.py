"""File drop from afar: a real SFTP server and a real S3 service on loopback; what is brought, claimed, sent back, and what each fault becomes."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest
import uvicorn
from nanio.app import build_app
from nanio.auth.credentials import StaticCredentialResolver
from nanio.config import Settings

from adapters.connect import Connected, Ports
from adapters.contract import Attachment, Batch, Collected, Misconfigured, PeerUnreachable, Taken
from adapters.kinds import dropsftp
from adapters.kinds.drops3 import S3Place, signed
from adapters.kinds.proof import Proof, Verdict
from tests.adapters.kinds.making import NOW, connected, handover
from tests.adapters.kinds.sftp_side import PASSWORD, SILENT, USER, WRITING, Sftp
from tests.adapters.kinds.test_filedrop import HEADER, ROW, TOML
from tests.adapters.kinds.test_filedrop_out import FORM, ITEM
from tests.adapters.kinds.test_filedrop_out import TOML as OUTGOING

ACCESS, SECRET = "AK0", "s0-secret"


class Far:
    """A far folder, seen from its own side, and hubs that fetch from it."""

    def __init__(self, root: Path, address: str, secrets: dict[str, str], here: Path) -> None:
        self.root, self.address, self.secrets, self.here = root, address, secrets, here
        self.batches: list[Batch] = []
        self.clock: Callable[[], datetime] = lambda: NOW

    def put(self, day: str = "20261119", rows: tuple[str, ...] = (ROW,), marker: bool = True) -> None:
        name = f"f_{day}.csv"
        body = "\r\n".join((HEADER, *rows, "")).encode("gb18030")
        (self.root / name).write_bytes(body)
        said = f"WJM={name}\nRQ={day}\nHS={len(rows)}\nZY={hashlib.sha256(body).hexdigest()}\nSJ=1\n"
        if marker:
            (self.root / name).with_suffix(".ok").write_text(said)

    def hub(self, name: str = "hub", **secrets: str) -> Connected:
        ports = Ports(clock=self.clock, on_batch=self.batches.append, replica_folder=self.here / name)
        return connected(TOML, self.address, ports=ports, secrets={**self.secrets, **secrets})

    def collect(self, name: str = "hub", **secrets: str) -> Collected:
        line = self.hub(name, **secrets)
        assert line.collects is not None
        try:
            return line.collects.collect()
        finally:
            asyncio.run(line.close())

    async def hands(self, *attachments: Attachment) -> Taken:
        ports = Ports(clock=self.clock, on_batch=self.batches.append, replica_folder=self.here / "out")
        line = connected(OUTGOING, self.address, ports=ports, secrets=self.secrets)
        assert line.handles is not None
        return await line.handles.hand_over(handover(ITEM, FORM, attachments=attachments))

    def names(self) -> set[str]:
        """What lies there; a service's own bookkeeping aside."""
        places = (place.relative_to(self.root) for place in self.root.rglob("*") if place.is_file())
        return {place.as_posix() for place in places if not place.parts[0].startswith(".nanio")}


@pytest.fixture(scope="module")
def sftp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sftp]:
    found = Sftp(tmp_path_factory.mktemp("sftp"))
    yield found
    found.close()


@pytest.fixture
def sftp(sftp_server: Sftp, tmp_path: Path) -> Far:
    root = sftp_server.root / tmp_path.name
    root.mkdir()
    secrets = {"user": USER, "password": PASSWORD, "host_key": sftp_server.host_key}
    sftp_server.is_well()
    return Far(root, f"sftp://127.0.0.1:{sftp_server.port}/{tmp_path.name}", secrets, tmp_path)


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    data = tmp_path_factory.mktemp("s3")
    app = build_app(Settings(data_dir=data, credentials=StaticCredentialResolver({ACCESS: SECRET})))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, loop="asyncio"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.01)
    yield data, server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


@pytest.fixture
def s3(s3_server: tuple[Path, int], tmp_path: Path) -> Far:
    data, port = s3_server
    bucket = data / "drops" / tmp_path.name.replace("_", "-")
    bucket.mkdir(parents=True)
    address = f"s3+http://127.0.0.1:{port}/drops/{bucket.name}"
    found = Far(bucket, address, {"access_key": ACCESS, "secret_key": SECRET}, tmp_path)
    found.clock = lambda: datetime.now(UTC)  # the service refuses a request that was signed at another time
    return found


@pytest.fixture(params=["sftp", "s3"])
def far(request: pytest.FixtureRequest) -> Far:
    found: Far = request.getfixturevalue(request.param)
    return found


def test_a_complete_file_is_brought_taken_in_and_gone_there(far: Far) -> None:
    far.put()
    far.put("20261118", marker=False)
    assert far.collect().held == () and far.batches[0].rows == 1
    assert far.names() == {"f_20261118.csv"}


def test_bad_rows_go_back_there_under_their_name_when_whole(far: Far) -> None:
    far.put(rows=(ROW, ROW.replace("88.50", "八十八")))
    far.collect()
    far.collect()
    assert far.names() == {"f_20261119.errors.csv"}
    assert "3,MJ,不是约定的数字写法（decimal）" in (far.root / "f_20261119.errors.csv").read_bytes().decode("gb18030")


def test_wrong_credentials_are_a_sentence_and_nothing_is_brought(far: Far) -> None:
    far.put()
    held = far.collect(password="falsch", secret_key="falsch").held
    assert "不接受" in held[0] and "falsch" not in held[0] and far.batches == []
    assert far.collect().batches


def test_an_item_case_goes_into_their_outgoing_folder_and_only_once(far: Far) -> None:
    paper = Attachment("plan", "平面图", "B", media_type="application/pdf", body=b"%PDF")
    sent = [asyncio.run(far.hands(paper)) for _ in range(2)]
    assert [taken.again for taken in sent] == [False, True]
    assert far.names() == {"xf/sb_handover=3A1.csv", "xf/sb_handover=3A1.ok", "xf/sb_handover=3A1/1_plan.pdf"}


def test_an_item_case_for_a_server_that_is_down_is_sent_again(far: Far) -> None:
    up, far.address = far.address, far.address.replace(far.address.split("/")[2], "127.0.0.1:1")
    with pytest.raises(PeerUnreachable, match="连不上.* tried again"):
        asyncio.run(far.hands())
    far.address = up
    assert not asyncio.run(far.hands()).again and len(far.names()) == 2


def test_an_item_case_whose_server_falls_silent_is_sent_again_and_stands_there_once(
    sftp: Far, sftp_server: Sftp, monkeypatch: pytest.MonkeyPatch
) -> None:
    sftp_server.faults = {WRITING: SILENT}
    with monkeypatch.context() as patched, pytest.raises(PeerUnreachable, match="中断.* tried again"):
        patched.setattr(dropsftp, "SILENCE_SECONDS", 0.2)
        asyncio.run(sftp.hands())
    assert not any(name.endswith((".csv", ".ok")) for name in sftp.names())
    sftp_server.is_well()
    assert not asyncio.run(sftp.hands()).again and asyncio.run(sftp.hands()).again
    assert {"xf/sb_handover=3A1.csv", "xf/sb_handover=3A1.ok"} <= sftp.names()


def test_a_server_that_is_down_is_a_sentence_and_nothing_is_taken_in(far: Far) -> None:
    far.put()
    far.address = far.address.replace(far.address.split("/")[2], "127.0.0.1:1")
    collected = far.collect()
    assert "连不上" in collected.held[0] and collected.batches == ()


def test_a_server_with_another_key_is_not_trusted(sftp: Far) -> None:
    sftp.put()
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    assert "密钥" in sftp.collect(host_key=other).held[0] and sftp.batches == []


def test_two_hubs_on_one_far_folder_and_one_takes_the_file(sftp: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each on a machine of its own: what one of the same name had claimed, a hub takes for its own.
    monkeypatch.setattr("socket.gethostname", lambda: threading.current_thread().name)
    sftp.put()
    with_both = [threading.Thread(target=sftp.collect, args=(name,), name=name) for name in ("one", "other")]
    for thread in with_both:
        thread.start()
    for thread in with_both:
        thread.join()
    assert len(sftp.batches) == 1 and sftp.names() == set()


def test_what_a_dead_hub_had_claimed_is_taken_back_after_its_time(sftp: Far) -> None:
    sftp.put()
    for age, taken in ((60, 0), (7200, 1)):
        left = sftp.root / ".claimed" / f"{int(NOW.timestamp()) - age}.dead"
        left.mkdir(parents=True)
        for place in [*sftp.root.glob("f_*"), *sftp.root.glob(".claimed/*/f_*")]:
            place.rename(left / place.name)
        sftp.collect()
        assert len(sftp.batches) == taken


def test_links_and_names_that_climb_are_not_followed(sftp: Far, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("not theirs")
    (sftp.root / "f_20261119.csv").symlink_to(secret)
    (sftp.root / "f_20261119.ok").write_text("x")
    (sftp.root / "..x.csv").write_text("x")
    assert sftp.collect() == Collected() and secret.exists()


def test_a_file_above_the_far_folder_is_neither_claimed_nor_written_and_the_others_are_brought(
    sftp: Far, sftp_server: Sftp
) -> None:
    sftp.put()
    above = [sftp_server.root / f"f_20261120.{ending}" for ending in ("csv", "ok")]
    for place in above:
        place.write_bytes(b"x")
    sftp_server.claims = ("../f_20261120.csv", "../f_20261120.ok")
    assert "2 个指向目录之外" in "".join(sftp.collect().held) and len(sftp.batches) == 1
    assert [place.read_bytes() for place in above] == [b"x", b"x"]
    assert sftp.names() == set() and list(sftp.here.rglob("*f_20261120*")) == []
    for place in above:
        place.unlink()


@pytest.mark.parametrize(
    ("address", "secrets", "match"),
    [
        ("sftp://h/x", {}, "host_key"),
        ("sftp://h/x", {"host_key": "k"}, "user"),
        ("sftp://u:p@h/x", {"host_key": "k"}, "secrets"),
        ("s3+https://h", {}, "bucket"),
        ("s3+https://h/b", {}, "access_key"),
        ("ftp://h/x", {}, "sftp://"),
    ],
)
def test_a_far_folder_that_is_set_up_wrongly_is_told(
    tmp_path: Path, address: str, secrets: dict[str, str], match: str
) -> None:
    with pytest.raises(Misconfigured, match=match):
        Far(tmp_path, address, secrets, tmp_path).hub()


def test_the_signature_is_that_of_the_published_example() -> None:
    key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    place = S3Place("https://examplebucket.s3.amazonaws.com", "", "", "us-east-1", "AKIAIOSFODNN7EXAMPLE", key)
    moment = datetime(2013, 5, 24, tzinfo=UTC)
    headers = signed(place, "GET", "/test.txt", {}, b"", moment, {"range": "bytes=0-9"})
    assert headers["authorization"].endswith("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    assert key not in repr(replace(place, region="x"))


# --- credentials, proven before anything is brought -----------------------------------------------------------------------


def proven(far: Far, address: str = "", **secrets: str) -> Proof:
    async def run() -> list[Proof]:
        ports = Ports(clock=far.clock, on_batch=far.batches.append, replica_folder=far.here / "p")
        line = connected(TOML, address or far.address, ports=ports, secrets={**far.secrets, **secrets})
        try:
            return await line.prove()
        finally:
            await line.close()

    (found,) = asyncio.run(run())
    return found


def test_a_login_is_proven_by_a_file_that_is_put_there_and_taken_away(far: Far) -> None:
    far.put()
    before = far.names()
    assert proven(far).verdict is Verdict.TAKEN and far.names() == before and far.batches == []


def test_a_wrong_login_is_named_before_any_file_is_awaited(far: Far) -> None:
    found = proven(far, password="falsch", secret_key="falsch")
    assert found.verdict is Verdict.REFUSED and "does not take our account" in found.sentence
    assert "falsch" not in found.sentence


def test_a_folder_that_is_not_there_is_named(sftp: Far) -> None:
    assert "is not there; correct the address" in proven(sftp, sftp.address + "/weg").sentence


def test_a_server_with_another_key_is_not_logged_in_to(sftp: Far) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    assert "shows another key than the secret 'host_key'" in proven(sftp, host_key=other).sentence


def test_a_store_that_finds_our_clock_wrong_says_so(s3: Far) -> None:
    s3.clock = lambda: datetime(2026, 1, 1, tzinfo=UTC)
    assert "set the clock first" in proven(s3).sentence
