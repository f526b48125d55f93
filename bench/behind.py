"""Puts the folder of benches last on the import path: one of them is called like the package that it measures. It holds nothing."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parent)

if HERE in sys.path:
    sys.path.remove(HERE)
sys.path.append(HERE)
