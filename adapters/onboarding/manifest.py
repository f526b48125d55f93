"""Writes the department.toml of a new department: what is sure stands in it, with its confidence; what is not stands there as a comment.

Nothing that it writes may be used before a person reviewed it: each resource is `proposed` and `withheld`. It writes no other file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from adapters.kinds.templates import key_of
from adapters.onboarding.guessing import SHOWN, Guess, shown
from adapters.onboarding.mapping import Field, Input, Mapped, Open, miscount
from adapters.onboarding.paging import Paging
from adapters.onboarding.places import ROW, Draft, Operation, Path, sayable, written
from adapters.onboarding.success import success
from adapters.onboarding.words import is_chinese

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f]+")
LONGEST_REMARK = 60
AT_ROOT = {"rest": "$", "platform": "$"}


def manifest(
    code: str, name: str, draft: Draft, pins: Mapping[str, str], resources: Mapping[str, Mapped], most_open: int
) -> str:
    """The whole text. `resources` by the resource's name; `most_open`: so many commented places of each, the papers have the rest."""
    lines = [*_head(code, name, draft), *_wire(draft, pins)]
    for resource, one in resources.items():
        lines += ["", *_resource(resource, one, draft, most_open, name)]
    return "\n".join(lines) + "\n"


def _head(code: str, name: str, draft: Draft) -> Iterator[str]:
    yield f"# {name}: proposed by `yijian adapter new` from {', '.join(list(draft.papers)[:3]) or 'a sample'}; docs/adapters.md says what to do with it."
    yield "# Each number is how sure the guess beside it is (1 = certain). A line that begins with `# ?` waits for a person: complete it, or take it out."
    yield from (f"# Note: {_remark(doubt, 300)}" for doubt in draft.doubts)
    yield ""
    yield "[department]"
    yield f"code = {_value(code)}"
    yield f"name = {_value(name)}"
    yield 'uscc = ""                         # 统一社会信用代码 of the department: needed once it takes item cases'
    yield f"kind = {_value(draft.kind)}"
    yield 'phone = ""                        # whom to call when it is down'
    yield "max_in_flight = 4"


def _wire(draft: Draft, pins: Mapping[str, str]) -> Iterator[str]:
    plain = {key: value for key, value in draft.wire.items() if not _is_table(value)}
    yield from ("", "[wire]", *(f"{_key(key)} = {_value(value)}" for key, value in plain.items()))
    yield from ("", "[wire.documents]", *(f"{_key(name)} = {_value(digest)}" for name, digest in pins.items()))
    for key, value in draft.wire.items():
        if isinstance(value, Mapping) and _is_table(value):
            yield from _table(("wire", key), value)


def _is_table(value: object) -> bool:
    """Written as a table of its own; a small one stays on its line."""
    return isinstance(value, Mapping) and (len(value) > 3 or any(isinstance(one, Mapping) for one in value.values()))


def _table(path: Sequence[str], table: Mapping[str, object]) -> Iterator[str]:
    flat = {key: value for key, value in table.items() if not _is_table(value)}
    if flat or not table:
        yield from (
            "",
            f"[{'.'.join(map(_key, path))}]",
            *(f"{_key(key)} = {_value(value)}" for key, value in flat.items()),
        )
    for key, value in table.items():
        if isinstance(value, Mapping) and _is_table(value):
            yield from _table((*path, key), value)


# --- a resource -----------------------------------------------------------------------------------------------------------


SOON = {"filedrop": 500, "rest": 2000}
"""How soon, in milliseconds, such a department is proposed to answer; all others in 3,000."""


def _resource(name: str, one: Mapped, draft: Draft, most_open: int, department: str) -> Iterator[str]:
    operation = one.operation
    yield f"# --- {_remark(operation.title)} ({_remark(operation.name)}) ---"
    yield from (f"# Note: {_remark(doubt, 300)}" for doubt in operation.doubts)
    if said := miscount(one):
        yield f"# Note: {_remark(said, 300)}"
    if not one.subject:
        yield "# ? subject: which facts is it asked with? Names of the dictionary; fill the request below with {the_name}."
    yield f"[resources.{name}]"
    yield _title(operation, department, len(draft.operations) == 1)
    yield 'share = "withheld"                # proposed: the department decides (unconditional 无条件, conditional 有条件, withheld 不予共享); nobody may ask it until then'
    yield "proposed = true                   # take this line out once a person has reviewed the whole table"
    yield f"subject = {_value(list(one.subject))}"
    yield "timeout_seconds = 5               # proposed"
    yield f"# answers_within_ms = {SOON.get(draft.kind, 3000)}       # proposed: ask the department how soon it promises to answer; the catalog shows it"
    yield from _call(name, one, draft)
    yield from _fields(name, one, draft, most_open)


UNTITLED = "proposed, the paper has no title: say it as a clerk would, it stands on every page"


