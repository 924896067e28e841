"""What a large base is made of, as SQL of the column store's engine: pure, seeded, the same in chunks of any length.

Everything is a function of the seed and a number. Customers come by a steep law (a tenth makes two fifths of the
receipts, an eighth never buys), each between the day of joining and, for many, a day of leaving. Days have seasons,
weekdays and a New Year, hours a rhythm, shops and goods a few favourites and a long tail; every customer prefers
some departments. Goods come back, letters are delivered, opened by people and machines, and clicked.
"""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from demo.names import FAMILIES, MEN, WOMEN

DAYS = 730
DEPARTMENTS, CATEGORIES = 30, 300
NOBODY = 0.12  # share of receipts without a customer
NEVER = 0.12  # share of customers who never buy
RETURNED = 0.025
LINES = 2.8  # a receipt has 1 + a whole part of the exponential law of this mean
ROWS_PER_SALE = 4.4  # its own row and its lines', returns reckoned in
MESSAGE_ROWS, MESSAGE_ROWS_EACH, WRITTEN_TO = (
    0.16,
    1.37,
    0.46,
)  # share of all rows; rows of a letter; of those asked
STEEP, TAMED = 10, 0.6  # the law of buyers: its power, and where on it the heaviest stands
MONTHS = (0.86, 0.9, 1.0, 0.97, 0.96, 0.95, 0.92, 0.96, 1.02, 1.0, 1.05, 1.36)
WEEKDAYS = (0.9, 0.86, 0.88, 0.93, 1.12, 1.28, 1.12)  # from Monday
HOURS = (1, 0, 0, 0, 0, 0, 1, 3, 7, 11, 15, 17, 19, 18, 16, 16, 19, 23, 26, 24, 18, 12, 7, 3)
BYTES_OF_FACTS, BYTES_OF_POSTGRES, BYTES_OF_CUSTOMER = (
    50,
    420,
    3_500,
)  # a row's, indexes and journal reckoned in
STEPS = 8192  # in which a share of the time is told as a day


@dataclass(frozen=True)
class Shop:
    """Inner ids and how many hours its clock is ahead of UTC."""

    id: int
    brand_id: int
    ahead: int


@dataclass(frozen=True)
class Ground:
    """The ids that the shop's tables gave to what sales refer to, in the recipe's order."""

    shops: tuple[Shop, ...]
    categories: tuple[int, ...]
    departments: tuple[int, ...]
    first_product: int
    template_version: int = 0


