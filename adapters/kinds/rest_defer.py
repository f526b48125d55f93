"""How a department says "not yet", and how it is asked again: by a ticket in its answer or a place that it names. It asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.contract import Misconfigured, Raw, Unusable
from adapters.kinds.answers import MEANINGS
from adapters.kinds.guard import Reply
from adapters.kinds.paths import Steps, text_at
from adapters.kinds.records import way_to
from adapters.kinds.rest_pages import own_path
from adapters.kinds.settings import Settings
from adapters.kinds.values import unfit_characters

POLL_KEYS = frozenset(
    ("ticket", "method", "path", "query", "headers", "body", "auth", "send", "every_seconds", "keep_hours")
)
LOCATION = "location"
LONGEST_TICKET = 90
"""With DEFERRED before it, what a row can hold."""
LONGEST_PAUSE_SECONDS = 30.0


@dataclass(frozen=True)
class Poll:
    """A resource's `poll`. `settings` is the request with `{ticket}`; without a path of its own the place that a 202 named is asked."""

    settings: Settings
    ticket: Steps | None
    place: str
    every_seconds: float
    keep_hours: float

    def deferred(self, said: str, reply: Reply) -> bool:
        """Whether this answer says "not yet": its business code does, or its status 202 where no code says more."""
        return said == "pending" or (reply.status == 202 and said in ("", "found"))

    def ticket_of(self, tree: object, reply: Reply, address: str) -> str | Unusable:
        """What to ask again with."""
        raw = Raw(reply.body, reply.media_type)
        if self.ticket is not None:
            found = text_at(tree, self.ticket)
        else:
            found = own_path(reply.headers.get("location", ""), address) or ""
        if not found or len(found) > LONGEST_TICKET or unfit_characters(found):
            return Unusable("", self.place, "ticket", raw)
        return found

    def pause(self, tries: int, retry_after: float) -> float:
        """Until the next try: what the department asked for, else its own pace, slower each time."""
        own: float = min(self.every_seconds * 1.5**tries, max(LONGEST_PAUSE_SECONDS, self.every_seconds))
        return max(own, retry_after)

    def words(self, ticket: str) -> Mapping[str, object]:
        return {"ticket": ticket}


def poll_of(settings: Settings) -> Poll | None:
    """Raises Misconfigured."""
    if "poll" not in settings.table:
        if settings.words("pending"):
            raise Misconfigured(f"{settings.where}: pending needs poll; say how to ask again.")
        return None
    inner = settings.inner("poll")
    inner.only(POLL_KEYS)
    place = inner.text("ticket")
    if place != LOCATION and "path" not in inner.table:
        raise Misconfigured(f'{inner.where}: say the path to ask again, with {{ticket}}, or ticket = "{LOCATION}".')
    every = inner.number("every_seconds", 2.0)
    if every < 0.01:
        raise Misconfigured(f"{inner.where}: every_seconds must be more than nothing.")
    # Its answer is read by the resource's own codes.
    shared = {key: settings.table[key] for key in ("result", "format", "inside", *MEANINGS) if key in settings.table}
    return Poll(
        Settings({**shared, **inner.table}, inner.where),
        None if place == LOCATION else way_to(place, inner.where),
        place,
        every,
        inner.number("keep_hours", 24.0),
    )
