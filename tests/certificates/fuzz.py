"""How many examples the fuzzing of parsers takes: few in `make test`, those of the profile in `make check` and `make explore`."""

import os

from hypothesis import settings

FEW = settings() if os.environ.get("YIJIAN_EXPLORE") else settings(max_examples=30)
