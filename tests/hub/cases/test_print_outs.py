"""Results that are gathered, not decided: a tax certificate that the tax system signed, on a whole hub, on each engine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from adapters.contract import Document, NotFound, Pending, Push, Unavailable, Unusable, Why
from certificates.certificate import FORMAT, MEDIA_TYPE
from certificates.envelope import open_envelope
from hub.cases.applicant_view import OwnFile
from hub.errors import BadInput, NotNow, NotThere
from hub.store.tables import archives, certificates, evidence, work
from hub.wiring.reports import Acceptance, Decision, SpecialProcedure
from tests.hub.cases.asking import CHILD, DECLARATION, GUARDIAN, HOMES, PRINT_OUT, TAX_CERTIFICATE, Counter, found

RESOURCE, TITLE = "tax.deed-tax-certificate", "契税完税证明"


def declared(counter: Counter) -> str:
    """A buyer whose declaration the tax bureau has decided; the certificate is being asked for."""
    counter.says("housing.home-count", found(home_count="1"))
    case_id = counter.buy()
    counter.decided(case_id)
    return case_id


def gathered(counter: Counter, *documents: Document) -> str:
    counter.says(RESOURCE, found(documents or (counter.certificate(),)))
    case_id = declared(counter)
    counter.run()
    return case_id


def test_nothing_is_asked_for_before_the_declaration_is_decided(counter: Counter) -> None:
    counter.says("housing.home-count", found(home_count="1"))
    case_id = counter.buy()
    counter.run()
    item = counter.item(case_id, PRINT_OUT)
    assert counter.departments.times(RESOURCE) == 0
    assert (item.state, item.state_title, item.waits_for) == ("waiting", "待获取", ("示例契税申报",))


def test_the_document_is_kept_as_the_tax_system_signed_it(counter: Counter) -> None:
    document = counter.certificate()
    case_id = gathered(counter, document)
    hub, world = counter.world.hub, counter.world
    file = hub.clerk.certificate(world.clerk, case_id, PRINT_OUT)
    assert (file.body, file.media_type) == (document.body, MEDIA_TYPE)
    assert world.keys("sign") == {}, "nothing was signed here"
    own = OwnFile(world.case(case_id).case_no, GUARDIAN[-4:], GUARDIAN, PRINT_OUT, "ycert")
    assert hub.applicant.certificate_file(own, "127.0.0.1").body == document.body, "the applicant has the same"


def test_the_same_document_of_two_cases_is_one_entry_of_the_registry(counter: Counter) -> None:
    counter.says(RESOURCE, found((counter.certificate(),)))
    counter.says("housing.home-count", found(home_count="1"))
    cases = [counter.buy(key=key) for key in ("k1", "k2")]
    for case_id in cases:
        counter.decided(case_id)
    counter.run()
    [one] = {counter.item(case_id, PRINT_OUT).registered for case_id in cases}
    view = counter.world.hub.registry.certificate(counter.world.clerk, one)
    assert (view.row.origin, view.row.trust, view.row.number) == ("imported", "B", "（2026）示例完税第000001号")
    assert [(act.title, act.by) for act in view.acts] == [("归集入库", "示例税务局的系统")]
    assert view.holder_code == GUARDIAN and [kind for kind, _ in view.files] == ["ycert"]


def test_the_page_says_who_issued_it_and_that_its_signature_holds(counter: Counter) -> None:
    item = counter.item(gathered(counter), PRINT_OUT)
    assert (item.state, item.readable) == ("completed", True) and item.certificate.startswith("1.2.156.3005.2.")
    assert item.issuer.startswith("由示例税务局签发，签名已核验")


def test_it_is_asked_through_the_exchange_with_intent_and_evidence(counter: Counter) -> None:
    case_id = gathered(counter)
    log = counter.world.hub.log
    intents = [r for r in log.search(phase="intent", provider="tax", limit=100) if RESOURCE in repr(r.record)]
    with counter.world.hub.database.read() as session:
        kept = session.execute(select(evidence).where(evidence.c.resource == RESOURCE)).one()
        result = session.execute(select(certificates)).one()
    assert len(intents) == 1 and kept.document_file == result.file and kept.case_id == case_id


def test_it_is_pushed_delivered_and_archived(counter: Counter) -> None:
    case_id = gathered(counter)
    counter.world.run()
    pushes = [p for p in counter.world.outside.given("push") if isinstance(p, Push)]
    licence = next(p for p in pushes if p.table == "up_lic_data")
    assert licence.values["certificate_type"] == TAX_CERTIFICATE and licence.values["authority_name"] == "示例税务局"
    assert counter.world.states(case_id) == {HOMES: "completed", DECLARATION: "delivered", PRINT_OUT: "delivered"}
    with counter.world.hub.database.read() as session:
        manifest = session.execute(select(archives.c.manifest_file)).scalar_one()
    assert b'"gathered"' in counter.world.hub.files.read(str(manifest))


@pytest.mark.parametrize("missing", [NotFound(), Unavailable(Why.REFUSED_CONNECTION), found()])
def test_a_document_that_is_not_there_yet_is_asked_for_again(counter: Counter, missing: object) -> None:
    counter.says(RESOURCE, missing, found((counter.certificate(),)))  # type: ignore[arg-type]
    case_id = declared(counter)
    counter.world.one("gather")
    counter.world.one("ask")
    counter.world.one("take_document")
    item = counter.item(case_id, PRINT_OUT)
    assert item.state == "gathering" and "已获取 1 次，系统会继续自动获取" in item.note
    counter.run()
    assert counter.item(case_id, PRINT_OUT).state == "completed" and counter.departments.times(RESOURCE) == 2


def test_the_next_try_waits_longer_each_time(counter: Counter) -> None:
    counter.says(RESOURCE, NotFound())
    declared(counter)
    counter.world.one("gather")
    pauses = []
    for _ in range(5):
        counter.world.one("ask")
        counter.world.one("take_document")
        with counter.world.hub.database.read() as session:
            due = session.execute(
                select(work.c.run_at).where(work.c.kind == "ask", work.c.state == "ready")
            ).scalar_one()
            pauses.append(round((due - counter.world.hub.database.now(session)).total_seconds()))
    assert pauses == [5, 5, 5, 8, 16]


def test_a_person_at_the_inbox_may_answer_with_the_document_later(counter: Counter) -> None:
    counter.says(RESOURCE, Pending("ticket-1", counter.world.now[0]), found((counter.certificate(),)))
    case_id = declared(counter)
    counter.run()
    assert "已转示例税务局人工答复" in counter.item(case_id, PRINT_OUT).note
    assert counter.departments.times(RESOURCE) == 1, "an open question is not asked again"


def changed(counter: Counter) -> Document:
    """Somebody wrote another number into a certificate that was signed."""
    whole = counter.certificate()
    envelope = open_envelope(whole.body, FORMAT)
    payload = envelope.payload.replace("第000001号".encode(), "第000002号".encode())
    return Document(whole.name, whole.media_type, replace(envelope, payload=payload).to_bytes())


WRONG = [
    pytest.param(lambda c: c.certificate(holder=CHILD), "不是本办件当事人的", id="of-somebody-else"),
    pytest.param(lambda c: c.certificate(type_code="11410000MB9900017M702"), "密钥无权签发", id="of-another-type"),
    pytest.param(lambda c: c.certificate(authority="11410000MB9900033B"), "未采用", id="of-another-authority"),
    pytest.param(changed, "签名不符", id="changed"),
    pytest.param(lambda c: Document("a", MEDIA_TYPE, b"{}"), "不完整或者被改动", id="torn"),
    pytest.param(lambda c: Document("a", "application/pdf", b"<html>"), "不是可识别的格式", id="not-what-it-says"),
    pytest.param(lambda c: Document("a", "application/pdf", b""), "是空的", id="empty"),
]


@pytest.mark.parametrize(("made", "words"), WRONG)
def test_a_wrong_document_is_a_visible_problem_and_no_result(counter: Counter, made: object, words: str) -> None:
    case_id = gathered(counter, made(counter))  # type: ignore[operator]
    item = counter.item(case_id, PRINT_OUT)
    assert item.state == "gathering" and words in item.reason and counter.world.count(certificates) == 0
    assert counter.query(case_id, TITLE).outcome == "unusable"
    assert {w.code for w in counter.query(case_id, TITLE).ways} >= {"retry", "go_on"}
    counter.world.run()
    assert counter.world.state(case_id) == "in_progress"


def test_a_wrong_document_may_be_asked_for_again(counter: Counter) -> None:
    counter.says(RESOURCE, found((counter.certificate(holder=CHILD),)), found((counter.certificate(),)))
    case_id = declared(counter)
    counter.run()
    asked = counter.query(case_id, TITLE)
    counter.world.hub.clerk.query_way(counter.world.clerk, case_id, asked.id, "retry")
    counter.run()
    item = counter.item(case_id, PRINT_OUT)
    assert (item.state, item.reason) == ("completed", "")


def test_a_person_may_go_on_without_the_document(counter: Counter) -> None:
    counter.says(RESOURCE, Unusable("document", "$.wj", "sha256"))
    case_id = declared(counter)
    counter.run()
    no = counter.world.case(case_id).item(PRINT_OUT).item_no
    with pytest.raises(BadInput):
        counter.world.hub.clerk.act(counter.world.clerk, case_id, f"without:{no}")
    counter.world.hub.clerk.act(counter.world.clerk, case_id, f"without:{no}", reason="已在税务窗口打印")
    item = counter.item(case_id, PRINT_OUT)
    assert (item.answer, item.state_title, item.certificate) == ("not_gathered", "未取得电子文件", "")
    counter.world.run()
    assert counter.world.state(case_id) == "archived"


def test_going_on_at_the_question_ends_the_wait_too(counter: Counter) -> None:
    counter.says(RESOURCE, Unusable("document", "$.wj", "sha256"))
    case_id = declared(counter)
    counter.run()
    asked = counter.query(case_id, TITLE)
    counter.world.hub.clerk.query_way(counter.world.clerk, case_id, asked.id, "go_on", reason="handed_in")
    counter.run()
    item = counter.item(case_id, PRINT_OUT)
    assert (item.answer, item.reason) == ("not_gathered", "申请人已提交纸质材料")


def test_a_pdf_is_taken_and_said_to_be_unverified(counter: Counter) -> None:
    body = b"%PDF-1.7 example"
    case_id = gathered(counter, Document("wszm.pdf", "application/pdf", body))
    item = counter.item(case_id, PRINT_OUT)
    assert item.state == "completed" and "签名未能核验" in item.issuer and not item.readable
    view = counter.world.hub.registry.certificate(counter.world.clerk, item.registered)
    assert (view.row.trust, view.holder_code, view.files) == ("C", GUARDIAN, (("pdf", "版式文件 PDF"),))
    assert counter.world.hub.clerk.certificate(counter.world.clerk, case_id, PRINT_OUT).filename.endswith(".pdf")
    with pytest.raises(NotThere):
        counter.world.hub.clerk.certificate_page(counter.world.clerk, case_id, PRINT_OUT, "n")


@pytest.mark.parametrize("moment", ["gather", "ask", "take_document"])
def test_a_worker_that_dies_repeats_the_rest_and_never_the_effect(counter: Counter, moment: str) -> None:
    counter.says(RESOURCE, found((counter.certificate(),)))
    case_id = declared(counter)
    for kind in ("gather", "ask", "take_document"):
        if kind == moment:
            counter.world.dies(kind)
        counter.world.run(kind)
    assert counter.item(case_id, PRINT_OUT).state == "completed"
    assert counter.world.count(certificates) == 1 and counter.events(case_id).count("gathered") == 1


def test_a_declaration_that_fails_ends_the_print_out(counter: Counter) -> None:
    counter.says("housing.home-count", NotFound())
    case_id = counter.buy()
    counter.world.accept(case_id, DECLARATION)
    counter.world.decide(case_id, DECLARATION, result="denied", reason="申报价格有误")
    assert counter.world.states(case_id) == {HOMES: "completed", DECLARATION: "denied", PRINT_OUT: "terminated"}
    counter.run()
    assert counter.departments.times(RESOURCE) == 0


# --- the declaration waits for the payment ------------------------------------------------------------------------------


def paying(counter: Counter) -> str:
    """A declaration that was taken on and waits for 9,000 yuan."""
    counter.says("housing.home-count", found(home_count="1"))
    case_id = counter.buy()
    counter.world.accept(case_id, DECLARATION)
    report = SpecialProcedure("start", "2", "待缴款", "", "9000.00", "电子税务局或者办税窗口")
    _special(counter, case_id, report)
    return case_id


def _special(counter: Counter, case_id: str, report: SpecialProcedure) -> None:
    own = counter.world.case(case_id).item(DECLARATION)
    counter.world.hub.department.special_procedure(counter.world.system("tax"), own.item_no, f"k-{report}", report)


def test_the_applicant_reads_what_to_pay_and_where(counter: Counter) -> None:
    case_id = paying(counter)
    case_no = counter.world.case(case_id).case_no
    view = counter.world.hub.applicant.progress(case_no, GUARDIAN[-4:], "127.0.0.1")
    item = next(i for i in view.items if i.code == DECLARATION)
    assert (item.state_title, item.paused) == ("待缴款", "待缴款")
    assert item.note == "应缴 9000.00 元；缴款途径：电子税务局或者办税窗口"


def test_the_clock_stands_until_the_payment_and_the_applicant_is_told(counter: Counter) -> None:
    case_id = paying(counter)
    segment = counter.world.case(case_id).item(DECLARATION).segments[-1]
    assert (segment.running, segment.cause) == (False, "待缴款")
    counter.world.run("sms")
    assert any("待缴款" in m.text for m in counter.world.outside.given("sms"))  # type: ignore[attr-defined]


def test_the_decision_itself_says_that_it_was_paid(counter: Counter) -> None:
    counter.says(RESOURCE, found((counter.certificate(),)))
    case_id = paying(counter)
    counter.world.decide(case_id, DECLARATION)
    assert counter.world.state(case_id, DECLARATION) == "approved"
    assert counter.item(case_id, DECLARATION).state_title == "已办结"
    counter.run()
    assert counter.item(case_id, PRINT_OUT).state == "completed"


def test_the_amount_is_never_in_an_event_or_on_the_wire_of_the_platform(counter: Counter) -> None:
    paying(counter)
    counter.world.run()
    assert "9000.00" not in repr(counter.world.outside.given("push"))


@pytest.mark.parametrize(
    "report",
    [
        SpecialProcedure("start", "2", "专家评审", "复杂", "9000.00"),
        SpecialProcedure("start", "2", "待缴款", "", "九千"),
        SpecialProcedure("start", "2", "待缴款", "", "1e9"),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(counter: Counter, report: SpecialProcedure) -> None:
    counter.says("housing.home-count", found(home_count="1"))
    case_id = counter.buy()
    counter.world.accept(case_id, DECLARATION)
    with pytest.raises(BadInput):
        _special(counter, case_id, report)


def test_a_print_out_is_nobody_s_to_decide(counter: Counter) -> None:
    own = counter.world.case(declared(counter)).item(PRINT_OUT)
    system = counter.world.system("tax")
    with pytest.raises(NotNow):
        counter.world.hub.department.decision(system, own.item_no, "k", Decision("approved"))
    with pytest.raises(NotNow):
        counter.world.hub.department.acceptance(system, own.item_no, "k2", Acceptance("accepted"))
