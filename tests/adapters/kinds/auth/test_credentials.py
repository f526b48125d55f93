"""Credentials over real HTTP: what a department sees of them, how a token is kept, and that no secret is ever written down."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from adapters.connect import Connected, Ports
from adapters.contract import Denied, Found, Misconfigured, Outcome, PeerRefused, Unavailable, Unusable, Why
from adapters.kinds.auth.credential import Credentials
from adapters.kinds.auth.signing import Signing
from adapters.kinds.guard import Reply, Sending
from adapters.kinds.settings import Settings
from tests.adapters.kinds.far_side import Answerer, Came, FarSide, far_side, http, says, waits, writes
from tests.adapters.kinds.making import NOW, connected, department_of, handover, query
from tests.adapters.kinds.test_rest import GOOD, TOML, USCC

TOKEN_AUTH = 'auth = { style = "oauth2", token_path = "/lp" }'
SECRETS = {"client_id": "s6BhdRkqt3", "client_secret": "gX1fBat3bV", "app_id": "yy01", "app_secret": "geheim-99"}


def toml(auth: str, text: str = TOML) -> str:
    return text.replace('auth = { style = "bearer", secret = "token" }', auth)


async def ask(line: Connected, **more: float) -> Outcome:
    (resource,) = department_of(TOML)[1].values()
    assert line.answers is not None
    return await line.answers.answer(query(resource, {"uscc": USCC}, **more))


def asked(
    auth: str, answer: Answerer, secrets: dict[str, str] = SECRETS, clock: Callable[[], datetime] = lambda: NOW
) -> tuple[Outcome, FarSide]:
    async def run() -> tuple[Outcome, FarSide]:
        async with far_side(answer) as side:
            line = connected(toml(auth), side.address, secrets=secrets, ports=Ports(clock=clock))
            try:
                return await ask(line), side
            finally:
                await line.close()

    return asyncio.run(run())


class Office:
    """A department with tokens of its own: `life` seconds, some of them `refused`."""

    def __init__(self, life: object = 3600, refused: tuple[str, ...] = ()) -> None:
        self.life, self.refused, self.given = life, refused, 0

    async def __call__(self, came: Came, writer: asyncio.StreamWriter) -> None:
        if came.path == "/lp":
            self.given += 1
            tree: object = {"access_token": f"tk-{self.given}", "token_type": "Bearer", "expires_in": self.life}
            status = 200
        else:
            bad = came.headers.get("authorization") in {f"Bearer {token}" for token in self.refused}
            tree, status = ({}, 401) if bad else (GOOD, 200)
        writer.write(http(json.dumps(tree).encode(), status=status))


def with_office(
    office: Answerer, do: Callable[[Connected, FarSide], Awaitable[None]], auth: str = TOKEN_AUTH, text: str = TOML
) -> None:
    async def run() -> None:
        async with far_side(office) as side:
            line = connected(toml(auth, text), side.address, secrets=SECRETS)
            try:
                await do(line, side)
            finally:
                await line.close()

    asyncio.run(run())


# --- the same at each request -----------------------------------------------------------------------------------------


def test_basic_is_as_rfc_7617_has_it() -> None:
    auth = 'auth = { style = "basic", user = "yh", password = "mm" }'
    _, side = asked(auth, says(GOOD), {"yh": "test", "mm": "123\u00a3"})
    assert side.came[0].headers["authorization"] == "Basic dGVzdDoxMjPCow=="


def test_a_bearer_token_is_as_rfc_6750_has_it() -> None:
    _, side = asked('auth = { style = "bearer", secret = "t" }', says(GOOD), {"t": "mF_9.B5f-4.1JqM"})
    assert side.came[0].headers["authorization"] == "Bearer mF_9.B5f-4.1JqM"


def test_an_api_key_stands_in_a_header_or_in_the_query() -> None:
    _, side = asked('auth = { style = "api_key", header = "X-Pz", prefix = "APPCODE " }', says(GOOD), {"api_key": "k1"})
    assert side.came[0].headers["x-pz"] == "APPCODE k1"
    _, side = asked('auth = { style = "api_key", query = "pz" }', says(GOOD), {"api_key": "k 1"})
    assert side.came[0].path.endswith("pz=k%201") or side.came[0].path.endswith("pz=k+1")


def test_a_resource_may_name_what_differs_from_the_departments_credentials() -> None:
    text = toml('auth = { style = "gjgxjhpt" }').replace(
        "[resources.r.wire]", '[resources.r.wire]\nauth = { sid = "s_1_2" }'
    )

    async def run() -> FarSide:
        async with far_side(says(GOOD)) as side:
            line = connected(text, side.address, secrets=SECRETS)
            await ask(line)
            await line.close()
            return side

    came = asyncio.run(run()).came[0].headers
    assert (came["gjgxjhpt_sid"], came["gjgxjhpt_rid"], came["gjgxjhpt_rtime"]) == ("s_1_2", "yy01", "1795140000000")


# --- clocks -----------------------------------------------------------------------------------------------------------


def within_a_window(came: Came, writer: asyncio.StreamWriter) -> Awaitable[None]:
    """A gateway whose clock is right and which takes ten minutes' difference."""
    off = abs(int(came.headers["x-timestamp"]) / 1000 - NOW.timestamp())
    return says(GOOD if off <= 600 else {}, 200 if off <= 600 else 401)(came, writer)


