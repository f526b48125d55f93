"""Every matter of the list on SQLite: what is held is in `every_matter`."""

from __future__ import annotations

import pytest

from tests.stories.every_matter import EveryMatter

pytestmark = pytest.mark.pg


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True, scope="session")
class TestEveryMatterOnSqlite(EveryMatter):
    pass
