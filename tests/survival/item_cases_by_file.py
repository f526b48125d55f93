"""Item cases of the medical-insurance office, which go and come back by file, killed before each single thing that is done to a file. It holds no test.

It runs in a process of its own without threads, and forks: each child goes the whole way and dies by kill -9 before its n-th rename,
removal, folder or file opened to write; then the way is gone again to its end. What then lies there must be as if nobody had died.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.contract import Attachment
from tests.adapters.kinds.making import PORTS, connected, handover
from tests.adapters.kinds.test_filedrop_out import PAPER
from tests.house.source import ROOT

OFFICE = ROOT / "catalog" / "sites" / "xixia" / "departments" / "medical-insurance"
ITEM, OUT = "resident-medical-insurance", "sq/"
FORM = {
    "applicant.name": "测试甲", "applicant.id_number": "41132319900101990X",
    "medical.person_category": "student", "medical.pay_year": "2027", "medical.before": "none",
}  # fmt: skip
NAME = "djjg_20261119.csv"
REPORTS = (
    "结果序号,外部件号,办理节点,意见,受理编号,登记编号,补正内容,办理时间\r\n"
    "1,411323-2026-000001-1,01,,S1,,,20261119\r\n2,411323-2026-000001-1,11,,S1,D1,,20261119\r\n"
).encode("gb18030")
SAID = f"文件名称={NAME}\n人数=2\n校验值={hashlib.sha256(REPORTS).hexdigest()}\n数据日期=20261119\n生成时间=1\n"
TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir")


def dies_at(count: int, below: Path) -> None:
    """From here on this process kills itself before the `count`-th change below that folder."""
    left = count

    def look(event: str, args: tuple[Any, ...]) -> None:
        nonlocal left
        opens = event == "open" and isinstance(args[2], int) and args[2] & TO_WRITE
        if (event in CHANGES or opens) and str(args[0]).startswith(str(below)):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)


def in_a_child(work: Callable[[], None]) -> bool:
    """Whether it came to its end. Raises RuntimeError where it failed otherwise than by being killed."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException as e:
            print(f"{type(e).__name__}: {e}", file=sys.stderr, flush=True)
            os._exit(3)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return False
    if os.WEXITSTATUS(status):
        raise RuntimeError("the way could not be gone")
    return True


def the_way(root: Path) -> None:
    """As a worker of the hub goes it: the hand-over, then what the department says, each report applied once by its key."""
    drop, effects = root / "drop", root / "effects"

    async def run() -> None:
        ports = replace(PORTS, on_batch=lambda _: None, replica_folder=root / "replicas")
        manifest = (OFFICE / "department.toml").read_text("utf-8")
        line = connected(manifest, "", folder=OFFICE, ports=ports, drop=drop)
        assert line.handles and line.collects and line.polls
        more = Attachment("list", "清单", "B", media_type="application/pdf", body=b"%PDF-1.7 zwei")
        await line.handles.hand_over(handover(ITEM, FORM, attachments=(PAPER, more)))
        line.collects.collect()
        for waits in await line.polls.unread():
            report = await line.polls.fetch(waits.key)
            if report is not None and waits.key not in effects.read_text().split():
                with effects.open("a") as rows:  # the hub's own rows, in its database
                    rows.write(f"{waits.key}\n")
            await line.polls.mark_read(waits.key)
        await line.close()

    asyncio.run(run())


def gone_here(root: Path) -> None:
    """To the end, in this process, so that each child finds everything loaded; a child of a process with threads may hang."""
    the_way(root)
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join()


def laid(root: Path) -> Path:
    """A drop folder in which the department has put its report file."""
    drop = root / "drop"
    drop.mkdir(parents=True)
    (root / "effects").touch()
    (drop / NAME).write_bytes(REPORTS)
    (drop / NAME).with_suffix(".ok").write_text(SAID, "gb18030")
    return drop


def lies_there(drop: Path) -> dict[str, str]:
    """What the department finds in its folders, and what of ours is left that should have gone."""
    places = (place for place in sorted(drop.rglob("*")) if place.is_file() and ".sent" not in place.parts)
    return {place.relative_to(drop).as_posix(): place.read_bytes().hex() for place in places}


def is_half(drop: Path, whole: dict[str, str]) -> bool:
    """Whether a file is promised as complete that is not."""
    there = {name: body for name, body in lies_there(drop).items() if name.startswith(OUT)}
    promised = any(name.endswith(".ok") for name in there)
    return promised and any(there.get(name) != body for name, body in whole.items() if name.startswith(OUT))


def deaths(root: Path) -> Iterator[str]:
    """Dies before each change in turn, and gives each fault that was found."""
    undisturbed = laid(root / "0")
    gone_here(root / "0")
    gc.freeze()  # what is loaded by now is never copied for a child
    whole, effects = lies_there(undisturbed), (root / "0" / "effects").read_text()
    for at in range(1, 200):
        own = root / str(at)
        drop = laid(own)

        def armed(own: Path = own, drop: Path = drop, at: int = at) -> None:
            dies_at(at, drop)
            the_way(own)

        if in_a_child(armed):
            print(json.dumps({"died": at - 1, "effects": effects.split()}))
            return
        if is_half(drop, whole):
            yield f"{at}: a file is promised that is not whole"
        gone_here(own)
        if lies_there(drop) != whole:
            yield f"{at}: {sorted(lies_there(drop))} instead of {sorted(whole)}"
        if (own / "effects").read_text() != effects:
            yield f"{at}: {(own / 'effects').read_text().split()} were applied"


if __name__ == "__main__":
    faults = list(deaths(Path(sys.argv[1])))
    print(json.dumps(faults, ensure_ascii=False))
