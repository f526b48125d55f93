"""Finds QR codes in a picture: a photograph, a screenshot, a face drawn as PNG. It judges no code, keeps nothing and asks nobody.

Only JPEG, PNG and WebP are opened, and none with more points than a telephone takes: a picture says how large it is before it is unpacked.
"""

from __future__ import annotations

import io
import struct

import zxingcpp
from PIL import Image

from certificates.errors import Malformed

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_POINTS = 36_000_000
"""Points of a picture that is looked at: more than most telephones take; unpacked they are about 150 MB."""
LARGEST_SIDE, SMALL_SIDE = 3000, 1600
"""In points: what is larger is made smaller before it is searched, what is smaller is searched enlarged too."""


def codes_in(picture: bytes) -> tuple[bytes, ...]:
    """What the QR codes of the picture say, each once. Raises Malformed ``picture`` or ``picture-too-large``."""
    try:
        grey = _opened(picture)
    except (OSError, SyntaxError, ValueError, EOFError, TypeError, IndexError, struct.error) as error:
        raise Malformed("picture", "The picture cannot be read; save it as JPEG or PNG.") from error
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    found = _read(grey)
    if not found and max(grey.size) <= SMALL_SIDE:
        found = _read(grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.BICUBIC))
    return found


def _opened(picture: bytes) -> Image.Image:
    with Image.open(io.BytesIO(picture), formats=FORMATS) as image:
        if image.width * image.height > MAX_POINTS:
            raise _too_large()
        image.draft("L", (LARGEST_SIDE, LARGEST_SIDE))
        grey = image.convert("L")
    grey.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    return grey


def _read(grey: Image.Image) -> tuple[bytes, ...]:
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    return tuple(dict.fromkeys(bytes(each.bytes) for each in found if each.valid))


def _too_large() -> Malformed:
    return Malformed("picture-too-large", f"The picture has more than {MAX_POINTS:,} points; make it smaller.")