@pytest.mark.parametrize(("minutes", "outcome"), [(0, Found), (-9, Found), (9, Found), (-11, Denied), (11, Denied)])
def test_clock_skew_beyond_the_gateways_window_is_denied_and_never_no_record(minutes: int, outcome: type) -> None:
    ours = NOW + timedelta(minutes=minutes)
    found, side = asked('auth = { style = "gateway" }', within_a_window, clock=lambda: ours)
    assert isinstance(found, outcome) and len(side.came) == 1


def test_a_signature_is_made_anew_for_each_request() -> None:
    async def twice(line: Connected, side: FarSide) -> None:
        await ask(line)
        await ask(line)
        first, second = (came.headers["x-nonce"] for came in side.came)
        assert len(first) == 32 and first != second

    with_office(says(GOOD), twice, 'auth = { style = "gateway" }')


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_a_token_is_asked_for_as_rfc_6749_has_it() -> None:
    async def once(line: Connected, side: FarSide) -> None:
        assert isinstance(await ask(line), Found)
        token, question = side.came
        assert (token.method, token.path, token.body) == ("POST", "/lp", b"grant_type=client_credentials")
        assert token.headers["authorization"] == "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"
        assert question.headers["authorization"] == "Bearer tk-1"

    with_office(Office(), once)


def test_many_callers_share_one_fetch_and_one_token() -> None:
    async def many(line: Connected, side: FarSide) -> None:
        outcomes = await asyncio.gather(*(ask(line) for _ in range(12)))
        assert all(isinstance(one, Found) for one in outcomes)
        assert [came.path for came in side.came].count("/lp") == 1

    with_office(Office(), many)


def test_a_caller_who_gives_up_does_not_end_the_fetch_for_the_others() -> None:
    async def one_gives_up(line: Connected, side: FarSide) -> None:
        first = asyncio.ensure_future(ask(line))
        second = asyncio.ensure_future(ask(line))
        while not side.came:
            await asyncio.sleep(0.001)
        first.cancel()
        assert isinstance(await second, Found)

    with_office(Office(), one_gives_up)


def test_a_token_that_was_refused_is_fetched_anew_once_and_the_question_asked_again() -> None:
    async def refused(line: Connected, side: FarSide) -> None:
        assert isinstance(await ask(line), Found)
        assert [came.path.split("?")[0] for came in side.came] == ["/lp", f"/v1/{USCC}", "/lp", f"/v1/{USCC}"]

    with_office(Office(refused=("tk-1",)), refused)


def test_a_department_that_refuses_every_token_is_asked_twice_and_no_more() -> None:
    async def refused(line: Connected, side: FarSide) -> None:
        outcome = await ask(line)
        assert isinstance(outcome, Denied) and outcome.reason == "credentials_refused" and len(side.came) == 4

    with_office(Office(refused=tuple(f"tk-{at}" for at in range(9))), refused)


