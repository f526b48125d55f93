"""Writes the tree of broken certificates: `python -m tests.certificates.broken FOLDER`."""

import sys
from pathlib import Path

from tests.certificates.broken.tree import write

if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
    raise SystemExit("usage: python -m tests.certificates.broken FOLDER (one that is not there yet)")
print(f"{len(write(Path(sys.argv[1])))} files; what must refuse each is in {sys.argv[1]}/expected.json")
