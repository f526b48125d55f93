"""``python -m certificates verify FILE --trust DIR`` and ``… page --trust DIR``: for whoever wants to verify with nothing else of Yijian."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from certificates.command import UNUSABLE, moment, page_command, verify_files
from certificates.errors import Malformed


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.command == "page":
        return page_command(options.trust, datetime.now(UTC), sys.stdout, sys.stderr)
    try:
        at = moment(options.at, datetime.now(UTC))
    except Malformed as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    holder = sys.stdin.readline() if options.holder == "-" else options.holder
    return verify_files(options.files, options.trust, options.json, at, sys.stdout, options.all, holder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m certificates", description="核验电子证照")
    commands = parser.add_subparsers(required=True, metavar="verify|page", dest="command")
    page = commands.add_parser("page", help="输出可离线核验二维码的网页")
    page.add_argument("--trust", type=Path, required=True, help="可信目录：每个颁发机构一个 .json 文件")
    verify = commands.add_parser("verify", help="核验一个电子证照文件")
    verify.add_argument("files", type=Path, nargs="+", help="电子证照文件（.ycert、OFD、PDF、二维码文字）")
    verify.add_argument("--trust", type=Path, required=True, help="可信目录：每个颁发机构一个 .json 文件")
    verify.add_argument("--json", action="store_true", help="输出 JSON")
    verify.add_argument("--all", action="store_true", help="未通过时也逐项列出没有核验的项目")
    verify.add_argument("--at", help="按此日期或时间核验（缺省为现在）")
    verify.add_argument(
        "--holder", default="", help="持证主体应是谁：身份证号或统一社会信用代码；写 - 时从标准输入读一行"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