EXPIRED = TOML.replace('busy = ["503"]', 'busy = ["503"]\nexpired = ["401"]')


def test_a_code_of_the_departments_own_for_a_token_that_ended_is_as_good_as_a_401() -> None:
    def office(refused: tuple[str, ...]) -> Office:
        class Polite(Office):
            async def __call__(self, came: Came, writer: asyncio.StreamWriter) -> None:
                if came.headers.get("authorization") in {f"Bearer {token}" for token in refused}:
                    writer.write(http(json.dumps({"code": "401"}).encode()))
                else:
                    await super().__call__(came, writer)

        return Polite()

    async def once(line: Connected, side: FarSide) -> None:
        assert isinstance(await ask(line), Found) and len(side.came) == 4

    async def always(line: Connected, side: FarSide) -> None:
        outcome = await ask(line)
        assert isinstance(outcome, Denied) and outcome.reason == "credentials_refused" and len(side.came) == 4
        assert line.handles is not None
        with pytest.raises(PeerRefused):
            await line.handles.hand_over(handover("permit", {"enterprise.name": "示例"}))

    with_office(office(("tk-1",)), once, text=EXPIRED)
    with_office(office(tuple(f"tk-{at}" for at in range(9))), always, text=EXPIRED)


@pytest.mark.parametrize(
    ("token_answer", "outcome"),
    [
        (says({"error": "invalid_client"}, 401), Denied("credentials_refused")),
        (says({"code": "1", "msg": "no"}), Denied("credentials_refused")),
        (says({"access_token": "a b"}), Unusable("", "", "token")),
        (says({}, 503), Unavailable(Why.BUSY)),
        (waits(60), Unavailable(Why.TIMEOUT)),
    ],
)
def test_without_a_token_nobody_is_asked(token_answer: Answerer, outcome: Outcome) -> None:
    async def none(line: Connected, side: FarSide) -> None:
        assert await ask(line, timeout_seconds=0.3 if outcome == Unavailable(Why.TIMEOUT) else 60) == outcome
        assert all(came.path == "/lp" for came in side.came)

    with_office(token_answer, none)


def test_an_item_case_waits_for_a_person_where_the_credentials_are_wrong() -> None:
    async def handed(line: Connected, side: FarSide) -> None:
        assert line.handles is not None
        with pytest.raises(PeerRefused, match="check the credentials"):
            await line.handles.hand_over(handover("permit", {"enterprise.name": "示例"}))

    with_office(says({}, 400), handed)


class Clocked:
    """Credentials whose seconds a test counts; every fetch gives a token of `life` seconds."""

    def __init__(self, life: object, **auth: object) -> None:
        self.seconds, self.fetched, self.life = 1000.0, 0, life
        self.made = Credentials("d", SECRETS, self._send, lambda: NOW, monotonic=lambda: self.seconds).of(
            Settings({"style": "oauth2", "token_path": "/lp", **auth}, "[wire] auth")
        )

    async def _send(self, sending: Sending) -> Reply:
        self.fetched += 1
        self.last = sending
        body = json.dumps({"access_token": f"tk-{self.fetched}", "expires_in": self.life, "sj": {"lp": "inner"}})
        return Reply(200, "application/json", "", body.encode())

    def at(self, seconds: float) -> str:
        self.seconds = 1000.0 + seconds
        shown = asyncio.run(self.made.show(Sending("GET", "/", 1.0)))  # type: ignore[arg-type]
        assert isinstance(shown, Sending)
        return shown.headers.get("Authorization", "")


def test_a_token_is_kept_until_shortly_before_its_end() -> None:
    clocked = Clocked(600)
    assert [clocked.at(second) for second in (0, 569, 571)] == ["Bearer tk-1", "Bearer tk-1", "Bearer tk-2"]


def test_a_token_without_an_end_is_kept_for_five_minutes_and_none_longer_than_a_day() -> None:
    clocked = Clocked(None)
    assert [clocked.at(second) for second in (0, 269, 271)] == ["Bearer tk-1", "Bearer tk-1", "Bearer tk-2"]
    clocked = Clocked(99_999_999)
    assert [clocked.at(second) for second in (0, 86_399, 86_401)] == ["Bearer tk-1", "Bearer tk-1", "Bearer tk-2"]


