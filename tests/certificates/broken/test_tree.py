"""Every file of the tree of broken certificates is refused, by the check that should; the good ones beside them are not."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from certificates import wording, ycert
from certificates.compact import checking as compact
from certificates.ofd import checking as ofd
from certificates.pdf import checking as pdf
from certificates.suites.sm2 import Sm2Sm3
from certificates.trust import read_trust
from certificates.verify import verify
from tests.certificates.broken.tree import Broken, tree, trust, write

pytestmark = pytest.mark.skipif(Sm2Sm3().unavailable() is not None, reason="this machine cannot sign with SM2")


@cache
def believed() -> object:
    return trust()


@pytest.mark.parametrize("broken", tree(), ids=lambda each: each.path)
def test_each_file_is_refused_by_the_check_that_should_and_by_no_other(broken: Broken) -> None:
    report = verify(broken.make(), believed(), broken.at, broken.holder)  # type: ignore[arg-type]
    assert report.failed == ((broken.refused_by,) if broken.refused_by else ()), report.checks
    assert report.ok is (broken.refused_by == "")


def test_every_check_of_every_format_alone_refuses_a_file_of_the_tree() -> None:
    by_folder: dict[str, set[str]] = {}
    for each in tree():
        by_folder.setdefault(each.path.partition("/")[0], set()).add(each.refused_by)
    formats = {"ofd": ofd.NAMES, "pdf": pdf.NAMES, "ycert": ycert.NAMES, "credential": compact.NAMES}
    assert {name: set(names) - by_folder[name] for name, names in formats.items()} == {name: set() for name in formats}
    assert set(wording.TITLES) == set().union(*by_folder.values()) - {""}


def test_the_written_tree_can_be_judged_by_whoever_has_only_its_folder(tmp_path: Path) -> None:
    write(tmp_path)
    expected = {each["file"]: each for each in json.loads((tmp_path / "expected.json").read_text("utf-8"))}
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*.*")} - {
        str(path.relative_to(tmp_path)) for path in (tmp_path / "trust").iterdir()
    } == set(expected)
    found = read_trust(tmp_path / "trust")
    for name in (
        "ofd/good.ofd",
        "pdf/good.pdf",
        "ofd/signer-revoked.ofd",
        "ycert/good.ycert",
        "credential/suspended-by-the-list.txt",
    ):
        each = expected[name]
        report = verify((tmp_path / name).read_bytes(), found, datetime.fromisoformat(each["at"]))
        assert "".join(report.failed) == each["refused_by"], report.checks
