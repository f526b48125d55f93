"""Breaks a department's word into what can be compared: Chinese as it is, in pinyin, by initials, or in English. It compares nothing.

Departments name a column 姓名, `xingming`, `XM`, `personName` or `person_name`; each is the same word in another writing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_MARKS = re.compile(r"[\s_\-·.、/\\（）()\[\]【】《》“”\"'：:]+")
_BRACKETED = re.compile(r"[（(【\[].*?[）)】\]]")
_ENDS = re.compile(r"[，,；;。：:\n]")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

SAME = (
    (
        "公民身份号码",
        "身份证号",
        "身份证号码",
        "身份号码",
        "居民身份证号",
        "居民身份证号码",
        "公民身份证号码",
        "证件号码",
        "证件号",
    ),
    ("统一社会信用代码", "社会信用代码", "信用代码", "统一信用代码"),
    ("姓名", "人员姓名", "公民姓名"),
    ("联系电话", "电话", "手机号", "手机号码", "联系方式", "电话号码", "移动电话"),
    ("出生日期", "出生年月日", "生日"),
    ("企业名称", "单位名称", "公司名称", "市场主体名称", "经营主体名称", "企业（机构）名称"),
    ("登记住址", "户籍地址", "户籍所在地", "户口所在地", "住所"),
    ("法定代表人姓名", "法定代表人", "法人姓名", "法人代表"),
    ("成立日期", "注册日期", "设立日期"),
    ("不动产权证号", "不动产权证书号", "不动产证号", "产权证号"),
)
"""Words that administrations use for one another (proposed); the dictionary's title is among each."""

ENGLISH = {
    "birthday": "birth date",
    "dob": "birth date",
    "gender": "sex",
    "mobile": "phone",
    "tel": "phone",
    "telephone": "phone",
    "cellphone": "phone",
    "addr": "address",
    "idcard": "id number",
    "identity": "id",
    "no": "number",
    "num": "number",
    "nation": "ethnicity",
    "corp": "enterprise",
    "company": "enterprise",
    "ent": "enterprise",
}
"""English words of interfaces, each as the dictionary would say it (proposed)."""


def is_chinese(text: str) -> bool:
    return bool(_CHINESE.search(text))


def plain(text: str) -> str:
    """A Chinese label without brackets, marks and spaces: `姓名（必填）` is 姓名."""
    return _MARKS.sub("", _BRACKETED.sub("", unicodedata.normalize("NFKC", text)))


def labels(text: str) -> tuple[str, ...]:
    """What a remark calls the thing: its first words up to a comma, and those inside its first brackets."""
    normal = unicodedata.normalize("NFKC", text).strip()
    first = plain(_ENDS.split(normal)[0])
    inside = [plain(found.strip("（）()[]【】")) for found in _BRACKETED.findall(normal)[:1]]
    return tuple(one for one in dict.fromkeys((first, *inside)) if is_chinese(one))


def spoken(title: str) -> tuple[str, ...]:
    """A title and what is said instead of it."""
    own = plain(title)
    same = next((tuple(map(plain, group)) for group in SAME if own in map(plain, group)), ())
    return tuple(dict.fromkeys((own, *same)))


@lru_cache(maxsize=4096)
def full_pinyin(title: str) -> frozenset[str]:
    """`xingming` for 姓名, in the reading of its phrase; each syllable that has others also in those where there is one such."""
    from pypinyin import Style, lazy_pinyin, pinyin  # its phrases take a sixth of a hub's start

    phrase = lazy_pinyin(title, errors="ignore")
    readings = pinyin(title, style=Style.NORMAL, heteronym=True, errors="ignore")
    several = [at for at, found in enumerate(readings) if len(found) > 1]
    others = (
        "".join([*phrase[:at], other, *phrase[at + 1 :]])
        for at in several
        if len(readings) == len(phrase)
        for other in readings[at]
    )
    return frozenset(("".join(phrase), *others)) if phrase else frozenset()


@lru_cache(maxsize=4096)
def initials(title: str) -> frozenset[str]:
    """`xm` for 姓名; letters and digits in a title stay."""
    from pypinyin import Style, lazy_pinyin

    phrase = lazy_pinyin(title, style=Style.FIRST_LETTER, errors=lambda rest: str(rest.lower()))
    return frozenset(("".join(phrase),)) if phrase else frozenset()


def tokens(name: str) -> tuple[str, ...]:
    """English words of an identifier: `personIDNumber`, `person_id_number` and `PERSON-ID-NUMBER` are the same three."""
    parts = re.split(r"[^A-Za-z0-9]+", _HUMP.sub(" ", name))
    said = " ".join(ENGLISH.get(part.lower(), part.lower()) for part in parts if part)
    return tuple(said.split())


def letters(name: str) -> str:
    """An identifier without marks and case, as pinyin is compared with it."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
