"""A file of people of whom it is known who is who: CSV, XLSX or Parquet, its columns named by hand or guessed.

What is wrong with a file is a code with values: the command and the page have their own words for it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prilavok.customers.matching.quality import Truth
from prilavok.customers.matching.records import Key, Record
from prilavok.kernel import sheets

NAMES = {
    "id": "id unique_id uid key record_id rec_id row_id customer_id код ид номер_записи",
    "last": "last last_name lastname surname family family_name sname фамилия",
    "first": "first first_name firstname given_name givenname name1 fname forename имя",
    "middle": "middle middle_name middlename patronymic second_name отчество",
    "name": "name full_name fullname fio фио клиент покупатель полное_имя",
    "sex": "sex gender пол",
    "birth": "birth birth_date birthdate birthday dob date_of_birth born дата_рождения день_рождения",
    "phone": "phone phone_number phone1 phone2 phone_1 phone_2 mobile tel telephone phone_home phone_mobile телефон "
    "телефон1 телефон2 мобильный мобильный_телефон номер_телефона",
    "email": "email e_mail mail email1 email2 email_address почта эл_почта электронная_почта email_адрес",
    "street": "street street_name address address_1 address1 street_address адрес улица",
    "house": "house house_number street_number building дом номер_дома",
    "city": "city town suburb locality place город населенный_пункт",
    "region": "region state province county регион область",
    "postcode": "postcode post_code postal_code zip zip_code zipcode индекс почтовый_индекс",
    "document": "document soc_sec_id ssn social_security_number passport snils national_id nhs_number паспорт снилс "
    "номер_документа серия_и_номер",
    "inn": "inn tax_id инн",
}
SEVERAL = {"phone": "phones", "email": "emails", "document": "documents"}
CLUSTER = (
    "cluster cluster_id clusterid true_cluster true_cluster_id entity_id entity person_id ground_truth truth true_id "
    "label group_id group master_id duplicate_of кластер группа"
).split()
FEBRL = re.compile(r"rec-(\d+)-(?:org|dup-\d+)")
LEFT = "unique_id_l id_l left id1 id_1 left_id record_1 id_left".split()
RIGHT = "unique_id_r id_r right id2 id_2 right_id record_2 id_right".split()
SAME = "clerical_match_score match is_match label same score совпадение".split()
MOST_PAIRS = (
    5_000_000  # true pairs: they are held in memory, and a column that implies more is hardly the right one
)
YES = {"1", "yes", "true", "y", "t", "да", "match"}


class Unfit(Exception):
    """The file can't be evaluated. `code` names the reason, `values` fill its words."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Labelled:
    """What was read: the records (their keys are row numbers), who is who, and how the columns were understood."""

    records: list[Record]
    truth: Truth
    columns: dict[str, list[str]]
    cluster: str
    unused: list[str]
    left_out: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _File:
    """A table as it lies there."""

    path: Path
    header: list[str]
    rows: Iterator[tuple[int, Sequence[str] | None]]

    def place(self, column: str) -> int:
        """Where the column stands. Raises Unfit."""
        if column in self.header:
            return self.header.index(column)
        raise Unfit("no_column", file=self.path.name, column=column, columns=", ".join(self.header))


def read(
    path: Path,
    *,
    cluster: str = "",
    mapped: Sequence[str] = (),
    labels: Path | None = None,
    most: int | None = None,
) -> Labelled:
    """Read the file; `mapped` are lines field=column, `labels` a file of judged pairs, `most` how many rows there may
    be. Raises Unfit."""
    table = _open(path)
    columns = _columns(table, mapped)
    taken = {column for found in columns.values() for column in found}
    truth_in = "" if labels else cluster or _guessed_cluster(table.header, taken)
    places = {
        name: [table.place(column) for column in found if column != truth_in]
        for name, found in columns.items()
    }
    if not any(places.get(name) for name in NAMES if name != "id"):
        raise Unfit(
            "none_understood", file=path.name, columns=", ".join(table.header), fields=", ".join(NAMES)
        )
    cluster_place = table.place(truth_in) if truth_in else None
    records: list[Record] = []
    cluster_of: dict[Key, str] = {}
    row_of: dict[str, int] = {}
    left_out: list[int] = []
    for number, cells in table.rows:
        if cells is None:
            left_out.append(number)
            continue
        if most is not None and len(records) == most:
            raise Unfit("too_many_rows", file=path.name, most=most)
        records.append(_record(number, cells, places))
        identity = cells[places["id"][0]].strip() if places.get("id") else str(number)
        row_of[identity] = number
        cluster_of[number] = (
            cells[cluster_place].strip() if cluster_place is not None else _of_febrl(identity)
        )
    _must_tell(path, truth_in, labels, cluster_of)
    truth = _judged(_open(labels), row_of) if labels else Truth.of_clusters(cluster_of)
    if not truth.pairs:
        raise Unfit("nothing_to_find", file=path.name, column=truth_in or labels or "id")
    told = truth_in or (labels.name if labels else columns["id"][0])
    unused = [column for column in table.header if column not in taken and column != truth_in]
    return Labelled(records, truth, columns, told, unused, left_out)


