"""Who applies in each of the 58 matters of the list: number of the matter → keys of the applicants, with the situation each is made for.

The first of a matter is the one whose case goes through without a hitch. It knows no item and no form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from adapters.simulators.population.firms import body, firm
from adapters.simulators.population.premises import DEEDS, LEASES
from adapters.simulators.population.register import person

Kind = Literal["firm", "person", "body"]


@dataclass(frozen=True)
class Applicant:
    """`key` of a firm, person or body; `about`: the child, or the person's own business, that the matter is about; `situation` in words."""

    matter: int
    kind: Kind
    key: str
    situation: str = ""
    about: str = ""
    number: str = field(default="", repr=False)

    @property
    def premises(self) -> Literal["own", "leased", ""]:
        """Whether the place of business is leased or the applicant's own by deed; empty for who needs none."""
        if any(lease.lessee_number == self.number and lease.state == "1" and lease.rent for lease in LEASES):
            return "leased"
        held = (
            entry for entry in DEEDS for share in entry.holders if share.number == self.number and entry.use != "10"
        )
        return "own" if any(entry.state == "1" for entry in held) else ""


_FIRMS = (
    "1 mall own|2 applicant leased|2 owner_firm own|3 farm_stay leased|4 hospital own|6 garage|7 elder_home|8 agency|"
    "9 materials|10 pine_home|11 teahouse|12 liquor|13 wedding|14 phone_repair|15 clinic|16 jeweller|17 cafe|18 barbecue|19 water_plant|"
    "20 karaoke leased|20 songbird own|21 cake|22 cold_drinks|23 bakery|25 decorator first|25 renovator added|26 tailor|27 housekeeping|28 tea_shop|35 noodles|36 hotpot|"
    "37 playground accepted|46 logistics|47 bar leased|47 cellar own|48 arcade leased|48 pinball own|49 feed"
)
_FOUNDERS = (
    "5 repairer existing repair_shop|24 coop_1|29 dentist filed|30 swim_founder|31 skate_founder|32 chess_founder own|33 hanfu_founder|34 art_founder|"
    "39 basketball_founder|40 therapy_founder|41 volleyball_founder|42 billiards_founder|43 tennis_founder|44 lunch_founder own|45 badminton_founder"
)
_PERSONS = (
    "50 plum_father registered plum_son|50 grandfather grandparents grandchild|50 migrant_mother permit migrant_daughter|"
    "51 plum_mother registered plum_daughter|51 orchid_mother incomplete orchid_son|51 migrant_father permit migrant_son|"
    "51 lotus_father junior lotus_daughter|51 stranger_mother unknown stranger_child|"
    "52 graduate_employed employed|52 graduate_idle idle|53 graduate_founder startup|53 graduate_idle job_seeking|"
    "54 talent_founder startup|54 talent_hired hired|54 talent_overseas_founder overseas_startup|54 talent_overseas_hired overseas_hired|"
    "55 graduate_returning graduated|55 graduate_hired hired|"
    "56 buyer new_home|56 resale_buyer resale|56 self_builder own_building|56 borrower mortgage_change|56 heir mortgage_transfer|"
    "57 buyer first_home|57 single_buyer first_home|57 second_home_buyer second_home|57 big_home_buyer paid|"
    "58 laid_off dismissed|58 near_pension contract_ended|58 resigned voluntary|58 short_paid too_short"
)


def _firms() -> Iterator[Applicant]:
    for line in _FIRMS.split("|"):
        matter, key, situation, *_ = (*line.split(), "")
        yield Applicant(int(matter), "firm", key, situation, number=firm(key).uscc)
    yield Applicant(38, "body", "community_care", number=body("community_care").uscc)


def _persons() -> Iterator[Applicant]:
    for line in (*_FOUNDERS.split("|"), *_PERSONS.split("|")):
        matter, key, situation, about, *_ = (*line.split(), "", "")
        yield Applicant(int(matter), "person", key, situation, about, person(key).id_number)


APPLICANTS: tuple[Applicant, ...] = tuple(sorted((*_firms(), *_persons()), key=lambda entry: entry.matter))


def applicants(matter: int) -> tuple[Applicant, ...]:
    """Those of that matter, the plainest first."""
    return tuple(entry for entry in APPLICANTS if entry.matter == matter)
