"""What a certificate costs: signing against `openssl speed sm2` in the same run, whole files, verdicts, and look-ups in a large registry.

Each part is a cell; the headline is the first: canonical bytes, SM3, SM2 and DER of a certificate's data with no database. It prints one
JSON object last. Rates are per core: one process, one thread, processor time and not the clock on the wall.
"""

from __future__ import annotations

import argparse
import itertools
import re
import resource
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
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
from certificates.faces.model import Face
from certificates.ofd.signing import make_ofd
from certificates.pdf.rendering import Particulars, render
from certificates.pdf.signing import sign
from certificates.suites import SUITES
from certificates.verify import verify
from tests.certificates.ofd import making as ofd
from tests.certificates.pdf import making as pdf

TYPE, AUTHORITY = "11100000MB9000030J001", "11411323MB9000010Y"
SIGN_AIM, PDF_AIM = 0.6, 0.6
OFD_AIM, VERIFY_AIM = 100, 200
"""Per second and core."""
METHOD = (
    "rates per second of processor time of one thread, median of the runs; signing: content to canonical bytes, envelope, SM2 by libcrypto, DER; "
    "baseline: the sign column of `openssl speed sm2` just before each run; OFD: data signed, face set, drawn, sealed, packed; PDF: face set, drawn, signed, "
    "timestamped by an authority in the same process, revocation lists added, over typst drawing the same page; "
    "look-up: p99 of the registry's rows by a holder's number in the larger registry over that in the smaller, asked in turn, each holder with two certificates; the door's with its record in the sharing log, in the larger"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one short run of each part, within 30 seconds; 10,000 certificates in the registry instead of 100,000",
    )
    parser.add_argument(
        "--folder", default="/var/tmp", help="a folder on the disk for the registry (default: /var/tmp)"
    )
    args = parser.parse_args()
    seconds, runs = (0.5, 1) if args.quick else (3.0, 5)
    cells = [signing(seconds, runs), sealing(seconds, runs), verdicts(seconds, runs), printing(seconds, runs)]
    # Only now: the memory of the parts before is their own.
    import registered

    event, *growth = registered.measured(CONTENT, args.quick, seconds * 2, args.folder)
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
            "with_registry_and_log": event,
            "cells": [*cells, *growth],
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


def sealing(seconds: float, runs: int) -> dict[str, Any]:
    """Complete OFD files per second: the ratio is the rate itself."""
    seal = ofd.sealing()
    rates = [rate(lambda: make_ofd(ofd.document(), seal), seconds) for _ in range(runs)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return cell("complete OFD per second", rates, OFD_AIM, {"bytes": len(ofd.good()), "peak_memory_mib": round(peak)})


def verdicts(seconds: float, runs: int) -> dict[str, Any]:
    """OFD files judged per second, chain and data included: the ratio is the rate itself."""
    file, believed = ofd.good(), ofd.trust()
    report = verify(file, believed, NOW)
    if report.failed:
        raise SystemExit(f"the file that is to be judged is not good: {report.failed}")
    return cell("OFD judged per second", [rate(lambda: verify(file, believed, NOW), seconds) for _ in range(runs)], VERIFY_AIM, {
        "checks_passed": sum(each.outcome == "passed" for each in report.checks)
    })  # fmt: skip


def printing(seconds: float, runs: int) -> dict[str, Any]:
    """Signed PDF files per second ÷ the same page drawn by typst alone."""
    plan, data, numbers = pdf.plan(), ofd.data(), itertools.count()
    said = Particulars(CONTENT.type_name, CONTENT.authority.name, str(CONTENT.identifier), NOW, data)

    def another() -> Face:
        # typst remembers what it has drawn: each page is another one.
        return pdf.face(replace(CONTENT, number=f"西卫公证字〔2026〕第{next(numbers):06d}号"))

    def bare() -> float:
        faces = [another() for _ in range(int(seconds * 200))]
        start = process_time()
        for face in faces:
            render(face, said)
        return len(faces) / (process_time() - start)

    render(another(), said)
    pairs = [(bare(), rate(lambda: sign(render(another(), said), plan), seconds)) for _ in range(runs)]
    alone = rate(lambda: plan.timestamper.stamp(bytes(32)), seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return cell("signed PDF ÷ typst drawing the page", [whole / bare for bare, whole in pairs], PDF_AIM, {
        "per_second": round(median(whole for _, whole in pairs), 1),
        "typst_alone": round(median(bare for bare, _ in pairs), 1),
        "timestamps_alone": round(alone, 1),
        "peak_memory_mib": round(peak),
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
