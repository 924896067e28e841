"""Where customers have pages of their own: addresses of known networks and messengers. Pure."""

import re

KINDS = ("vk", "ok", "telegram", "max", "whatsapp", "viber")
_NUMBER = re.compile(r"(?:id)?([0-9]{1,20})", re.A)
_NAMES = {  # how each network lets people call themselves
    "vk": re.compile(r"@?([A-Za-z][A-Za-z0-9_.]{3,31})", re.A),
    "ok": re.compile(r"@?([A-Za-z][A-Za-z0-9_.]{3,31})", re.A),
    "telegram": re.compile(r"@?([A-Za-z][A-Za-z0-9_]{3,31})", re.A),
}
_PHONE = re.compile(r"\+?([1-9][0-9]{6,14})", re.A)
_BY_NUMBER = {"vk": "https://vk.com/id{}", "ok": "https://ok.ru/profile/{}"}
_BY_NAME = {"vk": "https://vk.com/{}", "ok": "https://ok.ru/{}", "telegram": "https://t.me/{}"}


def page_of(kind: str, value: str) -> str:
    """The page behind an identifier, made of its kind and value alone; empty where none is known of.

    >>> page_of("vk", "id1"), page_of("telegram", "@durov"), page_of("whatsapp", "+79161234567")
    ('https://vk.com/id1', 'https://t.me/durov', 'https://wa.me/79161234567')
    >>> page_of("vk", "javascript:alert(1)"), page_of("telegram", "777000"), page_of("viber", "+79161234567")
    ('', '', '')
    """
    if kind == "whatsapp":
        return f"https://wa.me/{phone[1]}" if (phone := _PHONE.fullmatch(value)) else ""
    if kind in _BY_NUMBER and (number := _NUMBER.fullmatch(value)):
        return _BY_NUMBER[kind].format(number[1])
    if kind in _NAMES and (name := _NAMES[kind].fullmatch(value)):
        return _BY_NAME[kind].format(name[1])
    return ""
