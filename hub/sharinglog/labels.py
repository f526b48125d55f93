"""Labels of committed values: where each stands in the leaf, and under whose key it is sealed. Commits and seals nothing."""

import unicodedata
from collections.abc import Collection

PERSON, STAFF = "person", "staff"

# Where a committed value stands in the leaf, and whose it is: whoever it is about can have it erased alone.
LABELS: dict[str, tuple[tuple[str, ...], str]] = {
    "subject": (("subject_c",), PERSON),
    "application": (("matter", "application_c"), PERSON),
    "request": (("request_c",), PERSON),
    "answer": (("answer_c",), PERSON),
    "payload": (("payload_c",), PERSON),
    "recipient": (("recipient_c",), PERSON),
    "operator": (("consumer", "operator_c"), STAFF),
    "terminal": (("consumer", "terminal_c"), STAFF),
    "note": (("note_c",), STAFF),
    "scope": (("scope_c",), STAFF),
}
# A record about several persons: the first is the `subject`; each further one is committed and sealed by itself, so that any of
# them can be erased alone. Labels `subject.2`, `subject.3` …, in the order of this list in the leaf.
SUBJECTS_C = "subjects_c"


def further(number: int) -> str:
    """Label of a record's person `number`, from 2 on."""
    return f"subject.{number}"


def is_subject(label: str) -> bool:
    return label == "subject" or label.startswith("subject.")


def holder_of(label: str) -> str:
    """Whose key seals the value: STAFF's, the first PERSON's, or (the label itself) that of a further person alone."""
    return LABELS[label][1] if label in LABELS else label


def same(identifier: str) -> str:
    """An identifier as it is compared: two that are the same here are one person's."""
    return unicodedata.normalize("NFKC", identifier).strip().upper()


def explained(missing: Collection[str], erased: int) -> bool:
    """Whether `erased` destroyed keys are why just these values of a record are missing: one key for each person, none for staff."""
    holders = {holder_of(label) for label in missing}
    return STAFF not in holders and len(holders) == erased
