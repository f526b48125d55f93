"""The clerk's bundle, area by area: opening, filings, the list of cases, the one form, materials, official steps, papers.

It decides nothing; cases and pre-fill do. Every look at a case is in the sharing log before anything of it is shown.
"""

from __future__ import annotations

from hub.wiring.clerk.filings import Filings
from hub.wiring.clerk.form import OneForm
from hub.wiring.clerk.lists import WorkList
from hub.wiring.clerk.materials import Materials
from hub.wiring.clerk.opening import OpeningDesk
from hub.wiring.clerk.papers import Papers
from hub.wiring.clerk.parts import ClerkParts
from hub.wiring.clerk.steps import Steps

__all__ = ["ClerkBundle", "ClerkParts"]


class ClerkBundle(Filings, OpeningDesk, WorkList, OneForm, Materials, Steps, Papers):
    """All that a clerk's door asks for."""
