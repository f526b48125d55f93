"""The ways in which a signed PDF is broken after its signature: by an incremental update, in the room that no byte range covers, at the end.

Each is one that a general validator passes or might pass. It judges nothing.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from certificates import der
from certificates.pdf.restamping import Renewal, restamp
from certificates.pdf.signing import SteadyWriter
from certificates.x509.issuing import Issuer, make_crl
from tests.certificates.making import SIGNED_AT
from tests.certificates.pdf.making import SUITE, Clock, crl, good, issuer
from tests.certificates.pki import pki, signing

name = generic.pdf_name


def updated(file: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """With one more revision in which nothing is written but the change."""
    writer, out = SteadyWriter(file, "changed"), io.BytesIO()
    change(writer)
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


@cache
def stamped() -> bytes:
    """The good one with a document timestamp and a revocation list for it: what a later revision may hold."""
    return restamp(
        good(), Renewal(Clock(SIGNED_AT + timedelta(minutes=1)), (crl(at=SIGNED_AT + timedelta(seconds=9)),))
    )


def metadata(writer: IncrementalPdfFileWriter) -> None:
    """Another title and author than those that were signed."""
    particulars = writer.trailer["/Info"]
    particulars[name("/Title")] = generic.pdf_string("有效期至2099年")
    particulars[name("/Author")] = generic.pdf_string("示例他人")
    writer.update_container(particulars)


def xmp(writer: IncrementalPdfFileWriter) -> None:
    """The same particulars as XMP."""
    stream = writer.root["/Metadata"]
    stream._data = bytes(stream.data).replace(b"2026", b"2099")  # noqa: SLF001 - pyHanko has no door to change a stream
    stream._encoded_data = None  # noqa: SLF001
    writer.update_container(stream)


def unused(writer: IncrementalPdfFileWriter) -> None:
    """Objects that nothing leads to."""
    for _ in range(3):
        writer.add_object(_stream(b"hidden " * 500))


def a_list(writer: IncrementalPdfFileWriter) -> None:
    """One more revocation list in the security store, as a stamping adds it: nothing is wrong with it."""
    _stored(writer, crl(at=SIGNED_AT + timedelta(seconds=7)))


def unused_beside_a_list(writer: IncrementalPdfFileWriter) -> None:
    """The same, in a revision that also does what a stamping does."""
    a_list(writer)
    unused(writer)


def not_a_list(writer: IncrementalPdfFileWriter) -> None:
    """Something else in the security store, where lists belong."""
    _stored(writer, b"hidden " * 500)


def more_than_a_list(writer: IncrementalPdfFileWriter) -> None:
    """A list, and something behind it in the same stream."""
    _stored(writer, crl(at=SIGNED_AT + timedelta(seconds=7)) + b"hidden ")


def with_a_list(change: Callable[[bytes], bytes]) -> bytes:
    """The good one with a list more, changed where its maker signed nothing."""
    return updated(good(), lambda writer: _stored(writer, change(crl(at=SIGNED_AT + timedelta(seconds=7)))))


def a_foreign_list(writer: IncrementalPdfFileWriter) -> None:
    """A whole list of an issuer that nobody in the file has."""
    _stored(writer, pki(SUITE).crl(pki(SUITE).signer))


def a_forged_list(writer: IncrementalPdfFileWriter) -> None:
    """A list under the name of the signer's issuer, by another key."""
    forger = Issuer(issuer().certificate, SUITE, signing(SUITE, "forger"))
    _stored(writer, make_crl(forger, (), SIGNED_AT, SIGNED_AT + timedelta(days=1), 9))


def a_foreign_certificate(writer: IncrementalPdfFileWriter) -> None:
    """A whole certificate of somebody who neither signed nor certifies who did."""
    held = writer.root["/DSS"]["/Certs"]
    held.append(writer.add_object(_stream(pki(SUITE).signer)))
    writer.update_container(held)


def annotation(writer: IncrementalPdfFileWriter) -> None:
    """A note on the page, over what stands there."""
    said = {"/Type": "/Annot", "/Subtype": "/FreeText"}
    note = _dictionary({name(key): name(value) for key, value in said.items()})
    note[name("/Contents")] = generic.pdf_string("有效期至2099年")
    note[name("/Rect")] = generic.ArrayObject(generic.NumberObject(each) for each in (100, 100, 300, 200))  # type: ignore[no-untyped-call]
    page = _page(writer)
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page["/Annots"])


def overlay(writer: IncrementalPdfFileWriter) -> None:
    """Another drawing after the page's own."""
    page = _page(writer)
    drawn = writer.add_object(_stream(b"1 0 0 rg 100 100 200 100 re f"))
    page[name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), drawn])
    writer.update_container(page)


def script(writer: IncrementalPdfFileWriter) -> None:
    """What a viewer runs when it opens the file."""
    action = _dictionary({name("/S"): name("/JavaScript"), name("/JS"): generic.pdf_string("app.alert(1)")})
    writer.root[name("/OpenAction")] = writer.add_object(action)
    writer.update_root()  # type: ignore[no-untyped-call]


