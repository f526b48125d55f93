"""The ZIP of an OFD: the same each time, and refused where two programs could read two packages or one be harmed."""

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.errors import Malformed
from certificates.ofd import package
from certificates.ofd.package import Entry, read_package, write_package

FILES = [
    Entry("OFD.xml", b"<OFD/>" * 40),
    Entry("Doc_0/页.xml", b"x"),
    Entry("Doc_0/a.bin", bytes(range(256)), dense=True),
]


def refusal(raw: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        read_package(raw)
    return caught.value.code


def zipped(*names: str, **options: object) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = int(str(options.get("attributes", 0)))
            file.writestr(info, b"content" * 9)
        file.comment = bytes(str(options.get("comment", "")), "ascii")
    return out.getvalue()


def test_what_is_written_is_read_again_and_by_the_standard_library_too() -> None:
    raw = write_package(FILES)
    assert read_package(raw) == {entry.name: entry.content for entry in FILES}
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        assert file.testzip() is None and {n: file.read(n) for n in file.namelist()} == read_package(raw)


def test_the_same_files_give_the_same_bytes() -> None:
    assert write_package(FILES) == write_package(FILES)


def streamed(zip64: bool) -> bytes:
    """As a program packs that cannot go back in its output."""
    out = io.BytesIO()

    class Pipe:
        write, flush = out.write, out.flush

    with (
        zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as file,
        file.open(  # type: ignore[arg-type,call-overload]
            zipfile.ZipInfo("OFD.xml"), "w", force_zip64=zip64
        ) as entry,
    ):
        entry.write(b"<OFD/>" * 99)
    return out.getvalue()


def with_zip64() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file, file.open(zipfile.ZipInfo("OFD.xml"), "w", force_zip64=True) as entry:
        entry.write(b"<OFD/>")
    return out.getvalue()


def test_zip64_fields_are_read_where_they_agree_with_everything_else_and_named_where_not() -> None:
    assert read_package(streamed(True)) == read_package(streamed(False)) == {"OFD.xml": b"<OFD/>" * 99}
    good = with_zip64()
    sizes = struct.pack("<2Q", 6, 6)
    assert read_package(good) == {"OFD.xml": b"<OFD/>"} and good.count(sizes) == 1
    for other in (struct.pack("<2Q", 7, 6), struct.pack("<2Q", 0, 0)):
        with pytest.raises(Malformed, match="0x0001") as caught:
            read_package(good.replace(sizes, other))
        assert caught.value.code == "zip-extra" and "0x0001" in caught.value.named
    assert refusal(with_extra(struct.pack("<2H", 1, 16) + sizes)) == "zip-extra"  # sizes that no header lacks
    end = len(good) - 22
    assert refusal(good[:end] + b"PK\6\7" + bytes(16) + good[end:]) == "zip64"


def test_a_program_that_streams_may_know_one_of_the_numbers_before() -> None:
    raw = bytearray(streamed(False))
    assert raw[14:26] == bytes(12)
    raw[22:26] = struct.pack("<I", 594)  # Info-ZIP into a pipe: the size is known, check sum and packed size are not
    assert read_package(bytes(raw)) == {"OFD.xml": b"<OFD/>" * 99}
    raw[22:26] = struct.pack("<I", 593)
    assert refusal(bytes(raw)) == "zip"


def test_packages_of_other_makers_with_sizes_behind_the_entry_are_read() -> None:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    out = Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("OFD.xml", b"<OFD/>" * 99)
        file.writestr("Doc_0/", b"")
        file.writestr("Doc_0/a.xml", b"<a/>")
    assert read_package(out.getvalue()) == {"OFD.xml": b"<OFD/>" * 99, "Doc_0/a.xml": b"<a/>"}


def with_extra(extra: bytes = b"", comment: bytes = b"", folder: str = "Doc_0/") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        info = zipfile.ZipInfo("Doc_0/a.xml")
        info.extra, info.comment = extra, comment
        file.writestr(info, b"<a/>")
        file.writestr(folder, b"")
    return out.getvalue()


def unicode_name(checked: bytes, name: bytes) -> bytes:
    return struct.pack("<2HBI", 0x7075, 5 + len(name), 1, zlib.crc32(checked)) + name


def test_dates_owners_and_the_name_again_of_packing_programs_are_read_and_no_other_extra_field_comment_or_folder() -> (
    None
):
    dates = struct.pack("<2HBI", 0x5455, 5, 1, 1_700_000_000)
    java, again = struct.pack("<2H", 0xCAFE, 0), unicode_name(b"Doc_0/a.xml", b"Doc_0/a.xml")
    assert read_package(with_extra(dates + java + again)) == {"Doc_0/a.xml": b"<a/>"}
    hidden = struct.pack("<2H", 0x9999, 16) + b"HIDDEN-PAYLOAD!!"
    refused = (
        hidden, dates * 2, dates[:-1], struct.pack("<2H", 0x5455, 99) + b"x" * 99, struct.pack("<2H", 0xCAFE, 1) + b"x",
        unicode_name(b"Doc_0/a.xml", b"Doc_0/b.xml"), unicode_name(b"another", b"Doc_0/a.xml"), again[:-1], again * 2,
    )  # fmt: skip
    assert {refusal(with_extra(each)) for each in refused} == {"zip-extra"}
    assert refusal(with_extra(comment=b"a word")) == refusal(with_extra(folder="a word/")) == "zip"


@pytest.mark.parametrize("name", ["/etc/a", "../a", "a/../../b", "a//b", "C:/a", "a\\b", "./a"])
def test_a_path_that_leaves_the_package_is_refused(name: str) -> None:
    assert refusal(zipped("OFD.xml", name)) == "zip-path"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_twice_is_refused_also_where_only_the_case_differs() -> None:
    assert refusal(zipped("OFD.xml", "OFD.xml")) == refusal(zipped("OFD.xml", "ofd.XML")) == "zip-twice"


def test_a_link_is_refused() -> None:
    assert refusal(zipped("OFD.xml", attributes=0o120777 << 16)) == "zip-path"


def test_bytes_before_between_and_behind_the_entries_are_refused() -> None:
    good = write_package(FILES)
    assert [refusal(raw) for raw in (b"MZ" + good, good + b"x", zipped("OFD.xml", comment="more"))] == ["zip"] * 3
    size, offset = struct.unpack_from("<2I", good, len(good) - 10)
    hidden = good[:offset] + b"hidden" + good[offset : offset + size]
    end = package.struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 3, 3, size, offset + 6, 0)
    assert refusal(hidden + end) == "zip"


