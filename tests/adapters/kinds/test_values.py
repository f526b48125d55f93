"""Values: what each form reads, what it refuses, and that no text whatever makes it raise."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kinds.values import (
    FORMS,
    OPEN_END,
    Broken,
    Good,
    Missing,
    Rule,
    Withheld,
    is_id_number,
    is_uscc,
    moment,
    normalise,
)


def read(form: str, text: object) -> object:
    return normalise(text, Rule(form))


@pytest.mark.parametrize(
    ("form", "text", "good"),
    [
        ("text", "  测试甲　", "测试甲"),
        ("yyyymmdd", "20240229", "2024-02-29"),
        ("date", "2024-03-05", "2024-03-05"),
        ("date", "2024-03-05T20:00:00Z", "2024-03-06"),
        ("date", "2024-03-05 23:59:59", "2024-03-05"),
        ("slash_date", "2024/3/5", "2024-03-05"),
        ("chinese_date", "2024年3月5日", "2024-03-05"),
        ("yyyymmddhhmmss", "20240305235959", "2024-03-05"),
        ("decimal", "050.500", "50.5"),
        ("decimal", Decimal("100"), "100"),
        ("decimal", "-0.0", "0"),
        ("grouped_decimal", "1,234,567.80", "1234567.8"),
        ("integer", "007", "7"),
        ("fen", 380050, "3800.5"),
        ("wan", "50.000000", "500000"),
        ("wan", "0.0001", "1"),
        ("fraction", "1:2", "1/2"),
        ("fraction", "50.0%", "50%"),
        ("boolean", True, "true"),
        ("boolean", "否", "false"),
        ("id_number", "41132319800101991x", ""),
        ("uscc", "91411323ma9exm1k6u", "91411323MA9EXM1K6U"),
        ("id_number_or_uscc", "411323198001019905", "411323198001019905"),
        ("id_number_of_person", "411323198001019905", "411323198001019905"),
        ("uscc_of_firm", "91411323MA9YJ0024T", "91411323MA9YJ0024T"),
    ],
)
def test_each_form_reads_its_way_of_writing(form: str, text: object, good: str) -> None:
    expected = Good(good) if good else Broken(form)
    assert read(form, text) == expected


@pytest.mark.parametrize(
    ("form", "text", "good"),
    [
        ("yyyymmdd", "19900500", Good("1990-05", "month")),
        ("yyyymmdd", "19900000", Good("1990", "year")),
        ("year_month", "199005", Good("1990-05", "month")),
        ("year_month", "1990-05", Good("1990-05", "month")),
        ("chinese_date", "1990年", Good("1990", "year")),
    ],
)
def test_a_date_known_no_better_keeps_its_precision(form: str, text: str, good: Good) -> None:
    assert read(form, text) == good


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("yyyymmdd", "20240230"),
        ("yyyymmdd", "20240015"),
        ("yyyymmdd", "2024-02-01"),
        ("yyyymmdd", "２０２４０２０１"),
        ("date", "20240305"),
        ("date", "2024-13-01"),
        ("decimal", "1e9"),
        ("decimal", "NaN"),
        ("decimal", "1,000"),
        ("grouped_decimal", "1,00"),
        ("integer", "1.5"),
        ("fen", "1.5"),
        ("fraction", "3:2"),
        ("fraction", "0%"),
        ("boolean", "maybe"),
        ("uscc", "91411323MA9EXM1K68"),
        ("id_number", "411323198002309904"),
    ],
)
def test_what_breaks_the_form_names_the_form(form: str, text: str) -> None:
    assert read(form, text) == Broken(form)


def test_nothing_padding_and_agreed_words_are_missing() -> None:
    rule = Rule("yyyymmdd", empty=("长期",))
    assert [normalise(text, rule) for text in (None, "", " 　", "长期")] == [Missing()] * 4


def test_in_a_column_of_persons_and_firms_the_other_kind_is_missing_and_a_wrong_number_is_broken() -> None:
    person, firm = Rule("id_number_of_person"), Rule("uscc_of_firm")
    assert normalise("91411323MA9YJ0024T", person) == Missing() == normalise("411323198001019905", firm)
    assert [normalise("411323198001019906", rule) for rule in (person, firm)] == [Broken("id_number"), Broken("uscc")]


def test_an_open_end_is_the_last_day_and_a_mask_is_withheld() -> None:
    rule = Rule("yyyymmdd", open_ended=("长期",), withheld=("***",))
    assert normalise("长期", rule) == Good(OPEN_END) and normalise("***", rule) == Withheld()


def test_a_code_outside_its_list_is_broken_and_one_inside_becomes_ours() -> None:
    rule = Rule("code", codes={"1": "M"}, codes_name="xb.csv")
    assert normalise("1", rule) == Good("M") and normalise("3", rule) == Broken("code_list:xb.csv")


def test_a_control_character_in_a_name_is_broken() -> None:
    assert read("text", "甲\x00乙") == Broken("control_characters")


def test_a_list_where_one_value_should_stand_is_broken() -> None:
    assert read("text", ["甲"]) == Broken("single_value") and read("text", {"a": 1}) == Broken("single_value")


def test_no_reading_repeats_the_value() -> None:
    assert "测试甲" not in repr(read("text", "测试甲")) and "abc" not in repr(read("decimal", "abc"))


@given(st.text(max_size=30), st.sampled_from(sorted(FORMS)))
def test_no_text_makes_a_form_raise_or_gives_an_empty_value(text: str, form: str) -> None:
    reading = read(form, text)
    assert isinstance(reading, Good | Missing | Broken)
    assert not isinstance(reading, Good) or reading.text.strip() == reading.text != ""


@given(st.dates())
def test_every_day_survives_each_way_of_writing_it(day: date) -> None:
    texts = {
        "yyyymmdd": f"{day.year:04}{day.month:02}{day.day:02}",
        "date": day.isoformat(),
        "chinese_date": f"{day.year:04}年{day.month}月{day.day}日",
    }
    assert {read(form, text) for form, text in texts.items()} == {Good(day.isoformat())}


@given(st.integers(min_value=0, max_value=10**15))
def test_fen_and_wan_lose_nothing(number: int) -> None:
    yuan = read("fen", str(number))
    assert isinstance(yuan, Good) and Decimal(yuan.text) * 100 == number
    wan = read("wan", f"{Decimal(number).scaleb(-6):f}")
    assert isinstance(wan, Good) and Decimal(wan.text) * 100 == number


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_reading_a_canonical_number_again_changes_nothing(number: Decimal) -> None:
    once = read("decimal", number)
    assert isinstance(once, Good) and read("decimal", once.text) == once and Decimal(once.text) == number


@given(st.integers(0, 17), st.sampled_from("0123456789Xx０²- "))
def test_one_wrong_character_breaks_an_id_number(at: int, sign: str) -> None:
    good = "411323198001019905"
    changed = good[:at] + sign + good[at + 1 :]
    assert is_id_number(changed) is (changed == good)


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_breaks_a_uscc(at: int, sign: str) -> None:
    good = "91411323MA9EXM1K6U"
    changed = good[:at] + sign + good[at + 1 :]
    assert is_uscc(changed) is (changed == good)


def test_a_departments_time_is_beijing_time_unless_it_says_otherwise() -> None:
    assert str(moment("20261120100000")) == "2026-11-20 10:00:00+08:00"
    assert str(moment("2026-11-20T10:00:00+00:00")) == "2026-11-20 10:00:00+00:00"
    assert moment("soon") is None and moment(None) is None
