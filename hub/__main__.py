"""`python -m hub` is the command `yijian`."""

from hub.cli import run

run()
