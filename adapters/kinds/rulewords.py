"""What is wrong with a cell, in a sentence for the people of the department that dropped the file. It judges nothing and knows no value."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.kinds.dates import DATE_FORMS
from adapters.kinds.numbers import NUMBER_FORMS

_SENTENCES: Mapping[str, str] = {
    **dict.fromkeys(DATE_FORMS, "不是约定的日期写法，或没有这一天"),
    **dict.fromkeys(NUMBER_FORMS, "不是约定的数字写法"),
    "integer": "应为整数",
    "fen": "应为整数，以分为单位",
    "fraction": "不是约定的份额写法",
    "boolean": "不是约定的是、否写法",
    "id_number": "身份证号码校验不符，应为 18 位",
    "uscc": "统一社会信用代码校验不符，应为 18 位",
    "id_number_or_uscc": "身份证号码或统一社会信用代码校验不符，应为 18 位",
    "name": "不是名称的写法",
    "address": "不是地址的写法",
    "phone": "不是电话号码的写法",
    "code_list": "代码不在约定的代码表内",
    "control_characters": "含有控制字符",
    "lost_characters": "含有残缺文字",
    "too_long": "过长",
    "number_size": "数字过大或过小",
    "single_value": "应为一个值",
    "several_values": "应为一个值，却有几个",
    "must": "与相关的一栏对不上",
    "divide": "无法按相关的一栏换算",
    "list": "应为一张表",
    "split": "一栏里的几项分不开",
}


def in_words(rule: str) -> str:
    """The sentence with the rule's name behind it, for programs; what is a sentence already, as it stands."""
    if not rule.isascii() or not rule:
        return rule
    return f"{_SENTENCES.get(rule.partition(':')[0], '不合约定的写法')}（{rule}）"
