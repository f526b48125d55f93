"""A signer that is away is no reason to give up: the same work comes again, for as long as an outage lasts, and signs once it is back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, update

from adapters.outside.ordered import Provider
from adapters.outside.pkcs11 import TokenPlace, TokenSigner
from adapters.outside.signer import SoftwareSigner
from adapters.outside.signingservice import ServiceSigner
from adapters.outside.signingwire import ServiceLine, ServicePlace
from adapters.simulators.signingservice import Behaviour, SigningService, serving
from adapters.simulators.signingservicekeys import make_keys
from certificates.errors import SignerAway
from hub.clock import utc_now
from hub.jobs import OTHER_TRIES, OUTAGE_TRIES, Runner, most_tries
from hub.store.tables import certificates
from hub.store.tables import work as work_rows
from hub.store.work import TryLater
from hub.wiring.making import away
from tests.hub.cases.making import FOOD, SITE
from tests.hub.cases.world import LEASE, World

SECRET = b"a secret of the tests, long enough"
SOFTHSM = next((p for p in Path("/usr/lib").glob("**/libsofthsm2.so")), None)


@pytest.fixture
def decided(world: World) -> str:
    """The food permit is granted: its certificate is reserved, its signing queued."""
    case_id = world.dispatched(chosen=(FOOD,))
    world.accept(case_id, FOOD)
    world.decide(case_id, FOOD)
    return case_id


def software(world: World) -> SoftwareSigner:
    found = world.hub.signer.signers[-1]
    assert isinstance(found, SoftwareSigner)
    return found


def first(world: World, provider: Provider) -> None:
    """Put it before the key folder."""
    world.hub.signer.signers = (provider, software(world))


def no_token(world: World) -> TokenSigner:
    """SoftHSM2 has no token of this name: to the signer, somebody pulled it out."""
    if SOFTHSM is None:
        pytest.skip("SoftHSM2 is not here: apt-get install softhsm2")
    return TokenSigner(TokenPlace(SOFTHSM, "pulled out", "987654"), software(world).files, lambda use: None)


def run_once(world: World, failures: int) -> None:
    """The worker itself tries, as often failed before as is said; ends when it has put the work off or buried it."""

    def tries() -> tuple[int, str]:
        with world.hub.database.read() as session:
            row = session.execute(select(work_rows).where(work_rows.c.kind == "sign")).one()
        return row.failures, row.state

    async def run() -> None:
        with world.hub.database.write() as session:
            values = {"failures": failures, "run_at": world.now[0]}
            session.execute(update(work_rows).where(work_rows.c.kind == "sign").values(**values))
        stop = asyncio.Event()
        handlers = {"sign": world.handlers["sign"]}
        worker = asyncio.create_task(Runner(world.hub.database, handlers, (), "a", utc_now, lease=LEASE).run(stop))
        async with asyncio.timeout(120):
            while tries() == (failures, "ready"):
                await asyncio.sleep(0.02)
        stop.set()
        await worker

    asyncio.run(run())


def made(world: World) -> str:
    with world.hub.database.read() as session:
        return str(session.execute(select(certificates.c.state)).scalar_one())


def test_a_token_that_is_away_puts_the_signing_off_and_it_comes_again(world: World, decided: str) -> None:
    first(world, no_token(world))
    run_once(world, OTHER_TRIES)  # what is no outage would be buried now
    assert list(world.keys("sign").values()) == ["ready"] and made(world) == "reserved"
    world.hub.signer.signers = (software(world),)
    world.again()
    world.run("sign")
    assert list(world.keys("sign").values()) == ["done"] and made(world) == "signed"


def test_a_signing_service_that_is_away_puts_the_signing_off_and_signs_once_it_is_back(
    world: World, decided: str
) -> None:
    code = SITE.departments[world.case(decided).item(FOOD).department].uscc
    service = SigningService(make_keys({code: "示例机关"}, ("ES256",), world.now[0]).keys, {"hub": SECRET})
    service.behaviour = Behaviour(status=503)
    with serving(service) as url:
        line = ServiceLine(ServicePlace(url, "hub", SECRET, timeout=60), utc_now)
        signer = ServiceSigner(line, software(world).files, lambda use: None)
        first(world, signer)
        run_once(world, OTHER_TRIES)
        assert list(world.keys("sign").values()) == ["ready"] and (made(world), service.journal) == ("reserved", [])
        service.behaviour = Behaviour()
        world.again()
        world.run("sign")
        signer.close()
    assert list(world.keys("sign").values()) == ["done"] and made(world) == "signed"
    assert {use.suite for use in service.journal} == {"ES256"}


def test_what_waits_for_a_signer_is_tried_as_long_as_an_outage_may_last() -> None:
    put_off = away(SignerAway("token-lost", "The token does not answer (DeviceRemoved); plug it in."))
    assert isinstance(put_off, TryLater) and most_tries(put_off) == OUTAGE_TRIES
    assert "token-lost" in str(put_off) and "plug it in" in str(put_off)
