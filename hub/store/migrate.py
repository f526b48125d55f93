"""Bringing the hub's database to the tables of this version. It defines no table and never goes back."""
from hub.store.database import Database
from hub.store.tables import metadata

def upgrade(database: Database) -> str:
    metadata.create_all(database.engine)
    return "x"
