"""Checkpoints as C2SP signed notes (tlog-checkpoint, signed-note; Ed25519 is signature type 01). Knows no database.

```
yijian.example.gov.cn/log
42
<base64 of the root>

— yijian.example.gov.cn/log <base64 of key id and signature>
```
Further lines (a witness, SM2) are legal after the first and are passed over here.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
DASH = "\N{EM DASH} "


class BadNote(ValueError):
    """The text is not a checkpoint, or no line on it was made by the given key."""


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: whose log, how many entries, which root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three signed lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True)
class Verifier:
    """A public key under a name, as in the `vkey` of signed-note."""

    name: str
    key: Ed25519PublicKey

    def vkey(self) -> str:
        """`name+keyid+base64(type ‖ key)`, the form in which auditors exchange log keys."""
        return f"{self.name}+{key_id(self.name, self.key).hex()}+{base64.b64encode(ED25519 + self.key.public_bytes_raw()).decode()}"

    @classmethod
    def from_vkey(cls, text: str) -> "Verifier":
        """Read a `vkey`; raises BadNote if it is malformed or its key id does not fit its key."""
        try:
            name, hexid, encoded = text.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
            if raw[:1] != ED25519:
                raise BadNote("the key is not an Ed25519 key (type 01): give the log's own verifier key")
            found = cls(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
        except (ValueError, binascii.Error) as error:
            raise BadNote("not a verifier key: expected name+keyid+base64, one line") from error
        if key_id(name, found.key).hex() != hexid:
            raise BadNote("the verifier key's id does not fit its key: copy the whole line again")
        return found


def key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """First four bytes of SHA-256(name ‖ LF ‖ type ‖ key), C2SP signed-note."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + key.public_bytes_raw()).digest()[:4]


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The signed note of a checkpoint, signed under the log's origin as name."""
    text = checkpoint.text()
    blob = key_id(checkpoint.origin, key.public_key()) + key.sign(text.encode())
    return f"{text}\n{DASH}{checkpoint.origin} {base64.b64encode(blob).decode()}\n"


def read(note: str) -> Checkpoint:
    """The checkpoint on a note, signatures unchecked; raises BadNote."""
    text, _ = _parts(note)
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], lines[1], base64.b64decode(lines[2], validate=True)
        number = int(size)
    except (IndexError, ValueError) as error:
        raise BadNote("not a checkpoint: expected origin, size and root on three lines") from error
    if (
        not origin
        or str(number) != size
        or number < 0
        or len(root) != 32
        or text != Checkpoint(origin, number, root).text()
    ):
        raise BadNote("not a checkpoint: a line is empty, padded or not canonical")
    return Checkpoint(origin, number, root)


def verify(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint on a note which `verifier` signed; raises BadNote if no line holds its valid signature."""
    checkpoint = read(note)
    text, signatures = _parts(note)
    if checkpoint.origin != verifier.name:
        raise BadNote("the checkpoint is of another log: compare its first line with the key's name")
    wanted = key_id(verifier.name, verifier.key)
    for line in signatures:
        name, blob = _signature(line)
        if name == verifier.name and blob[:4] == wanted:
            try:
                verifier.key.verify(blob[4:], text.encode())
            except InvalidSignature as error:
                raise BadNote("the signature does not fit the checkpoint") from error
            return checkpoint
    raise BadNote("the checkpoint carries no signature by this key")


def _parts(note: str) -> tuple[str, list[str]]:
    text, gap, rest = note.rpartition("\n\n")
    if not gap or not rest.endswith("\n"):
        raise BadNote("not a signed note: text, an empty line and signature lines are expected")
    return text + "\n", rest[:-1].split("\n")


def _signature(line: str) -> tuple[str, bytes]:
    if not line.startswith(DASH):
        raise BadNote("not a signed note: a signature line starts with an em dash")
    name, _, encoded = line[len(DASH) :].partition(" ")
    try:
        return name, base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise BadNote("not a signed note: a signature is not base64") from error
