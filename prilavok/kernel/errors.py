"""What a domain says when it can't do what was asked."""

from typing import Any, ClassVar

from django.utils.functional import Promise


class Problem(Exception):
    """A failure with a name, words and, if one is to blame, a field. Domains subclass it.

    The API answers it as RFC 9457 with `status`, `code` and the params named in `more`; a view puts `str(problem)`
    beside the field.
    """

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 422
    message: str | Promise = ""
    more: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, message: str | Promise | None = None, *, field: str | None = None, **params: Any
    ) -> None:
        super().__init__(message or self.message)
        self.text = message or self.message
        self.field = field
        self.params = params

    def __str__(self) -> str:
        text = str(self.text)
        return text % self.params if self.params else text
