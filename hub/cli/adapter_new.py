"""The commands `adapter new`, `adapter check` and `adapter simulate`. Each calls a part and holds no rule."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from adapters.onboarding.folder import Written
    from hub.wiring.checking.folder import Looked


def new(
    name: Annotated[str, typer.Argument(help="The department's code and its folder's name, as civil-affairs.")],
    wsdl: Annotated[Path | None, typer.Option(help="A WSDL; what it imports is taken along.", exists=True)] = None,
    openapi: Annotated[Path | None, typer.Option(help="An OpenAPI 3.0 or 3.1 file, YAML or JSON.", exists=True)] = None,
    sample: Annotated[
        Path | None, typer.Option(help="A file as the department drops it: CSV, Excel, XML, …", exists=True)
    ] = None,
    tables: Annotated[
        str,
        typer.Option(help="A front database: its CREATE TABLE statements in a file, or its URL (only names are read)."),
    ] = "",
    title: Annotated[str, typer.Option(help="The department's name, as 西峡县民政局.")] = "",
    only: Annotated[
        list[str] | None, typer.Option(help="Only this operation, * for any part of its name; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Write the folder of a new department from its papers, into the site's folder. Nobody may ask it before you reviewed it."""
    from hub.settings import Settings
    from hub.wiring.new_department import Papers, write_new

    settings = Settings()
    papers = Papers(wsdl, openapi, sample, tables)
    written = write_new(settings.site, name, title, papers, tuple(only or ()), partial(typer.echo, err=True))
    if as_json:
        told = {"folder": str(written.folder), "resources": written.resources, "doubts": written.doubts}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _told(written, name)


def _told(written: Written, name: str) -> None:
    typer.echo(f"{written.folder} is written:")
    for resource, (mapped, waiting) in written.resources.items():
        typer.echo(f"  {resource}: {mapped} fields mapped, {waiting} wait for a person")
    for doubt in written.doubts:
        typer.echo(f"  look: {doubt}")
    typer.echo(f"Next: yijian adapter check {name} --simulated; then review department.toml (docs/adapters.md).")


def check(
    name: Annotated[str, typer.Argument(help="The department's code; without it every department of the site.")] = "",
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Against a server of its own papers, not against the department.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array of departments with their findings.")] = False,
) -> None:
    """Say of a department of the folder what is wrong and what to type: settings, mapping, connection, credentials, expiry, probe, catalog.

    Exit 0 where nothing must be mended, 1 where something must, 2 where it could not be looked at. It asks nobody about anybody."""
    from hub.settings import Settings
    from hub.wiring.checking import folder

    settings = Settings()
    if simulated:
        from hub.demo.papers import simulating

        if not name:
            raise typer.BadParameter("--simulated needs the name of one department.")
        with simulating(settings.site, name) as connection:
            looked = asyncio.run(folder.look(settings, name, {name: connection} if connection else {}))
    else:
        looked = asyncio.run(folder.look(settings, name))
    typer.echo(_as_json(looked) if as_json else _as_text(looked))
    raise typer.Exit(0 if all(one.well for one in looked) else 1)


def _as_json(looked: list[Looked]) -> str:
    told = [
        {"department": one.code, "name": one.name, "well": one.well, "findings": [asdict(f) for f in one.findings]}
        for one in looked
    ]
    return json.dumps(told, ensure_ascii=False, indent=2)


def _as_text(looked: list[Looked]) -> str:
    from hub.wiring.checking.finding import tally

    lines = []
    for one in looked:
        title = f"{one.name} ({one.code})" if one.name != one.code else one.code
        lines += [title, *(line for finding in one.findings for line in finding.lines())]
    return "\n".join([*lines, tally([finding for one in looked for finding in one.findings])])


def simulate(
    name: Annotated[str, typer.Argument(help="The department's code.")],
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where it keeps its journal and drops its files; default `simulated` in YIJIAN_FOLDER."),
    ] = None,
) -> None:
    """A real server that answers as the department's papers and samples say, with a journal; until it is interrupted."""
    from hub.demo import papers
    from hub.settings import Settings

    settings = Settings()
    papers.simulate(settings.site, name, folder or settings.folder / "simulated", port, typer.echo)