def attachment(writer: IncrementalPdfFileWriter) -> None:
    """A second file inside."""
    held = _dictionary({name("/F"): writer.add_object(_stream(b"hidden"))})
    said = {name("/Type"): name("/Filespec"), name("/F"): generic.pdf_string("more.txt"), name("/EF"): held}
    listed = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    listed += [generic.pdf_string("more.txt"), writer.add_object(_dictionary(said))]
    writer.update_root()  # type: ignore[no-untyped-call]


def language(writer: IncrementalPdfFileWriter) -> None:
    """One member of the catalog."""
    writer.root["/Lang"] = generic.TextStringObject("en")
    writer.update_root()  # type: ignore[no-untyped-call]


def in_the_padding(file: bytes) -> bytes:
    """One digit behind the newest signature, in the zeros that fill its place."""
    end = int(PdfFileReader(io.BytesIO(file)).embedded_signatures[-1].byte_range[2]) - 2
    assert file[end - 40 : end] == b"0" * 40
    return file[: end - 1] + b"7" + file[end:]


def cms_changed(change: Callable[[bytes], bytes]) -> bytes:
    """The good one with its CMS changed, in the place that no byte range covers."""
    file = good()
    found = PdfFileReader(io.BytesIO(file)).embedded_signatures[0]
    begin, end = int(found.byte_range[1]) + 1, int(found.byte_range[2]) - 1
    length = 4 + int.from_bytes(found.pkcs7_content[2:4], "big")
    made = change(bytes(found.pkcs7_content[:length]))
    return file[:begin] + made.hex().encode().ljust(end - begin, b"0") + file[end:]


def in_the_cms(content: bytes) -> bytes:
    """A member more at the end of the CMS, with the lengths around it put right: no byte range covers it, and it is no padding."""
    return der.sequence(der.parse(content).content, der.octets(b"hidden"))


def between_objects(file: bytes) -> bytes:
    """A comment in the last revision that no table names; the rest of the revision is moved and holds."""
    at = file.rindex(b"\nxref\n") + 1
    more = b"% hidden\n"
    close = file.rindex(b"startxref\n") + len(b"startxref\n")
    return file[:at] + more + file[at:close] + b"%d\n%%%%EOF\n" % (at + len(more))


def _stored(writer: IncrementalPdfFileWriter, octets: bytes) -> None:
    lists = writer.root["/DSS"]["/CRLs"]
    lists.append(writer.add_object(_stream(octets)))
    writer.update_container(lists)


def _stream(octets: bytes) -> Any:
    return generic.StreamObject(stream_data=octets)


def _dictionary(members: dict[Any, Any]) -> Any:
    return generic.DictionaryObject(members)  # type: ignore[no-untyped-call]


def _page(writer: IncrementalPdfFileWriter) -> Any:
    return writer.root["/Pages"]["/Kids"][0].get_object()


def _with(change: Callable[[IncrementalPdfFileWriter], None]) -> Callable[[], bytes]:
    return lambda: updated(good(), change)


GOOD: dict[str, Callable[[], bytes]] = {
    "good-stamped-again": stamped,
    "good-with-one-more-list": lambda: updated(stamped(), a_list),
}
WAYS: dict[str, tuple[Callable[[], bytes], str]] = {
    "incremental-update-after-signing": (_with(language), "updates"),
    "incremental-update-of-the-metadata": (_with(metadata), "updates"),
    "incremental-update-of-the-xmp-metadata": (_with(xmp), "updates"),
    "incremental-update-with-unused-objects": (_with(unused), "updates"),
    "incremental-update-with-unused-objects-beside-a-list": (_with(unused_beside_a_list), "updates"),
    "incremental-update-with-an-annotation": (_with(annotation), "updates"),
    "incremental-update-with-an-overlay": (_with(overlay), "updates"),
    "incremental-update-with-a-script": (_with(script), "updates"),
    "incremental-update-with-an-attachment": (_with(attachment), "updates"),
    "revocation-list-that-is-none": (_with(not_a_list), "updates"),
    "revocation-list-with-trailing-bytes": (_with(more_than_a_list), "updates"),
    "revocation-list-of-a-stranger": (_with(a_foreign_list), "updates"),
    "revocation-list-forged": (_with(a_forged_list), "updates"),
    "certificate-of-a-stranger-in-the-store": (_with(a_foreign_certificate), "updates"),
    "metadata-changed-after-the-timestamp": (lambda: updated(stamped(), metadata), "updates"),
    "comment-in-the-last-revision": (lambda: between_objects(updated(stamped(), a_list)), "updates"),
    "padding-of-the-signature": (lambda: in_the_padding(good()), "coverage"),
    "padding-of-a-timestamp": (lambda: in_the_padding(stamped()), "coverage"),
    "member-added-to-the-signature": (lambda: cms_changed(in_the_cms), "coverage"),
    "bytes-after": (lambda: good() + b"% more\n", "updates"),
    "byte-after-the-end": (lambda: good() + b"\n", "updates"),
    "byte-after-the-end-of-a-timestamp": (lambda: stamped() + b"\n", "updates"),
}
