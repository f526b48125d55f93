"""What would not work with a department that speaks SOAP, in sentences, before anybody is asked about: operations that its WSDL has not, schemas
that lack, and places of an answer where nothing can stand. It sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.contract import Misconfigured
from adapters.kinds.compared import Compared
from adapters.kinds.settings import Settings
from adapters.kinds.soap import SoapAnswers, SoapHandles
from adapters.kinds.soap_line import SoapLine
from adapters.kinds.soap_paper import soap_differences
from adapters.kinds.soap_probe import check_probe
from adapters.kinds.soap_request import Loaded


@dataclass(frozen=True)
class SoapCalls:
    """Every call of one department, to be held against its WSDL."""

    soap: SoapLine
    answers: SoapAnswers | None
    handles: SoapHandles | None

    def each(self) -> Iterator[Settings]:
        yield from self.answers.calls if self.answers else ()
        yield from self.handles.calls if self.handles else ()

    async def check(self) -> list[str]:
        """One sentence per operation that the WSDL lacks, or whose schema does, and per place of an answer at which nothing can stand.
        Raises Misconfigured."""
        return [*self._operations(await self.soap.loaded()), *(await self.compare()).wrong]

    async def compare(self) -> Compared:
        """What is read of the answers, of the declared probe's too. Raises Misconfigured for a WSDL that cannot be read."""
        probe = check_probe(self.soap)
        calls = (*self.each(), *((probe,) if probe is not None else ()))
        return await soap_differences(self.soap, calls, self.answers.resources if self.answers is not None else {})

    def against_papers(self) -> list[str]:
        """The operations alone, for whoever has a thread for it: a misspelt field keeps nobody from the others."""
        return self._operations(self.soap.load_now())

    def _operations(self, loaded: Loaded) -> list[str]:
        found: list[str] = []
        for settings in self.each():
            try:
                _, operation = self.soap.place(loaded.wsdl, settings)
                for message in (operation.input, operation.output):
                    for part in message.parts if message else ():
                        loaded.wsdl.element(part).type  # noqa: B018  (looks the schema up)
            except Misconfigured as e:
                found.append(str(e))
        return found
