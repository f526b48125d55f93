"""People who work on while the hub dies and comes back: they wait, look where the case stands, and do again only what is not done.

It knows no matter; how one is played is in `every`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx2

from adapters.client import ClientProblem, Doc, new_key
from hub.demo.every import Ended, Office, Player, Stuck
from hub.demo.plays import Play

WAIT_SECONDS = 0.3
TIMES = 40
"""How often somebody who did not answer is asked again."""
SOON = (0, 500, 502, 503, 504, 507)
"""The hub is away, or its database or log is: 0 is no answer at all."""
LOOK_AGAIN = (404, 409)
"""Somebody, or the first try, was quicker: the next look shows what is left to do."""


class PatientPlayer(Player):
    """Plays a case to its end however often the hub goes away meanwhile.

    `calm`: whether the hub stays from now on; only then somebody who waits in vain for the office's `seconds` gives up."""

    def __init__(self, office: Office, calm: Callable[[], bool] = lambda: True) -> None:
        super().__init__(office)
        self._seconds, self._calm = office.seconds, calm

    def play(self, play: Play) -> Ended:
        ended = Ended(play)
        self.go_through(ended)
        return ended

    def go_through(self, ended: Ended) -> None:
        """As `play`; how far it is can be seen in `ended` meanwhile."""
        began = calm_since = time.monotonic()
        key = new_key()
        while True:
            try:
                self.go_on(ended.play, key, ended)
                ended.problem = ""
                break
            except ClientProblem as wrong:
                ended.problem = f"{type(wrong).__name__}: {wrong}"
                if wrong.status not in (*SOON, *LOOK_AGAIN):
                    break
            except (TimeoutError, httpx2.HTTPError) as wrong:
                ended.problem = f"{type(wrong).__name__}: {wrong}"
            except Stuck as wrong:
                ended.problem = f"Stuck: {wrong}"
                if self._calm():
                    break
            if not self._calm():
                calm_since = time.monotonic()
            elif time.monotonic() - calm_since > self._seconds:
                break
            time.sleep(WAIT_SECONDS)
        ended.seconds = time.monotonic() - began

    def _asked(self, case_id: str) -> Doc:
        """As a clerk would: who did not answer because the night's file or the department was not there yet is asked again."""
        case = super()._asked(case_id)
        for _ in range(TIMES):
            silent = [query for query in case["queries"] if query["outcome"] == "unavailable" and _retry(query)]
            if not silent:
                break
            time.sleep(WAIT_SECONDS)
            for query in silent:
                self._person("clerk").way(case_id, query["id"], "retry")
            case = super()._asked(case_id)
        return case


def _retry(query: Doc) -> bool:
    return any(way["code"] == "retry" for way in query["ways"])
