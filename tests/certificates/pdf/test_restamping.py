"""A PDF outlives its certificates when it is stamped again in time, and not when it is too late."""

import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from adapters.simulators.timestamper import Authority, make_authority
from certificates.checks import Report
from certificates.errors import Malformed, SigningFailed
from certificates.pdf.checking import check
from certificates.pdf.restamping import Renewal, restamp, standing
from tests.certificates.making import DAY, SIGNED_AT
from tests.certificates.pdf.making import STAMPS, YEAR, Clock, drawn, good, trust

FIRST_END = SIGNED_AT + 3 * YEAR
LATER = make_authority(FIRST_END - YEAR, FIRST_END + 9 * YEAR, under=STAMPS)


def restamped(file: bytes, at: datetime, authority: Authority = LATER) -> bytes:
    return restamp(file, Renewal(Clock(at, authority)))


def judged(file: bytes, at: datetime) -> Report:
    return check(file, trust(), at)


def test_it_is_due_before_the_timestamps_certificate_ends() -> None:
    now = standing(good())
    assert (now.stamps, now.until) == (0, FIRST_END)
    assert not now.due(FIRST_END - 100 * DAY) and now.due(FIRST_END - 80 * DAY)


def test_stamped_again_it_outlives_signer_and_first_timestamp() -> None:
    made = restamped(good(), FIRST_END - 30 * DAY)
    assert made.startswith(good()) and standing(made).stamps == 1
    # The signer's certificate ended two years before, the first timestamp's a month ago.
    report = judged(made, FIRST_END + 30 * DAY)
    assert {"chain", "timestamp", "updates", "coverage"}.isdisjoint(report.failed), report.checks
    assert judged(good(), FIRST_END + 30 * DAY).outcome("timestamp") == "failed"


def test_it_can_be_stamped_again_and_again() -> None:
    third = make_authority(FIRST_END + 8 * YEAR, FIRST_END + 18 * YEAR, under=STAMPS)
    made = restamped(restamped(good(), FIRST_END - 30 * DAY), FIRST_END + 9 * YEAR - 30 * DAY, third)
    assert standing(made).stamps == 2
    assert judged(made, FIRST_END + 10 * YEAR).outcome("timestamp") == "passed"


def test_a_stamp_after_the_end_comes_too_late() -> None:
    late = restamped(good(), FIRST_END + DAY)
    assert judged(late, FIRST_END + 30 * DAY).outcome("timestamp") == "failed"


def test_what_is_added_after_the_last_stamp_is_found() -> None:
    made = restamped(good(), FIRST_END - 30 * DAY)
    assert judged(made + b"% more\n", FIRST_END).outcome("updates") == "failed"


def test_an_authority_that_is_away_changes_nothing() -> None:
    class Away:
        def stamp(self, digest: bytes) -> bytes:
            raise SigningFailed("timestamp-unreachable", "it is away")

    with pytest.raises(SigningFailed, match="away"):
        restamp(good(), Renewal(Away()))


def test_a_file_without_a_timestamp_has_nothing_to_renew() -> None:
    with pytest.raises(Malformed, match="sign it again"):
        standing(drawn())


def test_pdfsig_still_accepts_it_and_sees_the_stamp(tmp_path: Path) -> None:
    pdfsig = shutil.which("pdfsig")
    if pdfsig is None:
        pytest.skip("no pdfsig command here (poppler-utils)")
    (tmp_path / "licence.pdf").write_bytes(restamped(good(), FIRST_END - 30 * DAY))
    said = subprocess.run([pdfsig, "-nocert", "licence.pdf"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    # It verifies no document timestamps; pyHanko's own validator and ours do.
    assert "Signature is Valid" in said.stdout and "Timestamp1" in said.stdout, said.stdout
