"""Names the secrets that a department's mapping needs of its connection. It sees no secret's value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from adapters.kinds.templates import names
from catalog.types import Department, Resource

_OF_STYLE: Mapping[str, Mapping[str, str]] = {
    "bearer": {"secret": "token"},
    "api_key": {"secret": "api_key"},
    "basic": {"user": "user", "password": "password"},
    "oauth2": {"id": "client_id", "secret": "client_secret"},
    "gjgxjhpt": {"id": "app_id", "secret": "app_secret"},
}
"""What each style of `auth` shows, and the secret's name where the manifest gives no other; of other styles what they name."""
_NAMING = ("id", "secret", "user", "password")
PREFIX = "secret."


def needed(department: Department, resources: Iterable[Resource] = ()) -> tuple[str, ...]:
    """In the order in which the manifest uses them: `{secret.x}` anywhere, what each `auth` names, and who a UsernameToken says we are."""
    found = [*_placeholders(department.wire), *_auth(department.wire), *_username_token(department.wire)]
    for wire in (*(one.wire for one in resources), *department.handles.values()):
        found += [*_placeholders(wire), *_auth(wire)]
    return tuple(dict.fromkeys(found))


def _placeholders(template: object) -> Iterator[str]:
    yield from (name.removeprefix(PREFIX) for name in names(template) if name.startswith(PREFIX))


def _auth(table: Mapping[str, object]) -> Iterator[str]:
    """`auth` here or in any table below: `secret = "…"` or what its style is called by default."""
    for key, value in table.items():
        if not isinstance(value, Mapping):
            continue
        if key == "auth":
            usual = _OF_STYLE.get(str(value.get("style", "")), {})
            yield from (str(value.get(one, usual.get(one, ""))) for one in _NAMING if one in value or one in usual)
        else:
            yield from _auth(value)


def _username_token(wire: Mapping[str, object]) -> Iterator[str]:
    security = wire.get("security")
    if isinstance(security, Mapping) and security.get("username_token"):
        yield from (str(security.get(one, one)) for one in ("user", "password"))


def token_path(department: Department) -> str:
    """Where a token is fetched before anything is asked; "" where none is."""
    auth = department.wire.get("auth")
    return str(auth.get("token_path", "")) if isinstance(auth, Mapping) else ""


TOKEN = b'{"access_token": "example", "expires_in": 300, "token_type": "Bearer"}'
