"""Reads YAML 1.2 by its core schema, in which OpenAPI is written; the library knows 1.1. It knows no paper.

In 1.1 `on` and `NO` are truth values, 12:30 is 750 and 0012 is ten: names and samples of a paper would be others than those on the wire.
"""

from __future__ import annotations

import re
from typing import ClassVar

import yaml

Broken = yaml.YAMLError


def read(text: str) -> object:
    """The only document. Raises Broken."""
    return yaml.load(text, Loader=_Loader)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2, as OpenAPI is written in it: `on`, `no`, 12:30, a date and 0012 are the texts that they are on the wire, and so is every name."""

    yaml_implicit_resolvers: ClassVar[dict[str, object]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, object]:
        self.flatten_mapping(node)
        if not all(isinstance(key, yaml.ScalarNode) for key, _ in node.value):
            raise yaml.constructor.ConstructorError(None, None, "a name is a table or a list", node.start_mark)
        return {key.value: self.construct_object(value, deep=deep) for key, value in node.value}

    def construct_whole(self, node: yaml.ScalarNode) -> int:
        return int(node.value, 0)


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_whole)
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[1-9][0-9]*[eE][-+]?[0-9]+", list("-+.0123456789")),
    ("merge", r"<<", ["<"]),
):  # fmt: skip
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)
