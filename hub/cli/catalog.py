"""The commands of the catalog: check, import, needs, publish. Each calls a part and holds no rule."""

from __future__ import annotations

import itertools
import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.counted import counted

if TYPE_CHECKING:
    from catalog.listing.resolving import Batch

catalog_app = typer.Typer(no_args_is_help=True, help="The site's folder and its published versions.")


@catalog_app.command("check")
def catalog_check(
    guides: Annotated[bool, typer.Option("--guides", help="Also the elements that guides still lack.")] = False,
) -> None:
    """Every mistake of the site's folder at once, with file and line. Gaps of guides are no mistakes: exit 1 only for mismatches."""
    from catalog.guides import gaps
    from catalog.loading import load
    from hub.clock import local, utc_now
    from hub.settings import Settings

    loaded = load(Settings().site, local(utc_now()).date())
    for mismatch in loaded.mismatches:
        place = f"{mismatch.file}:{mismatch.line}" if mismatch.line else mismatch.file
        typer.echo(f"{place}: {mismatch.code}: {mismatch.message}")
    for matter in loaded.site.matters.values() if guides else ():
        lacking = gaps(loaded.site, matter)
        named = "; ".join(f"{one.number} {one.title}" for one in lacking)
        typer.echo(f"matters/{matter.code}.toml: guide: {counted(len(lacking), 'element')} missing: {named or 'none'}")
    typer.echo(f"{counted(len(loaded.mismatches), 'mismatch', 'mismatches')}.")
    raise typer.Exit(1 if loaded.mismatches else 0)


@catalog_app.command("needs")
def catalog_needs(
    matter: Annotated[str, typer.Option(help="Only this matter: its code or part of its name.")] = "",
    department: Annotated[str, typer.Option(help="Only what this unit supplies: its code or part of its name.")] = "",
    unmet: Annotated[bool, typer.Option("--unmet", help="Only what nobody supplies yet.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="As CSV, for a spreadsheet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON array.")] = False,
) -> None:
    """The 需求清单 of the folder: matter × item × field or material → resource, unit, share type, ground, clause."""
    from catalog.loading import load
    from catalog.needs_list import as_csv, needs_lines
    from hub.settings import Settings

    lines = needs_lines(load(Settings().site).site, matter, department, "unmet" if unmet else "")
    if as_json:
        typer.echo(json.dumps(lines, ensure_ascii=False, indent=2))
    elif csv:
        typer.echo(as_csv(lines), nl=False)
    else:
        _told(lines)


def _told(lines: list[Mapping[str, str]]) -> None:
    """The needs for reading: grouped by matter and item, what nobody supplies marked."""
    from catalog.needs_list import in_words

    for (matter, item), group in itertools.groupby(lines, key=lambda one: (one["matter"], one["item"])):
        typer.echo(f"\n{matter} · {item}")
        for line in map(in_words, group):
            source = f"{line['department']}《{line['resource']}》" if line["resource"] else "没有单位能提供"
            ground = f"{line['ground']}（{line['clause']}）" if line["ground"] else "没有授权"
            tail = f"{line['share']} · {ground}" if line["resource"] else ""
            mark = " " if line["state"] == "已落实" else "!"
            typer.echo(f" {mark} {line['use']} {line['title']} ← {source} {tail}".rstrip())
    unmet = sum(line["state"] != "met" for line in lines)
    typer.echo(f"\n{len(lines)} needs, {unmet} of them not met (marked !).")


@catalog_app.command("publish")
def catalog_publish(by: Annotated[str, typer.Option(help="Who publishes.")]) -> None:
    """Freeze the folder and move the region's pointer to it; nothing is half published. Says the digest, by whom and from when."""
    from hub.clock import local, utc_now
    from hub.settings import Settings
    from hub.wiring.build import ground
    from hub.wiring.catalog_manager import publish_folder

    settings = Settings()
    base = ground(settings)
    try:
        now = utc_now()
        digest, mistakes = publish_folder(base.database, settings.site, settings.region, by, lambda: now, base.log)
    finally:
        base.log.close()
        base.database.close()
    for m in mistakes:
        typer.echo(f"{m.file}:{m.line}: {m.sentence}" if m.line else f"{m.file}: {m.sentence}")
    done = (
        f"Published {digest} by {by}, in force from {local(now):%Y-%m-%d %H:%M:%S}. Cases already opened keep the catalog they began "
        "with, save for `disabled`: what is not offered for now is not asked for them either. "
        "Running nodes connect what is new or changed within seconds; the page 部门接入 says of each department that could not be."
    )
    typer.echo(
        done
        if digest
        else f"Not published: {counted(len(mistakes), 'mismatch', 'mismatches')}; the version in force stays."
    )
    raise typer.Exit(0 if digest else 1)


@catalog_app.command("import")
def catalog_import(
    file: Annotated[Path, typer.Argument(help="A list as CSV: one row per matter and item (docs/catalog.md).")],
    codes: Annotated[Path | None, typer.Option(help="TOML of name = code, for matters that are new.")] = None,
    batch: Annotated[str, typer.Option(help="Which batch of lists; default as in the .toml beside the list.")] = "",
    level: Annotated[str, typer.Option(help="Who issued the list; default as beside it.")] = "",
    write: Annotated[bool, typer.Option("--write", help="Add to existing files what they lack.")] = False,
) -> None:
    """Hold a published list against the site's folder. Exit 0 they agree, 1 something is left to settle, 2 it is no list."""
    from catalog.listing.importing import batch_of, import_list
    from hub.settings import Settings

    site = Settings().site
    done = import_list(file, site, _batch(batch_of(file), codes, batch, level), write=write)
    for name in done.made:
        typer.echo(f"new      {name}")
    for one in done.added:
        typer.echo(f"added    {one.file}: {one.field} {one.listed}")
    for one in done.differences:
        typer.echo(f"differs  {one}")
    for row in done.asides:
        typer.echo(f"aside    {file.name}:{row.line}: {row.column}: {row.why}")
    if done.aside_file:
        typer.echo(f"Rows set aside are in {done.aside_file}: correct them there and import that file.")
    counts = f"{len(done.made)} new matters, {len(done.added)} additions, {len(done.differences)} differences"
    typer.echo(f"{counted(done.rows, 'row')} taken, {len(done.asides)} set aside; {counts}.")
    raise typer.Exit(0 if done.settled else 1)


def _batch(found: Batch, codes: Path | None, batch: str, level: str) -> Batch:
    """What stands beside the list, unless the command line says otherwise."""
    given = tomllib.loads(codes.read_text(encoding="utf-8-sig")) if codes else {}
    return replace(
        found,
        batch=batch or found.batch,
        issuing_level=level or found.issuing_level,
        codes={**found.codes, **{str(name): str(code) for name, code in given.items()}},
    )
