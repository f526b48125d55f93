"""What stands for persons in a recording: the same for the same, never the original, check characters kept right or wrong, days moved together."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from adapters.kinds.identifiers import id_check, is_id_number, is_uscc, uscc_check
from adapters.kinds.values import Good, Rule, normalise
from adapters.proving.disguise import Disguise
from adapters.proving.fiction import Fiction

KEY = bytes(range(32))
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BIRTHS = st.dates(min_value=date(1920, 1, 1), max_value=date(2026, 11, 1))


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    body = f"{draw(st.integers(110000, 659999))}{draw(BIRTHS):%Y%m%d}{draw(st.integers(0, 999)):03}"
    return body + id_check(body)


def disguise(sorts: dict[str, str] | None = None, *, safe: frozenset[str] = frozenset()) -> Disguise:
    return Disguise(Fiction(KEY), sorts or {}, {}, safe)


@given(id_numbers())
def test_an_id_number_becomes_a_valid_one_of_nobody_with_its_sex_and_a_moved_birth_date(number: str) -> None:
    fiction = Fiction(KEY)
    made = fiction.id_number(number)
    assert is_id_number(made) and made[:4] == "9900" and 990 <= int(made[14:17]) <= 999
    assert int(made[16]) % 2 == int(number[16]) % 2 and made == Fiction(KEY).id_number(number.lower())
    born, now = (date(int(n[6:10]), int(n[10:12]), int(n[12:14])) for n in (number, made))
    assert now == fiction.day(born) and made != Fiction(bytes(32)).id_number(number)


@given(id_numbers(), st.sampled_from("0123456789X"))
def test_a_wrong_check_character_stays_wrong(number: str, sign: str) -> None:
    assert is_id_number(Fiction(KEY).id_number(number[:17] + sign)) is (sign == number[17])


@given(st.lists(id_numbers(), min_size=2, max_size=8, unique=True))
def test_two_persons_never_become_one(numbers: list[str]) -> None:
    fiction = Fiction(KEY)
    assert len({fiction.id_number(number) for number in numbers}) == len(numbers)


@given(st.text(SIGNS, min_size=9, max_size=9), st.sampled_from(["91", "92", "11", "52"]), st.integers(110000, 659999))
def test_a_credit_code_becomes_a_valid_one_of_no_place(rest: str, kind: str, region: int) -> None:
    code = f"{kind}{region}{rest}"
    made = Fiction(KEY).uscc(code + uscc_check(code))
    assert is_uscc(made) and made[:8] == f"{kind}990000" and not is_uscc(Fiction(KEY).uscc(code + _wrong(code)))


def _wrong(code: str) -> str:
    return "1" if uscc_check(code) != "1" else "2"


@given(st.from_regex(r"1[3-9][0-9]{9}|0[0-9]{2,3}-[2-9][0-9]{6,7}", fullmatch=True))
def test_a_telephone_stays_one_and_is_nobodys(number: str) -> None:
    made = Fiction(KEY).phone(number)
    assert isinstance(normalise(made, Rule("phone")), Good) and made.startswith(("1990000", "000"))


def test_names_and_addresses_are_plainly_made_up() -> None:
    fiction = Fiction(KEY)
    names = [fiction.name(name) for name in ("甲某人", "乙某人", "某某食品有限公司", "某某路小吃店")]
    assert all(name.startswith("示例") for name in names) and names[2].endswith("有限公司") and names[3].endswith("店")
    assert len(set(names)) == 4 and fiction.address("某某省某某县某某路1号").startswith("示例县测试路")


STYLES = {"%Y%m%d": "yyyymmdd", "%Y-%m-%d": "date", "%Y/%m/%d": "slash_date", "%Y-%m-%dT08:00:00": "date"}


@given(BIRTHS, st.sampled_from(sorted(STYLES)))
def test_a_day_moves_by_the_same_days_in_every_style(day: date, style: str) -> None:
    one = disguise({day.strftime(style): STYLES[style]})
    moved = day - timedelta(days=one.fiction.days)
    assert one.text(day.strftime(style)) == moved.strftime(style)
    assert disguise().text(f"{day.year}年{day.month}月{day.day}日") == f"{moved.year}年{moved.month}月{moved.day}日"


def test_a_month_stays_a_month_and_a_year_a_year() -> None:
    for text, form in (("1990-05", "date"), ("19900500", "yyyymmdd"), ("19900000", "yyyymmdd"), ("1990", "date")):
        was, now = normalise(text, Rule(form)), normalise(disguise({text: form}).text(text), Rule(form))
        assert isinstance(was, Good) and isinstance(now, Good) and was.precision == now.precision and was != now


@given(id_numbers(), st.text("甲乙丙丁某", min_size=2, max_size=4))
def test_persons_packed_into_one_text_are_each_replaced(number: str, name: str) -> None:
    one = disguise({name: "name"})
    made = one.text(f"{name}/{number}/1:2;")
    assert made == f"{one.fiction.name(name)}/{one.fiction.id_number(number)}/1:2;" and name not in made


def test_only_words_of_the_papers_codes_and_small_numbers_stay() -> None:
    one = disguise(safe=frozenset(("在册",)))
    assert [one.text(text) for text in ("在册", "01", "A1", "50.000000", "1/2", "成功")] == ["在册", "01", "A1", "50.000000", "1/2", "成功"]  # fmt: skip
    changed = ["已迁出某地", "LIMING", "1234567", "备注：某某", "a1b2c3d4-e5f6"]
    assert not [text for text in changed if one.text(text) == text]
