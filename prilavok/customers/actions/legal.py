"""Legal details of companies, however many come at once: checked, found by INN, settled with what is known."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from prilavok.customers import rules
from prilavok.customers.actions.problems import PROBLEM_OF, TooLong, UnknownForm
from prilavok.customers.models import Company, LegalForm
from prilavok.customers.queries import companies_of, heads_of, persons_of

TEXTS = {"full_name": 500, "address": 500, "bank": 200}  # at most so many characters
DETAILS = ("form", *TEXTS, *rules.NUMBERS)

Key = tuple[str, str]
"""INN and KPP, which together name one company."""


def checked(told: Mapping[str, str]) -> dict[str, Any]:
    """Details as they are kept. Raises UnknownForm, TooLong, BadNumber."""
    if told["form"] not in LegalForm.values:
        raise UnknownForm(field="form")
    texts = {name: rules.cleaned(told[name]) for name in TEXTS}
    for name, text in texts.items():
        if len(text) > (most := TEXTS[name]):
            raise TooLong(field=name, most=most)
    try:
        return {"form": told["form"], **texts, **rules.numbers(told, told["form"])}
    except rules.BadValue as error:
        raise PROBLEM_OF[error.args[0]](field=error.args[0].removeprefix("bad_")) from error


@dataclass(slots=True)
class Details:
    """What a file tells of one company, and what that comes to together with what is known.

    A form that is not told follows from the INN.
    """

    told: dict[str, Any]
    form_told: bool
    before: dict[str, Any] = field(default_factory=dict)  # empty: nothing was known
    after: dict[str, Any] = field(default_factory=dict)
    company: Company | None = None

    @classmethod
    def of(cls, told: Mapping[str, str]) -> "Details":
        """Raises what `checked` raises."""
        full = dict.fromkeys(DETAILS, "") | dict(told)
        form_told = bool(full["form"])
        full["form"] = full["form"] or (LegalForm.SOLE if rules.is_of_sole(full["inn"]) else LegalForm.LEGAL)
        return cls(checked(full), form_told)

    @property
    def key(self) -> Key:
        return self.told["inn"], self.told["kpp"]

    @property
    def changed(self) -> dict[str, Any]:
        return {name: value for name, value in self.after.items() if self.before.get(name) != value}

    def settle(self, company: Company) -> None:
        """What is told holds, what is not told stays. Raises what `checked` raises."""
        self.company = company
        self.before = {name: getattr(company, name) for name in DETAILS}
        told = {name: value for name, value in self.told.items() if value}
        if not self.form_told:
            told["form"] = self.before["form"]
        self.after = checked(self.before | told)

    def of_new(self, person_id: int) -> Company:
        """The row of a company that was not known, not saved yet."""
        return Company(person_id=person_id, **self.told)

    def write(self) -> Company:
        """The row with what was settled, not saved yet."""
        assert self.company is not None
        for name, value in self.after.items():
            setattr(self.company, name, value)
        return self.company


def owners_of(keys: Collection[Key], *, loosely: bool) -> tuple[dict[Key, int], set[Key]]:
    """Whose these INN and KPP are, and which of them may be several companies' (only if asked `loosely`).

    Loosely, where one of both sides does not know the KPP, the INN alone tells, if one company only has it.
    """
    sql = """
        SELECT asked.inn, asked.kpp, c.kpp = asked.kpp, p.id
        FROM unnest(%s::text[], %s::text[]) AS asked(inn, kpp)
        JOIN customers_company c ON c.inn = asked.inn AND c.inn <> ''
         AND (c.kpp = asked.kpp OR (%s AND (c.kpp = '' OR asked.kpp = '')))
        JOIN customers_profile p ON p.person_id = c.person_id
    """
    wanted = [key for key in keys if key[0]]
    if not wanted:
        return {}, set()
    exact: dict[Key, int] = {}
    near: dict[Key, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, [[key[0] for key in wanted], [key[1] for key in wanted], loosely])
        for inn, kpp, same, profile in cursor.fetchall():
            if same:
                exact[inn, kpp] = profile
            else:
                near.setdefault((inn, kpp), []).append(profile)
    heads = heads_of({one for found in near.values() for one in found})
    several = {key for key, found in near.items() if len({heads[one] for one in found}) > 1}
    alone = {key: found[0] for key, found in near.items() if key not in several}
    return alone | exact, several - exact.keys()


def known_details(profile_ids: Collection[int]) -> dict[int, Company]:
    """The details of each company; new ones where it has none."""
    found = companies_of(profile_ids)
    persons = persons_of([one for one in profile_ids if one not in found])
    return found | {one: Company(person_id=person) for one, person in persons.items()}


def save(companies: Iterable[Company]) -> None:
    """Rows that are known and rows that are new."""
    rows = list(companies)
    Company.objects.bulk_update([one for one in rows if not one._state.adding], DETAILS, batch_size=500)
    Company.objects.bulk_create([one for one in rows if one._state.adding], batch_size=1_000)
