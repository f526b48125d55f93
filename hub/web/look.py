"""Templates made into answers: the one Jinja environment, what every page knows, errors in words. It asks no door."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.errors import BadInput, HubError
from hub.identity.principal import Role
from hub.web import statics, wording
from hub.web.gate import Seat, SignInFirst

NAVIGATION = (
    (Role.CLERK, "/desk", "办件工作台", "layout-list", "d"),
    (Role.CLERK, "/filings", "平台申报", "inbox", "f"),
    (Role.CLERK, "/certificates", "证照库", "certificate", "z"),
    (Role.CLERK, "/codes", "用证码", "id-badge-2", "c"),
    (Role.REVIEWER, "/inbox", "部门收件箱", "inbox", "i"),
    (Role.REVIEWER, "/certificates", "证照库", "certificate", "z"),
    (Role.REVIEWER, "/codes", "用证码", "id-badge-2", "c"),
    (Role.AUDITOR, "/audit", "共享日志", "list", "a"),
    (Role.AUDITOR, "/audit/verify", "完整性验证", "shield-check", "v"),
    (Role.CATALOG_MANAGER, "/catalog/matters", "一件事", "stack-2", "m"),
    (Role.CATALOG_MANAGER, "/catalog/items", "联办事项", "layout-list", "t"),
    (Role.CATALOG_MANAGER, "/catalog/resources", "数据资源", "database", "r"),
    (Role.CATALOG_MANAGER, "/catalog/needs", "需求清单", "exchange", "n"),
    (Role.CATALOG_MANAGER, "/catalog/policy", "政策参数", "scale", "p"),
    (Role.CATALOG_MANAGER, "/catalog/versions", "发布版本", "versions", "e"),
    (Role.CATALOG_MANAGER, "/catalog/differences", "版本比较", "history", "b"),
    (Role.CATALOG_MANAGER, "/departments", "部门接入", "link", "w"),
    (Role.OPERATOR, "/operations", "运行状况", "activity", "o"),
    (Role.OPERATOR, "/departments", "部门接入", "link", "w"),
    (Role.OPERATOR, "/accounts", "人员账号", "users", "u"),
)
"""Role, address, title, icon and the key after `g`."""


def navigation(roles: Set[Role]) -> tuple[tuple[str, str, str, str], ...]:
    """Address, title, icon and key of what these roles may open, each once."""
    return tuple(dict.fromkeys(entry[1:] for entry in NAVIGATION if entry[0] in roles))


WHAT_TO_DO = {
    400: "这次提交看不懂。",
    401: "登录已结束，请重新登录。",
    403: "这里不归您的岗位办理。",
    404: "没有找到您要的内容。",
    405: "这个地址不能这样打开。",
    409: "这一步现在还不能做。",
    413: "内容太大。",
    415: "这次提交看不懂。",
    422: "有内容需要改一改。",
    500: "系统出了差错。",
    503: "系统暂时忙不过来。",
}
"""By status, for errors without words of their own below: true of every code that has the status."""

HEADINGS = {
    "FORM_FORGED": "这次提交没有执行。",
    "CASE_CHANGED": "办件刚刚变了。",
    "MOVE_NOT_ALLOWED": "办件的状态已经变了。",
    "NOT_COMPLETE": "还不能收件。",
}
"""By code, where more can be said."""


IN_WORDS = {
    "CASE_NOT_THERE": "本区划没有这个办件。请核对编号，或从工作台重新进入。",
    "CASE_UNKNOWN": "没有这个办件。请从工作台重新进入。",
    "CASE_CHANGED": "办件刚刚被别人改动过，这一步没有做。请刷新页面再试。",
    "MOVE_NOT_ALLOWED": "办件的状态已经变了，不能再做这一步。请刷新页面，看现在能做什么。",
    "ITEM_NOT_THERE": "没有这个事项办件。请从列表重新进入。",
    "ITEM_NOT_IN_CASE": "这个办件里没有这个事项。请刷新页面。",
    "MATTER_NOT_THERE": "目录里没有这件事。请从工作台重新选择。",
    "CATALOG_NOT_PUBLISHED": "本区划还没有发布目录。请目录管理员先发布。",
    "CATALOG_NOT_THERE": "办件所用的那一版目录不在库里。请运维从备份恢复。",
    "WORK_NOT_DEAD": "这一条已经不是停下的了。请刷新页面。",
    "FILE_MISSING": "这个文件不在库里。请运维从备份恢复，或请申请人重新提交。",
    "CODE_UNKNOWN": "没有这个用证码，或者它不是给本部门的。请与持证人核对后重新输入。",
    "CODE_REVOKED": "持证人已撤回这个用证码。需要时请持证人重新办理。",
    "CODE_EXPIRED": "这个用证码已过期。请持证人重新办理。",
    "CODE_USED_UP": "这个用证码的次数已用完。请持证人重新办理。",
    "CODE_FOR_ANOTHER_MATTER": "这个用证码限用于指定的一件事。请先确认本次办的就是这件事，否则请持证人重新办理。",
    "CERTIFICATE_NOT_VALID": "证照现在不是有效状态，不能给出，也没有计次。请在证照库查看它的状态。",
    "KEY_REUSED": "这张表单已经用来办过另一内容，这一次什么也没有做。请刷新页面，重新填写后再提交。",
    "STORE_UNAVAILABLE": "数据库暂时没有应答，这一步没有保存。请稍后再试。",
    "LOG_UNAVAILABLE": "共享日志暂时写不进去，按规定什么也不能显示或发出。请稍后再试，并告诉运维人员。",
    "DISK_REFUSED": "磁盘写不进去，文件没有保存。请告诉运维人员。",
}
"""For people, by code, where an error's own message is written for programs."""


