"""The business licence as a file: a small true PDF with the firm's facts, the same bytes each time. It signs nothing."""

from __future__ import annotations

from adapters.simulators.population import Firm


def licence_pdf(firm: Firm) -> bytes:
    """One page; Chinese by the viewer's own STSong-Light, so that no font lies in the file."""
    lines = (
        "营业执照（演示件）",
        firm.name,
        firm.uscc,
        f"住所 {firm.place.line}",
        f"成立日期 {firm.founded}",
        "西峡县市场监督管理局",
    )
    drawn = "".join(
        f"BT /F1 14 Tf 60 {760 - 30 * row} Td <{line.encode('utf-16-be').hex()}> Tj ET\n"
        for row, line in enumerate(lines)
    )
    content = drawn.encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%sendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor 7 0 R >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    )
    return _file(objects)


def _file(objects: tuple[bytes, ...]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.5\n%\xe6\xb5\x8b\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
