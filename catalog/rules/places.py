"""Where things stand in a site's folder, for mismatches. It opens no file."""

from __future__ import annotations

from catalog.mismatch import At, Mismatch


def in_department(code: str, at: At, name: str, message: str) -> Mismatch:
    return Mismatch(f"departments/{code}/department.toml", 0, name, message, at)


def in_item(code: str, at: At, name: str, message: str) -> Mismatch:
    return Mismatch(f"items/{code}.toml", 0, name, message, at)


def in_matter(code: str, at: At, name: str, message: str) -> Mismatch:
    return Mismatch(f"matters/{code}.toml", 0, name, message, at)


def in_file(file: str, at: At, name: str, message: str) -> Mismatch:
    return Mismatch(file, 0, name, message, at)
