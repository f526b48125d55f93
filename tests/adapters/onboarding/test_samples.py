"""A sample goes over the wire as its department would send it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.onboarding.rehearsal import samples_of
from tests.adapters.kinds.making import department_of
from tests.adapters.kinds.soap_town import toml


@pytest.mark.parametrize(
    ("space", "media_type"),
    [
        ("http://schemas.xmlsoap.org/soap/envelope/", "text/xml"),
        ("http://www.w3.org/2003/05/soap-envelope", "application/soap+xml"),
    ],
)
def test_an_envelope_is_answered_under_the_type_of_its_version(tmp_path: Path, space: str, media_type: str) -> None:
    department, resources = department_of(toml(""), tmp_path)
    (tmp_path / "samples").mkdir()
    for code in resources:
        answer = tmp_path / "samples" / f"{code.partition('.')[2]}.answer.xml"
        answer.write_text(f'<s:Envelope xmlns:s="{space}"/>', "utf-8")
    found = samples_of(department, resources.values())
    assert found and {one.media_type for one in found.values()} == {media_type}
