"""Answers a question from what a replica holds under its keys: good rows, and what is known of those that were refused. It opens nothing.

A row that was refused is never "no record", and the older row that it should have replaced is not given as current.
"""

from __future__ import annotations

from adapters.contract import NotFound, Outcome, Query, Unusable
from adapters.kinds.dropsetup import Source
from adapters.kinds.replica import Match
from adapters.kinds.replica_refused import Refusal


def outcome_of(source: Source, match: Match, query: Query) -> Outcome:
    refused = [one for one in match.refusals.certain if _concerns(source, one)]
    for one in refused:
        if not one.beside:
            return _unusable(source, one)
    outcome = source.reader.outcome(match.rows, query)
    if isinstance(outcome, NotFound):
        # One of these rows is, or may be, the very record that was asked for.
        for one in (*refused, *(each for each in match.refusals.possible if _concerns(source, each))):
            return _unusable(source, one)
    return outcome


def _concerns(source: Source, refusal: Refusal) -> bool:
    """Unless the row says itself that this resource does not choose it."""
    where = source.reader.where.items()
    return all(refusal.said[name] in allowed for name, allowed in where if name in refusal.said)


def _unusable(source: Source, refusal: Refusal) -> Unusable:
    """By the field that is read there, the subject's key that is compared with it, or none."""
    fields = [one.name for one in source.reader.record.fields if refusal.column in one.places]
    keys = [key for column, key in source.match.items() if column.column == refusal.column]
    return Unusable((*fields, *keys, "")[0], refusal.column, refusal.rule)
