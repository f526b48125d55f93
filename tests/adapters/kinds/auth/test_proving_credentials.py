"""Each way in which a department may refuse us, found by a call about nobody: which secret, certificate or clock it is, and what to do."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters.connect import Connection, Ports, connect
from adapters.contract import Misconfigured
from adapters.kinds.proof import Proof, Verdict, token_end
from tests.adapters.faults.test_limits import certificate
from tests.adapters.kinds.far_side import Answerer, Came, FarSide, far_side, http, says, writes
from tests.adapters.kinds.making import NOW, department_of
from tests.adapters.kinds.soap_town import HERE, SECRETS, envelope
from tests.adapters.kinds.soap_town import toml as soap_toml
from tests.adapters.kinds.test_rest import TOML
from tests.adapters.kinds.test_soap_security import key_pair

BEARER = 'auth = { style = "bearer", secret = "token" }'
PROBE = '[wire.probe]\npath = "/zt"\nresult = "$.m"\nfound = ["0"]\ndenied = ["9"]\nexpired = ["8"]\n'


def rest(wire: str = BEARER, probe: str = "") -> str:
    return TOML.replace(BEARER, wire).replace("[resources.r]\n", f"{probe}[resources.r]\n", 1)


def proofs(
    far: Answerer, text: str, secrets: dict[str, str] | None = None, folder: Path = Path("/"), **more: object
) -> tuple[list[Proof], FarSide]:
    async def run() -> tuple[list[Proof], FarSide]:
        async with far_side(far) as side:
            department, resources = department_of(text, folder)
            place = Connection(side.address, secrets or {"token": "t0"}, **more)  # type: ignore[arg-type]
            line = connect(department, resources.values(), place, Ports(clock=lambda: NOW))
            try:
                return await line.prove(), side
            finally:
                await line.close()

    return asyncio.run(run())


def lets_in(is_ours: Callable[[Came], bool], refusal: bytes, otherwise: bytes) -> Answerer:
    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(otherwise if is_ours(came) else refusal)

    return answer


def jwt(end: int) -> str:
    return "h." + base64.urlsafe_b64encode(json.dumps({"exp": end}).encode()).decode().rstrip("=") + ".s"


GATE = lets_in(
    lambda came: came.headers.get("authorization") == "Bearer t0", http(b"", status=401), http(b"", status=404)
)
NO = http(b"", status=401)


def test_a_token_that_is_let_in_where_nobody_else_is_was_taken() -> None:
    (found,), side = proofs(GATE, rest())
    assert found.verdict is Verdict.TAKEN and {came.method for came in side.came} == {"HEAD"}
    assert "authorization" not in side.came[-1].headers


def test_what_is_answered_alike_to_everybody_proves_nothing_and_a_probe_is_asked_for() -> None:
    (found,), _ = proofs(writes(http(b"", status=404)), rest())
    assert found.verdict is Verdict.UNPROVEN and "[wire.probe]" in found.sentence


@pytest.mark.parametrize(
    ("answer", "secrets", "said"),
    [
        (NO, {"token": "t0"}, "does not take 'token' (HTTP 401); compare"),
        (http(b"", status=401, extra='WWW-Authenticate: Bearer error="invalid_token", error_description="expired"\r\n'), {"token": "t0"}, "'token' ended; ask"),
        (NO, {"token": jwt(1_700_000_000)}, "the secret 'token' ended on 2023-11-15"),
        (http(b"", status=495), {"token": "t0"}, "does not take our client certificate"),
    ],
)  # fmt: skip
def test_a_refused_token_is_wrong_or_ended(answer: bytes, secrets: dict[str, str], said: str) -> None:
    (found,), _ = proofs(writes(answer), rest(), secrets)
    assert found.verdict is Verdict.REFUSED and said in found.sentence and secrets["token"] not in found.sentence


def test_a_secret_that_the_department_limited_and_that_ended_is_named_without_asking() -> None:
    (found,), side = proofs(GATE, rest(), expires={"token": date(2026, 11, 1)})
    assert "ended on 2026-11-01" in found.sentence and side.came == []


def test_one_who_is_known_and_has_no_right_is_told_so() -> None:
    async def known(came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b"", status=403 if "authorization" in came.headers else 401))

    (found,), _ = proofs(known, rest())
    assert found.verdict is Verdict.REFUSED and "for the right to call it" in found.sentence


def test_a_declared_probe_that_is_forbidden_says_that_it_is_reached_and_refused_and_not_that_we_are_known() -> None:
    (found,), side = proofs(writes(http(b"", status=403)), rest(probe=PROBE))
    assert found.verdict is Verdict.REFUSED and len(side.came) == 1
    assert "can be reached and refused 'token' (HTTP 403)" in found.sentence and "it knows" not in found.sentence
    assert "compare the secrets" in found.sentence and "which calls they may make" in found.sentence


@pytest.mark.parametrize("style", ["gjgxjhpt", "gateway"])
def test_a_signature_that_is_refused_for_the_clock_says_which_way_it_is_off(style: str) -> None:
    late = http(b"", status=401, extra="Date: Fri, 20 Nov 2026 03:00:00 GMT\r\n")
    wire = f'auth = {{ style = "{style}", id = "a", secret = "b" }}'
    (found,), _ = proofs(writes(late), rest(wire), {"a": "i", "b": "k"})
    assert "3600 seconds ahead of ours" in found.sentence and "set the clock first" in found.sentence


def test_a_token_office_that_refuses_says_which_secrets_and_is_asked_anew_each_time() -> None:
    wire = 'auth = { style = "oauth2", token_path = "/lp" }'
    secrets = {"client_id": "c", "client_secret": "s-falsch"}
    (found,), _ = proofs(says({"error": "invalid_client"}, 401), rest(wire), secrets)
    assert "'client_id' and 'client_secret'" in found.sentence and "falsch" not in found.sentence


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("0", Verdict.TAKEN), ("9", Verdict.REFUSED), ("8", Verdict.REFUSED), ("7", Verdict.UNPROVEN)],
)
def test_a_declared_probe_is_judged_by_the_departments_own_codes(code: str, verdict: Verdict) -> None:
    (found,), side = proofs(says({"m": code}), rest(probe=PROBE))
    assert found.verdict is verdict and [came.path for came in side.came] == ["/zt"]


def test_a_probe_that_would_be_about_somebody_is_refused_when_it_is_connected() -> None:
    with pytest.raises(Misconfigured, match=r"uscc.* is no known word"):
        proofs(GATE, rest(probe=PROBE.replace("/zt", "/zt/{uscc}")))


# --- certificates -----------------------------------------------------------------------------------------------------


def by_certificate(tmp_path: Path, client: Path) -> list[Proof]:
    """A server that asks for a certificate and believes one authority alone."""
    server, believed = certificate(tmp_path, "127.0.0.1"), certificate(tmp_path, "authority.invalid")

    async def run() -> list[Proof]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server)
        context.load_verify_locations(believed)
        context.verify_mode = ssl.CERT_REQUIRED
        listening = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
        department, resources = department_of(rest(""))
        address = f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        place = Connection(address, ca=server, certificate=client, key=client)
        line = connect(department, resources.values(), place, Ports(clock=lambda: clock))
        try:
            return await line.prove()
        finally:
            await line.close()
            listening.close()

    clock = NOW
    return asyncio.run(run())


def test_our_certificate_that_ended_is_named_with_its_day(tmp_path: Path) -> None:
    shown, key = key_pair(tmp_path, "ec")
    place = {"certificate": shown, "key": key}
    text = rest("")
    ports = Ports(clock=lambda: NOW + timedelta(days=30))
    department, resources = department_of(text)
    line = connect(
        department, resources.values(), Connection("http://127.0.0.1:9", {"key_password": "kp"}, **place), ports
    )  # type: ignore[arg-type]
    (found,) = asyncio.run(line.prove())
    asyncio.run(line.close())
    assert "our client certificate ended on 2026-11-29" in found.sentence


def test_a_certificate_whose_authority_nobody_there_knows_is_told_from_a_server_that_is_down(tmp_path: Path) -> None:
    (found,) = by_certificate(tmp_path, certificate(tmp_path, "hub.invalid", days=4000))
    assert found.verdict is Verdict.REFUSED and "knows the authority that issued it" in found.sentence


# --- SOAP -------------------------------------------------------------------------------------------------------------

SECURED = "security = { username_token = 'text', timestamp_seconds = 300 }"


def fault(code: str) -> bytes:
    inner = f"<s:Fault><faultcode>wsse:{code}</faultcode><faultstring>x</faultstring></s:Fault>"
    return http(envelope(inner).encode(), status=500, media_type="text/xml")


def soap(far: Answerer, wire: str = SECURED) -> Proof:
    (found,), _ = proofs(far, soap_toml(wire), SECRETS, HERE)
    return found


def test_an_envelope_that_asks_nothing_proves_a_username_token() -> None:
    far = lets_in(lambda came: b">u0<" in came.body, fault("InvalidSecurity"), fault("Client"))
    assert soap(far).verdict is Verdict.TAKEN
    assert soap(writes(fault("Client"))).verdict is Verdict.UNPROVEN


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("FailedAuthentication", "does not take 'user' and 'password' (FailedAuthentication)"),
        ("MessageExpired", "set the clocks of both machines first"),
        ("FailedCheck", "which certificate it has of us"),
        ("InvalidSecurityToken", "it does not know our certificate or token"),
        ("InvalidSecurity", "compare [wire.security] with its papers"),
    ],
)
def test_a_fault_of_ws_security_is_read_as_what_it_is(code: str, said: str) -> None:
    found = soap(writes(fault(code)))
    assert found.verdict is Verdict.REFUSED and said in found.sentence and SECRETS["password"] not in found.sentence


def test_a_server_whose_clock_is_off_is_told_by_its_own_date() -> None:
    late = fault("MessageExpired").replace(b"\r\n\r\n", b"\r\nDate: Fri, 20 Nov 2026 03:00:00 GMT\r\n\r\n", 1)
    assert "3600 seconds ahead of ours" in soap(writes(late)).sentence


def test_a_declared_operation_of_soap_is_the_probe() -> None:
    answer = http(envelope("<CxXy><Jg>0</Jg></CxXy>").encode(), media_type="text/xml")
    probe = (
        SECURED
        + "\n[wire.probe]\noperation = 'Cx'\nrequest = { Sfzh = '411323199003079914' }\nresult = 'Jg'\nfound = ['0']\ndenied = ['9']\n"
    )
    assert soap(writes(answer), probe).verdict is Verdict.TAKEN
    assert soap(writes(answer.replace(b"<Jg>0", b"<Jg>9")), probe).verdict is Verdict.REFUSED


def test_the_end_of_a_token_is_read_from_a_jwt_and_from_nothing_else() -> None:
    assert token_end(jwt(1_700_000_000)) == date(2023, 11, 15)
    assert [token_end(text) for text in ("a.b.c", "geheim", "a..c", jwt(10**30), "h.bnVsbA.s")] == [None] * 5
