"""Why a labelled file can't be evaluated, in the words of the command line."""

from prilavok.cli.trouble import Trouble
from prilavok.cli.words import _
from prilavok.customers.matching.labelled import Unfit

_ANOTHER_COLUMN = _("Is it the right column? Name another: --cluster COLUMN.")
_WORDS = {
    "no_column": (_("{file} has no column «{column}»."), _("Its columns are: {columns}")),
    "none_understood": (
        _("None of the columns of {file} is understood: {columns}"),
        _("Say which is which: --map last=COLUMN --map first=COLUMN … Fields: {fields}"),
    ),
    "no_two_rows": (_("{file} has no two rows to compare."), ""),
    "no_cluster": (
        _("{file} doesn't say which rows are one person."),
        _("Name the column that does: --cluster COLUMN; or give a file of judged pairs: --labels FILE."),
    ),
    "nothing_to_find": (
        _("No two rows of {file} are one person, by «{column}»: there is nothing to find."),
        _ANOTHER_COLUMN,
    ),
    "too_many_pairs": (
        _("By «{column}» more than {most} pairs of rows of {file} are one person."),
        _ANOTHER_COLUMN,
    ),
    "bad_map": (_("--map {line} is not understood."), _("It takes FIELD=COLUMN; fields: {fields}")),
    "no_record": (
        _("{file}, row {row}: there is no record «{id}»."),
        _("The ids must be those of the column that --map id=COLUMN names."),
    ),
    "no_columns_of_pairs": (
        _("{file} has none of the columns {columns}."),
        _(
            "A file of judged pairs has the ids of both records, and 1 or 0 in «match» or «clerical_match_score»."
        ),
    ),
    "unreadable": (
        _("{file} can't be read: {why}."),
        _("It should be a CSV, XLSX or Parquet file whose first row names the columns."),
    ),
}
_WHY = {
    "empty_file": _("it is empty"),
    "no_header": _("its first row doesn't name the columns"),
    "same_column_twice": _("two columns have one name"),
    "broken_book": _("the book is broken"),
    "broken_parquet": _("it begins as Parquet and is none"),
}


def in_words(unfit: Unfit) -> Trouble:
    """What happened to the file and what to do."""
    what, remedy = _WORDS[unfit.code]
    values = unfit.values | {"why": _WHY.get(str(unfit.values.get("why")), "")}
    return Trouble(what.format(**values), remedy.format(**values))
