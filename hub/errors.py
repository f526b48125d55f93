"""The root of the application's errors. It holds no error that only one part raises."""

from __future__ import annotations


class HubError(Exception):
    """Something the hub will not or cannot do.

    `code` is stable and documented in docs/errors.md; `status` is the HTTP status a door answers with; the message says what
    to do next and never carries a person's name, number or a certificate's body.
    """

    code = "HUB"
    status = 500
    source = ""
    """Whose doing it is: client, hub, provider or provider-business; "" goes by the status."""
    rule = ""
    """The rule or the reason behind the code, where there is one."""

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status


class NotThere(HubError):
    """What was named does not exist, or not in the asker's region."""

    code = "NOT_THERE"
    status = 404


class NotAllowed(HubError):
    """The asker is known, but may not do this."""

    code = "NOT_ALLOWED"
    status = 403


class NotNow(HubError):
    """The case's state does not allow the step; the message names the state and the steps that are open."""

    code = "NOT_NOW"
    status = 409


class KeyReused(NotNow):
    """The key of a call, or of a page's form, stands for another content already; nothing was done."""

    code = "KEY_REUSED"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another request; make a new key for a new request.")


class BadInput(HubError):
    """What was sent cannot be taken; `fields` names each field and its mistake."""

    code = "BAD_INPUT"
    status = 422

    def __init__(self, message: str, fields: dict[str, str] | None = None, *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.fields = fields or {}
