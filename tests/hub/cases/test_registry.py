"""The registry: who may see and change which certificate, versions, what ends by itself, what happens twice or at once."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import delete, select, update

from adapters.outside.keyfolder import KeyFolder
from adapters.outside.signingservice import ServiceSigner
from adapters.outside.signingwire import ServiceLine, ServicePlace
from adapters.simulators.signingservice import SigningService, serving
from certificates.certificate import read
from certificates.status import STATUSES, read_status_list
from certificates.statuslist import SUSPENDED
from certificates.statuslist import read as read_list
from hub.clock import local, utc_now
from hub.errors import HubError
from hub.identity.principal import Principal
from hub.registry import rows
from hub.registry.acts import Act, open_acts
from hub.registry.renewing import Wish
from hub.registry.rows import Wanted
from hub.sharinglog.errors import LogUnavailable
from hub.store.tables import certificate_acts, certificate_copies, certificate_files, certificates, form_values
from hub.store.work import Claimed
from hub.web.wording import screen
from hub.wiring.annotated import CopyAsked
from hub.wiring.drawing_later import later
from hub.wiring.making import Made
from hub.wiring.registry import ActAsked
from hub.wiring.registry_log import RECORDED
from hub.wiring.registry_views import CertificateRow
from tests.hub.cases.making import FOOD
from tests.hub.cases.world import FIRM, World, answered

OFFICE = "market-regulation"
DECISION = "示例决〔2026〕9号"


@pytest.fixture
def licence(world: World) -> str:
    """The id of a signed food permit."""
    case_id = world.dispatched(chosen=(FOOD,))
    world.accept(case_id, FOOD)
    world.decide(case_id, FOOD)
    world.run("sign")
    [row], _ = world.hub.registry.search(world.officer(OFFICE), Wanted(), 1)
    return row.id


def asked(act: str, key: str = "k", revision: int | None = None, **wish: object) -> ActAsked:
    return ActAsked(act, "示例理由", DECISION, key, revision, Wish(**wish))  # type: ignore[arg-type]


def do(world: World, licence: str, act: str, key: str = "k", **wish: object) -> CertificateRow:
    return world.hub.registry.act(world.officer(OFFICE), licence, asked(act, key, None, **wish))


def refused(world: World, licence: str, ask: ActAsked, office: str = OFFICE) -> str:
    with pytest.raises(HubError) as error:
        world.hub.registry.act(world.officer(office), licence, ask)
    return error.value.code


def test_a_signed_certificate_stands_in_the_registry_with_its_holder_its_files_and_its_issue(
    world: World, licence: str
) -> None:
    view = world.hub.registry.certificate(world.officer(OFFICE), licence)
    assert (view.holder_code, view.row.status, [(a.title, a.by) for a in view.acts]) == (
        FIRM.uscc,
        "01",
        [("签发", "西峡县市场监督管理局的系统")],
    ), "by whom the decision was made"
    assert {"png", "ycert"} <= {kind for kind, _ in view.files}


def test_a_rare_character_leaves_the_certificate_valid_and_says_who_mends_the_face(world: World) -> None:
    case_id = world.dispatched(chosen=(FOOD,))
    with world.hub.database.write() as session:
        session.execute(update(form_values).where(form_values.c.case_id == case_id).values(value="示例\U00030000"))
    world.accept(case_id, FOOD)
    world.decide(case_id, FOOD)
    world.run("sign", "draw_faces")
    [row], _ = world.hub.registry.search(world.officer(OFFICE), Wanted(), 1)
    view = world.hub.registry.certificate(world.officer(OFFICE), row.id)
    assert row.status == "01" and "ycert" in dict(view.files) and "ofd" not in dict(view.files)
    assert "YIJIAN_FONT" in view.lacking and list(world.keys("draw_faces", "dead")) == [f"draw_faces:{row.id}"]


def test_the_files_that_were_lacking_come_when_the_work_is_retried(world: World, licence: str) -> None:
    f = certificate_files.c
    with world.hub.database.write() as session:
        session.execute(delete(certificate_files).where(f.certificate_id == licence, f.kind == "ofd"))
        later(session, licence, Made((), (), "font-glyph"), world.now[0])
    assert world.hub.registry.certificate(world.clerk, licence).lacking
    world.run("draw_faces")
    view = world.hub.registry.certificate(world.clerk, licence)
    assert "ofd" in dict(view.files) and not view.lacking


def test_a_suspended_certificate_can_be_resumed_and_a_revoked_one_cannot(world: World, licence: str) -> None:
    assert do(world, licence, "suspend", "a1").status == "02"
    assert do(world, licence, "resume", "k2").status == "01"
    assert do(world, licence, "revoke", "k3").status == "07"
    assert refused(world, licence, asked("resume", "k4")) == "ACT_NOT_ALLOWED" and open_acts("07") == ()


def test_the_same_key_twice_is_one_act(world: World, licence: str) -> None:
    assert do(world, licence, "suspend").status == do(world, licence, "suspend").status == "02"
    assert world.count(certificate_acts) == 2


def test_a_key_that_stands_for_another_act_is_refused_and_the_refusal_is_in_the_log(world: World, licence: str) -> None:
    do(world, licence, "suspend", "a1")
    do(world, licence, "resume", "a2")
    before = world.hub.log.size()
    assert refused(world, licence, asked("revoke", "a1")) == "KEY_REUSED"
    [entry] = world.hub.log.entries(before)
    assert (entry.record["action"], entry.record["result"], entry.record["reason"]) == (
        "certificate:revoke",
        "refused",
        "key_reused",
    )
    assert do(world, licence, "suspend", "a1").status == "02", "the first answer"
    assert world.hub.registry.certificate(world.officer(OFFICE), licence).row.status == "01"


def test_who_saw_an_older_page_is_told_that_somebody_was_before(world: World, licence: str) -> None:
    do(world, licence, "suspend", "a1")
    assert refused(world, licence, asked("cancel", "k2", 0)) == "CERTIFICATE_CHANGED"


def test_two_at_once_do_not_both_act(world: World, licence: str) -> None:
    with world.hub.database.read() as session:
        seen = rows.entry(session, "411323", licence)
    do(world, licence, "suspend", "a1")
    doing = rows.Doing(Act.CANCEL, "x", OFFICE, "示例", DECISION, "k2")
    with pytest.raises(HubError, match="刚刚被别人处理过"), world.hub.database.write() as session:
        rows.act(session, seen, doing, world.now[0])


def test_another_authority_neither_sees_nor_changes_it(world: World, licence: str) -> None:
    assert world.hub.registry.search(world.officer("health"), Wanted(), 1) == ((), False)
    assert refused(world, licence, asked("revoke"), "health") == "CERTIFICATE_OF_ANOTHER"


def test_without_a_decision_and_a_reason_nothing_changes(world: World, licence: str) -> None:
    assert refused(world, licence, ActAsked("revoke", "示例理由", " ", "k")) == "DECISION_MISSING"
    assert refused(world, licence, ActAsked("revoke", "", DECISION, "k")) == "REASON_MISSING"
    assert refused(world, licence, asked("delete")) == "ACT_UNKNOWN"


def test_a_change_makes_the_next_version_and_the_old_one_holds_until_that_is_signed(world: World, licence: str) -> None:
    do(world, licence, "change", values={"KZ_JYCS": "西峡县示例路 99 号"})
    before = world.hub.registry.certificate(world.officer(OFFICE), licence)
    assert (before.row.status, len(before.versions)) == ("01", 1)
    world.run("sign_version")
    after = world.hub.registry.certificate(world.officer(OFFICE), licence)
    new = after.versions[1]
    assert (after.row.status, new.status, new.version) == ("05", "01", 2)
    assert (
        new.identifier.split(".")[-2] == "002" and new.identifier.split(".")[-3] == after.row.identifier.split(".")[-3]
    )


def test_what_changed_stands_in_the_new_version_s_signed_file(world: World, licence: str) -> None:
    changed = {"KZ_JYCS": "西峡县示例路 99 号", "holder_name": "西峡县示例更名商行"}
    do(world, licence, "change", values=changed)
    world.run("sign_version")
    with world.hub.database.read() as session:
        new = session.execute(select(certificates).where(certificates.c.version == 2)).one()
    said = {f.name: f.value for f in read(world.hub.files.read(new.file)).content.fields}
    assert (said["KZ_JYCS"], new.draft) == ("西峡县示例路99号", None), "as issuing would have written it"


def test_a_renewal_never_ends_a_certificate_earlier(world: World, licence: str) -> None:
    [row], _ = world.hub.registry.search(world.officer(OFFICE), Wanted(), 1)
    assert row.valid_to is not None
    for day in (row.valid_to - timedelta(days=1), local(world.now[0]).date()):
        assert refused(world, licence, asked("renew", valid_to=day)) == "RENEWAL_SHORTENS"
    assert do(world, licence, "renew", valid_to=row.valid_to + timedelta(days=366)).status == "01"


def test_a_worker_that_dies_after_signing_a_version_leaves_one_version(world: World, licence: str) -> None:
    do(world, licence, "renew")
    world.dies("sign_version")
    world.again()
    world.run("sign_version")
    assert world.count(certificates) == 2
    assert len(world.hub.registry.certificate(world.officer(OFFICE), licence).versions) == 2


def gone(world: World) -> ServiceSigner:
    """A signing service that nobody serves any more."""
    with serving(SigningService({}, {})) as url:
        place = ServicePlace(url, "hub", b"a secret of the tests, long enough", timeout=60)
    return ServiceSigner(ServiceLine(place, utc_now), KeyFolder(world.hub.settings.keys_folder), lambda use: None)


def test_while_the_signer_is_away_a_version_waits_and_the_published_list_is_the_last_one(
    world: World, licence: str
) -> None:
    lists, office = world.hub.status_lists, world.hub.catalogs.current().departments[OFFICE].uscc
    listed = lists.token(office)
    do(world, licence, "renew")
    before, world.hub.signer.signers = world.hub.signer.signers, (gone(world),)
    world.run("sign_version")
    assert list(world.keys("sign_version").values()) == ["ready"] and lists.token(office).body == listed.body
    world.now[0] += timedelta(hours=7)
    with pytest.raises(HubError) as caught:
        lists.token(office)
    assert (caught.value.code, caught.value.status) == ("STATUS_LIST_UNSIGNED", 503)
    world.hub.signer.signers = before
    world.again()
    world.run("sign_version")
    assert list(world.keys("sign_version").values()) == ["done"] and world.count(certificates) == 2


def test_a_change_of_nothing_of_an_unknown_field_or_to_what_no_form_would_take_is_refused(
    world: World, licence: str
) -> None:
    assert refused(world, licence, asked("change")) == "NOTHING_CHANGED"
    assert refused(world, licence, asked("change", values={"KZ_XX": "1"})) == "CERTIFICATE_FIELD_UNKNOWN"
    assert refused(world, licence, asked("renew", valid_to=date(2020, 1, 1))) == "PERIOD_OVER"
    for name, text in (("holder_name", "x"), ("holder_name", "示" * 101), ("KZ_ZTYT", "x"), ("KZ_JYCS", "路" * 999)):
        assert refused(world, licence, asked("change", values={name: text})) == "VALUE_UNFIT", name


def test_what_is_over_lapses_by_itself_the_day_after(world: World, licence: str) -> None:
    over = world.now[0].date() - timedelta(days=2)
    with world.hub.database.write() as session:
        session.execute(update(certificates).values(valid_to=over))
    commit = asyncio.run(answered(world.handlers["expire_certificates"], Claimed(0, "", "", "", {}, 1)))
    assert commit is not None
    with world.hub.database.write() as session:
        commit(session, world.now[0])
    view = world.hub.registry.certificate(world.officer(OFFICE), licence)
    assert (view.row.status, view.acts[-1].title) == ("05", "到期失效")


def test_the_window_finds_a_holder_only_within_a_case_in_which_the_holder_is_proven(world: World, licence: str) -> None:
    with pytest.raises(HubError) as error:
        world.hub.registry.of_holder(world.clerk, FIRM.uscc)
    case_id = world.open("k9", (FOOD,))
    [found] = world.hub.registry.of_holder(world.clerk, FIRM.uscc, world.case(case_id).case_no)
    assert (error.value.code, found.id) == ("HOLDER_NOT_IN_CASE", licence)


def test_every_look_at_a_certificate_is_in_the_log(world: World, licence: str) -> None:
    before = len(world.hub.log.search(phase="viewed", limit=100))
    world.hub.registry.certificate(world.officer(OFFICE), licence)
    world.hub.registry.file(world.officer(OFFICE), licence, "ycert")
    world.hub.registry.of_holder(world.officer(OFFICE), FIRM.uscc)
    assert len(world.hub.log.search(phase="viewed", limit=100)) == before + 3


def test_an_annotated_copy_is_a_picture_for_one_purpose_made_once(world: World, licence: str) -> None:
    ask = CopyAsked("办理示例贷款", world.now[0].date() + timedelta(days=30), "c1", form="png")
    made = world.hub.registry.copy(world.clerk, licence, ask)
    assert made == world.hub.registry.copy(world.clerk, licence, ask)
    assert world.hub.registry.copy_file(world.clerk, licence, made.id).body.startswith(b"\x89PNG")


def test_a_copy_is_a_pdf_where_nothing_else_is_asked_names_who_made_it_and_is_given_until_its_last_day(
    world: World, licence: str
) -> None:
    last = local(world.now[0]).date() + timedelta(days=3)
    made = world.hub.registry.copy(world.officer(OFFICE), licence, CopyAsked("办理示例贷款", last, "c2"))
    world.now[0] += timedelta(days=3)
    body = world.hub.registry.copy_file(world.clerk, licence, made.id).body
    said = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(body)).split()
    assert any(f"{world.hub.catalogs.current().departments[OFFICE].name}，2026年" in word for word in said)
    assert made.form == "pdf"
    world.now[0] += timedelta(days=1)
    with pytest.raises(HubError) as error:
        world.hub.registry.copy_file(world.clerk, licence, made.id)
    assert error.value.code == "COPY_ENDED" and world.hub.registry.certificate(world.clerk, licence).copies[0].ended


def test_a_copy_made_before_is_given_to_nobody_while_the_certificate_does_not_hold(world: World, licence: str) -> None:
    ask = CopyAsked("办理示例贷款", world.now[0].date() + timedelta(days=3), "c3")
    made = world.hub.registry.copy(world.clerk, licence, ask)
    do(world, licence, "suspend")
    with pytest.raises(HubError, match="暂扣.*恢复有效") as error:
        world.hub.registry.copy_file(world.clerk, licence, made.id)
    assert (error.value.code, error.value.status) == ("CERTIFICATE_NOT_VALID", 409)


def test_no_copy_is_made_of_what_does_not_hold_nor_without_purpose_nor_for_ever(world: World, licence: str) -> None:
    today = world.now[0].date()
    do(world, licence, "suspend")
    codes = []
    for ask in (CopyAsked("示例", today, "a"), CopyAsked(" ", today, "b"), CopyAsked("示例", date(2099, 1, 1), "c")):
        with pytest.raises(HubError) as error:
            world.hub.registry.copy(world.clerk, licence, ask)
        codes.append(error.value.code)
    assert codes == ["CERTIFICATE_NOT_VALID", "PURPOSE_MISSING", "COPY_ENDS"]


def test_a_suspended_certificate_is_so_in_both_published_lists(world: World, licence: str, tmp_path: Path) -> None:
    lists = world.hub.status_lists
    office = world.hub.catalogs.current().departments[OFFICE].uscc
    before = lists.token(office)
    assert before is lists.token(office) and read_list(before.body.decode()).content.places == {}
    do(world, licence, "suspend")
    assert lists.write(tmp_path) > 0
    with world.hub.database.read() as session:
        one = rows.entry(session, "411323", licence)
    token = read_list((tmp_path / "status" / f"{office}.jwt").read_text()).content
    assert one.status_place is not None and token.at(one.status_place) == SUSPENDED
    dated = read_status_list((tmp_path / f"{office}.ystatus").read_bytes()).content
    assert [(e.identifier, e.status) for e in dated.entries] == [(one.identifier, "02")]


# --- every act is in the sharing log -------------------------------------------------------------------------------------

ACTS = ("suspend", "resume", "withdraw", "cancel", "revoke", "transfer", "renew", "change")
PLACE = {"KZ_JYCS": "西峡县示例路 99 号"}


def outcome(world: World, p: Principal, licence: str, name: str) -> str:
    """The status after the act, done to one that stands as the act needs, or the code with which it was refused."""
    wish = {"values": PLACE} if name == "change" else {}
    with world.hub.database.write() as session:
        session.execute(delete(certificates).where(certificates.c.state == "reserved"))
        session.execute(update(certificates).values(status_code="02" if name == "resume" else "01"))
    try:
        return world.hub.registry.act(p, licence, asked(name, f"{name} {p.subject}", None, **wish)).status
    except HubError as e:
        return e.code


def recorded(world: World) -> list[tuple[str, str | None, str]]:
    """What the log says of acts on certificates, oldest first."""
    found = [row.record for row in reversed(world.hub.log.search(phase="admin", limit=200))]
    acts = [one for one in found if str(one["action"]).startswith("certificate:")]
    return [(one["action"].partition(":")[2], one.get("result"), one["reason"]) for one in acts]


def test_every_act_of_reviewer_or_system_is_in_the_log_once_and_a_stranger_s_as_refused(
    world: World, licence: str
) -> None:
    for name in ACTS:
        p = world.system(OFFICE) if name == "withdraw" else world.officer(OFFICE)
        assert outcome(world, p, licence, name) in STATUSES, name
        assert outcome(world, p, licence, name), "the same key again is the same act"
    last = world.hub.log.search(phase="admin", limit=1)[0].record
    assert (last["target"], last["consumer"]["org"]) == (licence, OFFICE) and "示例" not in str(last)
    for name in ACTS:
        assert outcome(world, world.officer("health"), licence, name) == "CERTIFICATE_OF_ANOTHER"
        assert outcome(world, world.clerk, licence, name) == "ROLE_MISSING"
    assert outcome(world, world.clerk, "411323199001019990", "cancel") and outcome(world, world.clerk, licence, "burn")
    each = ("certificate_of_another", "role_missing")
    strangers = [(name, "refused", why) for name in ACTS for why in each]
    assert recorded(world) == [*((name, None, "by_decision") for name in ACTS), *strangers], "nor what is no act"


def test_an_act_or_a_copy_that_the_log_does_not_take_is_not_done(
    world: World, licence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> None:
        raise LogUnavailable("示例")

    copy = CopyAsked("办理示例贷款", local(world.now[0]).date(), "c", form="png")
    with monkeypatch.context() as no_log:
        no_log.setattr(world.hub.log, "append", away)
        assert outcome(world, world.officer(OFFICE), licence, "suspend") == "LOG_UNAVAILABLE"
        with pytest.raises(LogUnavailable):
            world.hub.registry.copy(world.clerk, licence, copy)
    assert world.hub.registry.certificate(world.clerk, licence).row.status == "01"
    assert (world.count(certificate_acts), world.count(certificate_copies)) == (1, 0)
    world.hub.registry.copy(world.clerk, licence, copy)
    with pytest.raises(HubError):
        world.hub.bringing.check(world.clerk, licence, "已核对", "k")
    assert recorded(world) == [("copy", None, "by_handling"), ("check", "refused", "certificate_not_imported")]


def test_every_act_has_a_name_for_people_on_the_page_of_the_log() -> None:
    assert (screen("certificate:suspend"), screen("certificate")) == ("证照暂扣", "电子证照")
    assert all(screen(f"certificate:{name}") not in ("电子证照", name) for name in RECORDED)
