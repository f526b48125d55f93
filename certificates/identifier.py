"""The identifier of an e-certificate and its check character (GB/T 36904-2018). It reserves no serial numbers.

``1.2.156.3005.2.<type code>.<issuer code>.<serial>.<version>.<check>``
"""

import re
from dataclasses import dataclass

from certificates.errors import Malformed

ROOT = "1.2.156.3005.2"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# The type code is the 18-character code of the authority that defines the type, and 3 digits.
TYPE_CODE = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
# An issuer is named by its unified social credit code; older certificates use 6 to 18 digits.
ISSUER_CODE = re.compile(r"[0-9A-Z]{18}|[0-9]{6,18}")
_SERIAL = re.compile(r"[0-9A-Z]{1,32}")
_VERSION = re.compile(r"[0-9]{3}")


@dataclass(frozen=True, slots=True)
class Identifier:
    """One certificate in one version; ``str()`` gives the written form.

    The parts always have the right shape (Malformed otherwise). The check character may still be wrong: ask
    ``is_sound()``, or use ``parse`` and ``make``, which only give sound ones.
    """

    type_code: str
    issuer: str
    serial: str
    version: str
    check: str

    def __post_init__(self) -> None:
        shapes = (
            (TYPE_CODE, self.type_code, "type code", "18 letters or digits and 3 digits"),
            (ISSUER_CODE, self.issuer, "issuer code", "18 letters or digits, or 6 to 18 digits"),
            (_SERIAL, self.serial, "serial", "1 to 32 upper-case letters or digits"),
            (_VERSION, self.version, "version", "3 digits from 001"),
            (re.compile("[0-9A-Z]"), self.check, "check character", "one letter or digit"),
        )
        for shape, part, name, rule in shapes:
            if not shape.fullmatch(part):
                raise Malformed("identifier-shape", f"The {name} of an identifier is {rule}.")
        if self.version == "000":
            raise Malformed("identifier-shape", "The version of an identifier counts from 001.")

    def __str__(self) -> str:
        return ".".join((ROOT, self.type_code, self.issuer, self.serial, self.version, self.check))

    def is_sound(self) -> bool:
        """Whether the check character is the one that the other parts give."""
        return self.check == check_character(self.type_code + self.issuer + self.serial + self.version)


def make(type_code: str, issuer: str, serial: str, version: int = 1) -> Identifier:
    """Return the identifier with its check character. Raises Malformed."""
    written = f"{version:03d}"
    # The shape is required before the check character is computed: that is only defined for 0-9 and A-Z.
    Identifier(type_code, issuer, serial, written, "0")
    return Identifier(type_code, issuer, serial, written, check_character(type_code + issuer + serial + written))


def read(text: str) -> Identifier:
    """Read the written form without judging the check character. Raises Malformed ``identifier-shape``."""
    root, dot, rest = text[: len(ROOT)], text[len(ROOT) : len(ROOT) + 1], text[len(ROOT) + 1 :]
    parts = rest.split(".")
    if root != ROOT or dot != "." or len(parts) != 5:
        raise Malformed("identifier-shape", f"An identifier is {ROOT}. and five parts with dots between.")
    return Identifier(*parts)


def parse(text: str) -> Identifier:
    """Read the written form and require its check character. Raises Malformed."""
    identifier = read(text)
    if not identifier.is_sound():
        raise Malformed("identifier-check", "The check character does not fit: a character was mistyped or changed.")
    return identifier


def check_character(text: str) -> str:
    """Return the ISO/IEC 7064 MOD 37,36 check character (GB/T 17710) of ``text`` (0-9, A-Z; no dots, no root)."""
    product = 36
    for character in text:
        total = (product + _ALPHABET.index(character)) % 36 or 36
        product = 2 * total % 37
    return _ALPHABET[(37 - product) % 36]
