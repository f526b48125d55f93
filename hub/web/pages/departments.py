"""The page of departments 部门接入: how each stands and has answered, and the button that has it checked. It shows no person's facts."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from hub.web import look
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat

CHECKED: Mapping[str, str] = {
    "papers": "接口文档",
    "review": "人工审核",
    "mapping": "映射",
    "connection": "连接",
    "credentials": "凭据",
    "expiry": "到期",
    "probe": "试连",
    "files": "文件",
}
"""What a check looked at."""

SAID: Mapping[tuple[str, str], str] = {
    ("papers", "ok"): "接口文档都在，没有改动。",
    ("papers", "mend"): "接口文档不全，或与登记的不一致。请运维人员与部门核对后重新登记。",
    ("review", "look"): "有数据资源还没有经人审核（审核前不对外查询），或答复中没有核对项。请目录管理员审核。",
    ("review", "mend"): "查询中还留着示例值，或没有写明查的是谁。请目录管理员写明该填什么。",
    ("mapping", "ok"): "映射读得懂部门的样例。",
    ("mapping", "mend"): "映射读不懂部门的样例或写法有误。请运维人员与目录管理员核对映射。",
    ("connection", "ok"): "已配置连接。",
    ("connection", "look"): "还没有配置连接。请运维人员填写部门系统的地址。",
    ("connection", "mend"): "没有连接，或连接配置有误。请运维人员核对连接文件。",
    ("credentials", "ok"): "所需凭据都有，部门系统没有拒绝。",
    ("credentials", "look"): "还不能证实部门系统认可我们的凭据。请运维人员与部门商定一个试连接口。",
    (
        "credentials",
        "mend",
    ): "缺少所需凭据，或部门系统不认可（口令错误、凭据或证书过期、时钟不准）。请运维人员查看下面的原文后处理。",
    ("expiry", "ok"): "证书和凭据还没有到期。",
    ("expiry", "look"): "证书或凭据快到期了。请运维人员现在就向部门换领。",
    ("expiry", "mend"): "证书或凭据已经过期。请运维人员向部门换领。",
    ("probe", "ok"): "连得上部门系统；试连不查询任何人。",
    ("probe", "mend"): "连不上部门系统，或对方拒绝连接。请运维人员查看网络和连接文件，并与部门联系。",
    ("files", "look"): "有文件等人核实，或还没有收到第一份文件。请运维人员在“运行状况”页查看。",
}
"""What a finding means, and who does what next; the program's own words, with names and places, stand folded below it."""
OTHERWISE = {
    "ok": "没有问题。",
    "look": "需要看一看。请运维人员查看下面的原文。",
    "mend": "需要处理。请运维人员查看下面的原文。",
}


def said(about: str, state: str) -> str:
    """A finding in a sentence."""
    return SAID.get((about, state)) or OTHERWISE[state]


def ending(about: str) -> str:
    """What ends, in words: a secret by its name, or a certificate."""
    secret = "the secret "
    return (
        f"凭据 {about.removeprefix(secret)}"
        if about.startswith(secret)
        else about.replace("the server's certificate", "服务器证书").replace("a certificate in", "证书")
    )


def add(pages: APIRouter, doors: Doors, guard: Gate) -> None:
    door = doors.departments

    @pages.get("/departments")
    def departments(request: Request, checked: str = "", seat: Seat = Depends(guard.seat)) -> Response:
        rows = door.overview(seat.person)
        words = {"titles": CHECKED, "said": said, "ending": ending}
        return look.page(request, seat, "departments.html", rows=rows, checked=checked, now=doors.now(), **words)

    @pages.post("/departments/{code}/check")
    async def check(request: Request, code: str, posted: Posted = Depends(guard.posted)) -> Response:
        await door.check(posted.seat.person, code)
        return look.go(request, f"/departments?checked={code}#d-{code}")
