"""What stands in a command's way as one sentence: a wrong setting, a file that cannot be read. It handles no error of a bug."""

from __future__ import annotations

from adapters.contract import AdapterError
from catalog.mismatch import CatalogError
from certificates.errors import CertificateError
from hub.errors import HubError


class CommandRefused(HubError):
    """A command was given something that it cannot read; nothing was done."""

    code = "COMMAND_REFUSED"


def sentence_of(error: Exception) -> str:
    """What to tell whoever typed the command; empty for a bug, whose traceback is wanted. No value that was given is repeated."""
    from pydantic import ValidationError

    if isinstance(error, HubError | CatalogError | AdapterError | CertificateError):
        return f"{error.code}: {error}"
    if isinstance(error, ValidationError):
        wrong = "; ".join(
            f"YIJIAN_{one['loc'][0]!s}".upper() + f": {one['msg']}" for one in error.errors() if one["loc"]
        )
        return _refused(f"A setting cannot be taken; see docs/settings.md. {wrong}.")
    if isinstance(error, UnicodeDecodeError):
        return _refused("A file is not UTF-8 text; check that it is the right one.")
    if isinstance(error, OSError) and error.filename is not None:
        return _refused(f"{error.filename}: {error.strerror or 'cannot be used'}; check the path and its rights.")
    return ""


def _refused(sentence: str) -> str:
    return f"{CommandRefused.code}: {sentence}"
