"""A hub that is asked to stop signs the sharing log's last head before its process ends, and lets nobody wait for a verdict."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from hub.clock import utc_now
from hub.settings import Settings
from hub.sharinglog import LogKeys, SharingLog
from tests.hub.api.wired import prepare


@pytest.fixture
def settings(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if engine == "sqlite":
        yield Settings(folder=tmp_path / "hub", port=port, worker=False)
        return
    postgres = request.getfixturevalue("postgres")
    with postgres.fresh() as url, postgres.fresh() as log_url:
        yield Settings(folder=tmp_path / "hub", port=port, worker=False, database_url=url, log_url=log_url)


def _environment(settings: Settings) -> dict[str, str]:
    given = {"FOLDER": settings.folder, "PORT": settings.port, "WORKER": "false"}
    given |= {"DATABASE_URL": settings.database_url, "LOG_URL": settings.log_url}
    return {**os.environ, **{f"YIJIAN_{name}": str(value) for name, value in given.items()}}


def _refused_login(settings: Settings) -> None:
    """One more record: a login that fails."""
    answer = httpx2.post(
        f"http://127.0.0.1:{settings.port}/api/v1/session",
        json={"username": "nobody", "password": "wrong-password"},
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code in (401, 403), answer.text


def _verdict(settings: Settings) -> int:
    address = f"http://127.0.0.1:{settings.port}/api/v1/certificates/verify"
    heads = {"Content-Type": "application/octet-stream"}
    return httpx2.post(address, content=b"a poem", headers=heads, trust_env=False, timeout=60).status_code


def _judge_of(pid: int) -> int | None:
    """The process that judges files for this one, once it was started."""
    try:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text("ascii").split():
                if b"certificates.apart.process" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
    except OSError:
        pass  # a thread or a child that has just ended
    return None


def _stopped_judge(pid: int) -> None:
    """Wait for the judge, and let it stand still."""
    for _ in range(6000):
        if (judge := _judge_of(pid)) is not None:
            return os.kill(judge, signal.SIGSTOP)
        time.sleep(0.01)
    pytest.fail("no process that judges was started within a minute")


def _until_it_answers(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        assert process.poll() is None, "the hub ended at once"
        try:
            httpx2.get(f"http://127.0.0.1:{settings.port}/login", trust_env=False)
            return
        except httpx2.HTTPError:
            time.sleep(0.1)
    pytest.fail("the hub did not answer within two minutes")


def test_when_the_hub_is_told_to_stop_the_last_records_are_signed_and_who_waits_for_a_verdict_may_come_again(
    settings: Settings,
) -> None:
    prepare(settings.folder, settings.database_url)
    process = subprocess.Popen([sys.executable, "-m", "hub", "serve"], env=_environment(settings))
    try:
        _until_it_answers(settings, process)
        _refused_login(settings)
        time.sleep(2.5)  # the first head is signed at once, the next one not within ten seconds
        _refused_login(settings)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(_verdict, settings)
            _stopped_judge(process.pid)
            process.send_signal(signal.SIGTERM)
            assert waiting.result(60) in (503, 200)  # 200: it was judged before the judge was stopped
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    keys = LogKeys.load(settings.keys_folder / "log")
    log = SharingLog.open(settings.log_database, keys, settings.log_origin_name, utc_now, "test", follow=False)
    report = log.verify()
    log.close()
    assert report.ok and report.size >= 2
    assert report.unsigned == 0
