"""The groups that the report is cut by: every customer stands in exactly one row of every cut."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.utils.translation import gettext as _

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.experiments.queries.figures import Cut, CutRow, Figures
from prilavok.experiments.queries.outcomes import Bought, Habits
from prilavok.experiments.queries.people import Drawn
from prilavok.experiments.rules import bands
from prilavok.experiments.rules.cells import Ints
from prilavok.experiments.rules.cuts import Shares

MOST_SHOPS = 15
OTHERS = "others"
UNKNOWN = ""
KEYS = ("stratum", "sex", "age", "shop", "recency", "rfm")


class PartsDontAddUp(AssertionError):
    """The parts of a cut miss the total: a report that says so must not be shown."""


@dataclass(frozen=True)
class Grouping:
    """A cut before its figures: the code of each person's group, the groups' keys and labels in order."""

    key: str
    label: str
    codes: Ints
    keys: tuple[str, ...]
    labels: tuple[str, ...]


def groupings(people: Drawn, strata: Ints, known: Habits, on: date) -> list[Grouping]:
    """All cuts, as the customers stood when the experiment began."""
    traits = customers.traits_of(people.profiles)
    of = [traits.get(profile) for profile in people.profiles]
    sexes = [one.sex if one else UNKNOWN for one in of]
    ages = [bands.age_band(bands.age(one.birth_date, on) if one and one.birth_date else None) for one in of]
    recency = [bands.recency_band(days if days >= 0 else None) for days in known.recency.tolist()]
    return [
        _grouping("stratum", stratum_title(), *_strata(people, strata)),
        _grouping("sex", _("Sex"), sexes, {"m": _("men"), "f": _("women"), UNKNOWN: _("unknown")}),
        _grouping("age", _("Age"), ages, _named(bands.age_bands()) | {"21-": _("under 21")}),
        _grouping("shop", _("Shop"), *_shops(known.shop)),
        _grouping(
            "recency",
            _("Days since the last purchase"),
            recency,
            _named(bands.recency_bands(), _("never bought")),
        ),
        _grouping("rfm", _("RFM, sum of the scores"), rfm_bands(known), _named(RFM_BANDS, _("never bought"))),
    ]


RFM_BANDS = ("13-15", "10-12", "7-9", "3-6")


def rfm_bands(known: Habits) -> list[str]:
    """Sum of the three scores (1 to 5 each, among the experiment's own people), in four bands.

    Whoever never bought bought longest ago: nobody's score suffers from them.
    """
    ago = np.where(known.recency < 0, np.inf, known.recency)
    score = 6 - bands.quantiles(ago) + bands.quantiles(known.receipts.astype(float))
    score = score + bands.quantiles(known.revenue)
    band = [next(name for name in RFM_BANDS if one >= int(name.split("-")[0])) for one in score.tolist()]
    return [
        name if receipts else UNKNOWN for name, receipts in zip(band, known.receipts.tolist(), strict=True)
    ]


def _named(names: tuple[str, ...], unknown: str = "") -> dict[str, str]:
    return {name: name.replace("-", "–") for name in names} | {UNKNOWN: unknown or _("unknown")}


def _strata(people: Drawn, strata: Ints) -> tuple[list[str], dict[str, str]]:
    """Strata as they were reckoned with: thin ones have been joined under the names of both."""
    joined: dict[int, list[str]] = {}
    for old, new in sorted(set(zip(people.strata.tolist(), strata.tolist(), strict=True))):
        joined.setdefault(new, []).append(people.stratum_names[old])
    keys = {code: "+".join(names) for code, names in joined.items()}
    labels = {key: " + ".join(map(stratum_label, joined[code])) for code, key in keys.items()}
    return [keys[code] for code in strata.tolist()], labels


def stratum_title() -> str:
    return _("Stratum of the draw")


def stratum_label(name: str) -> str:
    """The name of a stratum that the draw made, in words; others are called as they were given."""
    if name.startswith("spent-"):
        return _("fifth %(number)s by past spending") % {"number": name.removeprefix("spent-")}
    named = {
        "other": _("small strata together"),
        "": _("all"),
        "new": _("had not bought before"),
        "buyer": _("had bought before"),
    }
    return named.get(name, name)


def _shops(shop: Ints) -> tuple[list[str], dict[str, str]]:
    """The shops with the most people by name, all others together."""
    ids, counts = np.unique(shop[shop > 0], return_counts=True)
    largest = ids[np.argsort(-counts, kind="stable")][:MOST_SHOPS].tolist()
    names = {pk: one.name for pk, one in company.shops_by_id(largest).items()}
    labels = {str(pk): names.get(pk, str(pk)) for pk in largest}
    keys = [str(pk) if str(pk) in labels else OTHERS if pk else UNKNOWN for pk in shop.tolist()]
    return keys, labels | {OTHERS: _("other shops"), UNKNOWN: _("never bought")}


def _grouping(key: str, label: str, of: list[str], labels: Mapping[str, str]) -> Grouping:
    there = set(of)
    order = [name for name in labels if name in there] + sorted(there - set(labels))
    code = {name: number for number, name in enumerate(order)}
    codes = np.array([code[name] for name in of], dtype=np.int64)
    return Grouping(key, label, codes, tuple(order), tuple(str(labels.get(name, name)) for name in order))


def cut(grouping: Grouping, people: Drawn, bought: Bought, shared: Shares, total: float) -> Cut:
    """One cut with both arms' figures. Raises PartsDontAddUp."""
    rows = []
    for code, (key, label) in enumerate(zip(grouping.keys, grouping.labels, strict=True)):
        inside = grouping.codes == code
        rows.append(
            CutRow(
                key,
                label,
                figures(bought, inside & (people.arms == 0)),
                figures(bought, inside & (people.arms == 1)),
                shared.part(inside),
            )
        )
    made = Cut(grouping.key, grouping.label, tuple(rows))
    if abs(made.total - total) > 1e-6 * max(1.0, abs(total), float(np.abs(bought.revenue).sum())):
        raise PartsDontAddUp(f"{grouping.key}: {made.total} instead of {total}")
    return made


def figures(bought: Bought, inside: np.ndarray) -> Figures:
    """What the people inside did."""
    return Figures(
        customers=int(inside.sum()),
        buyers=int((bought.receipts[inside] > 0).sum()),
        receipts=int(bought.receipts[inside].sum()),
        revenue=float(bought.revenue[inside].sum()),
    )
