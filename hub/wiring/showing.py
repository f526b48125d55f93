"""Codes that show what a holder chose of a certificate, the rest hidden: what can be chosen, the QR code, and what its checker will see.

It asks nobody's right and writes no log: the window's door and the applicant's do. Such a code is checked without a network and cannot be
taken back; that its certificate ended says the status list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from certificates.certificate import CertificateContent, period_in_words
from certificates.compact import credential
from certificates.compact.credential import MAX_BYTES
from certificates.compact.presented import Presented, masked
from certificates.errors import CertificateError
from certificates.status import VALID
from hub.clock import local
from hub.errors import BadInput, HubError, NotAllowed, NotNow
from hub.registry.rows import Entry
from hub.wiring.keyuse import KeyAct, used_for
from hub.wiring.making import Held, Making


@dataclass(frozen=True)
class Claim:
    """A field that can be shown or hidden: its name, its words and what it says."""

    name: str
    label: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class Offer:
    """A certificate from which a holder chooses: `always` is what every code shows (words and value), `claims` what may be added."""

    type_name: str
    number: str
    always: tuple[tuple[str, str], ...] = field(repr=False)
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class ShownCode:
    """A code for its holder: `names` the claims that it shows, `text` what the QR code says, `size` the bytes of the credential in it, `seen` all that whoever checks it
    sees (words and value), read back from the code, `hidden` the words of what it does not show."""

    type_name: str
    number: str
    names: tuple[str, ...]
    text: str = field(repr=False)
    size: int
    seen: tuple[tuple[str, str], ...] = field(repr=False)
    hidden: tuple[str, ...]
    valid_to: date | None
    made_at: datetime


def offer(one: Entry, content: CertificateContent | None) -> Offer:
    """Raises NotAllowed (CERTIFICATE_IMPORTED), NotNow (CERTIFICATE_NOT_VALID)."""
    said = require_showable(one, content)
    claims = tuple(Claim(name, *pair) for name, pair in credential.showable(said).items())
    return Offer(said.type_name, said.number, tuple(_always(said)), claims)


def code(making: Making, one: Entry, held: Held, chosen: tuple[str, ...], now: datetime) -> ShownCode:
    """The code that shows `chosen` (names of claims, or their words) of a certificate that holds.

    Raises as `offer`, BadInput (CLAIM_UNKNOWN, SHOWING_TOO_LARGE), NotThere (CERTIFICATE_FILE_NOT_THERE), HubError (SHOWING_UNSIGNED)."""
    content = require_showable(one, held.content)
    words = {name: label for name, (label, _) in credential.showable(content).items()}
    chosen = names_of(chosen, words)
    try:
        with used_for(KeyAct.CODE, one.id):
            body = making.shown_by_code(content.authority.code, held, one.status_place, chosen, now)
    except CertificateError as e:
        message = f"二维码没有生成：颁发机关的 ES256 密钥现在不能签名（{e.code}）。请稍后再试，或请窗口联系运维查看。"
        raise HubError(message, code="SHOWING_UNSIGNED", status=503) from e
    if len(body) > MAX_BYTES:
        raise _too_large(content, chosen, len(body))
    found = credential.read(body)
    shown = {label for label, _ in found.shown}
    hidden = tuple(label for label, _ in credential.showable(content).values() if label not in shown)
    seen = (*_always(content, found), *found.shown)
    return ShownCode(
        content.type_name, content.number, chosen, credential.qr_text(body), len(body), seen, hidden, content.valid_to, now
    )  # fmt: skip


def names_of(chosen: tuple[str, ...], words: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the claims `chosen` by name or by their words; of two with the same words the first. Raises BadInput (CLAIM_UNKNOWN)."""
    named = {label: name for name, label in reversed(list(words.items()))} | {name: name for name in words}
    names = tuple(named.get(one, "") for one in chosen)
    if "" in names or len(set(names)) != len(names):
        possible = "；".join(f"{name} {label}" for name, label in words.items())
        said = {"shown": f"可选（每项写一次）：{possible}"}
        raise BadInput("证照没有这个项目，或者同一项目写了两次，请从证照的项目中选择。", said, code="CLAIM_UNKNOWN")
    return names


def require_showable(one: Entry, content: CertificateContent | None) -> CertificateContent:
    """Only of what was issued here and holds may something be shown. Raises NotAllowed (CERTIFICATE_IMPORTED), NotNow (CERTIFICATE_NOT_VALID)."""
    if one.origin != "issued":
        message = "这本证照由其他系统签发，本中心不能重新签名，请持证主体向原签发机关索取。"
        raise NotAllowed(message, code="CERTIFICATE_IMPORTED")
    if one.status != VALID or content is None:
        message = "只能出示有效的证照：这本证照现在不是有效状态。换发过的，请打开最新版本。"
        raise NotNow(message, code="CERTIFICATE_NOT_VALID")
    return content


IN_CLEAR = {
    "type_name": "证照名称", "holder": "持证主体", "authority": "颁发机构", "valid_from": "有效期", "valid_to": "有效期", "identifier": "证照标识",
    "signed_at": "签名时间", "status": "状态查询位置",
}  # fmt: skip
"""What every code and every link shows whoever has it, chosen or not: each part of `presented.Claims` in words. The digests tell nothing."""


def in_clear(one: Entry, content: CertificateContent | None) -> tuple[tuple[str, str], ...]:
    """What a code or link of this certificate always shows (words and value), where one can be made; the forms say it, from here alone."""
    return tuple(_always(content)) if one.origin == "issued" and one.status == VALID and content is not None else ()


def choices(content: CertificateContent | None) -> tuple[tuple[str, str], ...]:
    """What may be shown besides, each by name and words."""
    return tuple((name, label) for name, (label, _) in credential.showable(content).items()) if content else ()


def _always(content: CertificateContent, found: Presented | None = None) -> Iterator[tuple[str, str]]:
    """What stands in clear in every code and link; of one that is there, as it says itself."""
    claims = found.claims if found else None
    period = period_in_words((claims or content).valid_from, (claims or content).valid_to)
    place = (
        f"状态列表第 {claims.status.index} 位" if claims and claims.status else "没有" if claims else "状态列表中的序号"
    )
    said = {
        "type_name": claims.type_name if claims else content.type_name,
        "holder": claims.holder if claims else masked(content),
        "authority": content.authority.name,
        "valid_from": period,
        "identifier": str(claims.identifier if claims else content.identifier),
        "signed_at": f"{local(claims.signed_at):%Y-%m-%d %H:%M:%S}" if claims else "颁发机关签名的日期和时间",
        "status": place,
    }
    yield from ((IN_CLEAR[name], value) for name, value in said.items())


def _too_large(content: CertificateContent, chosen: tuple[str, ...], size: int) -> BadInput:
    claims = credential.showable(content)
    longest = max((claims[name] for name in chosen), key=lambda pair: len(pair[1].encode()), default=("", ""))[0]
    message = (
        f"所选的 {len(chosen)} 项放不进一个二维码：需要 {size} 字节，最多 {MAX_BYTES} 字节，再多手机就扫不清了。"
        f"请少选几项，最长的是“{longest}”；要全部出示，请给版式文件（OFD、PDF），或者请窗口生成出示链接。"
    )
    return BadInput(message, {"shown": "请少选几项"}, code="SHOWING_TOO_LARGE")
