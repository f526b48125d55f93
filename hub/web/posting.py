"""What a browser posted, read within bounds and strictly: fields, at most one file, its harmless name. It checks no session.

A text in another encoding, or with characters that no store keeps, is refused in words: kept in silence it would be somebody's name
with question marks in it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from hub.errors import HubError

MOST_FIELDS = 2000
FORM_LIMIT = 1_000_000
"""Bytes of a form that brings no file."""

MULTIPART_OVERHEAD = 64_000
"""Room for boundaries and the small fields beside one file."""

LONGEST_NAME = 200
"""Characters of a file's name that are kept."""


class TooLarge(HubError):
    """More was sent than is read, or its length was not said."""

    code = "TOO_LARGE"
    status = 413


@asynccontextmanager
async def form_of(request: Request, limit: int, fields: int = MOST_FIELDS, files: int = 0) -> AsyncIterator[FormData]:
    """The posted form; files are gone afterwards. `limit` is that of a file, in bytes.

    Raises TooLarge; HubError: BAD_ENCODING, BAD_TEXT, FORM_BROKEN (status 400), WRONG_CONTENT_TYPE (415) for what no page sends."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        check_size(request, limit + MULTIPART_OVERHEAD)
        async with _parts(request, fields, files) as form:
            yield _storable(form)
        return
    check_size(request, min(limit, FORM_LIMIT))
    body = await request.body()
    if body and kind != "application/x-www-form-urlencoded":
        raise _refused("WRONG_CONTENT_TYPE", "这样的提交看不懂。请从本系统的页面操作。", 415)
    yield _storable(FormData(_pairs(body, fields)))


def check_size(request: Request, limit: int) -> None:
    """Refuses before the body is read; the server ends a body that is longer than it said."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        raise TooLarge("浏览器没有说明文件大小，无法接收。请换一个浏览器或重新选择文件。")
    if len(length) > 15 or int(length) > limit:
        size = f" {limit // 1_000_000} MB" if limit >= 1_000_000 else "允许的大小"
        raise TooLarge(f"提交的内容超过{size}。请压缩或分开后再提交。")


def harmless_name(sent: str) -> str:
    """The last part of a file's name as a browser sent it, without what steers a terminal, a page or the direction of writing.

    At most LONGEST_NAME characters; the ending stays, since people tell files by it."""
    last = sent.replace("\\", "/").rpartition("/")[2].strip()
    plain = "".join(letter if letter.isprintable() else " " if letter.isspace() else "_" for letter in last).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if len(plain) > LONGEST_NAME and dot and len(ending) <= 10:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return plain[:LONGEST_NAME]


class _Watched(Request):
    """Keeps the last bytes of the body that its parser reads."""

    end = b""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        async for part in super().stream():
            self.end = (self.end + part)[-80:]
            yield part


@asynccontextmanager
async def _parts(request: Request, fields: int, files: int) -> AsyncIterator[FormData]:
    watched = _Watched(request.scope, request.receive)
    broken = _refused("FORM_BROKEN", "这次提交的内容不完整或部分太多，没有执行。请刷新页面后再试。")
    try:
        form = await watched.form(max_files=files, max_fields=fields)
    except HTTPException as e:  # the parser's own: too many parts, a broken boundary
        raise broken from e
    try:
        if not watched.end.rstrip().endswith(b"--"):  # a part that was cut off would be missing in silence
            raise broken
        yield form
    finally:
        await form.close()


def _pairs(body: bytes, fields: int) -> list[tuple[str, str | UploadFile]]:
    try:
        return [*parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=fields)]
    except UnicodeDecodeError as e:
        raise _refused("BAD_ENCODING", "提交的文字不是 UTF-8 编码，没有执行。请从本系统的页面操作。") from e
    except ValueError as e:
        raise TooLarge(f"一次最多提交 {fields} 项。请分次提交。") from e


def _storable(form: FormData) -> FormData:
    texts = (text for pair in form.multi_items() for text in pair if isinstance(text, str))
    if any("\0" in text for text in texts):
        raise _refused("BAD_TEXT", "提交的文字含有不能保存的字符，没有执行。请删去后再试。")
    return form


def _refused(code: str, message: str, status: int = 400) -> HubError:
    return HubError(message, code=code, status=status)
