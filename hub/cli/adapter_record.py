"""`yijian adapter record` and `replay`: a department's contract test, made of real exchanges without persons. No rule is here."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.adapter_try import pairs


def record(
    department: Annotated[str, typer.Argument(help="The department's code, as civil-affairs.")],
    resource: Annotated[
        str, typer.Argument(help="One of its resources, as marriage; with --step an item that it takes.")
    ],
    *,
    name: Annotated[str, typer.Option(help="What it shows, as found or no-record: part of the file's name.")],
    answer: Annotated[
        Path | None, typer.Option(help="A raw answer that you have already: JSON, XML, or rows as JSON or CSV.")
    ] = None,
    media_type: Annotated[str, typer.Option("--type", help="Its content type; default by what it looks like.")] = "",
    status: Annotated[int, typer.Option(help="Its HTTP status.")] = 200,
    subject: Annotated[
        list[str] | None, typer.Option(help="Who was asked about, as id_number=…; may be repeated.")
    ] = None,
    case_no: Annotated[str, typer.Option("--case", help="Ask the department itself: the open case that asks.")] = "",
    purpose: Annotated[str, typer.Option(help="With --case: what for; it must be the case's own purpose.")] = "",
    step: Annotated[
        str, typer.Option(help="hand_over, stop or supply: --answer is its receipt, --subject gives words of the form.")
    ] = "",
    key: Annotated[str, typer.Option(help="With --step: the key under which the receipt was given.")] = "",
) -> None:
    """Keep one exchange in the department's folder, every person in it replaced. Refused where that cannot be told safe."""
    from hub.cli.people import shell
    from hub.clock import utc_now
    from hub.settings import Settings
    from hub.wiring.proving import CannotProve, RealQuestion
    from hub.wiring.recording import keep, record_answer, record_really, record_step
    from hub.wiring.trying import Given

    settings, now = Settings(), utc_now()
    if step:
        given = Given(answer, media_type, status, pairs(subject or ()), ())
        done = asyncio.run(record_step(settings, department, resource, step, given, name, key, now))
    elif case_no:
        if not purpose or answer is not None:
            raise CannotProve(
                "--case asks the department itself: say what for with --purpose MATTER, and leave out --answer."
            )
        question = RealQuestion(f"{department}.{resource.rpartition('.')[2]}", case_no, purpose)
        real = record_really(settings, department, question, name, shell(), utc_now)
        done = asyncio.run(keep(settings, department, real, name, now))
    else:
        given = Given(answer, media_type, status, pairs(subject or ()), ())
        done = asyncio.run(record_answer(settings, department, resource, given, name, now))
    typer.echo(
        f"{done.file} is written ({done.result}). Read it once with your own eyes before it leaves this machine."
    )


def replay(
    department: Annotated[
        str, typer.Argument(help="The department's code; without it every one with recordings.")
    ] = "",
    renew: Annotated[
        bool, typer.Option("--renew", help="Write the recordings anew, after a change of the mapping that was meant.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: department, file, sentences.")] = False,
) -> None:
    """Play the recorded exchanges again without a socket. Exit 0 all come to the same, 1 something is otherwise."""
    from hub.settings import Settings
    from hub.wiring.recording import replay as play

    found = asyncio.run(play(Settings().site, department, renew))
    broken = sum(1 for files in found.values() for sentences in files.values() if sentences)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for code, files in found.items():
            for file, sentences in files.items():
                typer.echo(
                    f"{'✗' if sentences else '✓'} {code} {file}{': ' if sentences else ''}{'; '.join(sentences)}"
                )
        total = sum(len(files) for files in found.values())
        typer.echo(f"{total} recorded exchanges, {broken} come to something else.")
    raise typer.Exit(1 if broken else 0)
