"""A certificate as one printable HTML page of A4, with a QR code. It is a view to read, not the certificate itself.

The page asks for nothing from anywhere: style and QR code are inside it. OFD and PDF are other carriers, yet to come.
"""

from datetime import date
from html import escape

import segno

from certificates.certificate import CITIZEN_ID, CREDIT_CODE, CertificateContent, SignedCertificate
from certificates.judging import CHINA

QR_PREFIX = "YJ1"
_DIGEST_IN_QR = 32
_CODE_LABELS = {CITIZEN_ID: "公民身份号码", CREDIT_CODE: "统一社会信用代码"}

_STYLE = """
@page { size: A4; margin: 0 }
* { box-sizing: border-box; margin: 0 }
body { background: #e9e6df; color: #23211c; line-height: 1.6;
  font-family: "Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "Songti SC", SimSun, serif }
.sheet { position: relative; width: 210mm; min-height: 297mm; margin: 8mm auto; padding: 14mm; background: #fffdf8;
  box-shadow: 0 1mm 5mm #0003 }
.frame { display: flex; flex-direction: column; min-height: 269mm; padding: 16mm 15mm 10mm; border: 1.4mm solid #9c2a22;
  outline: .3mm solid #9c2a22; outline-offset: -3mm; background: radial-gradient(#9c2a220a 8%, transparent 9%) 0 0/6mm 6mm }
header { text-align: center; padding-bottom: 8mm; border-bottom: .3mm solid #c9a45c }
h1 { font-size: 30pt; font-weight: 700; letter-spacing: .18em; text-indent: .18em; color: #9c2a22; line-height: 1.3 }
.number { margin-top: 3mm; font-size: 12pt; letter-spacing: .06em }
dl { display: grid; grid-template-columns: 44mm 1fr; gap: 4.5mm 6mm; margin: 11mm 0; font-size: 14pt }
dt { color: #6b6355; text-align: justify; text-align-last: justify }
dd { font-weight: 600; overflow-wrap: anywhere; white-space: pre-wrap }
.holder { font-size: 18pt }
.issue { margin-top: auto; padding-right: 6mm; text-align: right; font-size: 15pt; line-height: 2 }
footer { display: flex; gap: 7mm; align-items: center; margin-top: 9mm; padding-top: 6mm; border-top: .3mm solid #c9a45c;
  font-size: 9pt; color: #4d473c }
footer svg { width: 34mm; height: 34mm; flex: none; background: #fff }
footer code { font-family: ui-monospace, "DejaVu Sans Mono", Consolas, monospace; display: block;
  font-size: 7.2pt; line-height: 1.9; overflow-wrap: anywhere }
@media print { body { background: none } .sheet { margin: 0; box-shadow: none }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact } }
"""


def printable(certificate: SignedCertificate, nonce: str | None = None) -> str:
    """Return the page. ``nonce`` goes onto its one ``<style>``, for a server whose content policy asks for it.

    The caller verifies first: this shows what the file says.
    """
    content = certificate.content
    title = escape(content.type_name)
    style = f'<style nonce="{escape(nonce)}">' if nonce else "<style>"
    return f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
{style}{_STYLE}</style>
</head>
<body>
<main class="sheet">
<article class="frame">
<header>
<h1>{title}</h1>
<p class="number">编号：{escape(content.number)}</p>
</header>
<dl>
{_rows(content)}
</dl>
<div class="issue">
<p>{escape(content.authority.name)}</p>
<p><time datetime="{content.issued_on.isoformat()}">{_chinese(content.issued_on)}</time></p>
</div>
{_footer(certificate)}
</article>
</main>
</body>
</html>
"""


def qr_text(certificate: SignedCertificate) -> str:
    """Return what the QR code carries: ``YJ1|identifier|first 32 hex digits of the digest`` (proposed).

    It names the certificate and ties the paper to its file; by itself it proves nothing.
    """
    return f"{QR_PREFIX}|{certificate.content.identifier}|{certificate.digest[:_DIGEST_IN_QR]}"


def _rows(content: CertificateContent) -> str:
    holder = content.holder
    rows = [
        ("持证主体", holder.name, ' class="holder"'),
        (_CODE_LABELS.get(holder.code_type, "持证主体代码"), holder.code, ""),
        *((field.label, field.value, "") for field in content.fields),
        ("有效期", _period(content), ""),
    ]
    return "\n".join(f"<dt>{escape(label)}</dt><dd{mark}>{escape(value)}</dd>" for label, value, mark in rows)


def _footer(certificate: SignedCertificate) -> str:
    envelope = certificate.envelope
    # A long identifier breaks between its parts.
    written = escape(str(certificate.content.identifier)).replace(".", ".<wbr>")
    signed_at = envelope.signed_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
    code = segno.make(qr_text(certificate), error="m", micro=False).svg_inline(border=2, omitsize=True)
    return f"""<footer>
{code}
<div>
<p>证照标识：<code>{written}</code></p>
<p>内容摘要（SHA-256）：<code>{certificate.digest}</code></p>
<p>签名算法：{escape(envelope.suite)}　签署时间：{signed_at}</p>
<p>本页为电子证照的打印样式，以电子证照文件及其数字签名为准。</p>
</div>
</footer>"""


def _period(content: CertificateContent) -> str:
    since = _chinese(content.valid_from)
    return f"{since} 至 {_chinese(content.valid_to)}" if content.valid_to else f"自 {since} 起长期有效"


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
