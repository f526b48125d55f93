"""The commands of the catalog: check, import, needs, publish. Each calls a part and holds no rule."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from catalog.listing.resolving import Batch

catalog_app = typer.Typer(no_args_is_help=True, help="The site's folder and its published versions.")


@catalog_app.command("check")
def catalog_check() -> None:
    """Every mistake of the site's folder at once, with file and line."""
    from catalog.loading import load
    from hub.clock import local, utc_now
    from hub.settings import Settings

    found = load(Settings().site, local(utc_now()).date()).mismatches
    for mismatch in found:
        typer.echo(f"{mismatch.file}:{mismatch.line}: {mismatch.code}: {mismatch.message}")
    typer.echo(f"{len(found)} mismatches.")
    raise typer.Exit(1 if found else 0)


@catalog_app.command("needs")
def catalog_needs() -> None:
    """The 需求清单: matter × item × field or material → resource, unit, share type, ground (tab-separated)."""
    from catalog.loading import load
    from catalog.needs import needs
    from hub.settings import Settings

    for n in needs(load(Settings().site).site):
        share = n.share.value if n.share else "-"
        typer.echo(
            "\t".join(
                (
                    n.matter,
                    n.item,
                    n.use,
                    n.name,
                    n.title,
                    n.resource or "-",
                    n.department or "-",
                    share,
                    n.ground or "-",
                )
            )
        )


@catalog_app.command("publish")
def catalog_publish(by: Annotated[str, typer.Option(help="Who publishes.")]) -> None:
    """Freeze the folder and move the region's pointer to it; nothing is half published."""
    from hub.clock import utc_now
    from hub.settings import Settings
    from hub.wiring.build import ground
    from hub.wiring.catalog_manager import publish_folder

    settings = Settings()
    base = ground(settings)
    try:
        digest, mistakes = publish_folder(base.database, settings.site, settings.region, by, utc_now)
    finally:
        base.log.close()
        base.database.close()
    for m in mistakes:
        typer.echo(f"{m.file}:{m.line or ''}: {m.sentence}")
    typer.echo(f"Published {digest}." if digest else f"Not published: {len(mistakes)} mismatches.")
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
    typer.echo(f"{done.rows} rows taken, {len(done.asides)} set aside; {counts}.")
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
