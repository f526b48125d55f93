"""`yijian adapter try`: one answer, read step by step. It shows persons' values only where the answer is a sample of the folder."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.wiring.trying import Shown


def try_answer(
    department: Annotated[str, typer.Argument(help="The department's code, as civil-affairs.")],
    resource: Annotated[str, typer.Argument(help="One of its resources, as marriage.")],
    *,
    answer: Annotated[
        Path | None,
        typer.Option(help="A raw answer: JSON, XML, or rows as JSON or CSV. Default: a sample of the folder."),
    ] = None,
    media_type: Annotated[str, typer.Option("--type", help="Its content type; default by what it looks like.")] = "",
    status: Annotated[int, typer.Option(help="Its HTTP status.")] = 200,
    subject: Annotated[
        list[str] | None, typer.Option(help="Who is asked about, as id_number=…; may be repeated.")
    ] = None,
    field: Annotated[list[str] | None, typer.Option(help="Only this field; may be repeated.")] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask the department itself, through the log.")] = False,
    case_no: Annotated[str, typer.Option("--case", help="With --ask: the open case that asks.")] = "",
    purpose: Annotated[str, typer.Option(help="With --ask: what for; it must be the case's own purpose.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: outcome and steps.")] = False,
) -> None:
    """Show raw answer → each field: path, what stood there, rule, value or why not. Exit 0 found, 1 any other outcome."""
    from hub.cli.people import shell
    from hub.clock import utc_now
    from hub.settings import Settings
    from hub.wiring.proving import CannotProve, RealQuestion
    from hub.wiring.trying import Given, try_folder, try_really

    settings = Settings()
    if ask:
        if not case_no or not purpose:
            raise CannotProve(
                "--ask discloses somebody's data: say for which case and what for, --case NO --purpose MATTER."
            )
        question = RealQuestion(f"{department}.{resource.rpartition('.')[2]}", case_no, purpose)
        shown = try_really(settings, question, shell(), utc_now)
    else:
        given = Given(answer, media_type, status, pairs(subject or ()), tuple(field or ()))
        shown = asyncio.run(try_folder(settings.site, department, resource, given, utc_now()))
    if as_json:
        typer.echo(json.dumps(asdict(shown), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(_told(shown)))
    raise typer.Exit(0 if shown.outcome["result"] == "found" else 1)


def pairs(texts: list[str] | tuple[str, ...]) -> dict[str, str]:
    from hub.cli.sentences import CommandRefused

    found = [text.partition("=") for text in texts]
    if any(not key or not sign for key, sign, _ in found):
        raise CommandRefused("--subject is written key=value, as --subject id_number=411323199001019908.")
    return {key: value for key, _, value in found}


def _told(shown: Shown) -> list[str]:
    """A table for a terminal, then the outcome and what to do."""
    from hub.cli.tabling import table

    marks = {"value": "✓", "missing": "·", "withheld": "·", "unusable": "✗", "answer": ">", "": " "}
    rows = [(marks[s.state], s.about, s.path, s.stood, s.rule, s.came or s.state) for s in shown.steps]
    lines = [f"{shown.resource} from {shown.source}" + (", values masked" if shown.masked else "")]
    lines += table(("", "field", "path", "stood there", "rule", "became"), (1, 30, 34, 26, 40, 26), rows)
    lines.append(f"outcome: {', '.join(f'{key} {value}' for key, value in shown.outcome.items() if value)}")
    return lines + [f"next: {one}" for one in shown.advice]
