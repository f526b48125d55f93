"""The commands `log …`: verify, proof, export, import, begin-anew. Each calls a part and holds no rule."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.people import shell

log_app = typer.Typer(no_args_is_help=True, help="The sharing log.")


@log_app.command("verify")
def log_verify(
    keys: Annotated[
        str, typer.Option(help="Log keys folder, checkpoint.pub or a verifier key; default the hub's.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Check the whole sharing log. Exit 0 all checks hold, 1 at least one failed, 2 it could not be checked."""
    from hub.settings import Settings
    from hub.sharinglog.command import verify_command

    settings = Settings()
    raise typer.Exit(verify_command(settings.log_database, keys or settings.keys_folder / "log", sys.stdout, as_json))


@log_app.command("proof")
def log_proof(seq: int) -> None:
    """Write the C2SP .tlog-proof of one record to stdout."""
    from hub.settings import Settings
    from hub.sharinglog.command import proof_command

    raise typer.Exit(proof_command(Settings().log_database, seq, sys.stdout))


@log_app.command("export")
def log_export(
    folder: Annotated[Path, typer.Argument(help="Where the copy is kept; each run adds what is new.")],
) -> None:
    """Keep a copy of the log apart: exact bytes, sealed values, signed heads. Run it every few minutes, onto another machine."""
    from hub.clock import utc_now
    from hub.settings import Settings
    from hub.wiring.refilling import export_log

    made = export_log(Settings(), folder, shell(), utc_now)
    typer.echo(
        f"Records {made.start} to {made.stop - 1} are in {made.path.name}; the head over {made.stop} is signed and in it."
    )


@log_app.command("import")
def log_import(
    source: Annotated[
        str, typer.Argument(help="Folder of `log export`, or the address of another database of this log.")
    ],
) -> None:
    """Refill a log that an older copy was restored to. Exit 1 while it is still behind the published head."""
    from hub.clock import utc_now
    from hub.settings import Settings
    from hub.wiring.refilling import import_log

    done, held = import_log(Settings(), source, shell(), utc_now)
    typer.echo(
        f"Took in records {done.before} to {done.after - 1}; {done.erased} keys of erased persons destroyed again."
    )
    typer.echo(f"The log stays held: {held}" if held else "The log reaches its published head: it goes on.")
    raise typer.Exit(1 if held else 0)


@log_app.command("begin-anew")
def log_begin_anew(
    old: Annotated[str, typer.Option(help="Address of the log that cannot go on; it is kept as it is.")],
    reason: Annotated[str, typer.Option(help="Why, in your words; it is part of the first record.")],
) -> None:
    """Begin a new log under a new origin (YIJIAN_LOG_URL, YIJIAN_LOG_ORIGIN): its first record names the old head and the gap."""
    from hub.clock import utc_now
    from hub.settings import Settings
    from hub.wiring.refilling import begin_anew

    typer.echo(begin_anew(Settings(), old, reason, shell(), utc_now))
