"""What a matter demands for one choice of items and answers: the items, the one form, the materials. It asks nobody and stores nothing.

"One form" is a merge: each field is asked once for all items that use it, each material handed in once (seed 001 二(五); DB32 standard 3.7, 3.8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from catalog.composing import closure
from catalog.types import Exemption, FormField, Item, Lock, Material, Matter, Question, Site

Answers = Mapping[str, str]
When = Mapping[str, tuple[str, ...]]

KEPT = 256
"""Forms and sets of materials that are kept once made: all cases of one matter and one choice of items and answers have the same."""


@dataclass(frozen=True)
class Problem:
    """Why a choice cannot be taken; `message` is for the clerk. `about` are item codes or question keys."""

    code: str
    message: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """A titled block of the form with its keys in order."""

    title: str
    role: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """一表: the fields in order of display, in groups, and the items that each is for."""

    fields: tuple[FormField, ...]
    groups: tuple[Group, ...]
    used_by: Mapping[str, tuple[str, ...]]

    def field(self, key: str) -> FormField | None:
        return next((known for known in self.fields if known.key == key), None)


@dataclass(frozen=True)
class NeededMaterial:
    """A material asked once for all its items. With an exemption it need not be handed in (免提交)."""

    material: Material
    items: tuple[str, ...]
    exemption: Exemption | None


class _Same:
    """A matter as the key of what is made of it: the very object, since a published catalog is parsed once and never changed."""

    __slots__ = ("matter",)

    def __init__(self, matter: Matter) -> None:
        self.matter = matter

    def __hash__(self) -> int:
        return id(self.matter)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.matter is self.matter


def situation(matter: Matter, answers: Answers) -> dict[str, str]:
    """The answers with each question's default where nothing was answered or asked. What the matter itself settles stands."""
    settled = {
        question.key: question.default if question.settled else answers.get(question.key) or question.default
        for question in matter.questions
    }
    said = dict(settled)
    conditional = [question for question in matter.questions if question.when]
    for (
        _
    ) in conditional:  # each round settles one more link of a chain of conditions, in whatever order they are written
        for question in conditional:
            settled[question.key] = said[question.key] if applies(question.when, settled) else question.default
    return settled


def questions_for(matter: Matter, answers: Answers) -> tuple[Question, ...]:
    """The questions that are put in this situation: neither settled by the matter nor held to another situation."""
    settled = situation(matter, answers)
    return tuple(one for one in matter.questions if not one.settled and applies(one.when, settled))


def applies(when: When, settled: Answers) -> bool:
    """Whether a condition holds: every question it names has one of the answers it names."""
    return all(settled.get(question) in allowed for question, allowed in when.items())


def items_for(matter: Matter, answers: Answers) -> tuple[str, ...]:
    """Item codes that the situation brings up, in the matter's order."""
    settled = situation(matter, answers)
    return tuple(found.item for found in matter.items if applies(found.when, settled))


def check_choice(site: Site, matter: Matter, chosen: Sequence[str], answers: Answers) -> list[Problem]:
    """Why these items cannot be applied for together; empty means they can (seed 001 二(一): all or some, save what law joins)."""
    return [
        *_answer_problems(matter, answers),
        *_unknown_items(site, matter, chosen),
        *_situation_problems(site, matter, chosen, answers),
        *_partial_problems(site, matter, chosen, answers),
        *_together_problems(site, matter, chosen, answers),
    ]


def check_answers(matter: Matter, answers: Answers) -> list[Problem]:
    """Which answers the matter does not know or still lacks; empty means the situation is settled."""
    return list(_answer_problems(matter, answers))


def form_of(matter: Matter, chosen_items: Sequence[str], answers: Answers) -> Form:
    """The one form for the chosen items: their fields and sources that fit the situation, and the keys those are asked with."""
    return _form(_Same(matter), tuple(chosen_items), tuple(answers.items()))


