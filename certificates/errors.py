"""The errors of this package: one root, a stable code on each. It words nothing for people; verify.py does."""


class CertificateError(Exception):
    """Root of every error raised by ``certificates``.

    ``code`` is stable and may be matched on; the message is for developers, says what to do next, and never
    holds a name, a number of a person or the text of a certificate. ``named`` is what the message names, for the words of people.
    """

    def __init__(self, code: str, message: str, named: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.named = named


class Malformed(CertificateError):
    """The bytes or the values are not what the format asks for."""


class SuiteUnavailable(CertificateError):
    """This machine cannot do the cryptography asked for; the message says what is missing."""


class SigningFailed(CertificateError):
    """The signer gave no signature, or one that does not verify; nothing may be handed out."""


class SignerAway(SigningFailed):
    """The signer does not answer now; what was to be signed may be tried again later, unchanged."""


class TimestamperAway(SignerAway):
    """No timestamp authority gives a usable answer now; what was signed holds without a stamp, and may be stamped later."""


class TrustUnreadable(CertificateError):
    """The trust folder cannot be used as it is; the message names the file and what to change, ``named`` is the file alone."""


def changed_since(check: str) -> Malformed:
    """The error of whoever was to stamp a file that fails this check of its own."""
    said = f"The file fails its own check “{check}”: it is not as it was signed, and gets no stamp. Put back the file as it was issued."
    return Malformed("stamp-changed", said)
