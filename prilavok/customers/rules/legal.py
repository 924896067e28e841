"""Legal details of a company, checked by their own check digits.

INN and OGRN are reckoned by python-stdnum; KPP has a form only; BIC and the account's key are the Bank of Russia's.
"""

import re
from collections.abc import Callable, Mapping

from stdnum.exceptions import ValidationError
from stdnum.ru import inn, ogrn

from prilavok.customers.rules.normal import BadValue, cleaned

_QUOTES = re.compile("[\"'«»„“”‟]")
_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
_BIC = re.compile(r"0[0-24][0-9]{7}")
_ACCOUNT = re.compile(r"[0-9]{20}")
_WEIGHTS = (7, 1, 3)

NUMBERS = ("inn", "kpp", "ogrn", "bic", "account")
SOLE = "sole"


def company_name(text: str) -> str:
    """How a company is shown, searched and sorted: without quotation marks, for nobody types them in a search.

    >>> company_name('  ООО  «Ромашка и "Ко"» ')
    'ООО Ромашка и Ко'
    """
    return " ".join(_QUOTES.sub(" ", cleaned(text)).split())


def numbers(told: Mapping[str, str], form: str) -> dict[str, str]:
    """The five numbers without spaces, each fitting its own check and the others. Raises BadValue: `bad_inn` and so on.

    A sole trader has an INN of twelve digits, an OGRNIP of fifteen and no KPP; a company ten, thirteen and a KPP.

    >>> numbers({"inn": "7707 083 893", "bic": "044525225", "account": "40702810200000000001"}, "legal")["inn"]
    '7707083893'
    >>> numbers({"inn": "7707083893"}, "sole")
    Traceback (most recent call last):
        ...
    prilavok.customers.rules.normal.BadValue: bad_inn
    """
    tidy = {name: re.sub(r"[\s-]", "", cleaned(told.get(name, ""))).upper() for name in NUMBERS}
    sole = form == SOLE
    for name, fits in (
        ("inn", is_inn(tidy["inn"], 12 if sole else 10)),
        ("kpp", not sole and bool(_KPP.fullmatch(tidy["kpp"]))),
        ("ogrn", is_ogrn(tidy["ogrn"], 15 if sole else 13)),
        ("bic", bool(_BIC.fullmatch(tidy["bic"]))),
        ("account", is_account(tidy["account"], tidy["bic"])),
    ):
        if tidy[name] and not fits:
            raise BadValue(f"bad_{name}")
    return tidy


def is_of_sole(inn: str) -> bool:
    """Whether an INN as written has the length of a person's.

    >>> is_of_sole("5001 0073 2259"), is_of_sole("7707083893")
    (True, False)
    """
    return len(re.sub(r"[\s-]", "", inn)) == 12


def is_inn(number: str, length: int) -> bool:
    """
    >>> is_inn("7707083893", 10), is_inn("7707083894", 10), is_inn("500100732259", 12), is_inn("500100732259", 10)
    (True, False, True, False)
    """
    return len(number) == length and _passes(inn.validate, number)


def is_ogrn(number: str, length: int) -> bool:
    """
    >>> is_ogrn("1027700132195", 13), is_ogrn("1027700132196", 13)
    (True, False)
    """
    return len(number) == length and _passes(ogrn.validate, number)


def is_account(account: str, bic: str) -> bool:
    """Whether the account's key fits its bank: sevens, ones and threes over the bank's end and the account.

    Without a BIC, and at the Treasury, whose accounts are keyed otherwise, only the form is asked.

    >>> is_account("40702810200000000001", "044525225"), is_account("40702810300000000001", "044525225")
    (True, False)
    """
    if not _ACCOUNT.fullmatch(account):
        return False
    if not bic.startswith("04"):
        return True
    bank = f"0{bic[4:6]}" if bic[6:] in ("000", "001", "002") else bic[6:]
    digits = f"{bank}{account}"
    return sum(int(digit) * _WEIGHTS[place % 3] % 10 for place, digit in enumerate(digits)) % 10 == 0


def _passes(check: Callable[[str], str], number: str) -> bool:
    try:
        check(number)
    except ValidationError:
        return False
    return True
