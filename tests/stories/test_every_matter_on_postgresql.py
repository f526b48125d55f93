"""Every matter of the list on PostgreSQL: what is held is in `every_matter`."""

from __future__ import annotations

import pytest

from tests.stories.every_matter import EveryMatter

pytestmark = pytest.mark.pg


@pytest.mark.parametrize("stage", ["postgresql"], indirect=True, scope="session")
class TestEveryMatterOnPostgresql(EveryMatter):
    pass
