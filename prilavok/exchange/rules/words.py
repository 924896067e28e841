"""Yes and no, sex, codes and names as files give them."""

import re
import unicodedata

from prilavok.kernel.unreadable import Unreadable

_YES = {"yes", "y", "true", "1", "да", "д", "истина", "+", "есть", "согласен", "согласна"}
_NO = {"no", "n", "false", "0", "нет", "н", "ложь", "-", "не согласен", "не согласна"}
_MALE = {"m", "м", "male", "man", "муж", "муж.", "мужской", "мужчина"}
_FEMALE = {"f", "ж", "female", "woman", "жен", "жен.", "женский", "женщина"}
_MANGLED = re.compile(r"\d[.,]\d+[eе][+-]\d+$", re.I)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def read_yes(text: str) -> bool:
    """
    >>> read_yes("Да"), read_yes("0")
    (True, False)
    """
    clean = text.strip().lower()
    if clean in _YES:
        return True
    if clean in _NO:
        return False
    raise Unreadable("not_yes_or_no", value=clean[:40])


def read_sex(text: str) -> str:
    """m, f, or nothing where it is not said.

    >>> read_sex("Жен."), read_sex("М"), read_sex("не указан")
    ('f', 'm', '')
    """
    clean = text.strip().lower()
    if clean in _MALE:
        return "m"
    if clean in _FEMALE:
        return "f"
    if clean in {"", "не указан", "не указано", "unknown", "?", "-", "0"}:
        return ""
    raise Unreadable("not_a_sex", value=clean[:40])


_FORMS = {
    "legal": {"legal", "legal entity", "юл", "юр лицо", "юридическое лицо", "юрлицо", "организация"},
    "sole": {"sole", "sole trader", "ип", "индивидуальный предприниматель", "предприниматель"},
    "state": {"state", "state customer", "госзаказчик", "государственный заказчик", "государственный орган"},
}


def read_form(text: str) -> str:
    """What a company is by law: legal, sole or state.

    >>> read_form("Юр. лицо"), read_form("ИП")
    ('legal', 'sole')
    """
    clean = " ".join(text.lower().replace(".", " ").split())
    for form, names in _FORMS.items():
        if clean in names:
            return form
    raise Unreadable("unknown_form", value=clean[:40])


def read_code(text: str, *, longest: int = 100) -> str:
    """A code or a number that names something. A spreadsheet's 2,9E+12 has lost its digits: Unreadable.

    >>> read_code(" A-17 ")
    'A-17'
    """
    clean = unicodedata.normalize("NFC", text.strip())
    if _MANGLED.match(clean):
        raise Unreadable("mangled", value=clean[:40])
    return _checked(clean, longest)


def read_text(text: str, *, longest: int = 300) -> str:
    """A name or another text in one line."""
    return _checked(unicodedata.normalize("NFC", " ".join(text.split(" "))).strip(), longest)


def _checked(clean: str, longest: int) -> str:
    if "\ufffd" in clean or _CONTROL.search(clean):
        raise Unreadable("unreadable_characters", value=_CONTROL.sub("?", clean)[:40])
    if len(clean) > longest:
        raise Unreadable("too_long", length=len(clean), longest=longest)
    return clean
