"""The last net: what looks like a person's number cannot get into a leaf."""

from __future__ import annotations

import pytest

from hub.sharinglog import Admin, Intent, LeafCarriesPersonalData, Outcome, Sent, SharingLog
from hub.sharinglog.scan import refuse_personal, suspicious
from tests.hub.sharinglog.conftest import BASIS, CASE, REGISTRY, SUBJECT, WHO


@pytest.mark.parametrize(
    "text",
    [
        SUBJECT,
        f"case of {SUBJECT}, twice",
        "41132319900101991x",
        "411323199001019915",  # mistyped: the check digit is an organisation's
        f"id_{SUBJECT}_a",
        "编号411323199001019910号",
        "411323900101991",
        "13900000000",
        "+86 13900000000",
        "139-0000-0000",
        "电话13900000000",
        "sms:13900000000",
        "92411323MA9ABCDE0E",
    ],
)
def test_numbers_of_persons_are_found(text: str) -> None:
    with pytest.raises(LeafCarriesPersonalData) as refused:
        refuse_personal("reason", text)
    assert suspicious(text)
    assert "reason" in str(refused.value) and text not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "91411323MA9ABCDE0H",
        "11411323MB00000019",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "0190a1b2-1390-7000-8000-013900000000",
        "sha256:" + "1390000000" * 6 + "1234",
        "XX20261120-0001",
        "411323",
        "2026-11-20T01:02:03.139000Z",
        "114113199001011011",  # an organisation, by its check digit
        "114113230060130010000000100000000",
    ],
)
def test_codes_digests_and_times_pass(text: str) -> None:
    refuse_personal("reason", text)


def test_a_leaf_that_carries_an_id_number_is_refused_and_leaves_nothing(log: SharingLog) -> None:
    asked = log.append(Intent(WHO, CASE, BASIS, REGISTRY, ("name",), SUBJECT, "q"))
    for record in (
        Admin("grant_changed", SUBJECT, WHO),
        Sent("platform", "push", f"push-{SUBJECT}", b""),
        Outcome(asked.seq, "unusable", f"bad value {SUBJECT}"),
        Outcome(asked.seq, "found", fields=(SUBJECT,)),
    ):
        with pytest.raises(LeafCarriesPersonalData):
            log.append(record)
    assert log.size() == 1 and log.health().unpaired == 1


def test_no_record_shows_a_person_in_its_repr() -> None:
    shown = repr(Intent(WHO, CASE, BASIS, REGISTRY, ("name",), SUBJECT, f"id={SUBJECT}")) + repr(
        Sent("sms", "sms", "k", SUBJECT.encode(), subjects=(SUBJECT,), recipient="13900000000")
    )
    for value in (SUBJECT, "窗口-007", "XX20261120-0001", "13900000000"):
        assert value not in shown
