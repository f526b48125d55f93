"""QR codes as rows of modules. It knows neither what they say nor where they stand."""

from __future__ import annotations

from typing import Any

import zxingcpp

from certificates.errors import Malformed


def qr_rows(message: bytes) -> tuple[str, ...]:
    """Return the modules of a QR code (error correction M), ``1`` dark, without the quiet zone.

    Raises Malformed ``qr-too-long``.
    """
    # Text in the alphanumeric set becomes a smaller code than the same bytes.
    content = message.decode("ascii") if message.isascii() else message
    try:
        made = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        image: Any = made.to_image(scale=1, add_quiet_zones=False)
    except (ValueError, RuntimeError) as error:
        raise Malformed("qr-too-long", "This does not fit a QR code; disclose fewer fields in it.") from error
    octets = memoryview(image)
    flat, width = octets.tobytes(), len(octets)
    return tuple(
        "".join("1" if octet < 128 else "0" for octet in flat[row * width : (row + 1) * width]) for row in range(width)
    )
