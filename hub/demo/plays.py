"""Who plays which matter in `demo --all`, and in which situation. Tables only: how a matter is played is in `every`.

Each matter is played by its plainest applicant; where the list puts alternatives side by side, it is played again until each of its
rows has been gone through. Persons and firms are of the simulators' population: nobody in it exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from adapters.simulators.population.applicants import Applicant, applicants
from adapters.simulators.population.firms import firm
from adapters.simulators.population.register import anybody_numbered, person
from adapters.simulators.population.work import HIRED

MATTERS: Mapping[int, str] = {
    1: "open-mall", 2: "open-guesthouse", 3: "open-farm-stay", 4: "open-hospital", 5: "open-vehicle-repair-individual",
    6: "open-vehicle-repair-enterprise", 7: "open-elderly-care-for-profit", 8: "open-estate-agency",
    9: "open-building-materials-shop", 10: "open-elderly-care-commercial", 11: "open-teahouse", 12: "open-liquor-tobacco-shop",
    13: "open-wedding-service", 14: "open-phone-repair", 15: "open-clinic", 16: "open-jewellery-shop", 17: "open-cafe",
    18: "open-barbecue", 19: "run-drinking-water-plant", 20: "open-ktv", 21: "open-cake-shop", 22: "open-cold-drinks-shop",
    23: "open-bakery", 24: "open-farmers-cooperative", 25: "open-decoration-company", 26: "open-tailor-shop",
    27: "open-domestic-service-company", 28: "open-tea-shop", 29: "open-dental-clinic", 30: "open-swimming-pool",
    31: "open-skating-rink", 32: "open-card-room", 33: "open-hanfu-studio", 34: "open-art-class", 35: "open-noodle-house",
    36: "open-hotpot", 37: "open-amusement-park", 38: "open-community-elderly-care", 39: "open-basketball-hall",
    40: "open-physiotherapy", 41: "open-volleyball-hall", 42: "open-billiards", 43: "open-tennis-hall", 44: "open-midday-care",
    45: "open-badminton-hall", 46: "open-logistics-company", 47: "open-bar", 48: "open-game-hall", 49: "open-feed-plant",
    50: "kindergarten-enrolment", 51: "school-enrolment", 52: "graduate-employment", 53: "self-employment",
    54: "talent-recognition", 55: "graduate-settlement", 56: "housing-fund-loan", 57: "new-home-deed-tax", 58: "unemployment",
}  # fmt: skip
"""Number in the list → code of the matter."""

OWN = {"premises": "own"}
SITUATIONS: Mapping[int, tuple[tuple[str, Mapping[str, str]], ...]] = {
    1: (("own", OWN),),
    20: (("leased", {}), ("own", OWN)),
    21: (("", {}), ("", {"food_scale": "full"})),
    25: (("first", {}), ("added", {"qualification": "added"})),
    28: (("", {}), ("", {"food_scale": "full"})),
    29: (("filed", {}), ("filed", {"works": "special"})),
    32: (("own", OWN),),
    37: (("accepted", {"works": "special"}), ("accepted", {})),
    44: (("own", OWN),),
    47: (("leased", {}), ("own", OWN)),
    48: (("leased", {}), ("own", OWN)),
    51: (("registered", {}), ("junior", {"stage": "junior"}), ("unknown", {})),
    54: (
        ("hired", {}),
        ("startup", {"talent_kind": "startup"}),
        ("overseas_startup", {"talent_kind": "overseas-startup"}),
        ("overseas_hired", {"talent_kind": "overseas-hired"}),
    ),
    56: (
        ("new_home", {}),
        ("resale", {"home_kind": "second", "mortgage_kind": "transfer", "borrowers": "spouse"}),
        ("own_building", {"home_kind": "build", "mortgage_kind": "change"}),
    ),
}
"""Number in the list → each time it is played: the applicant's situation in the population ("" the first), and the clerk's answers."""

AFTERWARDS: Mapping[int, tuple[str, ...]] = {49: ("medicated-feed-recognition", "commissioned-feed-filing")}
"""Number in the list → items that the same applicant asks for in a second case, once the first gave a certificate that they need: it comes from
the registry, and nobody brings it."""

OTHERS: Mapping[tuple[int, str], Mapping[str, str]] = {
    (52, "employed"): {"employer": HIRED.employer.uscc},
    (53, "startup"): {"guarantor": person("birch_mother").id_number},
    (54, "startup"): {"venture": firm("talent_firm").uscc},
    (54, "overseas_startup"): {"venture": firm("overseas_firm").uscc},
    (56, "resale"): {"co_borrower": person("resale_spouse").id_number},
}
"""Number in the list and situation → who else shows papers at the counter: the contract's employer, the founder's licence, the guarantor, the spouse."""


TYPED: Mapping[tuple[int, str], Mapping[str, str]] = {
    (50, ""): {"child.school": "西峡县示例幼儿园"},
    (51, "registered"): {"child.school": "西峡县示例第一小学", "guardian.relation": "mother"},
    (51, "junior"): {"child.school": "西峡县示例第一初级中学"},
    (51, "unknown"): {
        "child.school": "西峡县示例第一小学",
        "guardian.relation": "mother",
        "guardian.name": person("stranger_mother").name,
        "child.name": person("stranger_child").name,
        "child.sex": "1",
        "child.birth_date": "2020-07-07",
    },
}
"""Number in the list and situation → what is typed otherwise than by the dictionary's example, where that would not fit the matter."""


@dataclass(frozen=True)
class Play:
    """One case to be played: whose, and what is answered and typed otherwise than by default. `others`: further parties, role → number;
    `items`: those that are chosen, all where none is named; `then`: what the same applicant asks for once this came to its end."""

    matter: str
    applicant: str = field(repr=False)
    answers: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict, repr=False)
    typed: Mapping[str, str] = field(default_factory=dict, repr=False)
    items: tuple[str, ...] = ()
    then: Play | None = None

    def name_of(self, number: str) -> str:
        """The person's name as the card says it; empty for a firm."""
        return next((one.name for one in anybody_numbered(number)), "")


def plays() -> tuple[Play, ...]:
    """Every matter of the list, each of its alternatives once."""
    return tuple(play for sequence in MATTERS for play in _of(sequence))


def _of(sequence: int) -> Iterator[Play]:
    for situation, answers in SITUATIONS.get(sequence, (("", {}),)):
        who = _who(sequence, situation)
        play = Play(
            MATTERS[sequence], who.number, answers, _others(sequence, who), TYPED.get((sequence, situation), {})
        )
        later = AFTERWARDS.get(sequence)
        yield replace(play, then=replace(play, items=later)) if later else play


def _others(sequence: int, who: Applicant) -> Mapping[str, str]:
    if sequence in (50, 51) and who.about:
        return {"child": person(who.about).id_number}
    return OTHERS.get((sequence, who.situation), {})


def _who(sequence: int, situation: str) -> Applicant:
    known = applicants(sequence)
    return next((one for one in known if situation and one.situation == situation), known[0])