def test_a_token_shorter_than_the_slack_is_fetched_each_time() -> None:
    clocked = Clocked(10)
    assert [clocked.at(second) for second in (0, 0)] == ["Bearer tk-1", "Bearer tk-2"]


def test_a_login_in_a_departments_own_words_is_the_same_with_other_names() -> None:
    own = {
        "send": "json",
        "id_word": "yh",
        "secret_word": "mm",
        "grant": "",
        "token": "$.sj.lp",
        "header": "Authorization",
    }
    clocked = Clocked(600, prefix="", **own)
    assert clocked.at(0) == "inner"
    assert json.loads(clocked.last.content or b"") == {"yh": "s6BhdRkqt3", "mm": "gX1fBat3bV"}


# --- secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "auth",
    [
        'auth = { style = "basic", user = "client_id", password = "app_secret" }',
        'auth = { style = "api_key", header = "X-K", secret = "app_secret" }',
        'auth = { style = "oauth2", token_path = "/lp", secret = "app_secret", send = "form" }',
        'auth = { style = "gateway" }',
        'auth = { style = "sha1_sorted" }',
    ],
)
def test_no_secret_is_in_a_repr_or_in_the_program_log(auth: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []

    async def look(line: Connected, side: FarSide) -> None:
        seen.append(repr(await ask(line)))
        credentials = line.answers._line.credentials  # type: ignore[union-attr]
        seen.extend((repr(line), repr(credentials), *(repr(one) for one in credentials._made.values())))

    with_office(Office(), look, auth)
    seen.append(repr(Signing("yy01", "geheim-99", NOW, "n")))
    encoded = base64.b64encode(b"s6BhdRkqt3:geheim-99").decode()
    told = "\n".join((*seen, caplog.text))
    assert "geheim-99" not in told and encoded not in told and "tk-1" not in told


def test_a_secret_that_is_not_set_is_a_sentence_of_the_check() -> None:
    async def check() -> list[str]:
        async with far_side(says({})) as side:
            line = connected(toml(TOKEN_AUTH), side.address, secrets={})
            try:
                return await line.check()
            finally:
                await line.close()

    assert any("the secret 'client_id' is not set" in one for one in asyncio.run(check()))


def test_a_secret_that_no_header_can_carry_is_a_sentence() -> None:
    with pytest.raises(Misconfigured, match="no header can"):
        Credentials("d", {"token": "令牌"}, Clocked(1)._send, lambda: NOW).of(Settings({"style": "bearer"}, "x"))


def test_a_secret_goes_to_the_place_that_gives_tokens_and_to_no_other() -> None:
    async def run() -> tuple[Outcome, FarSide, FarSide]:
        async with far_side(Office()) as region, far_side(says(GOOD)) as side:
            options = {"token_address": region.address}
            line = connected(toml(TOKEN_AUTH), side.address, secrets=SECRETS, options=options)
            try:
                return await ask(line), region, side
            finally:
                await line.close()

    outcome, region, side = asyncio.run(run())
    assert isinstance(outcome, Found) and [came.path for came in region.came] == ["/lp"]
    assert side.came[0].headers["authorization"] == "Bearer tk-1" and len(side.came) == 1


@pytest.mark.parametrize(("date", "says_so"), [("02:01:00", False), ("02:05:00", True), ("01:55:00", True)])
def test_a_department_whose_clock_is_far_from_ours_is_a_sentence_of_the_check(date: str, says_so: bool) -> None:
    async def check() -> list[str]:
        async with far_side(writes(http(b"", extra=f"Date: Fri, 20 Nov 2026 {date} GMT\r\n"))) as side:
            line = connected(toml('auth = { style = "gateway" }'), side.address, secrets=SECRETS)
            try:
                return await line.check()
            finally:
                await line.close()

    assert any("its clock is 300 seconds" in one for one in asyncio.run(check())) is says_so
