"""Links and codes that show chosen claims of a certificate: what whoever opens or checks one is given, what is refused, and what the log says of it."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path

import pytest
from jwcrypto.jwk import JWKSet
from sd_jwt.verifier import SDJWTVerifier
from sqlalchemy import update
from starlette.testclient import TestClient

from adapters.client import ClientProblem
from certificates.certificate import period_in_words
from certificates.checks import Outcome
from certificates.compact import credential, sdjwt
from certificates.compact.credential import MAX_BYTES
from certificates.compact.presented import Claims
from certificates.verify import verify
from hub.app import application
from hub.cases.applicant_view import OwnFile
from hub.errors import BadInput, HubError
from hub.identity.principal import HUB, Role
from hub.registry import links
from hub.store.tables import certificate_links, certificates
from hub.wiring.certificate_links import CertificateLinks
from hub.wiring.shared_views import LinkAsked, LinkMade
from hub.wiring.showing import IN_CLEAR, ShownCode
from tests.conftest import ENGINES
from tests.hub.cases.making import HYGIENE
from tests.hub.cases.sharing import Http
from tests.hub.cases.world import FIRM, PHONE, World, opened
from tests.support.postgres import Postgres

HOME = "192.0.2.1"
NAME = "KZ_CSMC"
SHOWN = ("number", NAME)


@dataclass(frozen=True)
class Shop:
    """A hub with a signed hygiene permit, in whose case the holder is proven."""

    world: World
    client: TestClient
    id: str
    case_no: str

    @property
    def door(self) -> CertificateLinks:
        return self.world.hub.certificate_links

    def asked(self, key: str, **other: object) -> LinkAsked:
        until = self.world.now[0] + timedelta(days=3)
        return replace(LinkAsked(self.case_no, SHOWN, "示例用途", until, 1, key), **other)  # type: ignore[arg-type]

    def link(self, key: str, **other: object) -> LinkMade:
        return self.door.make(self.world.clerk, self.id, self.asked(key, **other))

    def refused(self, key: str, **other: object) -> str:
        with pytest.raises(HubError) as error:
            self.link(key, **other)
        return error.value.code

    def get(self, made: LinkMade) -> tuple[int, str]:
        answer = self.client.get(path(made), headers={"accept": "application/dc+sd-jwt"})
        return answer.status_code, answer.json()["code"] if answer.status_code != 200 else answer.text

    def client_of_clerk(self) -> TestClient:
        return Http(self.client.app).browser(self.world, HUB, Role.CLERK)  # type: ignore[arg-type]

    def at_window(self, *chosen: str, case_no: str | None = None) -> ShownCode:
        case = self.case_no if case_no is None else case_no
        return self.world.hub.certificate_links.show(self.world.clerk, self.id, case, chosen)

    def own(self, *chosen: str, holder: str = FIRM.uscc) -> ShownCode:
        asked = OwnFile(self.case_no, PHONE[-4:], holder, HYGIENE, "")
        return self.world.hub.applicant.show(asked, chosen, HOME)

    def not_shown(self, *chosen: str, case_no: str | None = None) -> str:
        with pytest.raises(HubError) as error:
            self.at_window(*chosen, case_no=case_no)
        return error.value.code

    def records(self, since: int) -> list[tuple[str, str]]:
        found = [entry.record for entry in self.world.hub.log.entries(since)]
        return [(str(r["phase"]), str(r.get("result") or r.get("reason") or "")) for r in found]


def path(made: LinkMade) -> str:
    return "/p/" + made.link.rpartition("/")[2]


@pytest.fixture(scope="module", params=ENGINES)
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, prepared_keys: Path
) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("links")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_file"), folder / "hub.sqlite")
        yield from _made(folder, prepared_keys, f"sqlite:///{folder / 'hub.sqlite'}")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.fresh(request.getfixturevalue("migrated_template")) as url:
        yield from _made(folder, prepared_keys, url)


def _made(folder: Path, keys: Path, url: str) -> Iterator[Shop]:
    world = opened(folder / "hub", keys, url)
    case_id = world.dispatched(chosen=(HYGIENE,))
    world.accept(case_id, HYGIENE)
    world.decide(case_id, HYGIENE)
    world.run("sign")
    with world.hub.database.read() as session:
        row = session.execute(certificates.select()).one()
    yield Shop(world, TestClient(application(world.hub)), row.id, world.case(case_id).case_no)
    world.hub.close()


@pytest.fixture
def shop(standing: Shop, request: pytest.FixtureRequest) -> Shop:
    request.node.user_properties.append(("engine", standing.world.hub.database.dialect))
    return standing


def test_the_forms_name_everything_that_a_link_or_code_shows_in_clear_and_in_the_form_it_is_shown(shop: Shop) -> None:
    assert set(IN_CLEAR) == {one.name for one in fields(Claims)} - {"digests"}
    view = shop.world.hub.registry.certificate(shop.world.clerk, shop.id)
    said = dict(view.in_clear)
    link = sdjwt.read(shop.client.get(path(shop.link("clear", shown=()))).text)
    for claims in (link.claims, credential.read(credential.from_qr_text(shop.at_window().text)).claims):
        told = {str(claims.identifier), claims.type_name, claims.holder, claims.authority or said["颁发机构"]}
        assert told <= set(said.values()) and not link.shown
        assert period_in_words(claims.valid_from, claims.valid_to) == said["有效期"]
    page = shop.client_of_clerk().get(f"/certificates/{shop.id}").text
    assert page.count(f"持证主体（{link.claims.holder}）") == page.count(f"证照标识（{link.claims.identifier}）") == 2
    assert not [name for name, _ in view.showable if name in ("identifier", "holder", "holder_name")], "of a body"


def test_whoever_opens_it_has_the_chosen_claims_alone_signed_by_the_authority(shop: Shop) -> None:
    answer = shop.client.get(path(shop.link("a")))
    assert answer.headers["content-type"] == "application/dc+sd-jwt" and answer.headers["cache-control"] == "no-store"
    report = verify(answer.content, shop.world.hub.verification.trust(), shop.world.now[0])
    assert report.ok and report.content and report.outcome("competence") is Outcome.PASSED
    assert report.content.number and [one.name for one in report.content.fields] == ["KZ_CSMC"]
    assert FIRM.uscc not in _everything(answer.text)


def _everything(text: str) -> str:
    """All that the text says, with what is behind base64."""
    parts = [part for each in text.split("~") for part in each.split(".")[:2] if part]
    return " ".join(base64.urlsafe_b64decode(part + "==").decode("utf-8", "replace") for part in parts)


def test_a_library_of_others_verifies_it_by_the_published_keys(shop: Shop) -> None:
    text = shop.client.get(path(shop.link("b"))).text
    issuer = json.loads(base64.urlsafe_b64decode(text.split(".")[1] + "=="))["iss"]
    below = issuer.split("//", 1)[1].partition("/")[2]
    metadata = shop.client.get(f"/.well-known/jwt-vc-issuer/{below}").json()
    keys = shop.client.get("/" + metadata["jwks_uri"].split("//", 1)[1].partition("/")[2]).json()

    def key(asked: str, header: dict[str, str]) -> object:
        assert asked == metadata["issuer"]
        return JWKSet.from_json(json.dumps(keys)).get_key(header["kid"])

    said = SDJWTVerifier(text, key).get_verified_payload()
    assert said["vct"].startswith("urn:yijian:certificate:") and said["KZ_CSMC"] and "holder_code" not in said
    assert said["status"]["status_list"]["uri"].endswith(f"/s/{issuer.rpartition('/')[2]}")


def test_each_opening_is_an_intent_and_its_outcome_that_name_the_claims_and_no_person(shop: Shop) -> None:
    made, before = shop.link("c"), shop.world.hub.log.size()
    assert shop.get(made)[0] == 200 and shop.records(before) == [("intent", ""), ("outcome", "found")]
    intent = next(iter(shop.world.hub.log.entries(before))).record
    assert intent["consumer"]["auth"] == "link" and "出示链接" in intent["legal_basis"]["clause"]
    assert set(SHOWN) <= set(intent["fields"]) and FIRM.uscc not in str(intent) and made.link not in str(intent)


def test_what_is_used_up_run_out_or_revoked_is_told_apart_and_recorded(shop: Shop) -> None:
    used, ended, taken = shop.link("d"), shop.link("e"), shop.link("f", times=5)
    assert shop.get(used)[0] == 200
    shop.door.revoke(shop.world.clerk, shop.id, taken.view.id)
    with shop.world.hub.database.write() as session:
        past = shop.world.now[0] - timedelta(seconds=1)
        session.execute(update(certificate_links).where(certificate_links.c.id == ended.view.id).values(until=past))
    before = shop.world.hub.log.size()
    told = [shop.get(made) for made in (used, ended, taken)]
    assert told == [(410, "LINK_USED_UP"), (410, "LINK_EXPIRED"), (410, "LINK_REVOKED")]
    assert [phase for phase, _ in shop.records(before)] == ["denied"] * 3


def test_the_same_key_gives_the_same_link_and_its_uses_go_on(shop: Shop) -> None:
    assert shop.link("g", times=2).link == shop.link("g", times=2).link
    made = shop.link("g", times=2)
    assert [shop.get(made)[0] for _ in range(3)] == [200, 200, 410]
    listed = next(one for one in shop.door.links(shop.world.clerk, shop.id) if one.id == made.view.id)
    assert (listed.used, listed.state) == (2, links.USED_UP)


def test_a_link_that_nobody_made_is_unknown_and_a_browser_reads_why(shop: Shop) -> None:
    answer = shop.client.get("/p/nolink", headers={"accept": "text/html"})
    assert answer.status_code == 404 and "没有这个链接" in answer.text
    assert shop.client.get("/.well-known/jwt-vc-issuer/i/11411323MB9990001X").status_code == 404


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"case_no": "411323000000000000"}, "HOLDER_NOT_IN_CASE"),
        ({"shown": ("KZ_NONE",)}, "CLAIM_UNKNOWN"),
        ({"shown": ("number", "number")}, "CLAIM_UNKNOWN"),
        ({"times": 21}, "LINK_TIMES"),
        ({"purpose": " "}, "PURPOSE_MISSING"),
    ],
)
def test_a_link_is_refused_with_the_reason(shop: Shop, other: dict[str, object], code: str) -> None:
    assert shop.refused(f"h{code}", **other) == code


def test_a_link_lasts_thirty_days_at_most_and_a_certificate_that_ended_gives_none(shop: Shop) -> None:
    assert shop.refused("i", until=shop.world.now[0] + timedelta(days=31)) == "LINK_ENDS"
    made = shop.link("j")
    with shop.world.hub.database.write() as session:
        session.execute(update(certificates).where(certificates.c.id == shop.id).values(status_code="02"))
    assert shop.get(made) == (409, "CERTIFICATE_NOT_VALID") and shop.refused("k") == "CERTIFICATE_NOT_VALID"
    [told] = [one.state for one in shop.door.links(shop.world.clerk, shop.id) if one.id == made.view.id]
    assert told == "certificate_not_valid"
    with shop.world.hub.database.write() as session:
        session.execute(update(certificates).where(certificates.c.id == shop.id).values(status_code="01"))
    assert shop.get(made)[0] == 200, "what was refused counted nothing"


# --- codes: the same choice, for a phone without a network ----------------------------------------------------------------


def test_the_checker_sees_the_chosen_fields_and_none_of_the_rest(shop: Shop) -> None:
    made = shop.own(NAME)
    report = verify(made.text.encode(), shop.world.hub.verification.believed(), shop.world.now[0])
    assert report.ok and report.content and len(report.content.fields) == 1 and not report.content.number
    assert report.content.fields[0].value in [value for _, value in made.seen]
    assert "证照编号" in made.hidden and made.size <= MAX_BYTES and FIRM.uscc not in str(made.seen)


def test_fields_that_the_certificate_s_own_code_has_no_room_for_are_signed_by_themselves(shop: Shop) -> None:
    chosen = _longest(shop, 3)
    before = shop.world.hub.log.size()
    made = shop.at_window(*chosen)
    report = verify(made.text.encode(), shop.world.hub.verification.believed(), shop.world.now[0])
    phases = [phase for phase, _ in shop.records(before)]
    assert report.ok and made.size <= MAX_BYTES and phases == ["admin", "viewed"]


def test_a_choice_too_large_for_a_code_is_refused_with_how_large_and_what_is_longest(shop: Shop) -> None:
    with pytest.raises(HubError, match=f"最多 {MAX_BYTES} 字节.*最长的是“"):
        shop.at_window(*_longest(shop, 9))
    assert shop.not_shown("KZ_NICHTS") == shop.not_shown(NAME, NAME) == "CLAIM_UNKNOWN"


def test_claims_are_chosen_by_their_labels_too_and_a_refusal_lists_them_all(shop: Shop) -> None:
    made = shop.at_window("证照编号", NAME)
    assert made.names == ("number", NAME) and shop.link("by label", shown=("证照编号",)).view.shown == (
        ("number", "证照编号"),
    )
    with pytest.raises(BadInput) as error:
        shop.at_window("number", "证照编号")
    assert error.value.code == "CLAIM_UNKNOWN" and "number 证照编号" in error.value.fields["shown"]
    assert all(f"；{name} " in error.value.fields["shown"] for name in (NAME, "holder_code"))


def test_each_code_is_an_export_in_the_log_that_names_the_fields_and_no_person(shop: Shop) -> None:
    before = shop.world.hub.log.size()
    shop.own(NAME)
    shop.at_window(NAME)
    found = [entry.record for entry in shop.world.hub.log.entries(before)]
    assert [(one["phase"], one["screen"], one["action"]) for one in found] == [
        ("viewed", "progress-showing", "export"), ("viewed", "certificate-showing", "export"),
    ]  # fmt: skip
    assert all(one["fields"] == [NAME] and "出示码" in one["legal_basis"]["clause"] for one in found)
    assert FIRM.uscc not in str(found)


def test_who_does_not_know_the_whole_number_or_names_no_case_of_the_holder_s_gets_none(shop: Shop) -> None:
    before = shop.world.hub.log.size()
    with pytest.raises(HubError) as wrong:
        shop.own(NAME, holder="91")
    assert wrong.value.code == "PROGRESS_NOT_FOUND" and shop.not_shown(NAME, case_no="411323") == "HOLDER_NOT_IN_CASE"
    assert shop.world.hub.log.size() == before


def test_of_a_certificate_that_does_not_hold_there_is_no_code(shop: Shop) -> None:
    with shop.world.hub.database.write() as session:
        session.execute(update(certificates).values(status_code="02"))
    try:
        assert shop.not_shown(NAME) == "CERTIFICATE_NOT_VALID"
    finally:
        with shop.world.hub.database.write() as session:
            session.execute(update(certificates).values(status_code="01"))


def _longest(shop: Shop, count: int) -> list[str]:
    asked = OwnFile(shop.case_no, PHONE[-4:], FIRM.uscc, HYGIENE, "")
    claims = sorted(shop.world.hub.applicant.showable(asked, HOME).claims, key=lambda one: -len(one.value))
    return [claim.name for claim in claims[:count]]


def test_what_is_offered_is_each_field_once_by_its_words(shop: Shop) -> None:
    asked = OwnFile(shop.case_no, PHONE[-4:], FIRM.uscc, HYGIENE, "")
    found = shop.world.hub.applicant.showable(asked, HOME)
    assert len({one.label for one in found.claims}) == len(found.claims)
    assert [label for label, _ in found.always] == list(dict.fromkeys(IN_CLEAR.values()))


def test_an_act_by_a_role_that_may_not_is_in_the_log_as_refused_at_page_and_api(shop: Shop) -> None:
    http, before = Http(shop.client.app), shop.world.hub.log.size()  # type: ignore[arg-type]
    act = {"act": "revoke", "reason": "示例", "decision": "示例决〔2026〕31号", "key": "k"}
    page = shop.client_of_clerk().post(f"/certificates/{shop.id}/acts", data=act)
    with pytest.raises(ClientProblem) as api:
        http.person(shop.world, HUB, Role.AUDITOR)._doc("POST", f"/certificates/{shop.id}/acts", act)
    assert (page.status_code, api.value.code) == (403, "ROLE_MISSING")
    found = [entry.record for entry in shop.world.hub.log.entries(before)]
    assert [(r["action"], r["result"], r["reason"]) for r in found] == [("certificate:revoke", "refused", "role_missing")] * 2  # fmt: skip
