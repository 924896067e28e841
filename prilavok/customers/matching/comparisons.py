"""What is compared and how alike it can be: each field's levels, from the same to different.

A level is met when its condition is and none above it was. `m` is how often two records of one person meet it: what is
believed before the records teach better. `most` is how many bits it may weigh, for or against, whatever they teach.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """One level: the code of its reason, its condition in SQL, the belief, the bound.

    Of the values of the column `common`, the rarer the shared one, the more the level weighs. What is `held` can only
    be learnt to be rarer than believed: members of one household share all but this, and would teach it wrongly.
    """

    code: str
    sql: str
    m: float
    most: float
    common: str = ""
    held: bool = False


@dataclass(frozen=True)
class Comparison:
    """A field of two records, kept in these columns. It says nothing unless both know one of them, nor where another
    field has `said` it; the last level is all the rest.

    `home` is how many bits it may weigh for one person rather than two of one household; a field with none says nothing
    of that.
    """

    name: str
    columns: tuple[str, ...]
    home: float
    levels: tuple[Level, ...]
    said: str = ""

    @property
    def unknown(self) -> str:
        """In SQL: there is nothing to compare."""
        unknown = " AND ".join(f'("{column}_l" IS NULL OR "{column}_r" IS NULL)' for column in self.columns)
        return f"({unknown}) OR ({self.said})" if self.said else unknown


def _same(column: str) -> str:
    return f'"{column}_l" = "{column}_r"'


def _share(column: str) -> str:
    return f'list_has_any("{column}_l", "{column}_r")'


def _slip(column: str, slips: int = 1) -> str:
    return (  # the two cheap conditions spare most of the dear one
        f'abs(length("{column}_l") - length("{column}_r")) <= {slips} '
        f'AND jaro_winkler_similarity("{column}_l", "{column}_r") >= 0.6 '
        f'AND damerau_levenshtein("{column}_l", "{column}_r") <= {slips}'
    )


def _alike(column: str, least: float) -> str:
    return f'jaro_winkler_similarity("{column}_l", "{column}_r") >= {least}'


def _initial(column: str) -> str:
    return (
        f'(length("{column}_l") = 1 OR length("{column}_r") = 1) '
        f'AND substr("{column}_l", 1, 1) = substr("{column}_r", 1, 1)'
    )


def _part(column: str, start: int, length: int) -> str:
    return f'substr("{column}_l", {start}, {length}) = substr("{column}_r", {start}, {length})'


def _crossed(one: str, other: str) -> str:
    return (
        f'(jaro_winkler_similarity("{one}_l", "{other}_r") >= 0.9 '
        f'OR jaro_winkler_similarity("{other}_l", "{one}_r") >= 0.9)'
    )


_SWAPPED = (
    'jaro_winkler_similarity("last_sound_l", "first_sound_r") >= 0.88 '
    'AND jaro_winkler_similarity("first_sound_l", "last_sound_r") >= 0.88'
)
_MOVED = f"({_crossed('last_sound', 'first_sound')} OR {_crossed('last_sound', 'middle_sound')})"
_TOLD_BY_LAST = (
    f"({_SWAPPED}) "
    'OR (jaro_winkler_similarity("last_sound_l", "first_sound_r") >= 0.9 AND "last_sound_r" IS NULL) '
    'OR (jaro_winkler_similarity("last_sound_r", "first_sound_l") >= 0.9 AND "last_sound_l" IS NULL)'
)
_DAY_AND_MONTH = (
    f'{_part("birth", 1, 4)} AND substr("birth_l", 5, 2) = substr("birth_r", 7, 2) '
    'AND substr("birth_l", 7, 2) = substr("birth_r", 5, 2)'
)

COMPARISONS = (
    Comparison(
        "last",
        ("family",),
        0,
        (
            Level("last_same", _same("family"), 0.75, 14, "family"),
            Level("last_typo", _slip("family"), 0.10, 11, "family"),
            Level("last_alike", _alike("last_sound", 0.88), 0.05, 7),
            Level("name_swapped", _SWAPPED, 0.03, 14, "family"),
            Level("name_moved", _MOVED, 0.02, 6),
            Level("last_differs", "ELSE", 0.05, 6),
        ),
    ),
    Comparison(
        "first",
        ("first_sound",),
        5,
        (
            Level("first_initial", _initial("first_sound"), 0.03, 4),
            Level("first_same", _same("first_sound"), 0.70, 10, "first_sound"),
            Level("first_diminutive", _share("full_names"), 0.10, 8, "first_sound"),
            Level("first_typo", _slip("first_sound"), 0.08, 8),
            Level("first_alike", _alike("first_sound", 0.86), 0.05, 5),
            Level("first_differs", "ELSE", 0.03, 8, held=True),
        ),
        said=_TOLD_BY_LAST,
    ),
    Comparison(
        "middle",
        ("father",),
        1,
        (
            Level("middle_initial", _initial("father"), 0.05, 4),
            Level("middle_same", _same("father"), 0.83, 8, "father"),
            Level("middle_typo", _slip("father"), 0.07, 7),
            Level("middle_differs", "ELSE", 0.05, 6, held=True),
        ),
    ),
    Comparison(
        "sex",
        ("sex",),
        1,
        (Level("sex_same", _same("sex"), 0.98, 1.1), Level("sex_differs", "ELSE", 0.02, 5, held=True)),
    ),
    Comparison(
        "birth",
        ("birth",),
        6,
        (
            Level("birth_same", _same("birth"), 0.80, 15, "birth"),
            Level("birth_swapped", _DAY_AND_MONTH, 0.03, 13),
            Level("birth_typo", _slip("birth"), 0.10, 9),
            Level("birth_alike", f'{_part("birth", 1, 2)} AND hamming("birth_l", "birth_r") <= 2', 0.03, 5),
            Level("birth_year_differs", _part("birth", 5, 4), 0.02, 7),
            Level("birth_year_same", _part("birth", 1, 4), 0.02, 3),
            Level("birth_differs", "ELSE", 0.03, 7, held=True),
        ),
    ),
    Comparison(
        "phone",
        ("phones",),
        2,
        (
            Level("phone_same", f"{_same('phone')} OR {_share('phones')}", 0.70, 15),
            Level("phone_typo", _share("phones_near"), 0.08, 11),
            Level("phone_differs", "ELSE", 0.22, 3),
        ),
    ),
    Comparison(
        "email",
        ("emails",),
        4,
        (
            Level("email_same", f"{_same('email')} OR {_share('emails')}", 0.65, 15),
            Level("email_local_same", _share("locals"), 0.07, 9),
            Level("email_typo", f"{_same('email_digits')} AND {_slip('email', 2)}", 0.08, 8),
            Level("email_differs", "ELSE", 0.20, 3),
        ),
    ),
    Comparison(
        "address",
        ("street", "house"),
        0,
        (
            Level("address_same", f"{_same('street')} AND {_same('house')}", 0.60, 12, "street"),
            Level("address_typo", f"{_same('house')} AND {_alike('street', 0.85)}", 0.12, 10),
            Level("street_same", _same("street"), 0.08, 7, "street"),
            Level("street_typo", _alike("street", 0.90), 0.06, 6),
            Level("house_same", _same("house"), 0.03, 5),
            Level("address_differs", "ELSE", 0.11, 3),
        ),
    ),
    Comparison(
        "place",
        ("city", "postcode"),
        0,
        (
            Level("place_same", f"{_same('postcode')} AND {_same('city')}", 0.55, 9, "postcode"),
            Level("postcode_same", _same("postcode"), 0.14, 8, "postcode"),
            Level("city_same", _same("city"), 0.12, 7, "city"),
            Level("postcode_typo", _slip("postcode"), 0.05, 4),
            Level("city_typo", _alike("city", 0.88), 0.05, 4),
            Level("place_differs", "ELSE", 0.09, 3),
        ),
    ),
    Comparison(
        "region",
        ("region",),
        0,
        (
            Level("region_same", _same("region"), 0.92, 3, "region"),
            Level("region_differs", "ELSE", 0.08, 3),
        ),
    ),
    Comparison(
        "document",
        ("documents",),
        18,
        (
            Level("document_same", f"{_same('document')} OR {_share('documents')}", 0.85, 18),
            Level("document_typo", _share("documents_near"), 0.09, 13),
            Level("document_differs", "ELSE", 0.06, 7),
        ),
    ),
    Comparison(
        "inn",
        ("inn",),
        0,
        (
            Level("inn_same", _same("inn"), 0.90, 12, "inn"),
            Level("inn_typo", _slip("inn"), 0.05, 8),
            Level("inn_differs", "ELSE", 0.05, 5),
        ),
    ),
)