def _title(operation: Operation, department: str, alone: bool) -> str:
    """A paper's own title; its name for programs says nothing to whoever reads the page."""
    if operation.title not in ("", operation.name) or is_chinese(operation.title):
        return f"title = {_value(operation.title)}"
    proposed = f"{department}信息" if alone else f"{department}信息（{operation.name}）"
    return f"title = {_value(proposed)}  # ? {UNTITLED}"


def _call(name: str, one: Mapped, draft: Draft) -> Iterator[str]:
    wire = f"resources.{name}.wire"
    yield from ("", f"[{wire}]")
    for key, value in one.operation.call.items():
        if key != "path":
            yield f"{_key(key)} = {_value(value)}" + (f"  # ? {SAMPLE}" if key == "body" else "")
    if "path" in one.operation.call:
        yield from _path(str(one.operation.call["path"]), [i for i in one.inputs if i.asked.where == "path"])
    root = AT_ROOT.get(draft.kind, "")
    if one.record:
        yield f"record = {_value(written(one.record, root))}"
    echoed = {field.guess.name: written(field.way, root) for field in one.fields if field.guess.name in one.subject}
    if echoed and draft.kind in ("soap", "rest"):
        yield f"# ? echo = {_value(echoed)}  # the answer seems to repeat whom it is about: take `# ?` away, and an answer about somebody else is refused"
    if one.paging is not None:
        yield f"# ? paging = {_value(_paging(one.paging, root))}  # it looks as if it answered in pages: take `# ?` away, and write below {_page_words(one.paging)}"
    if one.result is not None:
        at = written(one.result.path, root)
        yield f"# ? result = {_value(at)}             # {_remark(one.result.label) or 'it looks like the code of the result'}: say which words mean what, from the papers"
        yield f"# ? found = {_value([word for word in (success(one.result) or next(iter(one.result.words), ''),) if word])}"
        yield '# ? not_found = []                # without it no answer ever means "no record"'
    if one.operation.declares_404:
        yield '# ? not_found_status = ["404"]    # the paper lists it: if it means "no record" there, and not a wrong address'
    match = [found for found in one.inputs if found.asked.where == "match"]
    if match:
        yield f"match = {_value({found.asked.place.name: found.key for found in match if found.key})}"
        yield from (f"# {found.asked.place.name}: {_why(found.guesses)}" for found in match if found.key)
    for where in ("query", "headers", "body", "request"):
        inputs = [found for found in one.inputs if found.asked.where == where]
        if inputs:
            yield from _request((*wire.split("."), where), inputs)


def _paging(found: Paging, root: str) -> Mapping[str, object]:
    """As docs/departments.md has it."""
    plain: dict[str, object] = {"by": found.by, "rows": written(found.rows, root)}
    if "page_size" in found.words.values() or found.by in ("page", "offset"):
        plain["size"] = found.size
    if found.by == "page" and found.first != 1:
        plain["first"] = found.first
    places = {"total": found.total, "more": found.more, "last": found.last, "next": found.next}
    return {**plain, **{key: written(place.path, root) for key, place in places.items() if place is not None}}


def _page_words(found: Paging) -> str:
    words = [f'{next(step for step in reversed(path) if step != ROW)} = "{{{word}}}"' for path, word in found.words.items()]  # fmt: skip
    return ", ".join(words) or "nothing: each page names the next"


def _path(template: str, inputs: Sequence[Input]) -> Iterator[str]:
    for found in inputs:
        theirs = found.asked.place.name
        ours = f"{{{found.key}}}" if found.key else str(found.asked.sample or "1").replace("/", "")
        yield f"# {theirs}: {_said(found)}"
        template = template.replace(f"{{{theirs}}}", ours)
    yield f"path = {_value(template)}"


def _request(table: Sequence[str], inputs: Sequence[Input]) -> Iterator[str]:
    """The inputs below one table, nested as their paths are. TOML wants a table's own keys before its tables."""
    own = [found for found in inputs if len(_steps(found)) == 1]
    inner: dict[str, list[Input]] = {}
    for found in inputs:
        if len(_steps(found)) > 1:
            inner.setdefault(_steps(found)[0], []).append(found)
    if own or not inner:
        yield from ("", f"[{'.'.join(map(_key, table))}]", *(line for found in own for line in _input(found)))
    for key, below in inner.items():
        yield from _request((*table, key_of(key)), [_shorter(found) for found in below])


def _steps(found: Input) -> Path:
    return tuple(step for step in found.asked.place.path if step != ROW)


def _shorter(found: Input) -> Input:
    place = replace(found.asked.place, path=_steps(found)[1:])
    return replace(found, asked=replace(found.asked, place=place))


def _input(found: Input) -> Iterator[str]:
    if found.asked.one_of:
        how = "at most one of" if found.asked.may_lack else "one of"
        yield f"# {how}: {_remark(', '.join(found.asked.one_of), 300)}"
        for other in found.asked.instead:
            said = ", ".join(f"{_key(key_of(name))} = {_value(sample)}" for name, sample in other.items())
            yield f"# or: {_remark(said, 300)}"
    yield _sent(found)


