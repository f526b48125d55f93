"""The registry for departments' systems: under a grant and in a case, recorded; and codes (用证码) that a holder gives to one of them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import update

from adapters import client
from adapters.client import content_of
from certificates import certificate
from certificates.compact.credential import from_qr_text, qr_text
from certificates.identifier import make, read
from hub.api.access import KEYED
from hub.errors import HubError
from hub.identity.principal import HUB, Role
from hub.registry import codes
from hub.store.tables import certificate_codes, certificates
from hub.web.wording import dom_id
from hub.wiring.guessing import CODE_WINDOWS
from hub.wiring.shared_views import Claims, Wanted
from tests.hub.cases.keyed import Keyed, keyed
from tests.hub.cases.making import FOOD, HOTEL, SITE
from tests.hub.cases.refusals import DENIED, QUESTION, REFUSALS, fetched, used
from tests.hub.cases.sharing import HEALTH, OFFICE, POLICE, TYPE, Shop, digests, refused, state
from tests.hub.cases.world import FIRM

# --- under a grant ------------------------------------------------------------------------------------------------------


def test_a_granted_department_has_a_certificate_by_identifier_holder_and_code_with_both_records(shop: Shop) -> None:
    for wanted in (Wanted(shop.identifier), Wanted(holder=FIRM.uscc.lower(), type=TYPE), Wanted(qr=shop.qr())):
        before = shop.size()
        told = shop.query(wanted)
        (one,) = told.certificates
        assert (one.identifier, one.status, one.holder) == (shop.identifier, "01", FIRM.uscc)
        assert any(name.startswith("KZ_") for name in one.values)
        assert shop.records(before) == [("intent", ""), ("outcome", "found")]


def test_the_intent_names_grant_ground_and_purpose_and_no_person_in_clear(shop: Shop) -> None:
    told = shop.query(Wanted(shop.identifier))
    (intent,) = (e.record for e in shop.world.hub.log.entries(told.intent, told.intent + 1))
    assert intent["legal_basis"]["grant"] == "certificates-guesthouse-food"
    assert "第十四条" in intent["legal_basis"]["clause"] and intent["provider"]["org"] == HEALTH
    assert FIRM.uscc not in str(intent) and intent["consumer"]["auth"] == "signature"


def test_who_has_no_grant_for_the_type_is_refused_and_that_is_recorded(shop: Shop) -> None:
    before = shop.size()
    food = SITE.items[FOOD].result.certificate_type
    assert refused(shop.query, Wanted(holder=FIRM.uscc, type=food)) == "no_grant"
    assert shop.records(before) == [("denied", "no_grant")]


def test_a_holder_who_is_no_proven_party_of_the_case_is_refused(shop: Shop) -> None:
    before = shop.size()
    assert refused(shop.query, Wanted(holder="91411323MA9000003W", type=TYPE)) == "subject_not_of_case"
    assert shop.records(before) == [("denied", "subject_not_of_case")]


def test_another_s_case_or_matter_opens_nothing(shop: Shop) -> None:
    door, wanted = shop.world.hub.certificate_sharing, Wanted(shop.identifier)
    assert refused(door.query, shop.world.system(OFFICE), shop.within(HOTEL), wanted) == "ITEM_NOT_THERE"
    assert refused(door.query, shop.world.system(OFFICE), shop.within(FOOD, "open-ktv"), wanted) == "PURPOSE_DIFFERS"


def test_a_wrong_identifier_code_or_way_of_asking_is_said(shop: Shop) -> None:
    mistyped = shop.identifier[:-1] + ("1" if shop.identifier[-1] != "1" else "2")
    assert refused(shop.query, Wanted(mistyped)) == "IDENTIFIER_UNREADABLE"
    assert refused(shop.query, Wanted(qr="YJC1:?")) == "QR_UNREADABLE"
    assert refused(shop.query, Wanted(holder=FIRM.uscc)) == "WANTED_UNCLEAR"


def test_a_download_is_an_annotated_copy_and_the_same_key_gives_the_same(shop: Shop) -> None:
    one, again = shop.download(key="d1"), shop.download(key="d1")
    assert one.body.startswith(b"%PDF") and one.body == again.body and one.expires_on is not None
    assert shop.download(key="d2", copy_as="png").body.startswith(b"\x89PNG")
    view = shop.world.hub.registry.certificate(shop.world.officer(HEALTH), shop.id)
    assert len([copy for copy in view.copies if copy.purpose.startswith(SITE.departments[OFFICE].name)]) == 2


def test_the_file_itself_is_given_only_where_the_grant_says_so(shop: Shop) -> None:
    before = shop.size()
    assert refused(shop.download, "ycert") == "whole_file_not_granted"
    assert shop.records(before) == [("denied", "whole_file_not_granted")]
    given = shop.download("ycert", POLICE, HOTEL)
    with shop.world.hub.database.read() as session:
        assert sha256(given.body).hexdigest() == digests(session, shop.id)["ycert"]


def test_claims_are_judged_and_nothing_is_told(shop: Shop) -> None:
    door, wanted = shop.world.hub.certificate_sharing, Wanted(shop.identifier)
    claims = Claims(FIRM.uscc, "示例他人", sha256="0" * 64, values={"KZ_XX": "1"})
    judged = door.verify(shop.world.system(OFFICE), shop.within(), wanted, claims)
    assert judged.matches == {"holder": True, "holder_name": False, "sha256": False, "KZ_XX": False}
    assert (judged.outcome, judged.status) == ("found", "01")
    octets = from_qr_text(shop.qr())
    forged = qr_text(octets[:-1] + bytes([octets[-1] ^ 1]))
    for text, genuine in ((shop.qr(), True), (forged, False)):
        judged = door.verify(shop.world.system(OFFICE), shop.within(), Wanted(qr=text), Claims())
        assert judged.matches == {"qr": genuine}


def test_what_the_registry_has_not_is_not_found_and_recorded(shop: Shop) -> None:
    known = read(shop.identifier)
    before = shop.size()
    assert shop.query(Wanted(str(make(known.type_code, known.issuer, "0" * 20)))).outcome == "not_found"
    assert shop.records(before) == [("intent", ""), ("outcome", "not_found")]


# --- codes --------------------------------------------------------------------------------------------------------------


def test_a_code_gives_its_audience_one_copy_on_the_holder_s_consent(shop: Shop) -> None:
    made, before = shop.code("c1"), shop.size()
    assert shop.copy(made).body.startswith(b"%PDF") and shop.records(before) == [("intent", ""), ("outcome", "found")]
    (intent,) = (e.record for e in shop.world.hub.log.entries(before, before + 1))
    assert intent["legal_basis"]["consent"] == made.view.id
    assert refused(shop.redeem, made, "another") == "CODE_USED_UP"
    assert shop.records(before)[2:] == [("intent", ""), ("denied", "code_used_up")]


def test_the_same_key_gets_the_same_copy_and_counts_no_second_use(shop: Shop) -> None:
    made = shop.code("c2", times=2)
    assert shop.copy(made, "k").body == shop.copy(made, "k").body
    assert state(shop, made) == ("usable", 1)


def test_the_same_call_makes_the_same_code_and_no_table_or_log_has_it(shop: Shop) -> None:
    made = shop.code("c3")
    assert shop.code("c3") == made
    plain = made.code.replace("-", "")
    with shop.world.hub.database.read() as session:
        rows = str(session.execute(certificate_codes.select()).all())
    assert plain not in rows and made.code not in rows and "用途" not in repr(made) and plain not in repr(made)
    assert not [e for e in shop.world.hub.log.entries() if plain in str(e.record) or made.code in str(e.record)]


def test_another_department_and_a_made_up_code_are_told_the_same(shop: Shop) -> None:
    made, before = shop.code("c4"), shop.size()
    assert refused(shop.redeem, made, "k", OFFICE) == "CODE_UNKNOWN"
    assert refused(shop.redeem, replace(made, code="0000-0000-0000-0000")) == "CODE_UNKNOWN"
    assert shop.records(before) == [("denied", "code_unknown")] * 2 and state(shop, made) == ("usable", 0)


def test_a_revoked_and_an_expired_code_say_so(shop: Shop) -> None:
    door, revoked, over = shop.world.hub.certificate_codes, shop.code("c5"), shop.code("c6")
    door.revoke(shop.world.clerk, revoked.view.id)
    with shop.world.hub.database.write() as session:
        past = shop.world.now[0] - timedelta(seconds=1)
        session.execute(update(certificate_codes).where(certificate_codes.c.id == over.view.id).values(until=past))
    assert refused(shop.redeem, revoked) == "CODE_REVOKED"
    assert refused(shop.redeem, over) == "CODE_EXPIRED"


def test_of_two_at_once_one_has_the_last_use(shop: Shop) -> None:
    made, got, start = shop.code("c7"), [], threading.Barrier(2)

    def take(key: str) -> None:
        start.wait()
        try:
            got.append(shop.copy(made, key).form)
        except HubError as e:
            got.append(e.code)

    racers = [threading.Thread(target=take, args=(f"k{n}",)) for n in (1, 2)]
    for one in racers:
        one.start()
    for one in racers:
        one.join()
    assert sorted(got) == ["CODE_USED_UP", "copy"] and state(shop, made) == ("code_used_up", 1)


def test_who_is_not_proven_in_the_case_gets_no_code_and_no_code_is_without_bounds(shop: Shop) -> None:
    assert refused(shop.code, "x1", case_no="41132320261120999999") == "HOLDER_NOT_IN_CASE"
    assert refused(shop.code, "x2", audience="nobody") == "AUDIENCE_UNKNOWN"
    assert refused(shop.code, "x3", until=shop.world.now[0] + timedelta(days=31)) == "CODE_ENDS"
    assert refused(shop.code, "x4", purpose=" ") == "PURPOSE_MISSING"


def test_a_system_finds_in_the_catalog_what_it_may_fetch_and_fetches_it_with_the_client(shop: Shop) -> None:
    police = shop.peer(POLICE)
    mine = {one["code"]: one for one in police.catalog(allowed=True) if one["kind"] == "certificate"}
    kind = mine[f"certificates.{TYPE}"]
    (grant,) = (one for one in kind["grants"] if one["allowed"])
    assert grant["clause"] and "whole_file" in grant["gives"] and POLICE in grant["departments"]
    asking = client.Within(shop.within(HOTEL).case, grant["purpose"], "SJ0990")
    (told,) = police.certificates.query(asking, holder=FIRM.uscc, type=kind["certificate_type"])["certificates"]
    schema = police.call("GET", kind["links"]["schema"].removeprefix("/api/v1"))
    Draft202012Validator(schema).validate(told)
    given = police.certificates.download(asking, identifier=told["identifier"], form="ycert")
    assert str(certificate.read(content_of(given)).content.identifier) == told["identifier"]
    assert police.certificates.verify(asking, identifier=told["identifier"], holder=FIRM.uscc)["matches"] == {
        "holder": True
    }


def test_the_example_of_the_documentation_fetches_copies_by_catalog_and_by_code(shop: Shop) -> None:
    told = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    (example,) = (block for block in re.findall(r"```python\n(.*?)```", told, re.DOTALL) if "copies_of" in block)
    known: dict[str, Any] = {}
    exec(example, known)  # noqa: S102 - our own page
    fetched = known["copies_of"](shop.peer(), shop.within().case, FIRM.uscc, "SJ0990")
    by_code = known["with_code"](shop.peer(HEALTH), shop.code("doc").code, "SJ0990")
    assert len(fetched) == len(by_code) == 1
    assert all(name.endswith(".pdf") and body.startswith(b"%PDF") for name, body in {**fetched, **by_code}.items())


def test_a_department_without_a_grant_sees_the_type_and_that_it_may_not_have_it(shop: Shop) -> None:
    tax = shop.peer("tax")
    assert not [one for one in tax.catalog(allowed=True) if one["kind"] == "certificate"]
    kind = next(one for one in tax.catalog() if one["code"] == f"certificates.{TYPE}")
    assert kind["grants"] and not any(one["allowed"] for one in (*kind["grants"], *kind["fields"]))


def test_a_code_may_open_chosen_fields_alone_or_only_judge_claims(shop: Shop) -> None:
    names = [one.name for one in shop.content().fields][:2]
    (told,) = shop.redeem(shop.code("f1", gives="fields", fields=(names[0],))).certificates
    assert set(told.values) == {names[0]} and told.labels[names[0]] and told.file is None
    claims = Claims(FIRM.uscc, "示例他人")
    (judged,) = shop.redeem(shop.code("f2", gives="verify"), claims=claims).certificates
    assert judged.matches == {"holder": True, "holder_name": False} and not judged.values and judged.file is None
    assert refused(shop.code, "f3", gives="fields") == "CODE_FIELDS"
    assert refused(shop.code, "f4", gives="everything") == "CODE_GIVES"


def test_a_code_for_several_certificates_gives_a_copy_of_each_in_one_use(shop: Shop) -> None:
    second = shop.another()
    try:
        covers = (codes.Cover(shop.id), codes.Cover(second))
        made, before = shop.code("m1", covers=covers), shop.size()
        told = shop.redeem(made).certificates
    finally:
        shop.alter(certificates, second, subject_id=None)
    assert len({one.identifier for one in told if one.file}) == 2 and state(shop, made) == ("code_used_up", 1)
    assert shop.records(before) == [("intent", ""), ("intent", ""), ("outcome", "found"), ("outcome", "found")]


def test_what_a_copy_is_can_be_verified_by_its_digest_until_it_ends(shop: Shop) -> None:
    digest = sha256(shop.copy(shop.code("v1")).body).hexdigest()
    told = shop.peer().certificates.verify(shop.asking(), identifier=shop.identifier, sha256=digest)
    assert told["matches"] == {"sha256": True}


def test_what_a_code_permits_is_told_to_its_department_and_counts_no_use(shop: Shop) -> None:
    made, before = shop.code("p1", matter="open-guesthouse"), shop.size()
    told = shop.peer(HEALTH).certificates.permits(made.code.lower().replace("-", " "), "SJ0990")
    assert (told["state"], told["used"], told["gives"], told["matter"]) == ("usable", 0, "copy", "open-guesthouse")
    assert shop.records(before) == [("intent", ""), ("outcome", "found")]


def test_the_client_makes_lists_and_revokes_codes_at_the_window(shop: Shop) -> None:
    person, until = shop.http.person(shop.world, HUB, Role.CLERK), shop.world.now[0] + timedelta(days=1)
    case_no = shop.world.case(shop.case_id).case_no
    made = person.codes.make(shop.id, case_no, HEALTH, "示例用途", until, key="client", gives="verify")
    assert person.codes.make(shop.id, case_no, HEALTH, "示例用途", until, key="client", gives="verify") == made
    assert made["view"] in person.codes.listed(shop.id) and made["code"] not in str(person.codes.listed(shop.id))
    assert person.codes.revoke(shop.id, made["view"]["id"])["state"] == "code_revoked"
    assert problem(person.codes.revoke, shop.id, "none").code == "CODE_UNKNOWN"


def test_letters_that_are_misread_are_read_as_meant() -> None:
    assert codes.hash_of(b"k", "r", "o0il-1234") == codes.hash_of(b"k", "r", "0011 1234")


def test_who_guesses_waits_and_others_do_not(shop: Shop) -> None:
    made, guesser = shop.code("g1"), shop.http.peer(shop.world, "tax")
    answers = {
        problem(guesser.certificates.redeem, f"0000-0000-0000-{n:04d}", "SJ0990") for n in range(CODE_WINDOWS[0][1])
    }
    assert {(one.status, one.code, one.detail) for one in answers} == {
        (404, "CODE_UNKNOWN", next(iter(answers)).detail)
    }
    before = shop.size()
    for code in ("0000-0000-0000-9999", made.code):
        assert problem(guesser.certificates.permits, code, "SJ0990").code == "TRIED_TOO_OFTEN"
    assert shop.records(before) == [("denied", "tried_too_often")] * 2
    assert shop.copy(made).body


# --- every refusal, in one shape and in the log ---------------------------------------------------------------------------


@pytest.mark.parametrize("case", REFUSALS)
def test_each_refusal_says_what_to_do_and_stands_in_the_log(shop: Shop, case: str) -> None:
    call, status, code, records = REFUSALS[case]
    before = shop.size()
    told = problem(call, shop)
    assert (told.status, told.rule or told.code) == (status, code) and len(told.detail) > 20 and told.request_id
    assert [one for one in shop.records(before) if one[0] != "admin"] == records


def test_the_same_use_again_gives_no_copy_of_what_does_not_hold_any_more(shop: Shop) -> None:
    made = shop.code("t-again")
    assert shop.copy(made).body
    shop.alter(certificates, shop.id, status_code="07")
    try:
        assert refused(shop.redeem, made) == "CERTIFICATE_NOT_VALID"
    finally:
        shop.alter(certificates, shop.id, status_code="01")


def test_a_certificate_that_does_not_hold_is_told_by_status_and_copied_for_nobody(shop: Shop) -> None:
    made, before = shop.code("t-held"), shop.size()
    shop.alter(certificates, shop.id, status_code="07")
    try:
        assert shop.query(Wanted(shop.identifier)).certificates[0].status_title == "吊销"
        assert problem(fetched(), shop).code == problem(used(lambda _: made.code), shop).code == "CERTIFICATE_NOT_VALID"
    finally:
        shop.alter(certificates, shop.id, status_code="01")
    found, not_valid = [QUESTION, ("outcome", "found")], "certificate_not_valid"
    assert shop.records(before) == [*found, (DENIED, not_valid), QUESTION, ("outcome", "unavailable")]
    assert state(shop, made) == ("usable", 0)


# --- the pages -------------------------------------------------------------------------------------------------------------


def test_a_clerk_makes_a_code_on_the_page_and_its_department_uses_it_there(shop: Shop) -> None:
    window, office = shop.window(), shop.officer()
    asked_for = {"holder": FIRM.uscc, "case_no": shop.world.case(shop.case_id).case_no}
    page = window.post("/codes", data=asked_for).text
    assert SITE.certificates[TYPE].title in page and f'value="{shop.id}"' in page
    typed = {**asked_for, **FORM, "certificate": shop.id, "until": day_of(shop, 3), "key": "page-1"}
    slip = window.post("/codes/made", data=typed).text
    (code,) = set(re.findall(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", slip))
    assert "<path" in slip and code in window.post("/codes/made", data=typed).text
    shown = office.post("/codes/checks", data={"code": code.lower()}).text
    assert "示例页面用途" in shown and "使用一次" in shown
    use = {"code": code, "key": "use-1"}
    assert "加注件 PDF" in office.post("/codes/uses", data=use).text
    file = office.post("/codes/files", data={**use, "identifier": shop.identifier})
    assert file.content.startswith(b"%PDF") and shop.used_by(code) == 1


def test_mistakes_on_the_page_stand_at_their_fields_and_what_was_typed_stays(shop: Shop) -> None:
    window = shop.window()
    asked_for = {"holder": FIRM.uscc, "case_no": shop.world.case(shop.case_id).case_no}
    typed = {**asked_for, **FORM, "audience": "", "until": day_of(shop, 90), "times": "99", "certificate": shop.id}
    answer = window.post("/codes/made", data=typed)
    assert answer.status_code == 422 and 'value="99"' in answer.text and 'value="示例页面用途"' in answer.text
    for place in ("audience", "until", "times"):
        assert f'id="e-{dom_id("w", place)}"' in answer.text
    elsewhere = window.post("/codes", data={**asked_for, "case_no": "41132320261120999999"})
    assert elsewhere.status_code == 403 and "请填写本人已核验的办件编号" in elsewhere.text


def test_on_the_page_another_department_learns_nothing_of_a_code_and_the_holder_s_is_withdrawn(shop: Shop) -> None:
    made, window = shop.code("w1"), shop.window()
    other = shop.officer("tax").post("/codes/checks", data={"code": made.code})
    assert other.status_code == 404 and "没有这个用证码" in other.text and "示例用途" not in other.text
    assert "只看它允许什么" in window.post("/codes/checks", data={"code": made.code}).text
    asked_for = {"holder": FIRM.uscc, "case_no": shop.world.case(shop.case_id).case_no}
    window.post("/codes/revocations", data={**asked_for, "code_id": made.view.id})
    assert "已撤回" in shop.officer().post("/codes/checks", data={"code": made.code}).text
    assert state(shop, made)[0] == "code_revoked"


FORM = {"gives": "copy", "audience": HEALTH, "purpose": "示例页面用途", "times": "2"}


# --- every door that takes a key ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def doors(standing: Shop) -> Keyed:
    return keyed(standing)


@pytest.mark.parametrize("route", sorted(path for _, path in KEYED))
def test_the_same_key_is_the_first_answer_and_with_other_content_refused(doors: Keyed, shop: Shop, route: str) -> None:
    door, key = doors.doors[route], f"key of {route}".replace(" ", "-")
    path, body = door.before or (door.path, door.first)
    first = doors.call(door, path, body, key)
    assert not isinstance(first, str) and doors.call(door, path, body, key) == first
    assert doors.call(door, door.path, door.other, key) == "KEY_REUSED"


def day_of(shop: Shop, days: int) -> str:
    return (shop.world.now[0] + timedelta(days=days)).date().isoformat()


def problem(call: Callable[..., object], *given: object) -> client.ClientProblem:
    with pytest.raises(client.ClientProblem) as error:
        call(*given)
    return error.value
