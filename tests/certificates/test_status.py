"""The signed status list: what it says, and each way in which it is not believed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from certificates import status
from certificates.checks import Outcome, Report
from certificates.envelope import Seal
from certificates.errors import Malformed
from certificates.status import StatusEntry, StatusList, issue_status_list, read_status_list
from certificates.verify import verify
from tests.certificates.making import AT, DAY, FIRE, HYGIENE, SIGNED_AT, World, content

ID = str(content().identifier)


def _entry(code: str, remark: str | None = None) -> StatusEntry:
    return StatusEntry(ID, code, AT - 10 * DAY, remark)


def _report(world: World, raw: bytes, certificate: bytes | None = None) -> Report:
    return verify(certificate or world.certificate(), world.trust(status_list=raw), AT)


def test_a_list_reads_back_as_it_was_signed(world: World) -> None:
    found = read_status_list(world.status_list(_entry("02")))
    assert found.content == StatusList(HYGIENE, 7, AT + DAY, (_entry("02"),))
    assert found.envelope.signed_at == AT - DAY


@pytest.mark.parametrize("code", sorted(set(status.STATUSES) - {status.VALID}))
def test_every_status_but_valid_fails_the_status_check_with_its_word(world: World, code: str) -> None:
    remark = "因案封存" if code == status.OTHER else None
    report = _report(world, world.status_list(_entry(code, remark)))
    assert report.failed == ("status",)
    assert (remark or status.STATUSES[code]) in report.checks[-1].sentence


def test_a_list_that_does_not_name_the_certificate_leaves_it_valid(world: World) -> None:
    assert _report(world, world.status_list()).outcome("status") is Outcome.PASSED


def test_a_suspension_that_was_lifted_counts_no_more(world: World) -> None:
    lifted = StatusEntry(ID, status.VALID, AT - DAY)
    assert _report(world, world.status_list(_entry("02"), lifted)).outcome("status") is Outcome.PASSED


def test_a_certificate_was_still_valid_before_its_revocation(world: World) -> None:
    trust = world.trust(status_list=world.status_list(_entry("07")))
    assert verify(world.certificate(), trust, AT - 11 * DAY).ok
    assert verify(world.certificate(), trust, AT - 10 * DAY).failed == ("status",)


def _stale(world: World) -> bytes:
    content = StatusList(HYGIENE, 7, AT - DAY, ())
    return issue_status_list(content, world.seal(signed_at=AT - 2 * DAY))


def _forged(world: World) -> bytes:
    envelope = read_status_list(world.status_list(_entry("07"))).envelope
    return replace(envelope, payload=read_status_list(world.status_list()).envelope.payload).to_bytes()


DOUBTFUL: dict[str, Callable[[World], bytes]] = {
    "stale": _stale,
    "forged": _forged,
    "cut short": lambda world: world.status_list()[:-9],
    "a certificate": lambda world: world.certificate(),
    "signed by another authority": lambda world: world.status_list(seal=world.seal(FIRE)),
    "about another authority": lambda world: world.status_list(authority=FIRE),
    "signed before the key was valid": lambda world: world.status_list(seal=world.seal(signed_at=SIGNED_AT - 31 * DAY)),
}


@pytest.mark.parametrize("fault", DOUBTFUL)
def test_a_doubtful_list_fails_and_says_nothing_of_the_status(world: World, fault: str) -> None:
    report = _report(world, DOUBTFUL[fault](world))
    assert report.failed == ("status_list",)
    assert report.outcome("status") is Outcome.NOT_CHECKED


@pytest.mark.parametrize(
    "entries",
    [(_entry("99"),), (_entry("08"),), (_entry("02"), _entry("07")), (replace(_entry("02"), identifier="1.2"),)],
    ids=["99 without a remark", "no such code", "two at one moment", "no identifier"],
)
def test_a_list_that_contradicts_itself_is_not_signed(world: World, entries: tuple[StatusEntry, ...]) -> None:
    with pytest.raises(Malformed):
        world.status_list(*entries)


def test_a_list_that_would_be_born_stale_is_not_signed(world: World) -> None:
    with pytest.raises(Malformed, match="stale"):
        issue_status_list(StatusList(HYGIENE, 1, AT, ()), Seal(world.ring, HYGIENE, world.suite, AT))
