"""What a certificate costs: signing against `openssl speed sm2` in the same run, whole files, verdicts, and look-ups in a large registry.

Each part is a cell; the headline is the first: canonical bytes, SM3, SM2 and DER of a certificate's data with no database. It prints one
JSON object last. Rates are per core: one process, one thread, processor time and not the clock on the wall.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import behind  # noqa: F401
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from machine import machine, print_result, versions

from certificates import canonical, identifier
from certificates.certificate import (
    CREDIT_CODE,
    CertificateContent,
    ExtensionField,
    Holder,
    IssuingAuthority,
    write_content,
)
from certificates.envelope import Envelope
from certificates.suites import SUITES

TYPE, AUTHORITY = "11100000MB9000030J001", "11411323MB9000010Y"
SIGN_AIM = 0.6
METHOD = (
    "rates per second of processor time of one thread, median of the runs; signing: content to canonical bytes, envelope, SM2 by libcrypto, DER; "
    "baseline: the sign column of `openssl speed sm2` just before each run"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short run of each part, within 30 seconds")
    args = parser.parse_args()
    seconds, runs = (0.5, 1) if args.quick else (3.0, 5)
    cells = [signing(seconds, runs)]
    print_result(
        "certificates",
        {
            "ratio": cells[0]["ratio"],
            "aim": SIGN_AIM,
            "met": cells[0]["met"],
            "quick": args.quick,
            "of": cells[0]["cell"],
            "method": METHOD,
            "machine": machine(Path.cwd()),
            "versions": {**versions("cryptography"), "openssl": _openssl("version")},
            "cells": cells,
        },
    )


def signing(seconds: float, runs: int) -> dict[str, Any]:
    """Canonical bytes + SM3 + SM2 + DER ÷ bare SM2 of the openssl command."""
    suite = SUITES["SM2_SM3"]
    private = suite.generate()
    key_id = suite.public_key(private).key_id

    def one() -> None:
        envelope = Envelope("yijian-certificate/1", suite.name, key_id, NOW, canonical.encode(write_content(CONTENT)))
        raw = suite.sign(private, envelope.signed_bytes())
        encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))

    pairs = [(_openssl_signs(seconds), rate(one, seconds)) for _ in range(runs)]
    return cell("sign a certificate's data, SM2", [(own / bare) for bare, own in pairs], SIGN_AIM, {
        "per_second": round(median(own for _, own in pairs)),
        "openssl_speed_sm2": round(median(bare for bare, _ in pairs)),
    })  # fmt: skip


def cell(name: str, ratios: list[float], aim: float, parts: dict[str, Any]) -> dict[str, Any]:
    """One line of the table; every ratio here is to be large."""
    ratio = round(median(ratios), 3)
    return {"cell": name, "ratio": ratio, "aim": aim, "met": ratio >= aim, "at_least": True, **parts}


def rate(work: Callable[[], object], seconds: float) -> float:
    """How often per second of processor time; the first call warms up and does not count."""
    work()
    done, start = 0, process_time()
    while (spent := process_time() - start) < seconds:
        work()
        done += 1
    return done / spent


def _openssl_signs(seconds: float) -> float:
    """Signatures per second of processor time, as the command measures them itself."""
    said = _openssl("speed", "-seconds", str(max(1, round(seconds))), "sm2")
    found = re.search(r"SM2.*?([\d.]+)\s+[\d.]+\s*$", said, re.MULTILINE)
    if found is None:
        raise SystemExit("`openssl speed sm2` told no rate: an OpenSSL 3 with SM2 is needed")
    return float(found[1])


def _openssl(*words: str) -> str:
    command = shutil.which("openssl")
    if command is None:
        raise SystemExit("the openssl command is the baseline of this bench: install it")
    return subprocess.run([command, *words], capture_output=True, text=True, check=True).stdout.strip()


NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
CONTENT = CertificateContent(
    identifier.make(TYPE, AUTHORITY, "202600000001"),
    TYPE,
    "公共场所卫生许可证",
    "西卫公证字〔2026〕第900001号",
    Holder("西峡县示例民宿有限公司", "91411323MA9000040P", CREDIT_CODE),
    IssuingAuthority("西峡县示例卫生健康委员会", AUTHORITY),
    date(2026, 3, 2),
    date(2026, 3, 2),
    date(2030, 3, 1),
    (
        ExtensionField("business.address", "经营地址", "河南省西峡县示例镇示例村1号"),
        ExtensionField("business.scope", "许可项目", "住宿场所"),
    ),
)


if __name__ == "__main__":
    main()
