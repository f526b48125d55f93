"""The commands that connect a department and prove that it is. Each calls a part and holds no rule."""

from __future__ import annotations

import typer

from hub.cli import adapter_new as connecting
from hub.cli import adapter_record as recording
from hub.cli import adapter_try as proving

adapter_app = typer.Typer(no_args_is_help=True, help="Connecting departments.")
adapter_app.command("new")(connecting.new)
adapter_app.command("check")(connecting.check)
adapter_app.command("simulate")(connecting.simulate)
adapter_app.command("try")(proving.try_answer)
adapter_app.command("record")(recording.record)
adapter_app.command("replay")(recording.replay)
