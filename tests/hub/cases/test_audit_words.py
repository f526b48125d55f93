"""What an auditor reads of the log: an answer with its question's values, fields by their titles, no codes of the program."""

from __future__ import annotations

import pytest

from catalog.policies import SETTINGS, Setting
from catalog.shapes import Text
from hub.identity.principal import HUB, Principal, Role
from hub.sharinglog import Basis, CaseRef, Intent, Operator, Outcome, Provider
from hub.web import wording
from hub.wiring.titles import title, titles_of
from tests.hub.cases.making import SITE
from tests.hub.cases.world import FIRM, REGION, World

AUDITOR = Principal(HUB, "a", "演示审计戊", "hub", REGION, frozenset({Role.AUDITOR}))
NAME = SITE.departments["public-security"].name
ASKED = Intent(
    who=Operator("hub", "yijian", "c"),
    case=CaseRef("open-guesthouse", None, "4113232026112000001"),
    basis=Basis("open-guesthouse", "条例", "conditional"),
    provider=Provider("public-security", "public-security.person", "人口信息"),
    fields=("name",),
    subject=FIRM.uscc,
    request="request",
)


def test_an_answers_disclosure_says_about_whom_it_was_asked(world: World) -> None:
    asked = world.hub.log.append(ASKED).seq
    answer = world.hub.log.append(Outcome(asked, "found", fields=("name",), answer=b"x")).seq
    disclosed = world.hub.auditor.disclose(AUDITOR, answer, "投诉调查").disclosed
    assert disclosed is not None and disclosed["subject"] == FIRM.uscc and disclosed["answer"]


def test_a_department_is_searched_by_its_name_and_fields_have_titles(world: World) -> None:
    world.hub.log.append(ASKED)
    (row,) = world.hub.auditor.search(AUDITOR, provider=NAME, phase="intent").rows
    assert row.provider == NAME and row.field_titles == ("姓名",)


def test_keys_of_the_form_and_names_that_are_sent_have_titles() -> None:
    titles = titles_of(SITE)
    named = ("enterprise.contact_phone", "applicant_name", "certificate", "owners.owner_name", "who-knows")
    assert [title(titles, name) for name in named][:3] == ["企业联系电话", "申请人", "电子证照"]
    assert title(titles, "owners.owner_name") == SITE.dictionary["owner_name"].title
    assert title(titles, "who-knows") == "who-knows"


@pytest.mark.parametrize("setting", [s for s in SETTINGS.values() if isinstance(s.shape, Text) and s.shape.choices])
def test_every_choice_of_policy_has_a_word(setting: Setting) -> None:
    assert isinstance(setting.shape, Text)
    assert not [one for one in setting.shape.choices if wording.policy_value(one) == one]


def test_no_code_of_the_program_stands_for_a_word() -> None:
    assert (wording.screen("up_pro_process"), wording.screen("use_signing_key")) == ("办理过程", "使用签名密钥")
    assert (wording.label("subject.2"), wording.label("operator")) == ("当事人证件号码.2", "经办账号")
    assert wording.policy_value("not_received、withdrawn") == "不予收件、撤回"