@dataclass(frozen=True)
class Recipe:
    """`customers` and about `events` rows of facts (receipts, lines, letters' events), up to the day `until`."""

    customers: int
    events: int
    until: date
    seed: int = 1
    ground: Ground = field(default=Ground((), (), (), 0), compare=False)

    @property
    def since(self) -> date:
        return self.until - timedelta(days=DAYS - 1)

    @property
    def sales(self) -> int:
        return max(1, int(self.events * (1 - MESSAGE_ROWS) / ROWS_PER_SALE))

    def megabytes(self, *, only_facts: bool) -> int:
        """Disk that the base takes, generously."""
        each = BYTES_OF_FACTS + (0 if only_facts else BYTES_OF_POSTGRES)
        return (self.events * each + self.customers * BYTES_OF_CUSTOMER) // (1 << 20) + 500

    @property
    def products(self) -> int:
        """A multiple of the categories', up to a hundred thousand."""
        return min(100_000, max(1_000, self.events // 100)) // CATEGORIES * CATEGORIES

    @property
    def shops(self) -> int:
        return min(300, max(5, self.customers // 2_000))

    @property
    def mailings(self) -> int:
        return min(120, max(4, self.events // 100_000))

    @property
    def asked(self) -> int:
        """How many customers a mailing is drawn from."""
        letters = self.events * MESSAGE_ROWS / MESSAGE_ROWS_EACH
        return min(self.customers, max(1, math.ceil(letters / self.mailings / WRITTEN_TO)))

    # Tables of the laws

    @cached_property
    def _weights(self) -> list[float]:
        return [self._weight(number) for number in range(DAYS)]

    @cached_property
    def _days(self) -> str:
        return _steps(self._weights, STEPS)

    def _weight(self, number: int) -> float:
        day = self.since + timedelta(days=number)
        season = MONTHS[day.month - 1] * WEEKDAYS[day.weekday()] * (1 + 0.15 * number / 365)
        return 0.15 if (day.month, day.day) == (1, 1) else season

    @property
    def _hours(self) -> str:
        return _steps(HOURS, 256)

    @cached_property
    def _scatter(self) -> int:
        """A factor without a divisor in common with the number of customers: it puts ranks in no order of ids."""
        factor = max(1, int(self.customers * 0.618))
        while math.gcd(factor, self.customers) != 1:
            factor += 1
        return factor

    def _chance(self, salt: int, *keys: str) -> str:
        """A share from 0 to below 1 that belongs to these numbers."""
        told = ", ".join(f"toUInt64({key})" for key in keys)
        return f"(bitShiftRight(cityHash64(toUInt64({self.seed}), toUInt64({salt}), {told}), 11) / 9007199254740992.)"

    def _of(self, values: tuple[int, ...], index: str) -> str:
        return f"{list(values)}[1 + {index}]"

    # Customers

    def _joined(self, who: str) -> str:
        """The share of the time that had passed when somebody joined; nought for those who were there before."""
        return f"if({self._chance(1, who)} < 0.35, 0., 0.95 * pow({self._chance(2, who)}, 0.9))"

    def _home(self, who: str) -> str:
        return f"toUInt16({self.shops} * pow({self._chance(5, who)}, 1.8))"

    def _day(self, share: str) -> str:
        return f"toUInt16({self._days}[1 + toUInt32({share} * {STEPS - 1})])"

    def _has_email(self, who: str) -> str:
        return f"{self._chance(40, who)} < 0.78"

    def _agreed(self, who: str) -> str:
        """Agreed to letters and did not take it back."""
        return (
            f"({self._has_email(who)} AND {self._chance(41, who)} < 0.72 AND {self._chance(42, who)} >= 0.05)"
        )

    def _active(self, who: str) -> str:
        return f"{self._chance(43, who)} >= 0.005"

    def customers_between(self, start: int, count: int) -> str:
        """One row per customer with all that is told of them."""
        who, shop_ids = "p", tuple(shop.id for shop in self.ground.shops)
        return f"""
        SELECT toInt64(number + 1) AS p, {self._chance(50, who)} < 0.6 ? 'f' : 'm' AS sex,
            if({self._chance(51, who)} < 0.15, NULL,
               toDate32('1940-01-01') + toUInt32(24000 * {self._chance(52, who)})) AS birth_date,
            {self._joined(who)} AS joined,
            toDateTime64(toDate('{self.since}') + if(joined = 0, -1 - toInt32(1500 * {self._chance(53, who)}),
                toInt32({self._day("joined")})), 3, 'UTC') AS registered_at,
            {self._of(shop_ids, self._home(who))} AS shop_id, if({self._active(who)}, 'active', 'blocked') AS status,
            {self._has_email(who)} AS has_email, {self._chance(44, who)} < 0.88 AS has_phone,
            {self._agreed(who)} AS consent_email,
            (has_email AND {self._chance(41, who)} < 0.72) AS said_email,
            (has_phone AND {self._chance(45, who)} < 0.55) AS consent_sms,
            concat({_words(FAMILIES)}[1 + toUInt32({len(FAMILIES)} * {self._chance(54, who)})],
                   if(sex = 'f', 'а', '')) AS last_name,
            if(sex = 'f', {_words(WOMEN)}[1 + toUInt32({len(WOMEN)} * {self._chance(55, who)})],
               {_words(MEN)}[1 + toUInt32({len(MEN)} * {self._chance(55, who)})]) AS first_name,
            concat('c', toString(p), '@example.org') AS email, concat('+7000', leftPad(toString(p), 7, '0')) AS phone,
            {self.identity("customer", "p", "registered_at")} AS public_id
        FROM numbers({start}, {count})"""

    # Sales

    def lines_between(self, start: int, count: int) -> str:
        """Lines of sales and returns, one row each. Sums are in ten-thousandths, signed; ids are final."""
        ranked = f"({TAMED} + {1 - TAMED} * {self._chance(11, 'number')})"
        floor = TAMED**STEEP
        rank = f"toUInt64({self.customers * (1 - NEVER)} * (pow({ranked}, {STEEP}) - {floor}) / {1 - floor})"
        shop_ids = tuple(shop.id for shop in self.ground.shops)
        brands = tuple(shop.brand_id for shop in self.ground.shops)
        ahead = tuple(shop.ahead for shop in self.ground.shops)
        anywhere = f"toUInt16({self.shops} * pow({self._chance(14, 'number')}, 1.8))"
        sales = f"""
        SELECT number AS n, {self._chance(10, "number")} < {NOBODY} AS nobody,
            if(nobody, 0, toInt64(1 + {rank} * {self._scatter} % {self.customers})) AS p,
            {self._joined("p")} AS joined,
            if({self._chance(3, "p")} < 0.55, 1., joined + (1 - joined) * {self._chance(4, "p")}) AS left,
            {self._chance(12, "number")} AS share,
            {self._day("if(nobody, share, joined + (left - joined) * share)")} AS day,
            if(nobody OR {self._chance(13, "number")} < 0.2, {anywhere}, {self._home("p")}) AS s,
            toUInt8({self._hours}[1 + toUInt32(256 * {self._chance(15, "number")})]) AS hour,
            toUInt32(3600 * {self._chance(16, "number")}) AS second,
            toUInt16(least(20, 1 + floor(-{LINES} * log(1 - {self._chance(17, "number")})))) AS many,
            1 + toUInt16(14 * {self._chance(19, "number")}) AS later,
            if({self._chance(18, "number")} < {RETURNED} AND day + later < {DAYS},
               1 + toUInt16(many * {self._chance(21, "number")}), 0) AS back
        FROM numbers({start}, {count})"""
        liked = (
            f"cityHash64(toUInt64({self.seed}), 6, toUInt64(p), toUInt8(4 * {self._chance(22, 'n', 'line')}))"
        )
        each = self.products // DEPARTMENTS
        lines = f"""
        SELECT n, p, day, s, hour, second, later, back, line,
            if(nobody OR {self._chance(20, "n", "line")} < 0.5, {_ranked(self.products, self._chance(23, "n", "line"))},
               {_ranked(each, self._chance(24, "n", "line"))} * {DEPARTMENTS} + {liked} % {DEPARTMENTS}) AS z,
            round(exp(3.3 + 2.4 * {self._chance(30, "z")}) * 100 * (1 + 0.00015 * day)) AS price,
            toInt64(if(z % 5 = 0, 200 + floor(2300 * {self._chance(25, "n", "line")}),
                1000 * (1 + ({self._chance(26, "n", "line")} < 0.25) + ({self._chance(27, "n", "line")} < 0.05))
            )) AS thousandths,
            toInt64(greatest(1, round(price * thousandths / 1000))) AS gross,
            if({self._chance(28, "n", "line")} < 0.3, 5 + floor(26 * {self._chance(29, "n", "line")}), 0) AS off,
            toInt64(round(gross * off / 100)) AS less
        FROM ({sales}) ARRAY JOIN range(1, many + 1) AS line"""
        return f"""
        SELECT kind, if(kind = 'sale', 1, -1) AS sign, toInt64(2 * n + 1 + (kind = 'return')) AS receipt_id,
            toInt64(2 * n + 1) AS original_id, toUInt16(line) AS number, toInt64(p) AS profile_id,
            toDate('{self.since}') + day + if(kind = 'sale', 0, later) AS local_date,
            if(kind = 'sale', hour, 10 + (hour + n) % 10) AS local_hour,
            toDateTime64(local_date, 3, 'UTC') + toIntervalSecond(
                3600 * toInt32(local_hour) + second - 3600 * {self._of(ahead, "s")}) AS happened_at,
            toInt64({self._of(brands, "s")}) AS brand_id, toInt64({self._of(shop_ids, "s")}) AS shop_id,
            toInt64({self.ground.first_product} + z) AS product_id,
            toInt64({self._of(self.ground.categories, f"z % {CATEGORIES}")}) AS category_id,
            toInt64({self._of(self.ground.departments, f"z % {DEPARTMENTS}")}) AS department_id,
            z % 5 = 0 AS weighed, toDecimal64(sign * thousandths, 3) / 1000 AS quantity,
            100 * sign * gross AS gross_units, 100 * sign * (gross - less) AS paid_units
        FROM ({lines}) ARRAY JOIN if(line <= back, ['sale', 'return'], ['sale']) AS kind"""

    # Letters

    def letters_of(self, mailing: int) -> str:
        """Who was written to in one mailing (numbered from nought) and what became of it, one row per letter."""
        day = int((mailing + 0.5) * DAYS / self.mailings)
        first = mailing * self.asked
        passed = sum(self._weights[:day]) / sum(self._weights)
        own = "m"
        touched = f"""arrayFilter(e -> e.1 != '', [
            (if(state = 'delivered' AND {self._chance(61, own)} < 0.24, 'opened', ''), toUInt8(0),
             30 + toUInt32(90000 * pow({self._chance(62, own)}, 3))),
            (if(state = 'delivered' AND {self._chance(63, own)} < 0.08, 'opened', ''), toUInt8(1), toUInt32(3)),
            (if(state = 'delivered' AND {self._chance(61, own)} < 0.045, 'clicked', ''), toUInt8(0),
             60 + toUInt32(90000 * pow({self._chance(62, own)}, 3)))])"""
        return f"""
        SELECT toInt64({first} + number + 1) AS m,
            toInt64(1 + (number + {mailing * 7_919}) * {self._scatter} % {self.customers}) AS p,
            if({self._chance(60, own)} < 0.03, 'refused', 'delivered') AS state,
            toDateTime64('{self.since + timedelta(days=day)} 07:00:00', 3, 'UTC')
                + toIntervalMillisecond(number * 2) AS at,
            {touched} AS touches, toUInt8(1 + 5 * {self._chance(64, own)}) AS link,
            concat('c', toString(p), '@example.org') AS address
        FROM numbers({self.asked})
        WHERE {self._agreed("p")} AND {self._active("p")} AND {self._joined("p")} < {passed:.9f}"""

    # Ids

    def identity(self, kind: str, key: str, at: str) -> str:
        """A UUID of version 7 that belongs to this thing: its moment, then what the seed says."""
        told = f"lower(hex(sipHash128('{kind}', toUInt64({self.seed}), toUInt64({key}))))"
        moment = f"lower(leftPad(hex(toUInt64(toUnixTimestamp64Milli({at}))), 12, '0'))"
        return (
            f"concat(substring({moment}, 1, 8), '-', substring({moment}, 9, 4), '-7', substring({told}, 1, 3), "
            f"'-a', substring({told}, 4, 3), '-', substring({told}, 7, 12))"
        )


def _ranked(count: int, share: str) -> str:
    """A number below `count` by Zipf's law."""
    return f"toUInt64(least({count - 1}, floor(exp({share} * {math.log(count + 1)})) - 1))"


def _words(words: list[str]) -> str:
    return "[" + ",".join(f"'{word}'" for word in words) + "]"


def _steps(weights: list[float] | tuple[float, ...], steps: int) -> str:
    """Indexes in the proportion of their weights, as an array of so many steps.

    >>> _steps([1, 0, 3], 4)
    '[0,2,2,2]'
    """
    total, reached, index, found = sum(weights), float(weights[0]), 0, []
    for step in range(steps):
        while reached <= (step + 0.5) * total / steps and index < len(weights) - 1:
            index += 1
            reached += weights[index]
        found.append(str(index))
    return "[" + ",".join(found) + "]"
