"""The registry for departments' systems: under a grant and in a case, recorded; and codes (用证码) that a holder gives to one of them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import update

from adapters import client
from adapters.client import content_of
from certificates import certificate
from certificates.compact.credential import from_qr_text, qr_text
from certificates.identifier import make, read
from hub import policy
from hub.errors import HubError
from hub.store.tables import certificate_codes
from hub.wiring.shared_views import Claims, Wanted
from tests.hub.cases.making import FOOD, HOTEL, SITE
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
    assert one.body.startswith(b"\x89PNG") and one.body == again.body and one.expires_on is not None
    view = shop.world.hub.registry.certificate(shop.world.officer(HEALTH), shop.id)
    assert len([copy for copy in view.copies if copy.purpose.startswith(SITE.departments[OFFICE].name)]) == 1


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
    given = shop.redeem(made)
    assert given.body.startswith(b"\x89PNG") and shop.records(before) == [("intent", ""), ("outcome", "found")]
    (intent,) = (e.record for e in shop.world.hub.log.entries(before, before + 1))
    assert intent["legal_basis"]["consent"] == made.view.id
    assert refused(shop.redeem, made, "another") == "CODE_USED_UP"
    assert shop.records(before)[2:] == [("intent", ""), ("denied", "code_used_up")]


def test_the_same_key_gets_the_same_copy_and_counts_no_second_use(shop: Shop) -> None:
    made = shop.code("c2", times=2)
    assert shop.redeem(made, "k").body == shop.redeem(made, "k").body
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
    door.revoke(shop.world.clerk, shop.id, revoked.view.id)
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
            got.append(shop.redeem(made, key).form)
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
    within = client.Within(shop.within(HOTEL).case, grant["purpose"], "SJ0990")
    (told,) = police.certificates.query(within, holder=FIRM.uscc, type=kind["certificate_type"])["certificates"]
    schema = police.call("GET", kind["links"]["schema"].removeprefix("/api/v1"))
    Draft202012Validator(schema).validate(told)
    given = police.certificates.download(within, identifier=told["identifier"], form="ycert")
    assert str(certificate.read(content_of(given)).content.identifier) == told["identifier"]
    assert police.certificates.verify(within, identifier=told["identifier"], holder=FIRM.uscc)["matches"] == {
        "holder": True
    }


def test_a_department_without_a_grant_sees_the_type_and_that_it_may_not_have_it(shop: Shop) -> None:
    tax = shop.peer("tax")
    assert not [one for one in tax.catalog(allowed=True) if one["kind"] == "certificate"]
    kind = next(one for one in tax.catalog() if one["code"] == f"certificates.{TYPE}")
    assert kind["grants"] and not any(one["allowed"] for one in (*kind["grants"], *kind["fields"]))


# --- policy, pure -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "office", "day", "whole", "why"),
    [
        (TYPE, OFFICE, date(2026, 11, 28), False, ""),
        (TYPE, OFFICE, date(2028, 1, 1), False, "grant_expired"),
        (TYPE, "tax", date(2026, 11, 28), False, "no_grant"),
        (TYPE, OFFICE, date(2026, 11, 28), True, "whole_file_not_granted"),
        (TYPE, POLICE, date(2026, 11, 28), True, ""),
    ],
)
def test_a_grant_of_certificates_names_type_department_and_day(
    kind: str, office: str, day: date, whole: bool, why: str
) -> None:
    use = policy.Use("open-guesthouse", "411323", "", day)
    found = policy.may_have(SITE.certificate_grants, kind, office, use, whole=whole)
    assert (found.reason if isinstance(found, policy.Refused) else "") == why
