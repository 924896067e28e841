"""Why a cell or a row was not taken: codes with values; their words stand in `exchange.wording`."""


class Unreadable(Exception):
    """The text can't be read as what it should be. `code` names the reason, `values` fill its words."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
