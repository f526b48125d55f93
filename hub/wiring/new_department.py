"""Reads a new department's papers from wherever they lie and has its folder written into the site. It reviews and publishes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adapters.contract import Misconfigured
from adapters.onboarding import from_openapi, from_sample, from_wsdl
from adapters.onboarding.folder import Written, write
from adapters.onboarding.places import Draft
from catalog.loading import load
from hub.errors import BadInput


@dataclass(frozen=True)
class Papers:
    """What the department handed over: exactly one of them."""

    wsdl: Path | None = None
    openapi: Path | None = None
    sample: Path | None = None


def write_new(site: Path, code: str, name: str, papers: Papers) -> Written:
    """Raises BadInput with what to do; NoSite."""
    dictionary = load(site).site.dictionary
    try:
        return write(site / "departments" / code, name, _draft(papers), dictionary)
    except Misconfigured as e:
        raise BadInput(str(e), code="PAPERS_UNUSABLE") from e


def _draft(papers: Papers) -> Draft:
    given = [paper for paper in (papers.wsdl, papers.openapi, papers.sample) if paper is not None]
    if len(given) != 1:
        raise Misconfigured("Give one of --wsdl, --openapi, --sample: a department's folder has one kind of wire.")
    if papers.wsdl is not None:
        return from_wsdl.draft(papers.wsdl)
    if papers.openapi is not None:
        return from_openapi.draft(papers.openapi)
    return from_sample.draft(given[0])
