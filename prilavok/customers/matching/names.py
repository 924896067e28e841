"""Names as they sound, whoever wrote them down: alphabets, spellings, diminutives, patronymics, endings of gender."""

import re
from functools import lru_cache

from anyascii import anyascii

from prilavok.customers.matching.given_names import GIVEN_NAMES

LONGEST = 100  # letters of a name that are looked at

_NOT_LETTERS = re.compile(r"[^a-z]+")
_FOLDS = (  # one letter in Russian, or one sound in English, has many spellings in Latin
    (re.compile(r"s?h?t?sch|shch|shh"), "sh"),
    (re.compile("tch"), "ch"),
    (re.compile("kh"), "h"),
    (re.compile("t[sz]"), "c"),
    (re.compile("ph"), "f"),
    (re.compile("ck|q"), "k"),
    (re.compile("x"), "ks"),
    (re.compile("w"), "v"),
    (re.compile("[jy]"), "i"),
    (re.compile(r"([a-z])\1+"), r"\1"),
    (re.compile("i[eo]"), "e"),
)
_FEMALE_FAMILY = re.compile(r"(?<=[oe]v)a$|(?<=.in)a$")
_ADJECTIVE_FAMILY = re.compile(r"(?<=..)(?:aia|oi|i)$")
_PATRONYMIC = re.compile(r"(?<=..)(?:[oe]vich|inichna|ich|[oe]vna|ichna)$")
_FATHERS = {"san": "aleksandr", "mihal": "mihail", "pal": "pavl"}  # Саныч, Михалыч, Палыч
_VOWELS = re.compile("(?<=.)[aeiou]+")


@lru_cache(maxsize=1 << 16)
def sound(text: str) -> str:
    """A name in Latin letters of one spelling.

    >>> sound("Ковалёва"), sound("Kovalyova"), sound("KOVALEVA")
    ('kovaleva', 'kovaleva', 'kovaleva')
    >>> sound("Юлия") == sound("Julia") == sound("Iuliia"), sound("Щукин") == sound("Schukin")
    (True, True)
    """
    latin = _NOT_LETTERS.sub("", anyascii(text[:LONGEST]).lower())[:LONGEST]
    before = ""
    while latin != before:  # what one fold brings together, another may fold
        before = latin
        for pattern, letters in _FOLDS:
            latin = pattern.sub(letters, latin)
    return latin


def family(sounding: str) -> str:
    """A surname without its ending of gender.

    >>> family(sound("Ковалёва")) == family(sound("Ковалёв")), family(sound("Белая")) == family(sound("Белый"))
    (True, True)
    """
    return _ADJECTIVE_FAMILY.sub("", _FEMALE_FAMILY.sub("", sounding))


def father(sounding: str) -> str:
    """The father's name in a patronymic; empty where it is none.

    >>> father(sound("Иванович")), father(sound("Иваныч")), father(sound("Ивановна")), father(sound("Иван"))
    ('ivan', 'ivan', 'ivan', '')
    """
    name = _PATRONYMIC.sub("", sounding)
    return "" if name == sounding else _FATHERS.get(name, name)


def skeleton(sounding: str) -> str:
    """The first letter and the consonants: what most slips of the pen leave.

    >>> skeleton("kovaleva"), skeleton("ana")
    ('kvlv', 'an')
    """
    return _VOWELS.sub("", sounding)


def full_names(sounding: str) -> frozenset[str]:
    """The names that a diminutive may stand for; a name that is not in the table stands for itself.

    >>> sorted(full_names(sound("Саша"))), sorted(full_names(sound("Анюта")))
    (['aleksandr', 'aleksandra'], ['ana'])
    """
    return _FULL.get(sounding) or frozenset({sounding})


def is_given(sounding: str) -> bool:
    """Whether this is a given name that the table knows."""
    return sounding in _FULL


def _full() -> dict[str, frozenset[str]]:
    full: dict[str, set[str]] = {}
    for line in GIVEN_NAMES.strip().splitlines():
        names, _, forms = line.partition(":")
        for name in names.split():
            for form in (name, *forms.split()):
                full.setdefault(sound(form), set()).add(sound(name))
    for line in GIVEN_NAMES.strip().splitlines():  # a full name is itself, even where it shortens another
        for name in line.partition(":")[0].split():
            full[sound(name)].add(sound(name))
    return {form: frozenset(names) for form, names in full.items()}


_FULL = _full()