def _sent(found: Input) -> str:
    key = _key(key_of(_steps(found)[0]))
    if found.asked.offered:
        return f"# ? {key} = {_value([_offered(found)])}  # {OFFERED} {_remark(found.asked.place.label)} {_suggested(found.guesses)}".rstrip()
    if found.key:
        word = f"{{{found.key}}}"
        return f"{key} = {_value({'from': word, 'as': 'decimal2'} if found.asked.place.form == 'decimal2' else word)}  # {_said(found)}"
    if found.own:
        return f"{key} = {_value(_own(found))}  # {_remark(found.asked.place.label)}: proposed"
    return f"{key} = {_value(found.asked.sample)}  # {_said(found)}"


OFFERED = 'may be left out, or hold several, each sent under this name; where it says whom it is about, write "…{id_number}" or another word of the subject.'


def _offered(found: Input) -> str:
    """A word of its list; else the place of one."""
    guess = found.guesses[0].name if shown(found.guesses) else ""
    return next(filter(None, found.asked.place.words), f"{{{guess}}}" if guess else "…")


def _own(found: Input) -> object:
    """The hub's word as this place takes it: a header is ASCII, a time is written out."""
    word = f"{{{found.own}}}"
    if found.own == "now":
        return {"from": word, "as": "datetime" if found.asked.place.kind == "datetime" else "yyyymmddhhmmss"}
    plain = found.own in ("request_id", "case_no")
    return word if plain or found.asked.where != "headers" else {"from": word, "as": "percent"}


def _said(found: Input) -> str:
    remark = _remark(found.asked.place.label)
    if found.key:
        return f"{_why(found.guesses)} {remark}".strip()
    if found.page:
        return f'? {SAMPLE}; with paging above: "{{{found.page}}}". {remark}'.rstrip()
    needed = "must be there" if found.asked.place.required else "may be left out"
    if found.asked.one_of and found.asked.chosen:
        needed = f"it or another of them {'may' if found.asked.may_lack else 'must'} be there"
    return f"? {SAMPLE}; {needed}. {remark} {_suggested(found.guesses)}".rstrip()


SAMPLE = "a sample, for the rehearsal alone: say what belongs here"


# --- its fields -----------------------------------------------------------------------------------------------------------


def _fields(name: str, one: Mapped, draft: Draft, most_open: int) -> Iterator[str]:
    root = AT_ROOT.get(draft.kind, "")
    yield from ("", f"[resources.{name}.fields]")
    yield from (_field(field, root) for field in one.fields)
    # What may be some fact of the dictionary goes before what nobody knows.
    likely = sorted(range(len(one.open)), key=lambda at: not shown(one.open[at].guesses))[:most_open]
    yield from (_open(one.open[at], root) for at in sorted(likely))
    if len(one.open) > most_open:
        yield f"# {len(one.open) - most_open} more places stand in the papers."
    yield from (_outside(found, root) for found in one.outside[:most_open])


def _field(field: Field, root: str) -> str:
    path = written(field.way, root)
    wire = {"path": path, **field.keys} if field.keys else path
    return f"{field.guess.name} = {_value(wire)}  # {field.guess.confidence:.2f} {_remark(field.guess.why)}"


def _open(found: Open, root: str) -> str:
    path = written(found.way, root) if sayable(found.way) else "/".join(found.way)
    remark = _remark(found.place.label)
    rows = " (in a list: docs/mapping.md, Lists)" if ROW in found.way else ""
    doubt = f" {found.doubt};" if found.doubt else ""
    return f"# ? = {_value(path)}  # {remark}{rows}{doubt} {_suggested(found.guesses)}".rstrip()


def _outside(found: Open, root: str) -> str:
    """A field's path starts at the record: none leads there."""
    path = written(found.way, root) if sayable(found.way) else "/".join(found.way)
    return f"# Outside of the record, where no path from it leads: {' '.join((_remark(path, 200), _remark(found.place.label), _suggested(found.guesses)))}".rstrip()


def _suggested(guesses: Iterable[Guess]) -> str:
    said = "; ".join(
        f"{guess.name} {guess.title} {guess.confidence:.2f}" for guess in guesses if guess.confidence >= SHOWN
    )
    return f"perhaps {said}" if said else ""


def _why(guesses: Sequence[Guess]) -> str:
    return f"{guesses[0].confidence:.2f} {_remark(guesses[0].why)}" if guesses else ""


# --- TOML -----------------------------------------------------------------------------------------------------------------


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: object) -> str:
    """A value on one line. A JSON text without control characters is a TOML text as well."""
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }" if value else "{}"
        )
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(_UNPRINTED.sub(" ", "" if value is None else str(value)), ensure_ascii=False)


def _remark(text: str, longest: int = LONGEST_REMARK) -> str:
    """A paper's words on one line of a comment."""
    one = _UNPRINTED.sub(" ", " ".join(text.split()))
    return one if len(one) <= longest else f"{one[:longest]}…"
