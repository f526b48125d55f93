"""The rules of a mapping in words: what a field does with what stands there, and what to do where a rule was broken. It reads no value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adapters.kinds.conditions import Condition
from adapters.kinds.fields import FieldReader


def rule_of(reader: FieldReader) -> str:
    """One line: `when …; codes zt.csv; as yyyymmdd; …`."""
    return "; ".join(_parts(reader))


def _parts(reader: FieldReader) -> Iterator[str]:
    rule = reader.rule
    if reader.when is not None:
        yield f"when {_condition(reader.when)}"
    for name, words in (("empty", rule.empty), ("withheld", rule.withheld), ("open_ended", rule.open_ended)):
        if words:
            yield f"{name}: {', '.join(words)}"
    if rule.codes is not None:
        yield f"codes {rule.codes_name} ({len(rule.codes)})"
    yield f"as {rule.form}"
    if reader.join is not None:
        yield f"joined with {reader.join!r}"
    if reader.must is not None:
        yield f"must {_condition(reader.must)}"
    if reader.divide is not None:
        yield "divided by the neighbour's number"
    if reader.default:
        yield f"default {reader.default}"


def _condition(condition: Condition) -> str:
    if condition.present is not None:
        return f"{condition.place} is {'there' if condition.present else 'not there'}"
    words = ", ".join(sorted(condition.refused or condition.allowed))
    return f"{condition.place} {'not in' if condition.refused else 'in'} {words}"


ADVICE: Mapping[str, str] = {
    "required": "nothing stands there: correct the path, or take out required if the papers allow it to be absent",
    "single_value": "a list or a table stands there: name the value inside it, or make it a list of the resource",
    "several_values": "several stand there: choose one ([0], [?@.x=='…']) or give join",
    "code_list": "their code is not in the list: ask the department for its present list, then pin the new file",
    "unknown_result_code": "list this word under found, not_found, denied, busy or failed, as their papers say",
    "record": 'correct record: it must be one table, or a list of tables; where an empty list means “no record” (rest), say so: empty = "not_found"',
    "list": "no list stands at the path: correct it, or give split where the rows are packed into one text",
    "split": "a row has not as many parts as names: compare rows, columns and names with a true answer",
    "other_subject": "the record is about somebody else: compare echo with their papers; if it is right, tell the department",
    "other_request": "it answers another request: compare request_echo with their papers",
    "page_total": "total is no number, changed from page to page, or is not what came: compare paging's total with their papers",
    "page_size": "a page has more rows than size says: compare paging's size with their papers",
    "page_repeats": "the same page or cursor came twice: compare by, first and next of paging with their papers",
    "other_page": "another page came than was asked for: compare paging's echo and first with their papers",
    "rows_missing": "fewer rows came than total says: compare paging's total and size with their papers",
    "page_more": "it does not say yes or no where more or last of paging stands: compare both with their papers",
    "too_many_pages": "there are more pages than paging allows: ask more narrowly, or raise pages",
    "must": "the neighbour says something else (a unit, a currency): see their papers before widening it",
    "content_type": "the answer is not of the format that [wire] says: compare format, or tell the department",
    "schema": "the answer breaks the department's own WSDL or schema: compare both, or get the present papers",
    "unknown_element": "the pinned WSDL has no such element there: an answer from before its change, then record it anew; else ask the department for its present WSDL and pin that",
    "missing_element": "the pinned WSDL wants this element there: an answer from before its change, then record it anew; else ask the department for its present WSDL and pin that",
    "schema_value": "by the pinned WSDL no value of this shape stands there: an answer from before its change, then record it anew; else tell the department",
    "encoding": "the bytes are not in the encoding that the answer declares: tell the department",
    "json": "no JSON: look at the raw answer; a page of a proxy is the usual cause",
    "xml": "no XML: look at the raw answer; a page of a proxy is the usual cause",
    "unaskable": "nothing was asked: give the subject (--subject key=value) in the form that the request wants",
}


def advice(rule: str) -> str:
    """What to do about a broken rule."""
    plain = rule.partition(":")[0]
    return ADVICE.get(plain, f"compare the value's shape with as = … in docs/mapping.md ({plain})")
