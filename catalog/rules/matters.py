"""Rules of matters: items, questions, conditions, precedence, groups. Roles are in `rules.roles`, sources in `rules.sources`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from catalog.demand import asked_fields
from catalog.mismatch import At, Mismatch
from catalog.rules.places import in_item, in_material, in_matter
from catalog.types import IssuedBy, Matter, Site


def check(site: Site) -> Iterator[Mismatch]:
    for matter in site.matters.values():
        yield from _lead(site, matter)
        yield from _items(site, matter)
        yield from _fields(site, matter)
        yield from _results(site, matter)
        yield from _questions(matter)
        yield from _question_ring(matter)
        yield from _answers(matter)
        yield from _conditions(site, matter)
        yield from _precedence(matter)
        yield from _together(matter)
        yield from _exemptions(site, matter)


def _lead(site: Site, matter: Matter) -> Iterator[Mismatch]:
    """The lead is stored, never derived: 18 of the 58 matters of the list are led by a unit without an item (K-15)."""
    if matter.lead not in site.departments:
        message = f'lead "{matter.lead}" has no folder in departments/; add it or name another'
        yield in_matter(matter, ("lead",), "UNKNOWN_DEPARTMENT", message)


def _items(site: Site, matter: Matter) -> Iterator[Mismatch]:
    seen: set[str] = set()
    orders: set[int] = set()
    if not matter.items:
        yield in_matter(matter, (), "NO_ITEMS", "the matter has no items; add at least one")
    for position, found in enumerate(matter.items):
        at: At = ("items", position)
        item = site.items.get(found.item)
        if item is None:
            message = f'"{found.item}" is no item of this site; add items/{found.item}.toml or correct the code'
            yield in_matter(matter, (*at, "item"), "UNKNOWN_ITEM", message)
        elif matter.applicant_kind not in item.applicant_kinds:
            message = f'"{found.item}" is not for applicants of kind "{matter.applicant_kind}"; change applicant_kinds of the item or the matter'
            yield in_matter(matter, (*at, "item"), "WRONG_APPLICANT", message)
        if found.item in seen:
            yield in_matter(matter, (*at, "item"), "DUPLICATE_CODE", f'item "{found.item}" stands twice; take one out')
        if found.order in orders:
            yield in_matter(
                matter, (*at, "order"), "DUPLICATE_ORDER", f"order {found.order} is given twice; number the items"
            )
        seen.add(found.item)
        orders.add(found.order)


def _fields(site: Site, matter: Matter) -> Iterator[Mismatch]:
    known = {field.key for field in matter.fields}
    used = {key for item in matter.demands.values() for key in item.fields}
    for item in matter.demands.values():
        for key in item.fields:
            if key not in known and key in site.items[item.code].fields:
                message = f'"{key}" is no field of {matter.code}; add it to a part, to the item\'s asks or to matters/{matter.code}.toml, or correct the key'
                yield in_item(item.code, ("fields",), "UNKNOWN_FIELD", message)
    used.update(subject for field in matter.fields for source in field.sources for subject in source.subject.values())
    own = f"matters/{matter.code}.toml"
    for position, field in enumerate(matter.fields):
        at: At = ("fields", position)
        if field.key not in used and field.written[0] == own:
            message = f'no item uses "{field.key}"; write it under [[asks]] of an item that needs it, or take it out (no more than is needed may be asked)'
            yield in_matter(matter, (*at, "key"), "UNUSED_FIELD", message)
        if field.definition.name not in site.dictionary:
            message = (
                f'"{field.definition.name}" is not in dictionary.toml; add it there or give the field a name that is'
            )
            yield in_matter(matter, (*at, "key"), "UNKNOWN_FIELD", message)


def _results(site: Site, matter: Matter) -> Iterator[Mismatch]:
    """A result shows what its item asks; a certificate can only show what the item's result gives to it."""
    names = {field.key: field.definition.name for field in matter.fields}
    for item in matter.demands.values():
        for key in item.result.fields:
            if key not in item.fields:
                message = f'the result shows "{key}", which is not among the item\'s fields; add it to them'
                yield in_item(item.code, ("result", "fields"), "UNKNOWN_FIELD", message)
        kind = site.certificates.get(item.result.certificate_type)
        given = {names.get(key) for key in item.result.fields}
        lacking = [name for name in kind.fields if name not in given] if kind else []
        if lacking and item.result.issued_by is IssuedBy.HUB:
            message = f"the certificate shows {', '.join(lacking)}, which the result does not give in {matter.code}; add form keys of these names to it"
            yield in_item(item.code, ("result", "fields"), "CERTIFICATE_INCOMPLETE", message)


def _answers(matter: Matter) -> Iterator[Mismatch]:
    questions = {question.key: question for question in matter.questions}
    for position, field in enumerate(matter.fields):
        if not field.answer_of:
            continue
        question = questions.get(field.answer_of)
        codes = {code.code for code in field.definition.codes}
        if question is None or not {answer.code for answer in question.answers} <= codes:
            message = f'"{field.key}" takes the answer of "{field.answer_of}"; name a question whose answers are all codes of the field'
            yield in_matter(matter, ("fields", position, "answer_of"), "UNKNOWN_ANSWER", message)


def _questions(matter: Matter) -> Iterator[Mismatch]:
    for position, question in enumerate(matter.questions):
        at: At = ("questions", position)
        codes = [answer.code for answer in question.answers]
        if len(codes) < 2 or len(set(codes)) < len(codes):
            yield in_matter(
                matter,
                (*at, "answers"),
                "BAD_ANSWERS",
                f'question "{question.key}" needs at least two unlike answers',
            )
        if question.settled and question.default not in codes:
            message = (
                f'"{question.key}" is settled as "{question.default}", which is none of its answers: {", ".join(codes)}'
            )
            yield in_matter(matter, ("settled",), "UNKNOWN_ANSWER", message)
        elif question.default and question.default not in codes:
            yield in_matter(
                matter, (*at, "default"), "UNKNOWN_ANSWER", f'default "{question.default}" is none of the answers'
            )


