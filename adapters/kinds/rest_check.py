"""What would not work with a department that speaks JSON or XML, in sentences, before anybody is asked about: missing secrets, and
where its mapping and its OpenAPI paper differ. It sends nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator

from adapters.contract import Misconfigured
from adapters.kinds.compared import Compared
from adapters.kinds.line import Line
from adapters.kinds.proof import Proof
from adapters.kinds.rest import RestAnswers, RestHandles
from adapters.kinds.rest_paper import Calls, differences, papers_of
from adapters.kinds.rest_probe import rest_proof
from adapters.kinds.rest_wire import auth_of
from adapters.kinds.settings import Settings


def rest_check(
    line: Line, answers: RestAnswers | None, handles: RestHandles | None
) -> Callable[[], Awaitable[list[str]]]:
    """Without a paper in OpenAPI only the secrets can be looked at. Raises Misconfigured for a paper that cannot be read."""
    compare = rest_compare(line, answers, handles)

    async def check() -> list[str]:
        found = [*_missing_secrets(line, _calls(answers, handles))]
        return list(dict.fromkeys((*found, *(await compare()).wrong)))

    return check


def rest_compare(
    line: Line, answers: RestAnswers | None, handles: RestHandles | None
) -> Callable[[], Awaitable[Compared]]:
    """The mapping against its papers in OpenAPI. Raises Misconfigured for a paper that cannot be read."""

    async def compare() -> Compared:
        papers = await asyncio.to_thread(papers_of, line.documents)
        return differences(line, _calls(answers, handles), papers)

    return compare


def _calls(answers: RestAnswers | None, handles: RestHandles | None) -> Calls:
    return Calls(
        {} if answers is None else answers.resources,
        () if answers is None else answers.calls,
        () if handles is None else handles.calls,
    )


def rest_proof_of(
    line: Line, answers: RestAnswers | None, handles: RestHandles | None
) -> Callable[[], Awaitable[list[Proof]]]:
    """By every credential of what is asked and told; where nothing is, by the department's own. Raises Misconfigured."""

    def calls() -> Iterator[Settings]:
        yield from answers.calls if answers is not None else ()
        yield from handles.calls if handles is not None else ()
        yield Settings({}, line.settings.where)

    return rest_proof(line, calls)


def _missing_secrets(line: Line, calls: Calls) -> Iterable[str]:
    for settings in (*calls.asks, *calls.tells):
        try:
            line.credentials.of(auth_of(line, settings))
        except Misconfigured as e:
            yield str(e)