def test_an_encrypted_entry_is_refused() -> None:
    raw = bytearray(write_package(FILES[:1]))
    raw[raw.index(b"PK\1\2") + 8] |= 1
    assert refusal(bytes(raw)) == "zip-encrypted"


def test_a_bomb_is_refused_without_unpacking_it(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packed.compress(bytes(8_000_000)) + packed.flush()
    raw = write_package([Entry("OFD.xml", bomb, dense=True)])
    lying = raw.replace(
        struct.pack("<HHHI", 0, 0, 0x21, zlib.crc32(bomb)), struct.pack("<HHHI", 8, 0, 0x21, zlib.crc32(bomb))
    )
    assert refusal(lying) == "zip"
    monkeypatch.setattr(package, "MAX_ENTRY", 100)
    assert refusal(write_package([Entry("OFD.xml", bytes(101))])) == "too-large"
    monkeypatch.setattr(package, "MAX_TOTAL", 150)
    assert refusal(write_package([Entry("a", bytes(100)), Entry("b", bytes(100))])) == "too-large"


def test_local_and_central_headers_that_differ_are_refused() -> None:
    raw = bytearray(write_package(FILES))
    at = raw.index(b"OFD.xml")
    raw[at : at + 7] = b"OFD.xmm"
    assert refusal(bytes(raw)) == "zip"


@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_bytes_do_more_than_be_refused(noise: bytes, at: int) -> None:
    good = write_package(FILES)
    for raw in (noise, good[:at] + noise + good[at:], good[:at] + noise + good[at + len(noise) :]):
        try:
            read_package(raw)
        except Malformed:
            continue