@lru_cache(KEPT)
def _form(same: _Same, chosen_items: tuple[str, ...], answers: tuple[tuple[str, str], ...]) -> Form:
    matter = same.matter
    settled = situation(matter, dict(answers))
    known = {field.key: _settled(field, settled) for field in matter.fields if _shown(matter, field, settled)}
    used_by: dict[str, list[str]] = {}
    for item in _in_order(matter, chosen_items):
        for key in closure(known, matter.demands[item].fields):
            used_by.setdefault(key, []).append(item)
    fields = tuple(field for key, field in known.items() if key in used_by)
    return Form(fields, _groups(fields), {field.key: tuple(used_by[field.key]) for field in fields})


def materials_of(matter: Matter, chosen: Sequence[str], answers: Answers) -> tuple[NeededMaterial, ...]:
    """The one set of materials for the chosen items. A result of an earlier item exempts only if that item is chosen too."""
    return _materials(_Same(matter), tuple(chosen), tuple(answers.items()))


@lru_cache(KEPT)
def _materials(
    same: _Same, chosen: tuple[str, ...], answers: tuple[tuple[str, str], ...]
) -> tuple[NeededMaterial, ...]:
    matter = same.matter
    settled = situation(matter, dict(answers))
    asked: dict[str, list[tuple[str, Material]]] = {}
    for code in _in_order(matter, chosen):
        for material in matter.demands[code].materials:
            if applies(material.when, settled):
                asked.setdefault(material.code, []).append((code, material))
    return tuple(_merged(uses, chosen) for uses in asked.values())


def asked_fields(matter: Matter, items: Iterable[Item]) -> dict[str, tuple[str, ...]]:
    """Resource code → names of fields that the matter may ask of it, as `plain_name` writes them (one resource, one query)."""
    known = {field.key: field for field in matter.fields}
    used = closure(known, (key for item in items for key in item.fields))
    asked: dict[str, set[str]] = {}
    for field in matter.fields:
        for source in field.sources if field.key in used else ():
            asked.setdefault(source.resource, set()).add(plain_name(source.field))
    return {resource: tuple(sorted(names)) for resource, names in sorted(asked.items())}


def fields_behind(matter: Matter, item: Item) -> tuple[FormField, ...]:
    """The item's fields and, over their sources, those that they are asked with, whatever the situation."""
    known = {field.key: field for field in matter.fields}
    behind = closure(known, item.fields)
    return tuple(field for key, field in known.items() if key in behind)


def plain_name(field: str) -> str:
    """The name under which a source's field is granted: `owners[0].owner_name` → `owners.owner_name`."""
    name, bracket, rest = field.partition("[")
    return f"{name}{rest.partition(']')[2]}" if bracket else field


def _in_order(matter: Matter, chosen: Sequence[str]) -> list[str]:
    return [found.item for found in matter.items if found.item in chosen]


def _shown(matter: Matter, field: FormField, settled: Answers) -> bool:
    role = field.role.partition("[")[0]
    whole = next((known.when for known in matter.roles if known.code == role), {})
    return applies(field.when, settled) and applies(whole, settled)


def _settled(field: FormField, settled: Answers) -> FormField:
    """The field with the sources of this situation. One that nobody can fill must be open to the clerk's hand."""
    sources = tuple(source for source in field.sources if applies(source.when, settled))
    return replace(field, sources=sources, lock=field.lock if sources else Lock.EDITABLE)


def _groups(fields: Iterable[FormField]) -> tuple[Group, ...]:
    groups: dict[str, list[FormField]] = {}
    for field in fields:
        groups.setdefault(field.group, []).append(field)
    return tuple(Group(title, found[0].role, tuple(one.key for one in found)) for title, found in groups.items())


