"""SM2 on public values in plain Python: key check, digest and verification (GB/T 32918.2-2016, .5-2017).

It cannot sign, on purpose: plain Python leaks a private key through its timing. It is what lets an outsider verify on
a machine whose libcrypto lacks SM2, and what the self-test of the libcrypto binding is checked against.
"""

import hashlib
from typing import TypeAlias

from cryptography.hazmat.primitives import hashes

# GB/T 32918.5-2017, the recommended curve y² = x³ + ax + b over F_p; the base point G has the prime order N.
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
# The distinguishing identifier that GM/T 0009 fixes where none is agreed; its length in bits is ENTL.
SIGNER_ID = b"1234567812345678"

Point: TypeAlias = tuple[int, int]
# Jacobian coordinates: (X, Y, Z) stands for (X/Z², Y/Z³); Z = 0 is the point at infinity.
_Jacobian: TypeAlias = tuple[int, int, int]
_INFINITY: _Jacobian = (1, 1, 0)


def sm3(octets: bytes) -> bytes:
    """Return the SM3 digest (GB/T 32905-2016), 32 bytes."""
    if "sm3" in hashlib.algorithms_available:
        return hashlib.new("sm3", octets).digest()
    digest = hashes.Hash(hashes.SM3())
    digest.update(octets)
    return digest.finalize()


def point_of(spki: bytes) -> Point:
    """The point that ends an SPKI which was checked before."""
    return int.from_bytes(spki[-64:-32], "big"), int.from_bytes(spki[-32:], "big")


def is_on_curve(point: Point) -> bool:
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x + A) * x - B) % P == 0


def verify(public: Point, message: bytes, r: int, s: int) -> bool:
    """Whether (r, s) is a signature of ``message`` under ``public``, which must be on the curve."""
    if not (1 <= r < N and 1 <= s < N):
        return False
    t = (r + s) % N
    if t == 0:  # step B5 of the standard: the key would not matter
        return False
    e = int.from_bytes(sm3(z_value(public) + message), "big")
    total = _add(_multiply(s, G), _multiply(t, public))
    return total[2] != 0 and (e + _affine_x(total)) % N == r


def z_value(public: Point) -> bytes:
    """Return Z, which ties the signer's identifier, the curve and the key to what is signed (GB/T 32918.2 §5.5)."""
    entl = (8 * len(SIGNER_ID)).to_bytes(2, "big")
    numbers = (A, B, *G, *public)
    return sm3(entl + SIGNER_ID + b"".join(number.to_bytes(32, "big") for number in numbers))


def _multiply(scalar: int, point: Point) -> _Jacobian:
    total, base = _INFINITY, (*point, 1)
    for bit in bin(scalar)[2:]:
        total = _double(total)
        if bit == "1":
            total = _add(total, base)
    return total


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if z == 0:
        return _INFINITY
    yy = y * y
    slope = 3 * (x - z * z) * (x + z * z)  # a = -3
    s = 4 * x * yy
    x3 = (slope * slope - 2 * s) % P
    return x3, (slope * (s - x3) - 8 * yy * yy) % P, 2 * y * z % P


def _add(left: _Jacobian, right: _Jacobian) -> _Jacobian:
    if left[2] == 0:
        return right
    if right[2] == 0:
        return left
    (x1, y1, z1), (x2, y2, z2) = left, right
    zz1, zz2 = z1 * z1, z2 * z2
    u1, u2 = x1 * zz2 % P, x2 * zz1 % P
    s1, s2 = y1 * z2 * zz2 % P, y2 * z1 * zz1 % P
    if u1 == u2:
        return _double(left) if s1 == s2 else _INFINITY
    h, slope = u2 - u1, s2 - s1
    hh = h * h
    v = u1 * hh
    x3 = (slope * slope - hh * h - 2 * v) % P
    return x3, (slope * (v - x3) - s1 * hh * h) % P, z1 * z2 * h % P


def _affine_x(point: _Jacobian) -> int:
    return point[0] * pow(point[2], -2, P) % P
