"""Who is at the door, whether the page is theirs, and what they posted. It opens no page itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from secrets import token_hex

from fastapi import Depends
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from hub.errors import BadInput, HubError, NotAllowed
from hub.identity.principal import Principal
from hub.settings import Settings
from hub.web import access
from hub.web.doors import Doors
from hub.web.posting import form_of
from hub.web.security import check_origin, check_word

WINDOW = "hub"
"""The organisation of those who work at the window itself."""


class SignInFirst(HubError):
    """No living session. The page sends the person to the login and back."""

    code = "SIGN_IN_FIRST"
    status = 401


@dataclass(frozen=True)
class Seat:
    """A person with a living session on this page."""

    person: Principal
    csrf: str
    unit: str
    """Name of the person's organisation."""


@dataclass(frozen=True)
class Posted:
    """What came with an unsafe method, after its origin and its word were checked."""

    seat: Seat
    form: FormData

    def text(self, name: str) -> str:
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Every text of that name that says something."""
        given = (value.strip() for value in self.form.getlist(name) if isinstance(value, str))
        return tuple(value for value in given if value)

    def below(self, prefix: str) -> dict[str, str]:
        """Every text whose name begins with the prefix, without it: `a.case_type` → `case_type`."""
        pairs = ((key, value) for key, value in self.form.multi_items() if isinstance(value, str))
        return {key[len(prefix) :]: value.strip() for key, value in pairs if key.startswith(prefix)}

    def key(self, form: str) -> str:
        """The key that was made with the page, for one of its forms: a second click is the same call. Without one it is a call of its own."""
        return f"{form}:{self.text('key')[:100] or token_hex(16)}"

    def upload(self, name: str) -> UploadFile:
        value = self.form.get(name)
        if not isinstance(value, UploadFile) or not value.filename:
            raise BadInput("没有选择文件。请选择一个文件后再上传。", {name: "请选择文件"})
        return value


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host where it is sent over TLS."""
    return "__Host-yijian" if settings.public_url.startswith("https") else "yijian"


@dataclass(frozen=True)
class Gate:
    """The two dependencies of the pages: `seat` to look, `posted` to act."""

    seat: Callable[[Request], Seat]
    posted: Callable[..., AsyncIterator[Posted]]


def gate(doors: Doors) -> Gate:
    """The dependencies for these doors. Both raise SignInFirst or NotAllowed; `posted` also FormForged and what `form_of` raises."""

    def seat(request: Request) -> Seat:
        token = request.cookies.get(cookie_name(doors.settings), "")
        found = doors.session.principal(token, doors.now()) if token else None
        if found is None:
            raise SignInFirst("请先登录。")
        person, csrf = found
        wanted = access.ACCESS[(request.method, request.scope["route"].path)]
        if wanted != access.ANYONE and not wanted & person.roles:
            raise NotAllowed("您的岗位不办理这个页面上的事。需要时请管理员调整岗位。")
        return Seat(person, csrf, units(doors).get(person.organisation, person.organisation))

    async def posted(request: Request, seat: Seat = Depends(seat)) -> AsyncIterator[Posted]:
        check_origin(request.headers, doors.settings.public_url)
        async with form_of(request, doors.settings.max_upload_bytes, files=1) as form:
            word = request.headers.get("x-csrf") or form.get("csrf")
            check_word(word if isinstance(word, str) else None, seat.csrf)
            yield Posted(seat, form)

    return Gate(seat, posted)


def units(doors: Doors) -> Mapping[str, str]:
    """Code of an organisation to its name; those at the window work for the window."""
    return {WINDOW: doors.settings.window_name, "applicant": "申请人本人", **doors.units()}