def _question_ring(matter: Matter) -> Iterator[Mismatch]:
    keys = [question.key for question in matter.questions]
    if ring := a_ring((question.key, other) for question in matter.questions for other in question.when):
        message = (
            f"these questions are asked by each other's answers in a ring: {' → '.join(ring)}; take one `when` out"
        )
        yield in_matter(matter, ("questions", keys.index(ring[0]), "when"), "CYCLE", message)


def _conditions(site: Site, matter: Matter) -> Iterator[Mismatch]:
    answers = {question.key: {answer.code for answer in question.answers} for question in matter.questions}
    places: list[tuple[Mapping[str, tuple[str, ...]], At]] = []
    places += [(found.when, ("items", position, "when")) for position, found in enumerate(matter.items)]
    places += [(field.when, ("fields", position, "when")) for position, field in enumerate(matter.fields)]
    places += [
        (source.when, ("fields", position, "sources", index, "when"))
        for position, field in enumerate(matter.fields)
        for index, source in enumerate(field.sources)
    ]
    places += [(role.when, ("roles", position, "when")) for position, role in enumerate(matter.roles)]
    places += [(asked.when, ("questions", position, "when")) for position, asked in enumerate(matter.questions)]
    for when, at in places:
        for message in _bad_conditions(when, answers):
            yield in_matter(matter, at, "UNKNOWN_ANSWER", message)
    for item in matter.demands.values():
        for material in item.materials:
            for message in _bad_conditions(material.when, answers):
                yield in_material(
                    site.items[item.code], material, ("when",), "UNKNOWN_ANSWER", f"{message} in {matter.code}"
                )
    for key in matter.settled:
        if key not in answers:
            message = f'"{key}" is no question of this matter; take it out or use one of: {", ".join(sorted(answers)) or "none"}'
            yield in_matter(matter, ("settled", key), "UNKNOWN_ANSWER", message)


def _bad_conditions(when: Mapping[str, tuple[str, ...]], answers: Mapping[str, set[str]]) -> Iterator[str]:
    for question, wanted in when.items():
        if question not in answers:
            yield f'"{question}" is no question; use one of: {", ".join(sorted(answers)) or "none"}'
        else:
            yield from (
                f'"{answer}" is no answer to "{question}"' for answer in wanted if answer not in answers[question]
            )


def _precedence(matter: Matter) -> Iterator[Mismatch]:
    listed = {found.item for found in matter.items}
    for position, dependency in enumerate(matter.dependencies):
        for end, code in (("upstream", dependency.upstream), ("downstream", dependency.downstream)):
            if code not in listed:
                message = f'"{code}" is no item of this matter; correct it or add the item'
                yield in_matter(matter, ("dependencies", position, end), "UNKNOWN_ITEM", message)
    edges = [(one.upstream, one.downstream) for one in matter.dependencies]
    if ring := a_ring(edges):
        position = edges.index((ring[0], ring[1]))
        message = f"these items wait for each other in a ring: {' → '.join(ring)}; take one dependency out"
        yield in_matter(matter, ("dependencies", position), "CYCLE", message)


def a_ring(edges: Iterable[tuple[str, str]]) -> list[str]:
    """A ring among directed edges, its first node repeated at the end; empty where there is none."""
    onward: dict[str, list[str]] = {}
    for start, end in edges:
        onward.setdefault(start, []).append(end)
    done: set[str] = set()
    for first in sorted(onward):
        path, waiting = [first], [iter(onward[first])]
        while path and first not in done:
            step = next(waiting[-1], None)
            if step is None:
                done.add(path.pop())
                waiting.pop()
            elif step in path:
                return [*path[path.index(step) :], step]
            elif step not in done:
                path.append(step)
                waiting.append(iter(onward.get(step, ())))
    return []


def _together(matter: Matter) -> Iterator[Mismatch]:
    listed = {found.item for found in matter.items}
    for position, group in enumerate(matter.together):
        if len(set(group)) < 2:
            yield in_matter(
                matter, ("together",), "BAD_GROUP", "a group of items that go together needs at least two of them"
            )
        for code in group:
            if code not in listed:
                message = f'"{code}" in group {position + 1} is no item of this matter; correct it or take it out'
                yield in_matter(matter, ("together",), "UNKNOWN_ITEM", message)


def _exemptions(site: Site, matter: Matter) -> Iterator[Mismatch]:
    edges = {(one.upstream, one.downstream) for one in matter.dependencies}
    listed = {found.item for found in matter.items}
    asked = asked_fields(matter, matter.demands.values())
    exempting = (
        (item, material, exemption)
        for item in matter.demands.values()
        for material in item.materials
        for exemption in material.exemptions
    )
    for item, material, exemption in exempting:
        written = site.items[item.code]
        upstream = exemption.upstream_item
        if upstream in listed and (upstream, item.code) not in edges:
            message = f'"{upstream}" is not upstream of this item in {matter.code}; add the dependency there'
            yield in_material(written, material, ("exemption", "upstream_item"), "NOT_UPSTREAM", message)
        resource = site.resources.get(exemption.resource)
        if resource and not resource.certificate_type and resource.code not in asked:
            message = f"{resource.code} gives neither a certificate nor a field of the form, so it proves nothing; ask one of its fields"
            yield in_material(written, material, ("exemption", "resource"), "EMPTY_EXEMPTION", message)