def _must_tell(path: Path, column: str, labels: Path | None, cluster_of: Mapping[Key, str]) -> None:
    if len(cluster_of) < 2:
        raise Unfit("no_two_rows", file=path.name)
    if not column and not labels and not any(cluster_of.values()):
        raise Unfit("no_cluster", file=path.name)
    sizes = Counter(cluster for cluster in cluster_of.values() if cluster)
    if not labels and sum(size * (size - 1) // 2 for size in sizes.values()) > MOST_PAIRS:
        raise Unfit("too_many_pairs", file=path.name, column=column or "id", most=MOST_PAIRS)


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────────────


def _columns(table: _File, mapped: Sequence[str]) -> dict[str, list[str]]:
    """Which columns hold which field: those named by hand, and guessed for the fields that were not."""
    named: dict[str, list[str]] = {}
    for line in mapped:
        name, equals, column = line.partition("=")
        if not equals or name not in NAMES:
            raise Unfit("bad_map", line=line, fields=", ".join(NAMES))
        found = named.setdefault(name, [])
        if column:
            table.place(column)
            found.append(column)
    by_hand = {column for found in named.values() for column in found}
    for name, known in NAMES.items():
        if name not in named:
            found = [
                column for column in table.header if _plain(column) in known.split() and column not in by_hand
            ]
            if found:
                named[name] = found if name in SEVERAL else found[:1]
    return named


def _guessed_cluster(header: Sequence[str], taken: set[str]) -> str:
    plain = {_plain(column): column for column in reversed(header) if column not in taken}
    return next((plain[name] for name in CLUSTER if name in plain), "")


def _plain(column: str) -> str:
    """
    >>> _plain(" Дата рождения "), _plain("Soc. Sec. ID"), _plain("E-mail")
    ('дата_рождения', 'soc_sec_id', 'e_mail')
    """
    return "_".join(re.findall(r"[^\W_]+", column.lower().replace("ё", "е")))


def _record(number: int, cells: Sequence[str], places: Mapping[str, Sequence[int]]) -> Record:
    values: dict[str, Any] = {}
    for name, found in places.items():
        texts = tuple(text for place in found if (text := cells[place].strip()))
        if name in SEVERAL:
            values[SEVERAL[name]] = texts
        elif name != "id" and texts:
            values[name] = texts[0]
    return Record(number, **values)


def _of_febrl(identity: str) -> str:
    found = FEBRL.fullmatch(identity)
    return found.group(1) if found else ""


def _judged(table: _File, row_of: Mapping[str, int]) -> Truth:
    """The pairs that somebody judged."""
    left, right = (_one_of(table, names) for names in (LEFT, RIGHT))
    score = next((place for place, column in enumerate(table.header) if _plain(column) in SAME), None)
    judged = []
    for number, cells in table.rows:
        if cells is None:
            continue
        both = [cells[left].strip(), cells[right].strip()]
        if unknown := next((one for one in both if one not in row_of), None):
            raise Unfit("no_record", file=table.path.name, row=number, id=unknown)
        judged.append((row_of[both[0]], row_of[both[1]], score is None or _is_yes(cells[score])))
    return Truth.of_labels(judged)


def _one_of(table: _File, names: Sequence[str]) -> int:
    for place, column in enumerate(table.header):
        if _plain(column) in names:
            return place
    raise Unfit("no_columns_of_pairs", file=table.path.name, columns=", ".join(names[:4]))


def _is_yes(text: str) -> bool:
    """
    >>> _is_yes("1.0"), _is_yes("0.3"), _is_yes("Да"), _is_yes("")
    (True, False, True, False)
    """
    try:
        return float(text.replace(",", ".")) >= 0.5
    except ValueError:
        return text.strip().lower() in YES


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────


def _open(path: Path) -> _File:
    with path.open("rb") as file:
        start = file.read(4)
    return _parquet(path) if start == b"PAR1" else _sheet(path)


def _sheet(path: Path) -> _File:
    try:
        sheet = sheets.look(path)
    except sheets.BadFile as bad:
        raise Unfit("unreadable", file=path.name, why=bad.code) from bad
    return _File(
        path, sheet.header, ((row.number, None if row.ailment else row.cells) for row in sheet.rows())
    )


def _parquet(path: Path) -> _File:
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as bad:
        raise Unfit("unreadable", file=path.name, why="broken_parquet") from bad

    def rows() -> Iterator[tuple[int, list[str]]]:
        number = 0
        try:
            for batch in file.iter_batches(batch_size=10_000):
                for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield number, ["" if cell is None else str(cell) for cell in cells]
        except (pyarrow.ArrowException, OSError) as bad:
            raise Unfit("unreadable", file=path.name, why="broken_parquet") from bad

    return _File(path, list(file.schema_arrow.names), rows())
