"""Reads a new department's papers from wherever they lie and has its folder written into the site. It reviews and publishes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from adapters.contract import Misconfigured
from adapters.onboarding import from_openapi, from_sample, from_tables, from_wsdl
from adapters.onboarding.folder import Written, write
from adapters.onboarding.places import Draft, Tell, chosen
from catalog.loading import load
from hub.errors import BadInput


@dataclass(frozen=True)
class Papers:
    """What the department handed over: exactly one of them."""

    wsdl: Path | None = None
    openapi: Path | None = None
    sample: Path | None = None
    tables: str = ""
    """A file of DDL, or the URL of a front database."""


def write_new(
    site: Path, code: str, name: str, papers: Papers, only: tuple[str, ...] = (), tell: Tell = lambda said: None
) -> Written:
    """`only`: the operations that are wanted, by their names there; all where it is empty. `tell` hears how far it is. Raises BadInput with what to do; NoSite."""
    dictionary = load(site).site.dictionary
    try:
        return write(site / "departments" / code, name, _draft(papers, only, tell), dictionary)
    except FileNotFoundError as e:
        raise BadInput(f"{e.filename} is not there; give the department's paper.", code="PAPERS_UNUSABLE") from e
    except Misconfigured as e:
        raise BadInput(str(e), code="PAPERS_UNUSABLE") from e


def _chosen(draft: Draft, only: tuple[str, ...]) -> Draft:
    return replace(draft, operations=chosen(draft.operations, only, lambda one: (one.name,)))


def _draft(papers: Papers, only: tuple[str, ...], tell: Tell) -> Draft:
    given = [
        paper for paper in (papers.wsdl, papers.openapi, papers.sample, papers.tables or None) if paper is not None
    ]
    if len(given) != 1:
        raise Misconfigured(
            "Give one of --wsdl, --openapi, --sample, --tables: a department's folder has one kind of wire."
        )
    if papers.tables:
        return _chosen(from_tables.draft(papers.tables), only)
    if papers.wsdl is not None:
        return from_wsdl.draft(papers.wsdl, only, tell)
    if papers.openapi is not None:
        return from_openapi.draft(papers.openapi, only)
    assert papers.sample is not None
    return _chosen(from_sample.draft(papers.sample), only)
