"""The machine under the hub: interpreter, libraries, disk, file systems, file modes. It opens no database."""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path

from certificates import suites
from certificates.errors import SuiteUnavailable
from certificates.suites import libcrypto
from hub.settings import VERSION, Settings
from hub.sharinglog.engine_sqlite import refuse_network
from hub.sharinglog.errors import LogMisconfigured
from hub.wiring import private
from hub.wiring.checking.finding import Finding
from hub.wiring.readiness import LEAST_FREE

OLDEST_PYTHON = (3, 11)


def look(settings: Settings) -> list[Finding]:
    return [
        _program(),
        _crypto(),
        _signing(),
        _disk(settings.folder),
        _site(settings.site),
        *_local(settings),
        _modes(settings),
    ]


def _program() -> Finding:
    sentence = f"yijian {VERSION} on Python {platform.python_version()}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Finding.mend("program", f"{sentence}; it needs 3.11 or newer", "make setup PYTHON=python3.11")
    return Finding.ok("program", sentence)


def _crypto(names: tuple[str, ...] = libcrypto.NAMES) -> Finding:
    try:
        return Finding.ok("libcrypto", libcrypto.load(names).version())
    except SuiteUnavailable as e:
        return Finding.look(
            "libcrypto", f"{e} Without it certificates are signed with ES256.", "apt-get install libssl3"
        )


def _signing() -> Finding:
    """A key made for this moment signs and is verified; no authority's key is used."""
    name = suites.default_suite()
    suite = suites.suite_named(name)
    key = suite.generate()
    signature = suite.sign(key, b"yijian doctor")
    if not suite.verify(suite.public_key(key).spki, b"yijian doctor", signature):
        return Finding.mend("signing", f"{name} does not verify what it signed", "yijian certificate verify --help")
    return Finding.ok(
        "signing", f"certificates are signed with {name}; a key made for this look signed and was verified"
    )


def _disk(folder: Path) -> Finding:
    there = next((path for path in (folder, *folder.resolve().parents) if path.exists()), Path("/"))
    free = shutil.disk_usage(there).free
    sentence = f"{free / 1e9:.1f} GB free where the hub keeps its files"
    if free < LEAST_FREE:
        return Finding.mend(
            "disk", f"only {sentence}; nothing half-written remains, but nothing new fits", f"df -h {folder}"
        )
    return Finding.ok("disk", sentence)


def _site(folder: Path) -> Finding:
    """A published catalog is in the database; departments' documents (WSDL, code lists) are read from the site's folder."""
    if not (folder / "site.toml").is_file():
        sentence = f"{folder} is no site's folder (it has no site.toml): nothing can be published from it, and no department's documents are read"
        return Finding.mend("site", sentence, "export YIJIAN_SITE=/opt/yijian/catalog/sites/NAME")
    return Finding.ok("site", str(folder))


def _local(settings: Settings, mounts: str | None = None) -> list[Finding]:
    """SQLite's files: its write-ahead log and locks do not hold on a network drive."""
    found = []
    for about, url in (("hub database", settings.hub_database), ("sharing log database", settings.log_database)):
        path = private.file_of(url)
        if path is None:
            continue
        try:
            refuse_network(path, mounts)
        except LogMisconfigured:
            sentence = "its file lies on a network drive, where SQLite loses writes; move the folder to a local disk or use PostgreSQL"
            found.append(Finding.mend(about, sentence, "export YIJIAN_FOLDER=/var/lib/yijian"))
        else:
            found.append(Finding.ok(about, "its file lies on a local disk"))
    return found


def _modes(settings: Settings) -> Finding:
    bare = private.open_to_others(settings)
    if bare:
        return Finding.mend(
            "files", f"others on this machine may read {', '.join(bare)}", f"chmod -R go-rwx {settings.folder}"
        )
    return Finding.ok("files", "folder, databases and connections are the hub's alone")
