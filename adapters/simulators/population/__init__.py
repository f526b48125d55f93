"""One synthetic population that hangs together, for every department's simulator. Nobody in it exists.

Facts only, as of `DAY`: each simulator words them in its own way. Names with 测试, 示例 or 演示, sequence codes 990–999
and MA9YJ… mark everything as made up. Persons, firms, deeds and leases are given here; the rest is a module for each subject:

`applicants` who applies in which matter · `children` vaccinations, guardians, schools · `civil` marriages, permits, removals, hardship ·
`construction` works, fire acceptance, drains, builders · `graduates` diplomas, placements, talents · `homes` contracts, mortgages, homes of a
family · `institutions` care homes, clinics, entertainment, halls, the cooperative · `insurance` medical insurance, housing fund ·
`plants` feed, water, environment, hygiene reports · `qualifications` doctors, builders, drivers, food officers · `street` meters, frontages,
tobacco, reserved names · `taxes` deed tax, taxpayers · `transport` vehicles, repair shops · `work` jobs, social insurance, start-ups.
"""

from adapters.simulators.population.firms import (
    FIRMS,
    NO_FIRM,
    SOCIAL_BODIES,
    Firm,
    SocialBody,
    body,
    firm,
)
from adapters.simulators.population.numbers import DAY, REGION, id_number, uscc
from adapters.simulators.population.people import Person, Place
from adapters.simulators.population.premises import DEEDS, LEASES, Deed, Lease, Share, deed
from adapters.simulators.population.register import (
    ELSEWHERE,
    NOBODY,
    PEOPLE,
    household_of,
    people_numbered,
    person,
)

__all__ = [
    "DAY",
    "DEEDS",
    "ELSEWHERE",
    "FIRMS",
    "LEASES",
    "NOBODY",
    "NO_FIRM",
    "PEOPLE",
    "REGION",
    "SOCIAL_BODIES",
    "Deed",
    "Firm",
    "Lease",
    "Person",
    "Place",
    "Share",
    "SocialBody",
    "body",
    "deed",
    "firm",
    "household_of",
    "id_number",
    "people_numbered",
    "person",
    "uscc",
]
