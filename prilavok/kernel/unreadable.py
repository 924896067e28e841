"""Why a cell or a row of a stranger's table was not taken: a code with values; whoever shows it has the words."""


class Unreadable(Exception):
    """The text can't be read as what it should be. `code` names the reason, `values` fill its words."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