def told(error: HubError) -> str:
    """An error's message, in Chinese whoever raised it."""
    message = str(error)
    if any("\u4e00" <= letter <= "\u9fff" for letter in message):
        return message
    return IN_WORDS.get(error.code, "请返回上一页再试；若再次出现，请把下面的代码告诉运维人员。")


def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(icon=statics.icon, static=statics.address, words=wording, navigation=navigation)
    env.filters.update(
        moment=wording.moment, full_moment=wording.full_moment, day=wording.day, span=wording.span, bytes=wording.size
    )
    return env


ENVIRONMENT = _environment()


def html(template: str, **values: object) -> str:
    """A template's text. Raises jinja2.UndefinedError for a value that nobody gave."""
    return ENVIRONMENT.get_template(template).render(**values)


def page(request: Request, seat: Seat | None, template: str, **values: object) -> HTMLResponse:
    """A whole page with what every page knows: the person, the nonce, where we are."""
    nonce = getattr(request.state, "nonce", "")
    return HTMLResponse(html(template, seat=seat, nonce=nonce, path=str(request.scope["path"]), **values))


def at(status: int, answer: Response) -> Response:
    """The same answer under another HTTP status."""
    answer.status_code = status
    return answer


def is_swap(request: Request) -> bool:
    """Whether htmx asks for a part of a page (and is not restoring a whole one)."""
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers


def go(request: Request, where: str) -> Response:
    """To another page, also out of a swap."""
    if is_swap(request):
        return Response(status_code=204, headers={"HX-Redirect": where})
    return RedirectResponse(where, 303)


def trouble(request: Request, error: HubError) -> Response:
    """An error in words that say what to do next; a line on the page for a swap, else a page of its own."""
    if isinstance(error, SignInFirst):
        return _to_login(request)
    heading = HEADINGS.get(error.code) or WHAT_TO_DO.get(error.status, "这一步没有完成。")
    home = (
        str(request.scope["path"]) if str(request.scope["path"]) == "/progress" else "/"
    )  # an applicant has no other page here
    number = getattr(request.state, "trace_id", "")
    values = {"status": error.status, "heading": heading, "code": error.code, "home": home, "number": number}
    mistakes = error.fields if isinstance(error, BadInput) else {}
    if is_swap(request):
        return HTMLResponse(html("_trouble.html", message=told(error), mistakes=mistakes, **values), error.status)
    return at(error.status, page(request, None, "error.html", message=told(error), mistakes=mistakes, **values))


def _to_login(request: Request) -> Response:
    back = str(request.scope["path"]) if request.method == "GET" else ""
    where = f"/login?next={quote(back)}" if back and back != "/" else "/login"
    return go(request, where)