def _merged(uses: list[tuple[str, Material]], chosen: Sequence[str]) -> NeededMaterial:
    """One material for several items takes the strictest terms of all of them."""
    materials = [material for _, material in uses]
    merged = replace(
        materials[0],
        paper_copies=max(one.paper_copies for one in materials),
        deferrable=all(one.deferrable for one in materials),
        promise_allowed=all(one.promise_allowed for one in materials),
        main=any(one.main for one in materials),
    )
    holding = (exemption for found in merged.exemptions if (exemption := _holding(found, chosen)))
    return NeededMaterial(merged, tuple(item for item, _ in uses), next(holding, None))


def _holding(exemption: Exemption, chosen: Sequence[str]) -> Exemption | None:
    """The exemption without an earlier result that does not come; None where nothing else stands in for the paper."""
    if not exemption.upstream_item or exemption.upstream_item in chosen:
        return exemption
    return replace(exemption, upstream_item="") if exemption.resource else None


# --- why a choice cannot be taken -----------------------------------------------------------------------------------------


def _answer_problems(matter: Matter, answers: Answers) -> Iterable[Problem]:
    questions = {question.key: question for question in matter.questions}
    asked = {question.key for question in questions_for(matter, answers)}
    for key in answers:
        if key not in questions:
            yield Problem("UNKNOWN_QUESTION", f"本事项没有这个情形问题：{key}，请重新选择情形", (key,))
    for key, answer in situation(matter, answers).items():
        question = questions[key]
        if not answer and key not in asked:
            continue
        if not answer:
            yield Problem("NOT_ANSWERED", f"请先回答：{question.title}", (key,))
        elif answer not in [known.code for known in question.answers]:
            yield Problem("UNKNOWN_ANSWER", f"“{question.title}”没有这个选项，请重新选择", (key,))


def _unknown_items(site: Site, matter: Matter, chosen: Sequence[str]) -> Iterable[Problem]:
    if not chosen:
        yield Problem("NOTHING_CHOSEN", "请至少选择一个联办事项")
    listed = {found.item for found in matter.items}
    for item in dict.fromkeys(chosen):
        if item not in listed or item not in site.items:
            yield Problem("UNKNOWN_ITEM", f"“{matter.title}”不含该事项：{item}，请重新选择", (item,))
        elif list(chosen).count(item) > 1:
            yield Problem("CHOSEN_TWICE", f"“{site.items[item].title}”选了两次，请保留一个", (item,))


def _situation_problems(site: Site, matter: Matter, chosen: Sequence[str], answers: Answers) -> Iterable[Problem]:
    fitting = items_for(matter, answers)
    for found in matter.items:
        if found.item in chosen and found.item not in fitting:
            yield Problem(
                "NOT_IN_SITUATION",
                f"所选情形不需要办理“{_title(site, found.item)}”，请取消该事项或更改情形",
                (found.item,),
            )


def _partial_problems(site: Site, matter: Matter, chosen: Sequence[str], answers: Answers) -> Iterable[Problem]:
    """K-14: some items may be left out, unless the item is compulsory or the site allows no part of a matter."""
    setting = site.policy.get("partial_choice")
    some_allowed = setting is None or setting.value is not False
    fitting = items_for(matter, answers)
    for found in matter.items:
        if found.item in fitting and found.item not in chosen and not (found.optional and some_allowed):
            yield Problem("ITEM_REQUIRED", f"“{_title(site, found.item)}”须一并办理，请选上", (found.item,))


def _together_problems(site: Site, matter: Matter, chosen: Sequence[str], answers: Answers) -> Iterable[Problem]:
    fitting = items_for(matter, answers)
    for group in matter.together:
        wanted = [item for item in group if item in fitting]
        missing = [item for item in wanted if item not in chosen]
        if missing and len(missing) < len(wanted):
            titles = "、".join(_title(site, item) for item in missing)
            yield Problem("NOT_TOGETHER", f"依法须同时办理，请一并选上：{titles}", tuple(missing))


def _title(site: Site, item: str) -> str:
    return site.items[item].title if item in site.items else item
