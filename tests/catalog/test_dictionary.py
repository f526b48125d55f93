"""One fact, one text: canonical values by type, their refusal without repeating the value, and masks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from catalog.dictionary import OPEN_END, BadValue, canonical, masked, shown
from catalog.types import Code, FieldDefinition, FieldType, Sensitivity


def of(type_: FieldType, **more: object) -> FieldDefinition:
    return FieldDefinition("sample", "样例项", type_, **more)  # type: ignore[arg-type]


SEX = of(FieldType.CODE, codes=(Code("1", "男性", ("男",)), Code("2", "女性", ("女",))))
FOOD = of(FieldType.CODES, codes=(Code("0101", "预包装食品"), Code("0201", "热食"), Code("0203", "生食")))
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")

days = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    """Plainly synthetic: sequence codes 990–999."""
    body = f"411323{draw(days):%Y%m%d}{draw(st.integers(990, 999))}"
    return body + ric.calc_check_digit(body + "0")


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    body = "91411323MA9" + draw(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=6, max_size=6))
    return body + uscc.calc_check_digit(body)


@pytest.mark.parametrize(
    ("definition", "written", "expected"),
    [
        (of(FieldType.TEXT), "  测试 \t 甲　", "测试 甲"),
        (of(FieldType.TEXT), "e\u0301", "é"),
        (of(FieldType.ADDRESS), "西峡县 示例路　１号", "西峡县示例路1号"),
        (of(FieldType.DATE), "2026年3月5日", "2026-03-05"),
        (of(FieldType.DATE), "2026.3.5", "2026-03-05"),
        (of(FieldType.DATE), "２０２６０３０５", "2026-03-05"),
        (of(FieldType.DATE, open_ended=True), "长期", OPEN_END),
        (of(FieldType.DATE, open_ended=True), OPEN_END, OPEN_END),
        (of(FieldType.DATE, partial=True), "1990-05", "1990-05"),
        (of(FieldType.INTEGER), "０12", "12"),
        (of(FieldType.DECIMAL), "1,234.50", "1234.5"),
        (of(FieldType.DECIMAL), "100", "100"),
        (of(FieldType.DECIMAL), "0.00", "0"),
        (SEX, "男性", "1"),
        (SEX, "女", "2"),
        (FOOD, "0203、热食", "0201,0203"),
        (of(FieldType.BOOLEAN), "是", "true"),
        (of(FieldType.PHONE), "+86 199 0000 0001", "19900000001"),
        (of(FieldType.PHONE), "（0377）6000-0001", None),
        (of(FieldType.PHONE), "0377-60000001", "0377-60000001"),
    ],
)
def test_one_fact_has_one_text(definition: FieldDefinition, written: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(BadValue):
            canonical(definition, written)
    else:
        assert canonical(definition, written) == expected


@pytest.mark.parametrize(
    ("definition", "written", "code"),
    [
        (of(FieldType.TEXT), " \u3000", "EMPTY"),
        (of(FieldType.TEXT, max_length=3), "一二三四", "TOO_LONG"),
        (of(FieldType.TEXT), "测试\x00甲", "CONTROL_CHARACTER"),
        (of(FieldType.TEXT), "测试\u202e甲", "CONTROL_CHARACTER"),
        (of(FieldType.ADDRESS), "测试\ud800路", "CONTROL_CHARACTER"),
        (of(FieldType.DATE), "2026-02-30", "BAD_DATE"),
        (of(FieldType.DATE), "2026-3", "BAD_DATE"),
        (of(FieldType.DATE), "长期", "BAD_DATE"),
        (of(FieldType.DATE), "1990-05", "BAD_DATE"),
        (of(FieldType.INTEGER), "1.5", "BAD_NUMBER"),
        (of(FieldType.INTEGER), "1,2", "BAD_NUMBER"),
        (of(FieldType.DECIMAL), "12平方米", "BAD_NUMBER"),
        (of(FieldType.DECIMAL), "1e5", "BAD_NUMBER"),
        (SEX, "男的", "BAD_CODE"),
        (FOOD, "0201,9999", "BAD_CODE"),
        (of(FieldType.BOOLEAN), "也许", "BAD_BOOLEAN"),
        (of(FieldType.ID_NUMBER), "411323199013019904", "BAD_ID_NUMBER"),
        (of(FieldType.USCC), "91411323MA9EXM1K68", "BAD_USCC"),
        (of(FieldType.PHONE), "12345", "BAD_PHONE"),
    ],
)
def test_a_bad_value_has_a_code_and_a_message_that_never_repeats_it(
    definition: FieldDefinition, written: str, code: str
) -> None:
    with pytest.raises(BadValue) as raised:
        canonical(definition, written)
    assert raised.value.code == code
    assert "样例项" in raised.value.message
    assert not written.strip() or written not in raised.value.message


@given(id_numbers())
def test_an_id_number_is_the_same_in_full_width_and_lower_case(number: str) -> None:
    definition = of(FieldType.ID_NUMBER)
    assert canonical(definition, number) == number
    assert canonical(definition, f" {number.translate(WIDE)} ") == number
    assert canonical(definition, number.lower()) == number


@given(id_numbers(), st.integers(0, 16), st.integers(1, 9))
def test_an_id_number_with_one_wrong_digit_is_refused(number: str, place: int, shift: int) -> None:
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(BadValue):
        canonical(of(FieldType.ID_NUMBER), wrong)


@given(credit_codes())
def test_a_credit_code_survives_spaces_dashes_and_case(number: str) -> None:
    written = f"{number[:8]}-{number[8:12]} {number[12:]}".lower()
    assert canonical(of(FieldType.USCC), written) == number


@given(days, st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"]))
def test_a_date_is_iso_however_it_was_written(day: date, form: str) -> None:
    written = f"{day.year:04d}" + day.strftime(form)[len(day.strftime("%Y")) :]
    assert canonical(of(FieldType.DATE), written) == day.isoformat()


@given(st.decimals(-(10**9), 10**9, places=4))
def test_equal_numbers_have_one_text(number: Decimal) -> None:
    definition = of(FieldType.DECIMAL)
    assert canonical(definition, f"{number:f}") == canonical(definition, f"{number:.8f}")
    assert Decimal(canonical(definition, f"{number:f}")) == number


@given(st.sampled_from(list(FieldType)), st.text(max_size=60))
def test_canonical_of_canonical_is_itself_and_only_bad_values_are_raised(type_: FieldType, written: str) -> None:
    codes = SEX.codes if type_ in (FieldType.CODE, FieldType.CODES) else ()
    definition = of(type_, codes=codes, open_ended=True, partial=True)
    try:
        once = canonical(definition, written)
    except BadValue:
        return
    assert canonical(definition, once) == once


def test_codes_flags_and_dates_are_shown_in_words() -> None:
    assert shown(SEX, "1") == "男性"
    assert shown(FOOD, "0101,0203") == "预包装食品、生食"
    assert shown(of(FieldType.BOOLEAN), "false") == "否"
    assert shown(of(FieldType.DATE), "2026-03-05") == "2026年3月5日"
    assert shown(of(FieldType.DATE), "1990-05") == "1990年5月"
    assert shown(of(FieldType.DATE), OPEN_END) == "长期"
    assert shown(of(FieldType.DECIMAL, unit="平方米"), "120.5") == "120.5 平方米"


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (FieldType.ID_NUMBER, "411323199001019904"),
        (FieldType.PHONE, "19900000001"),
        (FieldType.DATE, "1990-01-01"),
        (FieldType.ADDRESS, "河南省南阳市西峡县示例路1号"),
        (FieldType.TEXT, "测试甲"),
        (FieldType.CODE, "01"),
        (FieldType.TEXT, "甲"),
    ],
)
def test_a_masked_personal_value_does_not_show_all_of_it(type_: FieldType, text: str) -> None:
    hidden = masked(of(type_, sensitivity=Sensitivity.PERSONAL), text)
    assert text not in hidden and "*" in hidden


def test_public_values_are_not_masked() -> None:
    assert (
        masked(of(FieldType.TEXT, sensitivity=Sensitivity.PUBLIC), "西峡县示例民宿有限公司") == "西峡县示例民宿有限公司"
    )


@pytest.mark.parametrize(("text", "code"), [("-3", "TOO_SMALL"), ("0", "TOO_SMALL"), ("201", "TOO_GREAT")])
def test_a_number_that_makes_no_sense_is_refused_with_its_bound(text: str, code: str) -> None:
    rooms = of(FieldType.INTEGER, minimum=Decimal(1), maximum=Decimal(200), unit="间")
    with pytest.raises(BadValue) as refused:
        canonical(rooms, text)
    assert refused.value.code == code and "间" in refused.value.message and text not in refused.value.message.split()
    assert canonical(rooms, "0１") == "1" and canonical(rooms, "200") == "200"


def test_a_day_that_has_not_come_is_no_past_fact() -> None:
    report, today = of(FieldType.DATE, not_after="today"), date(2026, 11, 20)
    with pytest.raises(BadValue) as refused:
        canonical(report, "2030-01-01", today)
    assert refused.value.code == "DATE_AHEAD"
    assert canonical(report, "2026-11-20", today) == "2026-11-20"


def test_a_day_that_has_passed_is_refused_when_it_is_typed_and_not_when_a_department_says_it() -> None:
    visit, today = of(FieldType.DATE, not_before="today"), date(2026, 11, 20)
    with pytest.raises(BadValue) as refused:
        canonical(visit, "2026-11-19", today)
    assert refused.value.code == "DATE_PAST"
    assert canonical(visit, "2026年11月20日", today) == "2026-11-20"
    assert canonical(visit, "2020-01-01") == "2020-01-01"
    assert canonical(of(FieldType.DATE), "2020-01-01", today) == "2020-01-01"
