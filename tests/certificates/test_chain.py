"""Chains of every suite: a good one holds, and each fault is told by its own name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.x509.chain import MOST_OTHERS, Broken, Chain, Fault, Known, Usage, check_chain
from certificates.x509.issuing import Issuer, Subject, make_ca, make_root, make_signer, make_timestamper
from certificates.x509.names import Name
from tests.certificates.making import HYGIENE
from tests.certificates.pki import LONG, SHORT, SIGNER, SINCE, Pki, for_purposes, pki, public, signing, with_extension

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def known(made: Pki, *crls: bytes) -> Known:
    return Known((made.root,), (made.ca,), crls)


def judged(made: Pki, leaf: bytes, at: datetime = AT, usage: Usage = Usage.SIGNING) -> Fault | None:
    broken = check_chain(leaf, known(made), at, usage).broken
    return broken.fault if broken else None


def test_a_good_chain_holds_and_is_shown_from_leaf_to_root(any_suite: str) -> None:
    made = pki(any_suite)
    found = check_chain(made.signer, known(made, made.crl(), made.root_crl()), AT)
    assert found == Chain((made.signer, made.ca, made.root))


def test_a_seal_makers_and_a_timestamp_authoritys_chains_hold(any_suite: str) -> None:
    made = pki(any_suite)
    assert judged(made, made.maker) is None
    assert judged(made, made.timestamper, usage=Usage.TIMESTAMPING) is None


def test_a_certificate_is_good_from_its_first_to_its_last_second(suite: str) -> None:
    made = pki(suite)
    assert judged(made, made.signer, SHORT.not_before) is None
    assert judged(made, made.signer, SHORT.not_after) is None


def test_a_certificate_that_ended_before_the_signing_is_expired(suite: str) -> None:
    made = pki(suite)
    assert check_chain(made.signer, known(made), SHORT.not_after + SECOND).broken == Broken(
        Fault.EXPIRED, SHORT.not_after
    )


def test_a_certificate_that_began_after_the_signing_is_not_yet_valid(suite: str) -> None:
    made = pki(suite)
    assert check_chain(made.signer, known(made), SINCE - SECOND).broken == Broken(Fault.NOT_YET_VALID, SINCE)


def test_a_self_made_root_is_not_believed(suite: str) -> None:
    made = pki(suite)
    name = Subject(Name("示例测试根证书", "示例测试机构"), public(suite, "other"))
    root = make_root(name, LONG, signing(suite, "other"))
    leaf = make_signer(Subject(SIGNER, public(suite, HYGIENE)), SHORT, Issuer(root, suite, signing(suite, "other")))
    assert check_chain(leaf, Known((made.root,), (root, made.ca)), AT).broken in (
        Broken(Fault.UNKNOWN_ROOT),
        Broken(Fault.SIGNATURE),
    )
    assert check_chain(root, Known((made.root,)), AT, Usage.SIGNING).broken is not None


def test_without_a_root_nothing_is_believed(suite: str) -> None:
    assert check_chain(pki(suite).signer, Known(()), AT).broken == Broken(Fault.UNKNOWN_ROOT)


def test_an_issuing_ca_among_the_roots_leads_to_its_own_root(suite: str) -> None:
    made = pki(suite)
    lists = (made.crl(), made.root_crl())
    assert check_chain(made.signer, Known((made.ca, made.root), (), lists), AT) == Chain(
        (made.signer, made.ca, made.root)
    )


def test_an_issuing_ca_that_is_the_only_one_believed_is_believed_for_itself(suite: str) -> None:
    made = pki(suite)
    other = pki("ES256" if suite == "SM2_SM3" else "SM2_SM3")
    assert check_chain(made.signer, Known((made.ca, other.root)), AT).path == (made.signer, made.ca)


def test_without_the_certificate_between_no_root_is_found(suite: str) -> None:
    assert check_chain(pki(suite).signer, Known((pki(suite).root,)), AT).broken == Broken(Fault.UNKNOWN_ROOT)


def test_a_certificate_changed_after_its_issue_has_a_wrong_signature(any_suite: str) -> None:
    made = pki(any_suite)
    changed = made.signer.replace(b"2601", b"2501", 1)
    assert changed != made.signer and judged(made, changed) is Fault.SIGNATURE


def test_a_ca_whose_name_was_taken_by_another_key_signs_nothing(suite: str) -> None:
    made = pki(suite)
    liar = replace(made.issuer, sign=signing(suite, "other"))
    assert judged(made, make_signer(Subject(SIGNER, public(suite, HYGIENE)), SHORT, liar)) is Fault.SIGNATURE


def test_a_timestamp_certificate_is_wanted_for_timestamps(suite: str) -> None:
    assert judged(pki(suite), pki(suite).signer, usage=Usage.TIMESTAMPING) is Fault.USAGE


@pytest.mark.parametrize(
    ("purposes", "fits"),
    [
        (("server_auth",), False), (("time_stamping",), False), (("code_signing", "client_auth"), False),
        (("client_auth", "email_protection"), True), (("any_extended_key_usage",), True), (("1.3.6.1.5.5.7.3.36",), True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("critical", [True, False])
def test_a_certificate_for_other_purposes_signs_no_documents(
    suite: str, purposes: tuple[str, ...], fits: bool, critical: bool
) -> None:
    leaf = for_purposes(pki(suite).signer, suite, signing(suite, "ca"), *purposes, critical=critical)
    assert judged(pki(suite), leaf) is (None if fits else Fault.USAGE)


@pytest.mark.parametrize(
    ("purposes", "critical"), [(["time_stamping"], False), (["time_stamping", "server_auth"], True)]
)
def test_a_timestamp_certificate_is_for_timestamps_alone_and_says_so_critically(
    suite: str, purposes: list[str], critical: bool
) -> None:
    leaf = for_purposes(pki(suite).signer, suite, signing(suite, "ca"), *purposes, critical=critical)
    assert judged(pki(suite), leaf, usage=Usage.TIMESTAMPING) is Fault.USAGE


@pytest.mark.parametrize(
    ("purpose", "fits"),
    [
        ("time_stamping", False), ("server_auth", False), ("ocsp_signing", False), ("code_signing", False),
        ("email_protection", True), ("any_extended_key_usage", True),
    ],
)  # fmt: skip
def test_a_ca_for_other_purposes_certifies_no_signer_of_documents(suite: str, purpose: str, fits: bool) -> None:
    made = pki(suite)
    ca = for_purposes(made.ca, suite, signing(suite, "root"), purpose, critical=False)
    broken = check_chain(made.signer, Known((made.root,), (ca,)), AT).broken
    assert broken == (None if fits else Broken(Fault.USAGE))
    stamping = check_chain(made.timestamper, Known((made.root,), (ca,)), AT, Usage.TIMESTAMPING).broken
    assert stamping == (None if purpose in ("time_stamping", "any_extended_key_usage") else Broken(Fault.USAGE))


def test_a_signer_and_its_ca_that_name_different_purposes_leave_none(suite: str) -> None:
    made = pki(suite)
    ca = for_purposes(made.ca, suite, signing(suite, "root"), "1.3.6.1.5.5.7.3.36")
    leaf = for_purposes(made.signer, suite, signing(suite, "ca"), "email_protection")
    assert check_chain(leaf, Known((made.root,), (ca,)), AT).broken == Broken(Fault.USAGE)


def test_a_certificate_of_a_ca_signs_no_documents(suite: str) -> None:
    assert judged(pki(suite), pki(suite).ca) is Fault.USAGE


def test_a_leaf_certifies_nobody(suite: str) -> None:
    made = pki(suite)
    below = make_signer(
        Subject(SIGNER, public(suite, "below")), SHORT, Issuer(made.signer, suite, signing(suite, HYGIENE))
    )
    found = check_chain(below, Known((made.root,), (made.ca, made.signer)), AT)
    assert found.broken == Broken(Fault.NOT_A_CA)


def test_a_ca_below_an_issuing_ca_is_one_too_many(suite: str) -> None:
    made = pki(suite)
    below = make_ca(Subject(Name("示例测试下级证书"), public(suite, "below")), LONG, made.issuer)
    leaf = make_signer(Subject(SIGNER, public(suite, HYGIENE)), SHORT, Issuer(below, suite, signing(suite, "below")))
    assert check_chain(leaf, Known((made.root,), (made.ca, below)), AT).broken == Broken(Fault.PATH_LENGTH)


def test_a_name_outside_what_the_ca_may_certify_is_refused(suite: str) -> None:
    made = pki(suite)
    bound = make_ca(
        Subject(Name("示例测试限名证书"), public(suite, "bound")),
        LONG,
        made.root_issuer,
        directory=Name("别的机关", "别的机关"),
    )
    leaf = make_signer(Subject(SIGNER, public(suite, HYGIENE)), SHORT, Issuer(bound, suite, signing(suite, "bound")))
    assert check_chain(leaf, Known((made.root,), (bound,)), AT).broken == Broken(Fault.NAMES)


def test_a_critical_extension_that_nobody_knows_is_refused(suite: str) -> None:
    leaf = with_extension(pki(suite).signer, suite, signing(suite, "ca"), "1.3.6.1.4.1.55555.1", b"\x05\x00")
    assert judged(pki(suite), leaf) is Fault.CRITICAL_EXTENSION


def test_the_certificates_of_many_timestamps_beside_the_leaf_are_not_too_many(suite: str) -> None:
    made = pki(suite)
    leaves = tuple(
        make_timestamper(Subject(Name(f"示例时间戳{year}"), public(suite, "tsa")), SHORT, made.issuer)
        for year in range(25)
    )
    beside = Known((made.root,), (*leaves, made.ca))
    assert check_chain(made.signer, beside, AT).broken is None
    assert check_chain(leaves[-1], beside, AT, Usage.TIMESTAMPING).path == (leaves[-1], made.ca, made.root)


def test_fifteen_cas_that_only_bear_the_name_are_no_way_to_anywhere(suite: str) -> None:
    made, name = pki(suite), Name("示例测试签发证书", "示例测试机构")
    decoys = tuple(
        make_root(Subject(name, public(suite, f"decoy{n}")), LONG, signing(suite, f"decoy{n}")) for n in range(15)
    )
    assert check_chain(made.signer, Known((made.root,), (*decoys, made.ca)), AT).broken is None
    assert check_chain(made.signer, Known((made.root,), decoys), AT).broken == Broken(Fault.UNKNOWN_ROOT)


def test_strangers_who_certify_each_other_lead_nowhere(suite: str) -> None:
    made, key = pki(suite), signing(suite, "ring")
    one = make_root(Subject(Name("示例测试甲"), public(suite, "ring")), LONG, key)
    ring = tuple(
        make_ca(Subject(Name("示例测试甲"), public(suite, "ring")), LONG, Issuer(one, suite, key)) for _ in range(15)
    )
    leaf = make_signer(Subject(SIGNER, public(suite, HYGIENE)), SHORT, Issuer(one, suite, key))
    assert check_chain(leaf, Known((made.root,), (one, *ring)), AT).broken == Broken(Fault.UNKNOWN_ROOT)


def test_too_many_certificates_beside_the_leaf_are_not_looked_at(suite: str) -> None:
    made = pki(suite)
    found = check_chain(made.signer, Known((made.root,), (made.ca,) * (MOST_OTHERS + 1)), AT)
    assert found.broken == Broken(Fault.TOO_MANY)


def revocation(made: Pki, *crls: bytes, at: datetime = AT) -> Broken | None:
    found = check_chain(made.signer, known(made, *crls), at)
    assert found.broken is None
    return found.revocation


def test_a_certificate_revoked_before_the_signing_is_revoked(any_suite: str) -> None:
    made = pki(any_suite)
    listed = made.crl(made.signer, at=AT - DAY)
    assert revocation(made, listed, made.root_crl()) == Broken(Fault.REVOKED, AT - DAY)


def test_a_certificate_revoked_at_the_second_of_the_signing_is_revoked(suite: str) -> None:
    made = pki(suite)
    assert revocation(made, made.crl(made.signer, at=AT), made.root_crl()) == Broken(Fault.REVOKED, AT)


def test_what_was_signed_before_the_revocation_stays_good(suite: str) -> None:
    made = pki(suite)
    assert revocation(made, made.crl(made.signer, at=AT + DAY), made.root_crl()) is None


def test_an_issuing_ca_revoked_by_the_root_takes_its_leaves_with_it(suite: str) -> None:
    made = pki(suite)
    assert revocation(made, made.crl(), made.root_crl(made.ca, at=AT - DAY)) == Broken(Fault.REVOKED, AT - DAY)


def test_without_a_list_nothing_is_said_about_revocation(suite: str) -> None:
    made = pki(suite)
    assert revocation(made) == Broken(Fault.NO_LIST)
    assert revocation(made, made.crl()) == Broken(Fault.NO_LIST)  # nobody says anything about the CA


def test_a_list_that_was_due_again_before_the_signing_is_stale(suite: str) -> None:
    made = pki(suite)
    found = revocation(made, made.crl(), made.root_crl(), at=AT + DAY)
    assert found is None
    old = made.crl(until=AT)
    stale = revocation(made, old, made.root_crl(), at=AT + DAY)
    assert stale is not None and stale.fault is Fault.STALE_LIST


def test_a_list_that_another_key_signed_says_nothing(suite: str) -> None:
    made = pki(suite)
    forged = replace(made, issuer=replace(made.issuer, sign=signing(suite, "other"))).crl()
    found = revocation(made, forged, made.root_crl())
    assert found is not None and found.fault is Fault.NO_LIST


def test_a_ca_that_only_bears_the_name_is_in_no_log(suite: str, caplog: pytest.LogCaptureFixture) -> None:
    made = pki(suite)
    named = make_root(
        Subject(Name("示例测试签发证书", "示例测试机构"), public(suite, "other")), LONG, signing(suite, "other")
    )
    beside = Known((made.root,), (named, made.ca), (made.crl(), made.root_crl()))
    assert check_chain(made.signer, beside, AT).revocation is None
    assert caplog.records == []


def test_a_damaged_list_is_told_and_not_passed_over(suite: str) -> None:
    made = pki(suite)
    assert revocation(made, made.crl()[:-1], made.root_crl()) == Broken(Fault.UNREADABLE)


def test_what_is_remembered_between_two_dates_is_what_is_worked_out(suite: str) -> None:
    made = pki(suite)
    listed = (made.crl(made.signer, at=AT), made.root_crl())
    for moment in (SINCE - DAY, SINCE, SINCE + DAY, AT - SECOND, AT, AT + SECOND, AT + DAY, SHORT.not_after + DAY):
        once = check_chain(made.signer, known(made, *listed), moment)
        assert once == check_chain(made.signer, known(made, *listed), moment)
        expected = moment < SINCE or moment > SHORT.not_after
        assert (once.broken is not None) == expected
        assert expected or (once.revocation is not None) == (moment >= AT)


BROKEN_FILES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda der: b"",
    "cut": lambda der: der[:-1],
    "with bytes behind": lambda der: der + b"\0",
    "very long": lambda der: der + bytes(70_000),
    "of text": lambda der: b"-----BEGIN CERTIFICATE-----",
}


@pytest.mark.parametrize("kind", sorted(BROKEN_FILES))
def test_a_file_that_is_no_certificate_is_unreadable(kind: str) -> None:
    made = pki("ES256")
    damaged = BROKEN_FILES[kind](made.signer)
    assert judged(made, damaged) is Fault.UNREADABLE
    assert check_chain(made.signer, Known((made.root,), (damaged,)), AT).broken == Broken(Fault.UNREADABLE)


@settings(max_examples=40)
@given(st.integers(0, 700), st.binary(min_size=1, max_size=2))
def test_no_damage_makes_a_chain_hold_or_raises(at: int, put: bytes) -> None:
    made = pki("ES256")
    damaged = made.signer[:at] + put + made.signer[at + len(put) :]
    assert damaged == made.signer or at > len(made.signer) or judged(made, damaged) is not None
