"""Which pairs are worth comparing: those that share a key. A key of too many records is left out, so that the number
of pairs stays within a multiple of the number of records."""

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow

from prilavok.customers.matching import names
from prilavok.customers.matching.normal import Normal, near

LARGEST = 100  # records that share a key
PAIRS_PER_RECORD = 50
FEWEST_PAIRS = 300_000
AT_ONCE = 10_000  # records whose keys are in memory


def pairs(connection: duckdb.DuckDBPyConnection, rows: Sequence[Normal]) -> int:
    """Write the table `blocked` as Splink wants it, the rarest keys first; how many pairs it has."""
    connection.execute("CREATE TABLE found (n INTEGER, key VARCHAR)")
    for start in range(0, len(rows), AT_ONCE):
        chunk = [
            (n, key)
            for n, row in enumerate(rows[start : start + AT_ONCE], start)
            for key in sorted({*keys(row)})
        ]
        numbers, texts = zip(*chunk, strict=True) if chunk else ((), ())
        columns = [pyarrow.array(numbers, pyarrow.int32()), pyarrow.array(texts, pyarrow.string())]
        connection.register("chunk", pyarrow.table(columns, ["n", "key"]))
        connection.execute("INSERT INTO found SELECT * FROM chunk")
        connection.unregister("chunk")
    budget = max(FEWEST_PAIRS, PAIRS_PER_RECORD * len(rows))
    connection.execute(
        f"""
        CREATE TABLE keys AS
        WITH sizes AS (SELECT key, count(*) AS size FROM found GROUP BY key HAVING size BETWEEN 2 AND {LARGEST}),
        counted AS (SELECT key, sum(size * (size - 1) // 2) OVER (ORDER BY size, key) AS so_far FROM sizes)
        SELECT found.n, found.key FROM found JOIN counted USING (key) WHERE so_far <= {budget}
        """
    )
    connection.execute("DROP TABLE found")
    connection.execute(
        """
        CREATE TABLE blocked AS
        SELECT DISTINCT '0' AS match_key, l.n AS join_key_l, r.n AS join_key_r
        FROM keys AS l JOIN keys AS r ON l.key = r.key AND l.n < r.n
        """
    )
    connection.execute("DROP TABLE keys")
    ((count,),) = connection.execute("SELECT count(*) FROM blocked").fetchall()
    return int(count)


def keys(row: Normal) -> Iterator[str]:
    """What a record may share with another of the same person, each despite some kind of error."""
    yield from (f"phone {digits}" for phone in row.phones for digits in near(phone))
    yield from (f"email {email}" for email in row.emails)
    yield from (f"local {local}" for local in row.locals if len(local) > 4)
    yield from (f"document {code}" for document in row.documents for code in near(document))
    yield from _of_name(row)
    yield from _of_birth(row)
    yield from _of_place(row)


def _of_name(row: Normal) -> Iterator[str]:
    last, first = row.last_sound or "", row.first_sound or ""
    if last and first:
        yield f"names {min(last, first)} {max(last, first)}"
        yield f"bones {names.skeleton(row.family or '')} {names.skeleton(first)}"
        yield from (f"family {row.family} {name}" for name in row.full_names)
        yield f"heads {last[:4]} {first[:3]}"
    if row.middle_sound:
        yield f"middle {first} {row.father} {last[:1]}"


def _of_birth(row: Normal) -> Iterator[str]:
    if not row.birth:
        return
    year, day = row.birth[:4], row.birth[4:]
    swapped = day[2:] + day[:2]
    yield f"birth {year}{min(day, swapped)}"
    for part in {row.family, row.last_sound, row.first_sound, *row.full_names} - {None}:
        yield f"day {part} {min(day, swapped)}"
        yield f"year {part} {year}"
    for part in filter(None, (row.last_sound, row.first_sound)):
        yield f"head {part[:2]} {year}{day[:2]}"
        yield f"tail {part[-3:]} {row.birth[2:]}"


def _of_place(row: Normal) -> Iterator[str]:
    if row.street and row.house:
        yield f"door {row.street} {row.house} {row.city}"
        yield f"door {row.street} {row.house} {row.postcode}"
    for part in {row.family, row.first_sound, *row.full_names} - {None}:
        yield from (f"at {part} {place}" for place in (row.postcode, row.city, row.street) if place)
    if row.postcode and row.birth:
        yield f"of {row.postcode} {row.birth[:4]}"
    if row.postcode and row.house:
        yield f"house {row.postcode} {row.house}"
