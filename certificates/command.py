"""The command ``verify`` as a function, for ``python -m certificates`` and ``yijian certificate``. It parses no options.

Exit codes: 0 nothing failed, 1 a check failed, 2 nothing could be judged (file or trust folder unreadable).
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TextIO

from certificates import wording
from certificates.checks import Outcome, Report
from certificates.compact.page import page
from certificates.errors import Malformed, TrustUnreadable
from certificates.judging import CHINA
from certificates.shape import write_instant
from certificates.trust import read_trust
from certificates.verify import verify

REPORT_FORMAT = "yijian-report/1"
VALID, INVALID, UNUSABLE = 0, 1, 2
MAX_FILE = 32 * 1024 * 1024
"""What is read of a file, in bytes; each format has a limit of its own below it."""
_UNREADABLE = {FileNotFoundError: "没有这个文件", IsADirectoryError: "这是文件夹", PermissionError: "没有读取权限"}
_CREDENTIALS = {"credential", "picture", "sdjwt"}
_MARKS = {Outcome.PASSED: "通过", Outcome.FAILED: "未通过", Outcome.NOT_CHECKED: "未核验"}


def verify_files(
    files: Sequence[Path],
    trust: Path,
    as_json: bool,
    at: datetime,
    out: TextIO,
    every: bool = False,
    holder: str = "",
) -> int:
    """Verify each file as ``verify_command`` does, one after the other; with JSON each is one line. Returns the worst exit code."""
    worst = VALID
    for file in files:
        if len(files) > 1 and not as_json:
            print(f"== {file}", file=out)
        worst = max(worst, verify_command(file, trust, as_json, at, out, every, holder))
    return worst


def verify_command(
    file: Path, trust: Path, as_json: bool, at: datetime, out: TextIO, every: bool = False, holder: str = ""
) -> int:
    """Verify ``file`` by the folder ``trust`` as of ``at`` (aware; see ``moment``) and print the named checks to ``out``.

    Where a check failed, those that were not made are one line with their count in the text, unless ``every`` is asked for.

    Returns the exit code; raises nothing but what writing to ``out`` raises.
    """
    try:
        raw = _read(file)
        believed = read_trust(trust)
    except (OSError, TrustUnreadable) as error:
        _print_unusable(error, as_json, out)
        return UNUSABLE
    report = verify(raw, believed, at, holder)
    print(json.dumps(_as_json(report), ensure_ascii=False) if as_json else _as_text(report, every), file=out)
    return VALID if report.ok else INVALID


def moment(text: str | None, now: datetime) -> datetime:
    """Read ``--at``: nothing is now, a day is its end in China (or now, if that is earlier), else an ISO time with zone.

    Raises Malformed.
    """
    if text is None:
        return now
    try:
        if len(text) == len("2025-01-31"):
            end_of_day = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), CHINA)
            return min((end_of_day - timedelta(seconds=1)).astimezone(UTC), now)
        asked = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise Malformed("at", "--at takes a day (2025-01-31) or a time with zone (2025-01-31T08:00+08:00).") from error
    if asked.utcoffset() is None or not 1000 <= asked.year <= 2999:
        raise Malformed("at", "--at needs a zone beside the time and a year from 1000 to 2999.")
    return asked


def page_command(trust: Path, at: datetime, out: TextIO, err: TextIO) -> int:
    """Print the page that verifies codes without a network (``compact.page``). Returns the exit code."""
    try:
        made = page(read_trust(trust), at)
    except (Malformed, TrustUnreadable) as error:
        print(error, file=err)
        return UNUSABLE
    print(made, file=out)
    return VALID


def _read(path: Path) -> bytes:
    # One byte more than allowed is enough to be refused: a file of gigabytes must not fill the memory.
    with path.open("rb") as file:
        return file.read(MAX_FILE + 1)


def _as_text(report: Report, every: bool) -> str:
    fold = report.failed and not every
    left = [check for check in report.checks if fold and check.outcome is Outcome.NOT_CHECKED]
    folded = [f"[未核验] 其余 {len(left)} 项：有核验未通过，这些没有核验（--all 逐项列出）。"] if left else []
    told = [check for check in report.checks if check not in left]
    lines = [f"[{_MARKS[check.outcome]}] {check.title}（{check.name}）：{check.sentence}" for check in told] + folded
    note = [report.note] if report.note else []
    return "\n".join([*lines, f"结论：{report.conclusion}", *note, *_disclosed(report), *report.advice])


def _disclosed(report: Report) -> list[str]:
    """What a good credential shows: whoever has its code before him, or a picture of it, has nothing else to compare."""
    content = report.content
    if content is None or not report.ok or report.format not in _CREDENTIALS:
        return []
    number = content.number or "未出示"
    return [f"证照名称：{content.type_name}", f"证照编号：{number}", f"持证主体：{content.holder.name}"]


def _as_json(report: Report) -> dict[str, object]:
    """The report without a word of the certificate's content: reports get mailed and logged."""
    checks = [
        {"name": check.name, "title": check.title, "outcome": check.outcome.value, "sentence": check.sentence}
        for check in report.checks
    ]
    found, content = report.certificate, report.content
    return {
        "format": REPORT_FORMAT,
        "ok": report.ok,
        "verdict": report.verdict.value,
        "conclusion": report.conclusion,
        "advice": list(report.advice),
        "at": write_instant(report.at),
        "note": report.note,
        "identifier": str(content.identifier) if content else None,
        "suite": found.envelope.suite if found else report.suite,
        "key_id": found.envelope.key_id if found else report.key_id,
        "digest": found.digest if found else None,
        "checks": checks,
    }


def _print_unusable(error: OSError | TrustUnreadable, as_json: bool, out: TextIO) -> None:
    """One sentence for people; programs get the developer's detail of a trust folder beside it."""
    if isinstance(error, TrustUnreadable):
        code, said, detail = error.code, wording.TRUST[error.code].format(error.named), str(error)
    else:
        why = next((word for kind, word in _UNREADABLE.items() if isinstance(error, kind)), "读取出错")
        code, said = "file", f"文件无法读取（{why}），请检查路径和权限。"
        detail = said
    problem = {"format": REPORT_FORMAT, "ok": False, "error": {"code": code, "message": detail}}
    print(json.dumps(problem, ensure_ascii=False) if as_json else f"无法核验：{said}", file=out)
