"""The pages on the invented case, mounted once for a process and made as new for each test. It holds no test and no page.

Mounting builds a hundred routes, which takes longer than most tests of a page do. What the pages are given are the doors, and
a door of the invented case is nothing but its attributes: new attributes make a new door.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path

from fastapi import FastAPI

from hub.web.app import install
from hub.web.doors import Doors
from tests.hub.web import example


@cache
def pages() -> tuple[FastAPI, Doors]:
    """The application and the doors behind it, as whoever had them last left them."""
    app, doors = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), example.doors(Path("nowhere"))
    install(app, doors)
    return app, doors


def as_new(folder: Path) -> Doors:
    """The doors behind the pages, with nothing left of the test before; `folder` only for the settings."""
    (_, doors), new = pages(), example.doors(folder)
    for field in fields(doors):
        was, now = getattr(doors, field.name), getattr(new, field.name)
        if type(was).__module__ == example.__name__ or field.name == "verification":
            vars(was).clear()  # routes hold the door itself
            vars(was).update(vars(now))
        else:
            object.__setattr__(doors, field.name, now)
    return doors
