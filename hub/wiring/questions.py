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


def exchange_of(log: SharingLog, adapters: Mapping[str, Connected], clock: Clock) -> Exchange:
    answering = {c: a.answers for c, a in adapters.items() if a.answers is not None}
    manners = {c: a.manners for c, a in adapters.items()}
    by_hand = {c: a.by_hand.answers for c, a in adapters.items() if a.by_hand is not None}
    return Exchange(answering, log, clock=clock, manners=manners, by_hand=by_hand)


def prefill_of(
    database: Database, exchange: Exchange, files: Files, catalogs: Catalogs, index_key: bytes, hands: Rules
) -> Prefill:
    return Prefill(database, exchange, files, catalogs.site, index_key, fallbacks=hands, offered=catalogs.offered)
