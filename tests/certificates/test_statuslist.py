"""Token Status Lists: what is written is read, every value, and each way to spoil one has its own check."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import statuslist
from certificates.checks import Check, Outcome
from certificates.envelope import Seal
from certificates.errors import CertificateError, Malformed
from certificates.statuslist import LAPSED, SUSPENDED, TokenStatusList, check, issue, read
from certificates.trust import Trust, read_trust, write_authority
from certificates.verify import verify
from tests.certificates.compact.making import CATERING, shown
from tests.certificates.fuzz import FEW
from tests.certificates.making import AT, DAY, FIRE, HYGIENE, KeyRing, World

WORLD = World("ES256", KeyRing("ES256"))
URI = "https://zwfw.example.gov.cn/s/" + HYGIENE
SEAL = Seal(WORLD.ring, HYGIENE, "ES256", AT)


def a_list(places: dict[int, int], size: int = 64, until: timedelta = DAY) -> TokenStatusList:
    return TokenStatusList(URI, AT - DAY, AT + until, 43200, places, size)


def judged(token: str, place: int = 5, who: str = HYGIENE) -> dict[str, Check]:
    known = WORLD.trust()
    trust = Trust(known.authorities, token_lists=(token,))
    return {one.name: one for one in check(trust, known.authorities[who], URI, place, AT)}


@given(st.dictionaries(st.integers(0, 399), st.integers(1, 3)))
def test_what_is_written_is_read(places: dict[int, int]) -> None:
    content = read(issue(a_list(places, 400), SEAL)).content
    assert (content.places, content.size) == (places, 400)


def test_its_bits_lie_as_the_draft_s_own_example_says() -> None:
    places = dict(enumerate([1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]))
    content = TokenStatusList(URI, AT, AT + DAY, 1, places, 12)
    assert statuslist._packed(content).hex() == "c944f9"


def test_a_valid_a_suspended_and_an_ended_certificate_are_told_apart() -> None:
    token = issue(a_list({6: SUSPENDED, 7: LAPSED}), SEAL)
    assert judged(token, 5)["status"].outcome is Outcome.PASSED
    assert "暂扣" in judged(token, 6)["status"].sentence and "失效" in judged(token, 7)["status"].sentence


def test_a_stale_list_is_said_to_be_stale_and_judges_nothing() -> None:
    found = judged(issue(a_list({}, until=-DAY / 2), SEAL))
    assert "更新期" in found["status_list"].sentence and "status" not in found


def test_a_list_of_another_authority_s_key_is_refused() -> None:
    token = issue(a_list({}), Seal(WORLD.ring, FIRE, "ES256", AT))
    assert judged(token)["status_list"].outcome is Outcome.FAILED


def test_a_list_counts_by_its_own_time_and_its_key_must_not_have_been_revoked_by_then() -> None:
    known = WORLD.trust().authorities[HYGIENE]
    told = []
    for revoked_at in (AT - DAY, AT - DAY / 2):
        authority = replace(known, keys=(replace(known.keys[0], revoked_at=revoked_at),))
        trust = Trust({HYGIENE: authority}, token_lists=(issue(a_list({}), SEAL),))
        told.append(check(trust, authority, URI, 5, AT)[0].outcome)
    assert told == [Outcome.FAILED, Outcome.PASSED]


def test_of_several_lists_the_latest_counts_in_whatever_order_they_lie() -> None:
    known = WORLD.trust().authorities
    older, newer = (replace(a_list(said), issued_at=at) for said, at in (({}, AT - DAY), ({5: SUSPENDED}, AT)))
    for held in ((older, newer), (newer, older)):
        trust = Trust(known, token_lists=tuple(issue(each, SEAL) for each in held))
        assert check(trust, known[HYGIENE], URI, 5, AT)[1].outcome is Outcome.FAILED


def test_a_list_says_nothing_of_the_time_before_it_was_made() -> None:
    known = WORLD.trust().authorities
    suspended, earlier = (
        issue(a_list({5: SUSPENDED}), SEAL),
        replace(a_list({}, until=-DAY / 2), issued_at=AT - 3 * DAY),
    )
    trust = Trust(known, token_lists=(suspended,))
    assert [each.outcome for each in check(trust, known[HYGIENE], URI, 5, AT - 2 * DAY)] == [Outcome.NOT_CHECKED] * 2
    assert "晚于所问时间" in check(trust, known[HYGIENE], URI, 5, AT - 2 * DAY)[0].sentence
    both = replace(trust, token_lists=(suspended, issue(earlier, SEAL)))
    assert check(both, known[HYGIENE], URI, 5, AT - 2 * DAY)[1].outcome is Outcome.PASSED


def test_a_changed_list_is_refused() -> None:
    header, claims, signature = issue(a_list({5: SUSPENDED}), SEAL).split(".")
    document = json.loads(statuslist._octets(claims)) | {"ttl": 1}
    token = f"{header}.{statuslist._written(statuslist._json(document))}.{signature}"
    assert "改动" in judged(token)["status_list"].sentence


def test_a_place_that_the_list_has_not_is_no_valid_certificate() -> None:
    assert judged(issue(a_list({}), SEAL), 64)["status_list"].outcome is Outcome.FAILED


def test_without_a_list_nothing_is_said() -> None:
    assert {one.outcome for one in judged("a.b.c").values()} == {Outcome.NOT_CHECKED}


def unsigned() -> str:
    _, claims, _ = issue(a_list({}), SEAL).split(".")
    return f"{statuslist._written(statuslist._json({'alg': 'none', 'typ': statuslist.TYPE}))}.{claims}."


@pytest.mark.parametrize("held", ["", "abc", "a.b.c", unsigned()])
def test_a_file_that_is_no_list_is_told_by_its_name_whatever_the_dated_list_says(held: str, tmp_path: Path) -> None:
    (tmp_path / f"{HYGIENE}.json").write_bytes(write_authority(WORLD.trust().authorities[HYGIENE]))
    (tmp_path / f"{HYGIENE}.ystatus").write_bytes(WORLD.status_list())
    (tmp_path / "status").mkdir()
    told = []
    for name in (f"{HYGIENE}.jwt", "list.jwt"):
        (tmp_path / "status" / name).write_text(held, "ascii")
        found = verify(shown(*CATERING), read_trust(tmp_path), AT)
        (tmp_path / "status" / name).unlink()
        told.append((found.failed, found.not_checked, any(f"status/{name}" in one.sentence for one in found.checks)))
    assert told == [(("status_list",), ("status",), True), ((), ("status_list", "status"), True)]


def test_a_bomb_is_stopped_before_it_is_unpacked() -> None:
    import zlib

    packed = zlib.compress(bytes(statuslist.MAX_PLACES))
    with pytest.raises(Malformed, match="too long"):
        statuslist._unpacked(packed, 2)


@FEW
@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_-]{0,60}){2}", fullmatch=True))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        read(text)
    except CertificateError:
        return


def test_where_only_the_other_list_is_in_the_folder_the_sentence_names_the_missing_file() -> None:
    known = WORLD.trust().authorities
    dated = Trust(known, status_lists={HYGIENE: WORLD.status_list()})
    assert (
        f"没有此项要用的按位置的状态清单 status/{HYGIENE}.jwt" in check(dated, known[HYGIENE], URI, 5, AT)[0].sentence
    )
    by_place = Trust(known, token_lists=(issue(a_list({}), SEAL),))
    said = [one.sentence for one in verify(WORLD.certificate(), by_place, AT).checks if one.name == "status_list"]
    assert f"没有此项要用的按日期的状态清单 {HYGIENE}.ystatus" in said[0]
