"""Ways to break a package (ZIP) that a good one did not have: each takes the bytes of a good file and gives a broken one. It knows nothing of signatures.

Entries are rewritten by hand where the zip library would put right what is to be wrong.
"""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable

Entry = tuple[str, bytes]
FIXED = (2026, 3, 2, 9, 30, 0)


def entries(file: bytes) -> list[Entry]:
    """Name and content of each entry, in the package's order."""
    with zipfile.ZipFile(io.BytesIO(file)) as package:
        return [(info.filename, package.read(info)) for info in package.infolist()]


def pack(found: Iterable[Entry], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A package of these entries, in this order, twice the same name too."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as package:
        warnings.simplefilter("ignore", UserWarning)  # a name twice is what some of these are about
        for name, content in found:
            info = zipfile.ZipInfo(name, FIXED)
            info.compress_type = method
            package.writestr(info, content)
    return out.getvalue()


def changed(file: bytes, ending: str, change: Callable[[bytes], bytes]) -> bytes:
    """The package with the first entry whose name ends so changed. Raises AssertionError when nothing changed."""
    found = entries(file)
    place = next(index for index, (name, _) in enumerate(found) if name.endswith(ending))
    name, content = found[place]
    assert change(content) != content, f"{ending} stayed as it was"
    found[place] = (name, change(content))
    return pack(found)


def added_file(file: bytes) -> bytes:
    return pack(
        [*entries(file), ("Doc_0/Pages/Page_9/Content.xml", b"<ofd:Page xmlns:ofd='http://www.ofdspec.org/2016'/>")]
    )


def added_file_named_as_the_end_of_a_listed_path(file: bytes) -> bytes:
    """A further `Content.xml` at the root: whoever looks for its name in the list as text finds the end of a page's path."""
    return pack([*entries(file), ("Content.xml", b"<ofd:Page xmlns:ofd='http://www.ofdspec.org/2016'/>")])


def removed_file(file: bytes) -> bytes:
    found = entries(file)
    gone = next(name for name, _ in found if name.endswith(".ttf"))
    return pack((name, content) for name, content in found if name != gone)


def changed_space(file: bytes) -> bytes:
    """One white space more between two tags of the page: nothing that anybody could see."""
    return changed(file, "Content.xml", lambda content: content.replace(b"><", b"> <", 1))


def rezipped_in_another_order(file: bytes) -> bytes:
    return pack(reversed(entries(file)))


def duplicate_entry(file: bytes) -> bytes:
    """The page twice, so that two readers may show two pages."""
    found = entries(file)
    page = next(entry for entry in found if entry[0].endswith("Content.xml"))
    return pack([*found, (page[0], page[1].replace(b"><", b">\n<", 1))])


def zip_bomb(file: bytes) -> bytes:
    """An entry of 80 MB of zeros, which packs to 80 KB."""
    return pack([*entries(file), ("Doc_0/Res/zeros.bin", bytes(80_000_000))])


def absolute_path(file: bytes) -> bytes:
    return pack([*entries(file), ("/etc/cron.d/job", b"* * * * * root true")])


def path_out_of_the_package(file: bytes) -> bytes:
    return pack([*entries(file), ("../../outside.xml", b"<x/>")])


def truncated(file: bytes) -> bytes:
    return file[: len(file) * 2 // 3]


def bytes_before(file: bytes) -> bytes:
    return b"#!/bin/sh\n" + file


def one_byte_before(file: bytes) -> bytes:
    return b"\xff" + file


def bytes_after(file: bytes) -> bytes:
    return file + b"<!-- appended -->"


def comments_and_extra_fields(file: bytes) -> bytes:
    """Packed again with bytes in the headers of an entry, which lie under no digest."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in entries(file):
            info = zipfile.ZipInfo(name, FIXED)
            info.extra, info.comment = b"\x99\x99\x06\0HIDDEN", b"a word that nobody signed"
            package.writestr(info, content)
    return out.getvalue()


def wrong_check_sum(file: bytes) -> bytes:
    """A check sum that is the same wrong one in both headers: programs that look at it refuse, others open."""
    right = struct.pack("<I", zlib.crc32(entries(file)[0][1]))
    assert file.count(right) == 2
    return file.replace(right, bytes(4))


def metadata_twice(file: bytes) -> bytes:
    """One tag of the metadata with two values: which one holds is up to the reader."""
    twice = '<ofd:CustomData Name="ZZMC">歌舞娱乐许可证</ofd:CustomData>'.encode()
    return changed(file, "OFD.xml", lambda raw: raw.replace(b"</ofd:CustomDatas>", twice + b"</ofd:CustomDatas>"))


def empty_folder(file: bytes) -> bytes:
    """A folder whose name is a text, and in which there is nothing."""
    return pack([*entries(file), ("Doc_0/住宿场所、歌舞娱乐/", b"")])


def _listing(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """The list of signatures, which no signature covers, with something changed."""
    return lambda file: changed(file, "Signatures.xml", lambda content: content.replace(old, new, 1))


_END = b"</ofd:Signatures>"
_AGAIN = b'<ofd:Signature ID="%d" Type="Seal" BaseLoc="/Doc_0/Signs/Sign_0/Signature.xml"/>'
LISTS = {
    "comment-in-the-list-of-signatures": _listing(_END, "<!-- 住宿场所、歌舞娱乐 -->".encode() + _END),
    "instruction-before-the-list-of-signatures": _listing(b"<ofd:Signatures ", b"<?a word?><ofd:Signatures "),
    "foreign-element-in-the-list-of-signatures": _listing(_END, b"<ofd:Remark/>" + _END),
    "foreign-attribute-in-the-list-of-signatures": _listing(b'Type="Seal"', b'Type="Seal" Remark="a word"'),
    "foreign-namespace-in-the-list-of-signatures": _listing(b"<ofd:Signatures ", b'<ofd:Signatures xmlns:a="a word" '),
    "text-in-the-list-of-signatures": _listing(_END, b"a word" + _END),
    "text-in-a-path-of-the-list-of-signatures": _listing(b"/Doc_0/Signs/", b"/a word/../Doc_0/Signs/"),
    "signature-listed-as-another-kind": _listing(b'Type="Seal"', b'Type="Sign"'),
    "signature-listed-as-a-kind-that-is-none": _listing(b'Type="Seal"', b'Type="Stamp"'),
    "signature-listed-twice": _listing(_END, _AGAIN % 2 + _END),
    "signature-listed-5000-times": _listing(_END, b"".join(_AGAIN % each for each in range(2, 5001)) + _END),
}


def lying_directory(file: bytes) -> bytes:
    """The directory names an entry otherwise than the entry itself does: two readers see two names."""
    name = next(name for name, _ in entries(file) if name.endswith("Content.xml")).encode()
    place = file.index(struct.pack("<I", 0x04034B50) if not file.startswith(b"PK") else name)
    other = name[:-5] + b"X" + name[-4:]
    return file[:place] + other + file[place + len(name) :]


WAYS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "added-file": (added_file, "coverage"),
    "added-file-named-as-the-end-of-a-listed-path": (added_file_named_as_the_end_of_a_listed_path, "coverage"),
    "removed-file": (removed_file, "digests"),
    "changed-space": (changed_space, "digests"),
    "rezipped-in-another-order": (rezipped_in_another_order, "coverage"),
    "duplicate-entry": (duplicate_entry, "format"),
    "zip-bomb": (zip_bomb, "format"),
    "absolute-path": (absolute_path, "format"),
    "path-out-of-the-package": (path_out_of_the_package, "format"),
    "truncated": (truncated, "format"),
    "bytes-before": (bytes_before, "format"),
    "one-byte-before": (one_byte_before, "format"),
    "bytes-after": (bytes_after, "format"),
    "lying-directory": (lying_directory, "format"),
    "comments-and-extra-fields": (comments_and_extra_fields, "format"),
    "empty-folder": (empty_folder, "format"),
    "wrong-check-sum": (wrong_check_sum, "format"),
    "metadata-twice": (metadata_twice, "format"),
    **{name: (way, "format") for name, way in LISTS.items()},
}
"""Name of the broken file: how it is made of a good one, and the check that must refuse it."""
