"""The fonts of a face: which one has a character, how wide it is, and the part of it that a file carries. It draws nothing.

One OFL font lies beside this file, so that every machine makes the same bytes without a font of its own; further ones
are asked only for characters that it lacks. A character that none has is an error, never an empty box.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import uharfbuzz as hb

from certificates.errors import Malformed

SHIPPED = Path(__file__).with_name("NotoSerifSC-Regular.ttf")
_NAMES_KEPT = (0, 1, 2, 3, 4, 5, 6, 13, 14)


class Fonts:
    """An ordered choice of fonts. Safe to use from many threads; make one and keep it."""

    def __init__(self, files: Sequence[Path] = (SHIPPED,)) -> None:
        """Open the files. Raises Malformed ``font`` for one that cannot be read or is no font."""
        self._fonts = tuple(_Font(path) for path in files)
        self._indexes: dict[str, int] = {}
        self._widths: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._fonts)

    def path(self, index: int) -> Path:
        """Return the file of a font."""
        return self._fonts[index].path

    def name(self, index: int) -> str:
        """Return the family name that the font gives itself."""
        return self._fonts[index].family

    def index_for(self, character: str) -> int:
        """Return the first font that has the character. Raises Malformed ``font-glyph``, naming the code point."""
        if character not in self._indexes:
            self._know(character)
        return self._indexes[character]

    def width(self, character: str) -> float:
        """Return how far the pen moves, in ems. Raises Malformed ``font-glyph``."""
        if character not in self._widths:
            self._know(character)
        return self._widths[character]

    def _know(self, character: str) -> None:
        self._indexes[character], self._widths[character] = self._sought(character)

    def _sought(self, character: str) -> tuple[int, float]:
        for index, font in enumerate(self._fonts):
            width = font.width(character)
            if width is not None:
                return index, width
        raise Malformed(
            "font-glyph", f"No font has the character U+{ord(character):04X}; give a font that has it (YIJIAN_FONT)."
        )

    def measure(self, text: str, spacing: float = 0.0) -> float:
        """Return the length of ``text`` in ems, with ``spacing`` between its characters."""
        try:
            wide = sum(map(self._widths.__getitem__, text))
        except KeyError:  # a character that was never met before
            wide = sum(map(self.width, text))
        return wide + spacing * max(len(text) - 1, 0)

    def subset(self, index: int, characters: frozenset[str]) -> bytes:
        """Return a font with only these characters: the same bytes for the same font and set."""
        return _subset(self._fonts[index], "".join(sorted(characters)))


@lru_cache(maxsize=1)
def shipped() -> Fonts:
    """Return the fonts to use where nothing else is said: the one that lies here."""
    return Fonts()


class _Font:
    """One opened font file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.face = hb.Face(hb.Blob.from_file_path(str(path)))
        except Exception as error:  # the binding raises its own kinds
            raise Malformed("font", f"{path.name} cannot be read; give a TrueType or OpenType font.") from error
        if not self.face.glyph_count or not self.face.upem:
            raise Malformed("font", f"{path.name} is no font; give a TrueType or OpenType font.")
        self.family = str(self.face.get_name(hb.OTNameIdPredefined.FONT_FAMILY) or path.stem)
        self._font = hb.Font(self.face)

    def width(self, character: str) -> float | None:
        """Return the advance in ems; None where the font has no such character."""
        glyph = self._font.get_nominal_glyph(ord(character))
        return self._font.get_glyph_h_advance(glyph) / self.face.upem if glyph else None


@lru_cache(maxsize=256)
def _subset(font: _Font, characters: str) -> bytes:
    wanted = hb.SubsetInput()
    wanted.sets(hb.SubsetInputSets.UNICODE).update(map(ord, characters))
    # Nothing is shaped: each character has its own place, so the tables for shaping stay out.
    wanted.sets(hb.SubsetInputSets.LAYOUT_FEATURE_TAG).clear()
    wanted.sets(hb.SubsetInputSets.NAME_ID).clear()
    wanted.sets(hb.SubsetInputSets.NAME_ID).update(_NAMES_KEPT)
    wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE
    made = hb.subset(font.face, wanted)
    if made is None:
        raise Malformed("font", "The font cannot be subset; give another TrueType or OpenType font.")
    return bytes(made.blob.data)
