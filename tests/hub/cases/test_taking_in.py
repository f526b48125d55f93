"""Certificates of other systems: taken in as they came once verified, graded, refused or in conflict."""

from __future__ import annotations

import pytest

from certificates.trust import Trust
from certificates.verify import verify
from hub.errors import HubError
from hub.registry import rows
from hub.wiring.taking_in import By, TakingIn
from tests.certificates import making
from tests.certificates.making import AT, KeyRing, content
from tests.certificates.ofd import making as ofd
from tests.hub.cases.world import World

OTHER = making.World("ES256", KeyRing("ES256"))


def taken(world: World, file: bytes, trust: Trust | None = None) -> rows.Entry:
    taking = TakingIn(world.hub.database, world.hub.files, "411323", b"i" * 32)
    return taking.take(file, trust or OTHER.trust(), By("x", "hub"), AT).entry


def refused(world: World, file: bytes) -> str:
    with pytest.raises(HubError) as error:
        taken(world, file)
    return error.value.code


def test_its_grade_says_whether_its_status_is_known(world: World) -> None:
    assert taken(world, OTHER.certificate(), OTHER.trust(status_list=OTHER.status_list())).trust == "A"


def test_its_bytes_and_its_issuer_stay_what_they_were(world: World) -> None:
    one = taken(world, file := OTHER.certificate())
    assert (one.trust, one.origin, one.authority) == ("B", "imported", making.HYGIENE)
    assert world.hub.files.read(one.file) == file


def test_an_imported_ofd_is_shown_by_what_it_said_when_it_was_verified(world: World) -> None:
    one = taken(world, ofd.good(), ofd.trust())
    view = world.hub.registry.certificate(world.clerk, one.id)
    said = verify(ofd.good(), ofd.trust(), AT).content
    assert said is not None and (view.holder_name, view.holder_code) == (said.holder.name, said.holder.code)
    assert view.fields and "ofd" in dict(view.files)


def test_the_same_file_twice_is_one_and_another_of_that_version_a_conflict(world: World) -> None:
    file = OTHER.certificate()
    assert taken(world, file).id == taken(world, file).id
    assert refused(world, OTHER.certificate(content(number="另一编号"))) == "CERTIFICATE_CONFLICT"


def test_what_fails_a_check_and_what_is_a_scan_is_not_taken(world: World) -> None:
    assert refused(world, OTHER.certificate()[:-1]) == refused(world, b"\x89PNG\r\n\x1a\n") == "IMPORT_REFUSED"
