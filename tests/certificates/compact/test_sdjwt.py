"""The SD-JWT VC: that strangers' rules read it, that hidden is hidden, and that every fault fails its check."""

import base64
import hashlib
import json
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from certificates.checks import Report
from certificates.compact import sdjwt
from certificates.compact.checking import check_sdjwt
from certificates.errors import Malformed
from tests.certificates.compact.making import SEAL, SEED, STATUS, WORLD, a_person
from tests.certificates.fuzz import FEW
from tests.certificates.making import AT, DAY, HYGIENE, content

WHOLE = sdjwt.issue(content(), SEED, STATUS, SEAL)
GOOD = sdjwt.present(WHOLE, ["business.scope"])


def judged(text: str) -> Report:
    return check_sdjwt(text.encode(), WORLD.trust(), AT)


def test_a_good_one_is_valid_and_shows_the_chosen_claim_alone() -> None:
    report = judged(GOOD)
    assert report.ok and report.format == "sdjwt" and report.content
    assert [(each.name, each.value) for each in report.content.fields] == [("business.scope", "住宿场所")]


def test_a_jwt_library_verifies_it_and_the_digest_is_that_of_the_rfc() -> None:
    token, shown, end = GOOD.split("~")
    payload = jwt.decode(
        token,
        load_der_public_key(WORLD.key().public.spki),
        algorithms=["ES256"],
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )  # type: ignore[arg-type]
    digest = base64.urlsafe_b64encode(hashlib.sha256(shown.encode()).digest()).decode().rstrip("=")
    assert digest in payload["_sd"] and end == ""
    assert jwt.get_unverified_header(token)["typ"] == "dc+sd-jwt"
    assert payload["status"] == {"status_list": {"idx": STATUS.index, "uri": STATUS.uri}}


def test_what_is_hidden_is_not_in_it() -> None:
    hidden = sdjwt.present(sdjwt.issue(a_person(), SEED, None, SEAL), [])
    payload = json.loads(base64.urlsafe_b64decode(hidden.split(".")[1] + "=="))
    assert payload["holder"] == "测**" and "411323199001019918" not in json.dumps(payload)


def test_the_same_seed_and_time_give_the_same_bytes_to_be_signed() -> None:
    assert sdjwt.read(WHOLE).signed_bytes == sdjwt.read(sdjwt.issue(content(), SEED, STATUS, SEAL)).signed_bytes


def test_a_claim_that_is_not_there_cannot_be_shown() -> None:
    with pytest.raises(Malformed, match="not behind"):
        sdjwt.present(WHOLE, ["business.kind"])


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _signed(header: dict[str, object] | None = None, **changed: object) -> str:
    head, body, _ = WHOLE.split("~")[0].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "==")) | changed
    heads = json.loads(base64.urlsafe_b64decode(head + "==")) | (header or {})
    message = f"{_encoded(heads)}.{_encoded(claims)}"
    raw = WORLD.ring.sign(HYGIENE, "ES256", message.encode())
    return f"{message}.{base64.urlsafe_b64encode(raw).decode().rstrip('=')}~"


BROKEN: dict[str, tuple[Callable[[], str], str]] = {
    "nothing": (lambda: "", "format"),
    "a plain JWT": (lambda: WHOLE.split("~")[0], "format"),
    "a key binding": (lambda: GOOD + "e30.e30.e30", "format"),
    "another typ": (lambda: _signed({"typ": "JWT"}), "format"),
    "no algorithm": (lambda: _signed({"alg": "none"}), "suite"),
    "an unknown header": (lambda: _signed({"jku": "https://example.com"}), "format"),
    "an unknown claim": (lambda: _signed(admin=1), "format"),
    "another digest algorithm": (lambda: _signed(_sd_alg="md5"), "format"),
    "a time beyond the calendar": (lambda: _signed(exp=2**52), "format"),
    "another type in vct": (lambda: _signed(vct="urn:yijian:certificate:x"), "identifier"),
    "another authority in iss": (lambda: _signed(iss="urn:yijian:authority:x"), "identifier"),
    "another name of the authority": (lambda: _signed(authority="示例局"), "issuer"),
    "a changed signature": (lambda: GOOD.replace(".", ".", 1).rsplit(".", 1)[0] + "." + "A" * 86 + "~", "signature"),
    "a made-up claim": (lambda: GOOD + _encoded(["c2FsdA", "business.kind", "歌舞娱乐"]) + "~", "digests"),
    "a disclosure that is none": (lambda: GOOD + "e30~", "digests"),
    "a claim shown twice": (lambda: GOOD + GOOD.split("~")[1] + "~", "digests"),
    "a disclosure of a claim in clear": (lambda: GOOD + _encoded(["c2FsdA", "exp", "4102444800"]) + "~", "digests"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_fault_fails_its_one_check(fault: str) -> None:
    make, name = BROKEN[fault]
    assert judged(make()).failed == (name,)


def test_an_expired_one_fails_the_period() -> None:
    assert check_sdjwt(GOOD.encode(), WORLD.trust(), AT + 2000 * DAY).failed == ("period",)


@FEW
@given(st.binary(max_size=200), st.integers(0, 3))
def test_no_bytes_make_it_raise(file: bytes, dots: int) -> None:
    parts = [base64.urlsafe_b64encode(file).decode().rstrip("=")] * 3
    for text in (
        file,
        ".".join(parts).encode() + b"~",
        GOOD[: len(file)].encode() + file,
        (".".join(parts) + "~" * dots).encode(),
    ):
        check_sdjwt(text, WORLD.trust(), AT)
