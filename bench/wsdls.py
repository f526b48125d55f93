"""Tries WSDLs of others: each is loaded, and of every operation a question and an answer are made from the schema and read back.

python -m bench.wsdls FOLDER-OR-FILE… [--zeep]

It sends nothing. With --zeep, a reader that knows nothing of ours must accept each message too. docs/adapters-wsdls.md holds what came of it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from adapters.contract import Misconfigured
from adapters.kinds.guard import Reply
from adapters.kinds.soap_describe import describe_operation
from adapters.kinds.soap_fault import Faults
from adapters.kinds.soap_message import HEADER, read
from adapters.kinds.soap_sample import Samples
from adapters.kinds.wsdl import Operation, Port, Wsdl
from adapters.kinds.xsd_write import TYPE
from adapters.onboarding.from_wsdl import opened


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="+", type=Path)
    parser.add_argument("--zeep", action="store_true")
    given = parser.parse_args(arguments)
    found = [tried(one, given.zeep) for one in _files(given.places)]
    for one in found:
        print(json.dumps(one, ensure_ascii=False))
    whole = {key: sum(int(one.get(key, 0)) for one in found) for key in ("operations", "well")}
    print(json.dumps({"bench": "wsdls", "wsdls": len(found), **whole}))
    return 0 if whole["operations"] == whole["well"] else 1


def _files(places: list[Path]) -> Iterator[Path]:
    for place in places:
        yield from sorted(place.rglob("*.wsdl")) if place.is_dir() else (place,)


def tried(place: Path, with_zeep: bool) -> dict[str, Any]:
    """One line of the table: what loaded, in how long, and the first sentence of each kind of fault."""
    began = time.perf_counter()
    try:
        wsdl = opened(place).wsdl
    except Misconfigured as e:
        return {"wsdl": place.name, "refused": str(e)}
    loaded = time.perf_counter() - began
    judge = _zeep(place) if with_zeep else None
    faults: Counter[str] = Counter()
    calls = [(port, one) for port in wsdl.ports for one in port.operations.values()]
    for port, operation in calls:
        fault = _fault(wsdl, port, operation, judge)
        if fault:
            faults[fault] += 1
    return {
        "wsdl": place.name,
        "documents": len(wsdl.documents),
        "ports": len(wsdl.ports),
        "operations": len(calls),
        "well": len(calls) - faults.total(),
        "load_ms": round(loaded * 1000),
        "all_ms": round((time.perf_counter() - began) * 1000),
        "faults": dict(faults.most_common(3)),
    }


def _fault(wsdl: Wsdl, port: Port, operation: Operation, judge: Any) -> str:
    """ "" where both messages are made, and the answer is read back as it was meant."""
    samples = Samples(wsdl)
    try:
        describe_operation(wsdl, port, operation)
        question = samples.question(port, operation)
        Samples(wsdl, whole=False).question(port, operation)
        if operation.output is None:
            return ""
        answer = samples.answer(port, operation)
        got = read(wsdl, operation, Reply(200, "text/xml", "utf-8", answer), Faults(()))
        got.pop(HEADER, None)
        if _bare(got) != _bare(samples.tree(operation.output)):
            return "another tree came back"
        if judge is not None:
            judge(port, operation, question, answer)
    except Exception as e:  # whatever somebody's WSDL does is a line of the table
        return f"{type(e).__name__}: {e}"[:160]
    return ""


def _bare(tree: object) -> object:
    """Without what is empty, and without the names of types: both are not read back."""
    if isinstance(tree, Mapping):
        kept = {key: _bare(value) for key, value in tree.items() if key != TYPE}
        return {key: value for key, value in kept.items() if value not in (None, [])} or None
    if isinstance(tree, list):
        return [bare for one in tree if (bare := _bare(one)) is not None]
    return None if tree == "" else tree


def _zeep(place: Path) -> Any:
    zeep = importlib.import_module("zeep")
    context = importlib.import_module("zeep.xsd.context").XmlParserContext
    client = zeep.Client(str(place), settings=zeep.Settings(strict=True))

    def judge(port: Port, operation: Operation, question: bytes, answer: bytes) -> None:
        known = client.wsdl.services[port.service].ports[port.name].binding.get(operation.name)
        known.output.deserialize(etree.fromstring(answer))
        if known.input.body is not None:
            body = etree.fromstring(question).find("{*}Body")
            part = body if known.input._is_body_wrapped else body[0]
            known.input.body.parse(part, client.wsdl.types, context=context(settings=client.settings))

    return judge


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
