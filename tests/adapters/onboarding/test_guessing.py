"""Which fact a department's word means: what is sure is sure for a reason, and what is not is left to a person."""

from __future__ import annotations

import pytest

from adapters.onboarding.guessing import Guesser, assign, is_sure
from adapters.onboarding.mapping import keys_of, own_word
from adapters.onboarding.places import Place
from catalog.types import Code, FieldDefinition, FieldType

DICTIONARY = {
    definition.name: definition
    for definition in (
        FieldDefinition("name", "姓名", FieldType.TEXT),
        FieldDefinition("id_number", "公民身份号码", FieldType.ID_NUMBER),
        FieldDefinition("birth_date", "出生日期", FieldType.DATE),
        FieldDefinition("sex", "性别", FieldType.CODE, codes=(Code("1", "男性", ("男",)), Code("2", "女性", ("女",)))),
        FieldDefinition("enterprise_name", "企业名称", FieldType.TEXT),
        FieldDefinition("legal_representative_name", "法定代表人姓名", FieldType.TEXT),
        FieldDefinition("registered_capital", "注册资本", FieldType.DECIMAL, unit="元"),
        FieldDefinition("project_name", "项目", FieldType.TEXT),
    )
}
GUESSER = Guesser(DICTIONARY)


@pytest.mark.parametrize(
    ("place", "meant"),
    [
        (Place(("XM",), "姓名"), "name"),
        (Place(("身份证号",), form="id_number"), "id_number"),
        (Place(("gongminshenfenhaoma",)), "id_number"),
        (Place(("GMSFHM",)), "id_number"),
        (Place(("birthDate",), kind="date"), "birth_date"),
        (Place(("ENT_NAME",)), "enterprise_name"),
        (Place(("fddbr", "xm"), "姓名", inside="法定代表人"), "legal_representative_name"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_same_word_in_chinese_pinyin_initials_and_english_is_known(place: Place, meant: str) -> None:
    guesses = GUESSER.guesses(place)
    assert guesses[0].name == meant and is_sure(guesses) and guesses[0].why


@pytest.mark.parametrize(
    "place",
    [
        Place(("XM",)),  # 姓名 or 项目
        Place(("name",)),  # anybody's or anything's
        Place(("csrq",), "测试日期"),  # the paper calls it something else
        Place(("GMSFHM",), longest=4),
        Place(("zhaopian",), "照片", "binary"),
    ],
    ids=lambda place: place.name,
)
def test_what_may_mean_something_else_is_left_to_a_person(place: Place) -> None:
    assert not is_sure(GUESSER.guesses(place))


def test_a_fact_goes_to_one_place_the_surest() -> None:
    found = assign(GUESSER, (Place(("gmsfhm",)), Place(("sfzh",), "公民身份号码")))
    assert [one.used.name if one.used else "" for one in found] == ["", "id_number"]
    assert found[0].guesses[0].name == "id_number"


def test_a_code_is_read_only_where_each_of_its_words_is_known() -> None:
    sex = DICTIONARY["sex"]
    assert keys_of(Place(("xb",), words=("0", "1"), meanings=("男", "女")), sex)[0] == {"codes": {"0": "1", "1": "2"}}
    keys, doubt = keys_of(Place(("xb",), words=("0", "1")), sex)
    assert not keys and "code list" in doubt


def test_a_date_is_read_only_where_the_papers_say_how_it_is_written() -> None:
    born = DICTIONARY["birth_date"]
    assert keys_of(Place(("csrq",), "出生日期，yyyyMMdd"), born)[0] == {"as": "yyyymmdd"}
    assert keys_of(Place(("csrq",), "出生日期"), born)[1]


def test_money_in_ten_thousands_is_read_as_such() -> None:
    assert keys_of(Place(("zczb",), "注册资本（万元）"), DICTIONARY["registered_capital"])[0] == {"as": "wan"}


def test_the_hubs_own_words_are_known_by_what_departments_call_them() -> None:
    assert own_word(Place(("Qqbh",), "请求编号，不重复")) == "request_id"
    assert own_word(Place(("Gmsfhm",), "公民身份号码")) == ""
