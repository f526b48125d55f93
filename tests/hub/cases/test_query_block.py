"""What a clerk reads of a question to a department: about whom, what is wrong with an answer, and who went on and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import insert

from adapters.contract import Certificate
from hub.cases.views import QueryView
from hub.clock import new_id
from hub.store.tables import queries
from hub.web.wording import took
from hub.wiring.query_view import queries_of, rule_in_words
from tests.hub.cases.world import REGION, World


def query(world: World, outcome: str, **more: object) -> QueryView:
    """The one question of that kind as the page shows it."""
    case_id = world.open()
    scene, at = world.scene(case_id), world.now[0]
    resource = next(code for code in scene.site.resources if code.startswith("public-security."))
    values: Mapping[str, object] = {
        "id": new_id(at), "case_id": case_id, "region": REGION, "resource": resource, "subject": {}, "subject_blind": new_id(at),
        "subject_role": "legal_representative", "subject_keys": {}, "fields": [], "item": "", "round": 9, "state": "answered",
        "outcome": outcome, "queued_at": at, "asked_at": at - timedelta(hours=3), "answered_at": at, **more,
    }  # fmt: skip
    with world.hub.database.write() as session:
        session.execute(insert(queries).values(values))
    with world.hub.database.read() as session:
        found = queries_of(session, scene, {world.clerk.subject: "演示窗口甲"})
    return next(one for one in found if one.id == values["id"])


def test_a_question_says_about_whom_it_was(world: World) -> None:
    assert query(world, "not_found").about == "法定代表人"


def test_an_unusable_answer_names_field_and_rule_in_words(world: World) -> None:
    shown = query(world, "unusable", detail={"field": "id_number", "path": "//gmsfhm", "rule": "id_number"}).sentence
    assert "身份证号码不合规则" in shown and "id_number" not in shown and "gmsfhm" not in shown
    assert (
        rule_in_words("code_list:xbdm.csv") == "代码不在约定的代码表内"
        and rule_in_words("status_502") == "对方系统返回 502"
    )


def test_going_on_without_an_answer_keeps_reason_and_person_in_sight(world: World) -> None:
    settled = {"way": "go_on", "reason": "other", "text": "申请人当日须取证"}
    shown = query(world, "unavailable", reason="timeout", settled_by=world.clerk.subject, settled_reason=settled)
    assert shown.settled == "演示窗口甲 其他原因：申请人当日须取证" and shown.ways == ()


def test_a_found_answer_may_be_asked_again_with_a_reason(world: World) -> None:
    assert [way.code for way in query(world, "found").ways] == ["ask_again"]


D_SEEN = {
    "way": "registry",
    "certificate": asdict(Certificate("i", "饲料生产许可证", "示例〔2026〕1号", "示例局", "D", True)),
}


def test_a_certificate_whose_grade_is_not_enough_is_said_with_what_for_and_what_to_do(world: World) -> None:
    fills = next(s.resource for f in world.scene(world.open()).form.fields for s in f.sources)
    shown = query(world, "found", detail=D_SEEN, resource=fills)
    assert (shown.tone, shown.own) == ("warn", True)
    assert "证照库中有示例〔2026〕1号，但可信等级为 D，按本站点的规定不能用于预填表单" in shown.sentence
    assert shown.sentence.endswith("：请收取材料")


def test_the_registry_is_asked_again_in_words_of_its_own(world: World) -> None:
    asked = {"way": "ask_again", "reason": "ask_again", "text": "已与原件核对一致"}
    assert [way.title for way in query(world, "found", detail=D_SEEN).ways] == ["核对原件或证照库更新后重新查询"]
    again = query(world, "found", detail=D_SEEN, settled_reason=asked)
    assert again.settled == "核对原件或证照库更新后重新查询：已与原件核对一致"


def test_a_value_that_was_not_taken_is_said(world: World) -> None:
    key = world.scene(world.open()).form.fields[0]
    shown = query(world, "found", detail={"unfit": {key.key: "TOO_LONG"}})
    assert shown.tone == "warn" and key.title in shown.sentence


def test_a_persons_answer_took_hours_and_not_milliseconds(world: World) -> None:
    assert took(query(world, "not_found").milliseconds or 0) == "3 小时"
    assert (took(850), took(326_019)) == ("850 毫秒", "5 分钟")
