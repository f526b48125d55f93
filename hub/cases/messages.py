"""Which short messages an applicant gets (seed 000 二(三)). The text is made when it is sent (`hub.text.MESSAGES`); nothing is sent here."""

from __future__ import annotations

from hub.cases.plain import PlainItem
from hub.store.work import Task


def message(item: PlainItem, about: str) -> Task:
    """The SMS about one item; `about` is a key of MESSAGES, with `:<n>` where the same may be told again."""
    return Task(
        "sms",
        f"sms:{item.item_no}:{about}",
        {"item_no": item.item_no, "about": about.partition(":")[0]},
        stream=f"{item.id}:sms",
    )
