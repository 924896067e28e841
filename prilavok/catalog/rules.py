"""How the tree of categories is put in order. Pure: no database, no clock, no Django."""

from collections.abc import Mapping


class Circle(ValueError):
    """A category would stand below itself; `args[0]` is its code."""


def parents_first(parent_of: Mapping[str, str]) -> list[str]:
    """Codes in an order in which every parent stands before its children. Raises Circle.

    >>> parents_first({"beef": "meat", "meat": "", "milk": "dairy"})
    ['meat', 'beef', 'milk']
    """
    order: dict[str, None] = {}
    for code in parent_of:
        path: dict[str, None] = {}
        here = code
        while here in parent_of and here not in order:
            if here in path:
                raise Circle(here)
            path[here] = None
            here = parent_of[here]
        order.update(dict.fromkeys(reversed(path)))
    return list(order)


def name_key(text: str) -> str:
    """How a name is compared in search: lower case, ё as е.

    >>> name_key("Мёд Цветочный")
    'мед цветочный'
    """
    return text.lower().replace("ё", "е")
