"""The page of departments 部门接入: how each stands and has answered, and the button that has it checked. It shows no person's facts."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from hub.web import look
from hub.web.doors import Doors
from hub.web.gate import Gate, Posted, Seat
from hub.wiring.department_views import CheckRow, FindingRow

PARTS: Mapping[str, str] = {
    "settings": "设置",
    "connection": "连接",
    "credentials": "凭据",
    "expiry": "到期",
    "probe": "试连",
    "mapping": "映射",
    "catalog": "目录",
}
"""What a check tries, each for itself."""

STATES: Mapping[str, tuple[str, str]] = {
    "ok": ("good", "已证实"),
    "untried": ("none", "未试"),
    "idle": ("none", "无须试"),
    "look": ("warn", "要看"),
    "mend": ("bad", "有问题"),
}

SAID: Mapping[tuple[str, str, str], str] = {
    ("papers", "look", ""): "登记了接口文档，但没有程序读它，映射没有与它核对。请目录管理员核对文件和登记。",
    ("papers", "untried", "unreadable"): "部门清单写法有误，接口文档还没有看。请目录管理员先改正清单。",
    **{
        (part, "untried", "unreadable"): "部门清单写法有误，什么也没有读到。请目录管理员先改正清单。"
        for part in ("mapping", "connection", "credentials", "expiry", "probe")
    },
    **{
        (part, "untried", "said_above"): "上面的问题使这一项试不了。请先处理，再检查一次。"
        for part in ("mapping", "connection", "credentials")
    },
    ("mapping", "look", ""): "有样例不属于任何数据资源（资源可能改过名）。请目录管理员改样例的文件名或删去。",
    ("papers", "ok", "pinned"): "部门清单读得通；登记的 {count} 份接口文档都在，没有改动。",
    ("papers", "ok", "none"): "部门清单读得通；它不需要接口文档。",
    ("papers", "mend", ""): "接口文档不全，或与登记的不一致。请运维人员与部门核对后重新登记。",
    ("review", "look", ""): "有数据资源还没有经人审核（审核前不对外查询），或答复中没有核对项。请目录管理员审核。",
    (
        "review",
        "look",
        "ungranted",
    ): "有数据资源已经审核，但没有授权提到它，谁也不能查询。请目录管理员写明授权：哪些字段、哪些事项、依据什么。",
    ("review", "mend", ""): "查询中还留着示例值，或没有写明查的是谁。请目录管理员写明该填什么。",
    (
        "mapping",
        "ok",
        "read",
    ): "用 {samples} 份样例和 {exchanges} 份录下的往来读了一遍，结果相符；{of} 项数据资源中读了 {read} 项。",
    ("mapping", "untried", "no_sample"): "写法读得通，但没有答复可读：{names}。请运维人员放入样例，或录下一次往来。",
    (
        "mapping",
        "untried",
        "unseen",
    ): "以下字段，接口文书没有写明，样例和往来记录里也没有值：{names}。路径写错就会一直为空，请录下一次齐全的答复。",
    ("mapping", "untried", "no_subject"): "还没有写明凭什么查：{names}。请目录管理员写明查询项（subject、match）。",
    ("mapping", "untried", "takes_only"): "它不答复查询，也没有录下交办的往来，没有可读的。",
    ("mapping", "untried", "by_hand"): "由人在收件页填写，用的就是目录的字段，没有映射。",
    ("mapping", "mend", ""): "映射读不懂部门的样例，或与录下的往来不符，或写法有误。请运维人员与目录管理员核对映射。",
    ("connection", "ok", ""): "连接已配置，能用；通不通见“试连”。",
    ("connection", "untried", "by_hand"): "没有系统：由人在收件页答复，不需要连接。",
    ("connection", "look", ""): "还没有配置连接。请运维人员填写部门系统的地址。",
    ("connection", "mend", ""): "没有连接，或连接配置有误。请运维人员核对连接文件。",
    ("credentials", "ok", ""): "出示凭据试了一次（不涉及任何人），部门系统放行。",
    ("credentials", "untried", "none"): "按接口文档不需要凭据，没有可试的。",
    ("credentials", "untried", "no_answer"): "凭据都有，但试用凭据时对方没有应答。请先处理“试连”，再检查一次。",
    ("credentials", "untried", "not_connected"): "没有连接，试不了。请先处理“连接”。",
    ("credentials", "untried", "by_hand"): "没有系统，不需要凭据；谁可以答复见“试连”。",
    ("credentials", "look", ""): "试过，看不出部门系统是否认可我们的凭据。请运维人员与部门商定一个试连接口。",
    (
        "credentials",
        "mend",
        "",
    ): "缺少所需凭据，或部门系统不认可（口令错误、凭据或证书过期、时钟不准）。请运维人员查看下面的原文后处理。",
    ("expiry", "ok", "until"): "最先到期的到 {until}。",
    ("expiry", "untried", "none"): "没有证书，也没有凭据，没有会到期的。",
    ("expiry", "untried", "unknown"): "凭据何时到期没有登记。请向部门问清，写进连接文件的 expires。",
    ("expiry", "untried", "no_answer"): "对方没有应答，看不到它的证书。请先处理“试连”，再检查一次。",
    ("expiry", "untried", "not_connected"): "没有连接，看不了。请先处理“连接”。",
    ("expiry", "untried", "by_hand"): "没有系统，没有会到期的。",
    ("expiry", "look", ""): "证书或凭据快到期了。请运维人员现在就向部门换领。",
    ("expiry", "mend", ""): "证书或凭据已经过期。请运维人员向部门换领。",
    ("probe", "ok", ""): "检查时连上了部门系统；没有查询任何人。",
    ("probe", "ok", "people"): "这个部门有 {people} 人可以在收件页答复。",
    ("probe", "untried", "not_connected"): "没有连接，试不了。请先处理“连接”。",
    ("probe", "untried", "said_above"): "上面的问题使试连做不成。请先处理，再检查一次。",
    ("probe", "untried", "by_hand"): "由人在收件页答复；可以登录的人数不详。",
    ("probe", "mend", ""): "连不上部门系统，或对方拒绝连接。请运维人员查看网络和连接文件，并与部门联系。",
    (
        "probe",
        "mend",
        "down",
    ): "连不上部门系统，或对方拒绝连接。请运维人员查看网络和连接文件，并致电部门：{phone}。",
    (
        "probe",
        "mend",
        "down_since",
    ): "连不上部门系统，或对方拒绝连接；自 {since} 起没有答复过查询。请运维人员查看网络和连接文件，并致电部门：{phone}。",
    ("probe", "mend", "people"): "这个部门没有人可以在收件页答复，向它查询和交办的会一直等着。请运维人员开设账号。",
    ("files", "look", ""): "有文件等人核实，或还没有收到第一份文件。请运维人员在“运行状况”页查看。",
    ("catalog", "ok", ""): "整个站点的供需对得上。",
    ("catalog", "look", ""): "这个部门对得上，站点的其他文件有差错。请目录管理员运行目录检查。",
    ("catalog", "mend", ""): "这个部门与目录对不上，发布不了。请目录管理员按原文所指的文件和行改正。",
}
"""What a finding means, and who does what next, by how it was tried or why not; the program's own words stand folded below it."""
OTHERWISE = {
    "ok": "没有问题。",
    "untried": "没有试过。",
    "look": "需要看一看。请运维人员查看下面的原文。",
    "mend": "需要处理。请运维人员查看下面的原文。",
}
NOT_YET = "检查过一次才知道。请按“检查”。"


