"""The machine's list of certificate authorities is read once in a process: each client of a test would read it anew, 20 to 40 ms each time.

It trusts nobody else; a test that gives its own list gets a context of its own, as ever.
"""

from __future__ import annotations

import os
import ssl
from functools import cache

import httpcore2

_read = httpcore2.default_ssl_context


def share() -> None:
    """From now on for every client of this process that says nothing else."""
    httpcore2.default_ssl_context = _shared


def _shared(*, _trust_env: bool = True) -> ssl.SSLContext:
    return _of(_trust_env, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _of(trust_env: bool, file: str | None, folder: str | None) -> ssl.SSLContext:
    return _read(_trust_env=trust_env)
