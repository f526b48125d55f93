"""Whether the keys at hand are those of a backup, told before anything is restored. It opens nothing and reveals no key.

Each probe is a keyed digest of the backup's own name: equal for the same key, useless without it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from hub.wiring.keys import HubKeys

WORDS = {
    "sealing": "sealing.key (values of cases, files)",
    "index": "index.key (finding a person)",
    "passphrase": "passphrase (signing keys of the authorities)",
    "log_checkpoint": "log/checkpoint.key (heads of the sharing log)",
    "log_sealing": "log/sealing.key (values in the sharing log)",
    "log_blind": "log/blind.key (searching the sharing log)",
}


def of(keys: HubKeys, backup: str) -> Mapping[str, str]:
    """A probe for each key."""
    secrets = {
        "sealing": keys.sealing,
        "index": keys.index,
        "passphrase": keys.passphrase.encode(),
        "log_checkpoint": keys.log.checkpoint.private_bytes_raw(),
        "log_sealing": keys.log.sealing,
        "log_blind": keys.log.blind,
    }
    text = f"yijian/backup {backup}".encode()
    return {name: hmac.new(key, text, hashlib.sha256).hexdigest() for name, key in secrets.items()}


def others(keys: HubKeys, backup: str, probes: Mapping[str, str]) -> tuple[str, ...]:
    """In words, which keys at hand are not those that the backup was made with."""
    here = of(keys, backup)
    return tuple(WORDS[name] for name in WORDS if here[name] != probes.get(name))
