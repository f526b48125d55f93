"""A department of which there are only papers: answers each question with the sample in its folder, as a real server with a journal.

It knows no department and keeps no records: whoever is asked about, the answer is the sample, with what the mapping says that an answer repeats
of its question. `onboarding/rehearsal.py` is the same without a server.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds.frontdb_sample import lay_out
from adapters.kinds.soap_describe import open_folder
from adapters.onboarding.credentials import TOKEN, needed, token_path
from adapters.onboarding.laying import lay
from adapters.onboarding.played import SAMPLES
from adapters.onboarding.rehearsal import Sample, question, samples_of
from adapters.proving.stand_ins import stand_ins
from adapters.simulators.control import Mode, Rule
from adapters.simulators.http import Reply, Request
from adapters.simulators.journal import Call
from adapters.simulators.repeating import NUMBER, asked_in, probed, repeated, repeats, says
from adapters.simulators.server import Answer, Connection, Setting, Simulator
from catalog.types import Department, FieldDefinition, Kind, Resource

STRANGER = "stranger"
"""What is asked of nobody in particular without anything that shows who asks."""


class Papers(Simulator[Sample | None]):
    """One department of the site's folder."""

    def __init__(
        self,
        setting: Setting,
        department: Department,
        resources: Iterable[Resource],
        dictionary: Mapping[str, FieldDefinition],
    ) -> None:
        self.code = department.code
        super().__init__(setting)
        self._department = department
        self._resources = [one for one in resources if one.department == department.code and not one.way]
        self._samples = samples_of(department, self._resources)
        self._dictionary = dictionary
        self._named = needed(department, self._resources)
        self.stand_ins = stand_ins(department, self._resources)
        self._roots = _roots(department) if department.kind is Kind.SOAP else {}

    def reached_at(self, address: str) -> Connection:
        """As it stands in a file of connections."""
        secrets = {"secrets": {name: self.stand_ins[name] for name in self._named}} if self._named else {}
        if self._department.kind is Kind.FILEDROP:
            return {"folder": str(self.drop), **secrets}
        if self._department.kind is Kind.FRONTDB:
            return {"address": f"sqlite:///{self._tables}"}
        return {"address": address, **secrets}

    @property
    def drop(self) -> Path:
        return self.setting.folder / "drops" / self.code

    @property
    def _tables(self) -> Path:
        return self.setting.folder / f"{self.code}.sqlite"

    def lay_out(self) -> None:
        """A department that drops files drops its samples, one with a front database has them in its tables: anew each time that it starts."""
        folder = Path(self._department.folder) / SAMPLES
        if self._department.kind is Kind.FRONTDB:
            self._tables.unlink(missing_ok=True)
            lay_out(self._department, folder, self._tables)
        if self._department.kind is Kind.FILEDROP:
            lay(self._department, self._resources, self.drop)

    def read(self, request: Request) -> tuple[Call, Sample | None]:
        token = token_path(self._department)
        if token and request.path.endswith(token):
            return Call("token"), Sample("token", "application/json", TOKEN)
        if not self._shows_who(request):
            return Call(STRANGER), None
        if self._is_probe(request):
            return Call("probe"), probed(self._department)
        asked = [one for one in self._resources if self._is_asked(one, request)]
        resource = next((one for one in asked if says(one.wire, request)), next(iter(asked), None))
        sample = self._samples.get(resource.code) if resource else None
        return Call(resource.code if resource else "?"), self._about(
            resource, sample, request
        ) if resource and sample else None

    def _is_probe(self, request: Request) -> bool:
        """The call that the department agreed to for trying credentials; one over SOAP is an operation of its WSDL and has a sample there."""
        probe = self._department.wire.get("probe")
        if not isinstance(probe, Mapping) or "path" not in probe or "operation" in probe:
            return False
        path = str(self._department.wire.get("base", "")) + str(probe["path"])
        return request.method == probe.get("method", "GET") and request.path == path and says(probe, request)

    def _about(self, resource: Resource, sample: Sample, request: Request) -> Sample:
        """The sample is about one: a hub that asks about somebody else is answered about whom it asked."""
        query = question(resource, self._dictionary, sample)
        said = {
            key: value for key, value in {**query.subject, NUMBER: query.request_id}.items() if key in repeats(resource)
        }
        return (
            repeated(sample, said, asked_in(resource, str(self._department.wire.get("base", "")), request))
            if said
            else sample
        )

    def answer(self, call: Call, parsed: Sample | None, rule: Rule) -> Answer:
        if rule.mode is Mode.DENIED:
            return Answer(Reply(403, b"", "text/plain"), "denied")
        if rule.mode is Mode.BUSY:
            return Answer(Reply(503, b"", "text/plain"), "busy")
        if call.operation == STRANGER:
            return Answer(Reply(401, b"", "text/plain"), "nobody known")
        if parsed is None or rule.mode is Mode.NOBODY:
            return Answer(Reply(404, b"nothing of the papers is asked here", "text/plain; charset=utf-8"), "unknown")
        return Answer(Reply(200, parsed.body, f"{parsed.media_type}; charset=utf-8"), "sample")

    def _shows_who(self, request: Request) -> bool:
        """Whether anything of the example credentials stands in it: in a header, in the query, in the body."""
        words = (*request.headers.values(), *map(str, request.query.values()), request.body.decode("utf-8", "replace"))
        basic = base64.b64encode(f"{self.stand_ins.word}:{self.stand_ins.word}".encode()).decode()
        # By itself: a namespace may lie at example.cn.
        signs = "|".join(map(re.escape, (basic, *sorted(self.stand_ins.signs))))
        shown = re.compile(rf"(?<![\w.-])(?:{signs})(?![\w.-])")
        return not self._named or any(map(shown.search, words))

    def _is_asked(self, resource: Resource, request: Request) -> bool:
        if "operation" in resource.wire:
            said = str(resource.wire["operation"])
            return bool({said, *self._roots.get(said, ())} & _operations(request))
        base = str(self._department.wire.get("base", ""))
        path = re.split(r"\{[^{}]+\}", base + str(resource.wire.get("path", "")))
        pattern = "[^/]+".join(map(re.escape, path))
        return request.method == resource.wire.get("method", "GET") and bool(re.fullmatch(pattern, request.path))


def _roots(department: Department) -> Mapping[str, set[str]]:
    """By operation: how the element of its question is called. Nothing of a WSDL that cannot be read: the check says so."""
    folder = Path(department.folder)
    with suppress(Misconfigured, OSError):
        wsdl = open_folder(folder, str(department.wire.get("wsdl", "")))
        return {
            name: {wsdl.element(part).name for part in one.input.parts}
            for port in wsdl.ports
            for name, one in port.operations.items()
            if not one.input.wrapper
        }
    return {}


def _operations(request: Request) -> set[str]:
    """By what a SOAP request may name its operation: the header, and the first element of its body."""
    action = request.headers.get("soapaction", "").strip('"')
    said = {action, re.split(r"[/#:]", action)[-1]}
    try:
        envelope = cast(Any, etree.fromstring(request.body, etree.XMLParser(resolve_entities=False, no_network=True)))
        said |= {etree.QName(part).localname for body in envelope for part in body if isinstance(part.tag, str)}
    except etree.XMLSyntaxError:
        pass
    return said