def said(one: FindingRow) -> str:
    """A finding in a sentence. One of before the last upgrade may say less."""
    known = SAID.get((one.about, one.state, one.how)) or SAID.get((one.about, one.state, "")) or OTHERWISE[one.state]
    try:
        return known.format_map(one.facts)
    except KeyError:
        return OTHERWISE[one.state]


def contract(check: CheckRow | None) -> str:
    """What the mapping was last held against, in a few words."""
    found = [one for one in check.findings if one.about == "mapping"] if check else []
    if any(one.state == "mend" for one in found):
        return "契约不符"
    read = next((one for one in found if one.how == "read"), None)
    if read is None:
        return ""
    return f"契约相符：样例 {read.facts['samples']}、往来 {read.facts['exchanges']}"


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
        rows, following = door.overview(seat.person), door.following(seat.person)
        words = {
            "parts": PARTS,
            "states": STATES,
            "said": said,
            "ending": ending,
            "contract": contract,
            "not_yet": NOT_YET,
        }
        return look.page(
            request, seat, "departments.html", rows=rows, checked=checked, following=following, now=doors.now(), **words
        )

    @pages.post("/departments/check")
    async def check_all(request: Request, posted: Posted = Depends(guard.posted)) -> Response:
        await door.check_all(posted.seat.person)
        return look.go(request, "/departments")

    @pages.post("/departments/{code}/check")
    async def check(request: Request, code: str, posted: Posted = Depends(guard.posted)) -> Response:
        await door.check(posted.seat.person, code)
        return look.go(request, f"/departments?checked={code}#d-{code}")
