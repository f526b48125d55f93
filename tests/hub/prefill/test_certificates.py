"""A certificate of the hub's registry as a source: what its grade lets it be used for, and what the form says of where a value came from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from adapters.contract import Certificate, Found, Unusable
from hub.prefill import settle
from hub.prefill.rules import Reason
from hub.store.tables import materials
from tests.hub.prefill.making import HAPPY, LICENCE, SITE, World

RESOURCE = replace(LICENCE, certificate_type="11410000MB9900033B001", way="registry")


def answered(world: World, trust: str, checked: bool = False) -> World:
    """The licence comes out of the registry with this grade."""
    site = replace(SITE, resources={**SITE.resources, LICENCE.code: RESOURCE})
    world.prefill = replace(world.prefill, sites=lambda _digest: site)
    held = Certificate("1.2.156.3005.2.x", "营业执照", "示例照第1号", "示例市场监督管理局", trust, checked)
    found = HAPPY[LICENCE.code]
    assert isinstance(found, Found)
    world.departments.replies[LICENCE.code] = replace(found, certificate=held)
    world.start()
    world.run()
    return world


def paper(world: World) -> tuple[str, str]:
    with world.database.read() as session:
        c = materials.c
        row = session.execute(select(c.status, c.trust).where(c.code == "licence-copy")).one()
        return row.status, row.trust


@pytest.mark.parametrize(
    ("trust", "checked", "fills", "frees"),
    [("", True, True, "A"), ("D", True, False, "D"), ("D", False, False, "")],
)
def test_a_certificate_is_used_for_what_its_grade_allows(
    world: World, trust: str, checked: bool, fills: bool, frees: str
) -> None:
    answered(world, trust, checked)
    assert bool(world.value("enterprise.name").value) is fills
    assert paper(world) == (("exempt", frees) if frees else ("missing", ""))


def test_the_value_names_certificate_number_issuer_and_grade(world: World) -> None:
    source = answered(world, "C").value("enterprise.name").source
    assert source is not None and (source.certificate, source.certificate_number) == ("营业执照", "示例照第1号")
    assert (source.certificate_issuer, source.trust) == ("示例市场监督管理局", "C")


def test_what_does_not_hold_any_more_frees_nobody_from_the_paper(world: World) -> None:
    answered(world, "")
    world.departments.replies[LICENCE.code] = Unusable("certificate", "", "certificate_suspended")
    world.act(settle.ask_again, world.query(LICENCE).id, Reason(text="持证人说已暂扣"))
    world.run()
    assert world.query(LICENCE).reason == "certificate_suspended:certificate" and paper(world) == ("missing", "")


@pytest.mark.parametrize("confirmed", [False, True])
def test_what_the_registry_gives_no_longer_leaves_the_form(world: World, confirmed: bool) -> None:
    before = answered(world, "").value("enterprise.name").value
    if confirmed:
        world.act(settle.confirm, "enterprise.name")
    world.departments.replies[LICENCE.code] = Unusable("certificate", "", "certificate_ended")
    world.act(settle.ask_again, world.query(LICENCE).id, Reason(text="已被吊销"))
    assert world.value("enterprise.name").value == before, "the old one stands until the new answer is there"
    world.run()
    assert (world.value("enterprise.name").value, world.value("enterprise.name").source) == ("", None)
