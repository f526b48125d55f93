"""Puts together what a question goes through: the exchange with every department's answers, and pre-fill before it. It asks nobody."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.connect import Connected
from hub.clock import Clock
from hub.exchange import Exchange
from hub.prefill.byhand import Rules
from hub.prefill.driver import Prefill
from hub.sharinglog import SharingLog
from hub.store.catalogs import Catalogs
from hub.store.database import Database
from hub.store.files import Files
from hub.wiring.switchboard import PartOf


def exchange_of(log: SharingLog, adapters: Mapping[str, Connected], clock: Clock) -> Exchange:
    """Asks whoever is connected at the moment of the question."""
    answering = PartOf(adapters, lambda one: one.answers)
    manners = PartOf(adapters, lambda one: one.manners)
    by_hand = PartOf(adapters, lambda one: one.by_hand.answers if one.by_hand else None)
    return Exchange(answering, log, clock=clock, manners=manners, by_hand=by_hand)


def prefill_of(
    database: Database, exchange: Exchange, files: Files, catalogs: Catalogs, index_key: bytes, hands: Rules
) -> Prefill:
    return Prefill(database, exchange, files, catalogs.site, index_key, fallbacks=hands, offered=catalogs.offered)
