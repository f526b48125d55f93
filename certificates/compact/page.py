"""Makes the page that verifies compact credentials without a network: one HTML file with keys and status lists inside. It judges nothing.

Only lists that their authority signed go into it, with their dates; whoever hands the page out decides whom it believes. The
folder ``offline`` holds its parts; jsQR (Apache-2.0, LICENSE.jsQR.txt) is of others, from the npm package jsqr 1.4.0.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from certificates import status, statuslist
from certificates.compact.presented import SUITE
from certificates.errors import Malformed
from certificates.judging import list_problem
from certificates.shape import write_octets
from certificates.trust import Authority, Trust, TrustedKey

PARTS = Path(__file__).with_name("offline")
_SCRIPTS = {"%QR%": "jsQR.js", "%CREDENTIAL%": "credential.js", "%PAGE%": "page.js"}


def page(trust: Trust, at: datetime) -> str:
    """Return the page as one HTML text, believing the ES256 keys of ``trust`` and its status lists as they are at ``at``.

    Raises Malformed ``status-list`` for a list that its authority did not sign; a stale one goes in and is said to be stale.
    """
    html = (PARTS / "page.html").read_text("utf-8").replace("%TRUST%", _script(_believed(trust, at)))
    for mark, name in _SCRIPTS.items():
        html = html.replace(mark, (PARTS / name).read_text("utf-8").replace("</script", "<\\/script"))
    return html


def _believed(trust: Trust, at: datetime) -> dict[str, object]:
    authorities = [_authority(each) for each in trust.authorities.values()]
    return {
        "made": int(at.timestamp()),
        "authorities": [each for each in authorities if each["keys"]],
        "lists": dict(_lists(trust)),
        "tokens": dict(_tokens(trust)),
    }


def _authority(authority: Authority) -> dict[str, object]:
    keys = [_key(key) for key in authority.keys if key.public.suite == SUITE]
    return {"code": authority.code, "name": authority.name, "keys": keys}


def _key(key: TrustedKey) -> dict[str, object]:
    return {
        "id": key.public.key_id,
        "spki": write_octets(key.public.spki),
        "from": int(key.valid_from.timestamp()),
        "to": _seconds(key.valid_to),
        "revoked": _seconds(key.revoked_at),
        "types": list(key.types),
    }


def _lists(trust: Trust) -> Iterator[tuple[str, object]]:
    for code, raw in trust.status_lists.items():
        signed = status.read_status_list(raw)
        if list_problem(signed, trust.authorities[code], signed.envelope.signed_at):
            raise Malformed("status-list", f"{code}.ystatus was not signed by its authority; get it again.")
        entries: dict[str, list[object]] = {}
        for entry in signed.content.entries:
            word = entry.remark if entry.status == status.OTHER and entry.remark else status.STATUSES[entry.status]
            said = {"status": entry.status, "since": int(entry.since.timestamp()), "word": word}
            entries.setdefault(entry.identifier, []).append(said)
        yield (
            code,
            {
                "issued": int(signed.envelope.signed_at.timestamp()),
                "next_update": int(signed.content.next_update.timestamp()),
                "entries": entries,
            },
        )


def _tokens(trust: Trust) -> Iterator[tuple[str, object]]:
    """The newest Token Status List of each address, as the places in it that are not valid."""
    for name in trust.unread_lists:
        raise Malformed(
            "status-list", f"status/{name} holds no status list that can be read; get it again, or take it out."
        )
    for found in sorted(statuslist.readable(trust.token_lists), key=lambda each: each.content.issued_at):
        owner, content = trust.owner_of(found.key_id), found.content
        if owner is None or statuslist.problem_of(found, owner, content.issued_at):
            raise Malformed("status-list", "A file in status/ was not signed by a believed authority; get it again.")
        yield (
            content.uri,
            {
                "authority": owner.code,
                "issued": int(content.issued_at.timestamp()),
                "next_update": int(content.expires_at.timestamp()),
                "size": content.size,
                "places": dict(content.places),
                "words": statuslist.WORDS,
            },
        )


def _script(value: object) -> str:
    """JSON that cannot end its script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
