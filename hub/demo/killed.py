"""`yijian demo --kill`: the one story, while the hub dies ten times at moments drawn with a seed. It checks what the plain demo checks, and counts.

How it dies and how people go on is in `surviving`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from hub.demo.every import Ended
from hub.demo.run import report, well
from hub.demo.stage import Stage, StageFailed
from hub.demo.story import MATTER, Cast, Played, Story, critical_path
from hub.demo.surviving import AtRandom, Survived, ran

KILLS = 10

Say = Callable[[str], None]


def killed(stage: Stage, seed: int | None, say: Say) -> tuple[dict[str, Any], bool]:
    """The plain demo's JSON object with `kills`, `seed` and what was counted; and whether all is well.

    The stage's hub is not running before and runs afterwards. Raises StageFailed where no case of the story was begun.
    """
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    say(f"中途强行终止 {KILLS} 次，随机种子 {seed}")
    survived = ran(stage, AtRandom(KILLS, seed, drawn_at_once=8), say, matters=(MATTER,), at_once=1)
    stage.start_hub()
    if not survived.ended or not all(one.case for one in survived.ended):
        raise StageFailed("The hub was dead whenever somebody came to the counter; try another --seed.")
    stories = [report(stage, _finished(stage, one, say)) for one in survived.ended]
    outcome = {**stories[-1], "stories": [story for one in stories for story in one["stories"]], **_of(survived, seed)}
    return outcome, well(outcome) and survived.found.well


def _finished(stage: Stage, ended: Ended, say: Say) -> Played:
    """The case's certificates and the auditor's look, as the plain story fetches them."""
    story, case = Story(Cast(stage.hub_url, stage.password, say)), ended.case
    played = Played(case, None, critical_path(case), len(case["queries"]))  # how long it took says nothing here
    story.finish(case["id"], played)
    story.leave()
    return played


def _of(survived: Survived, seed: int) -> dict[str, Any]:
    times = Counter(death.moment for death in survived.deaths)
    found = survived.found
    return {
        "seed": seed,
        "kills": [{"moment": moment, "times": count} for moment, count in times.items()],
        "counted": {"effects": found.effects, "doubled": found.doubled, "lost": found.lost},
    }
