"""Postal addresses taken apart and written in one form, Russian ways of writing first."""

import re
from dataclasses import dataclass, fields

from prilavok.customers.rules.normal import cleaned

LONGEST = 300  # characters of a line that are looked at


@dataclass(frozen=True, slots=True)
class AddressParts:
    """An address by its parts; what is unknown is empty. `rest` is what the line said besides."""

    postcode: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    street: str = ""
    house: str = ""
    flat: str = ""
    rest: str = ""

    def line(self) -> str:
        """The address in one line, from the country down to the flat.

        >>> AddressParts(city="Москва", street="ул. Тверская", house="4к2", flat="12").line()
        'Москва, ул. Тверская, д. 4к2, кв. 12'
        """
        house = f"д. {self.house}" if self.house[:1].isdigit() else self.house
        flat = f"кв. {self.flat}" if self.flat[:1].isdigit() else self.flat
        written = (self.postcode, self.country, self.region, self.city, self.street, house, flat, self.rest)
        return ", ".join(part for part in written if part)


ADDRESS_PARTS = tuple(one.name for one in fields(AddressParts))

_COUNTRIES = {
    "россия": "Россия",
    "рф": "Россия",
    "российская федерация": "Россия",
    "russia": "Россия",
    "беларусь": "Беларусь",
    "белоруссия": "Беларусь",
    "казахстан": "Казахстан",
    "армения": "Армения",
    "узбекистан": "Узбекистан",
    "грузия": "Грузия",
}
_STREETS = {
    "ул.": "ул улица",
    "пр-т": "пр пр-т пр-кт просп проспект",
    "пр-д": "пр-д проезд",
    "пер.": "пер переулок",
    "б-р": "б-р бул бульвар",
    "ш.": "ш шоссе",
    "наб.": "наб набережная",
    "пл.": "пл площадь",
    "мкр": "мкр мкрн микрорайон",
    "кв-л": "кв-л квартал",
    "туп.": "туп тупик",
    "аллея": "аллея",
    "линия": "линия",
}
_REGIONS = {
    "область": "обл область",
    "край": "край",
    "Республика": "респ республика",
    "автономный округ": "ао округ",
    "район": "р-н район",
}
_PLACES = {
    "": "г гор город",
    "пос.": "пос п посёлок поселок",
    "пгт": "пгт",
    "с.": "с село",
    "дер.": "дер деревня",
    "ст-ца": "ст-ца станица",
    "хутор": "хутор",
}
_HOUSES = "д дом вл владение"
_PARTS_OF_HOUSE = {"к": "к корп корпус", "с": "стр строение", "лит. ": "лит литера литер"}
_FLATS = {"": "кв квартира", "оф. ": "оф офис", "комн. ": "комн комната", "пом. ": "пом помещение"}


def _words(table: dict[str, str]) -> dict[str, str]:
    return {word: form for form, words in table.items() for word in words.split()}


_STREET_OF, _REGION_OF, _PLACE_OF = _words(_STREETS), _words(_REGIONS), _words(_PLACES)
_PART_OF, _FLAT_OF = _words(_PARTS_OF_HOUSE), _words(_FLATS)
_HOUSE_WORDS = set(_HOUSES.split())
_LEADING = [*_STREET_OF, *_PLACE_OF, *_HOUSE_WORDS, *_PART_OF, *_FLAT_OF]
_POSTCODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_GLUED = re.compile(r"(?<!\w)(д|дом|к|корп|стр|кв|оф)\.?(?=\d)", re.I)  # «д5», «кв12»
_BEFORE_NUMBER = re.compile(
    rf"\s+(?=(?:{'|'.join((*_HOUSE_WORDS, *_PART_OF, *_FLAT_OF))})\.?\s+\w*\d|(?:лит\w*)\.?\s+\w\b)", re.I
)
_BEFORE_NAME = re.compile(
    rf"\s+(?=(?:{'|'.join((*_STREET_OF, 'г', 'гор', 'город'))})\.?\s+(?:\d+\S*\s+)?[^\W\d])", re.I
)
_HOUSE = re.compile(r"(\d+(?:/\d+)?)\s*-?\s*([а-яa-z](?![а-яa-z]))?", re.I)
_TAIL = re.compile(r"^(.*[^\W\d]\S*)\s+(\d+\S*(?:\s*[кс]\s?\d+)?)$", re.I)


def parsed_address(line: str) -> AddressParts:
    """The parts of an address in one line; what fits nowhere stays as the rest.

    >>> found = parsed_address("125009, г. Москва, ул. Тверская, д. 4, корп. 2, кв. 12")
    >>> found.postcode, found.city, found.street, found.house, found.flat
    ('125009', 'Москва', 'ул. Тверская', '4к2', '12')
    >>> parsed_address("Россия Московская обл., Химки, проспект Мира 12а").line()
    'Россия, Московская область, Химки, пр-т Мира, д. 12а'
    >>> parsed_address("Тверская ул. д4 кв.12").line(), parsed_address("г Пермь ул 8 Марта 12-5").line()
    ('ул. Тверская, д. 4, кв. 12', 'Пермь, ул. 8 Марта, д. 12, кв. 5')
    >>> parsed_address("д. Ивановка, ул. Ленина, д. 5").line()
    'дер. Ивановка, ул. Ленина, д. 5'
    """
    text = cleaned(line)[:LONGEST]
    found: dict[str, str] = {}
    if code := _POSTCODE.search(text):
        found["postcode"] = code.group()
        text = text.replace(code.group(), ",")
    text = _GLUED.sub(r"\1 ", text)
    text = (
        _BEFORE_NAME.sub(", ", _BEFORE_NUMBER.sub(", ", text))
        if "," not in text
        else _BEFORE_NUMBER.sub(", ", text)
    )
    rest: list[str] = []
    for chunk in _joined([part.strip(" .;") for part in re.split(r"[,;]", text)]):
        _place(chunk, found, rest)
    return AddressParts(**found, rest=", ".join(rest))


def _joined(chunks: list[str]) -> list[str]:
    """Without the empty; a word of kind that stands alone belongs to the name before it: «Тверская», «ул»."""
    joined: list[str] = []
    for chunk in chunks:
        word = chunk.lower().strip(".")
        if joined and (word in _STREET_OF or word in _REGION_OF):
            joined[-1] += f" {chunk}"
        elif chunk:
            joined.append(chunk)
    return joined


def _place(chunk: str, found: dict[str, str], rest: list[str]) -> None:
    """Put one piece of the line where it belongs: by its word, else by its turn."""
    words = chunk.split()
    first, last = words[0].lower().strip("."), words[-1].lower().strip(".")
    name = " ".join(words[1:])
    if first in _COUNTRIES or chunk.lower() in _COUNTRIES:
        whole = chunk.lower() in _COUNTRIES
        found["country"] = _COUNTRIES[chunk.lower() if whole else first]
        if not whole:
            _place(name, found, rest)
    elif name and _within(first, name, found):
        return
    elif first in _REGION_OF or last in _REGION_OF:
        found["region"] = ", ".join(part for part in (found.get("region"), normal_region(chunk)) if part)
    elif first in _STREET_OF or last in _STREET_OF or (found.get("city") and _street_then_house(words)):
        _street(words, found)
    elif name and (first in _PLACE_OF or first == "д"):
        found["city"] = normal_city(chunk)
    else:
        _in_turn(chunk, found, rest)


def _within(first: str, name: str, found: dict[str, str]) -> bool:
    """The house, a part of it or the flat, if that is what the word says."""
    if first in _FLAT_OF and name[0].isdigit():
        found["flat"] = _FLAT_OF[first] + name
    elif first in _PART_OF:
        found["house"] = found.get("house", "") + _PART_OF[first] + name.lower()
    elif first in _HOUSE_WORDS and name[0].isdigit():
        _house(name, found)
    else:
        return False
    return True


def _in_turn(chunk: str, found: dict[str, str], rest: list[str]) -> None:
    """Without a word of its kind: the town, then the street, then the house."""
    if chunk[0].isdigit() and found.get("street") and not found.get("house"):
        _house(chunk, found)
    elif not found.get("city"):
        found["city"] = chunk
    elif not found.get("street"):
        _street(chunk.split(), found)
    else:
        rest.append(chunk)


def _street_then_house(words: list[str]) -> bool:
    return any(word.lower().strip(".") in _STREET_OF for word in words[1:])


def _street(words: list[str], found: dict[str, str]) -> None:
    named = _TAIL.match(" ".join(words))
    if named and not found.get("house"):
        _house(named.group(2), found)
        words = named.group(1).split()
    found["street"] = normal_street(" ".join(words))


def _house(text: str, found: dict[str, str]) -> None:
    """«12а», «12/3», «12 к2», and «12-5», which is a house and a flat."""
    house, _dash, flat = text.partition("-")
    if flat.isdigit() and "flat" not in found:
        found["flat"] = flat
        text = house
    found["house"] = normal_house(text)


def normal_street(text: str) -> str:
    """The kind of the street first, in its short form.

    >>> normal_street("Тверская улица"), normal_street("пр. Мира"), normal_street("Невский проспект")
    ('ул. Тверская', 'пр-т Мира', 'пр-т Невский')
    """
    words = cleaned(text).split()
    for place in range(len(words)):
        form = _STREET_OF.get(words[place].lower().strip("."))
        if form and len(words) > 1:
            return " ".join([form, *words[:place], *words[place + 1 :]])
    return " ".join(words)


def normal_region(text: str) -> str:
    """
    >>> normal_region("Московская обл."), normal_region("респ. Татарстан")
    ('Московская область', 'Республика Татарстан')
    """
    words = cleaned(text).split()
    return " ".join(_REGION_OF.get(word.lower().strip("."), word) for word in words)


def normal_city(text: str) -> str:
    """A town by its bare name, other places with their kind in short.

    >>> normal_city("г. Москва"), normal_city("деревня Ивановка"), normal_city("д. Ивановка")
    ('Москва', 'дер. Ивановка', 'дер. Ивановка')
    """
    words = cleaned(text).split()
    word = words[0].lower().strip(".") if words else ""
    form = "дер." if word == "д" else _PLACE_OF.get(word)
    return " ".join(words) if form is None or len(words) < 2 else " ".join([form, *words[1:]]).strip()


def normal_house(text: str) -> str:
    """
    >>> normal_house("д. 4, корп. 2"), normal_house("12 А"), normal_house("3 стр 1")
    ('4к2', '12а', '3с1')
    """
    tidy = _GLUED.sub(r"\1 ", cleaned(text).replace(",", " "))
    words = [word for word in tidy.split() if word.lower().strip(".") not in _HOUSE_WORDS]
    written = ""
    for word in words:
        form = _PART_OF.get(word.lower().strip("."))
        written += form if form and written else word.lower()
    return written


def normal_flat(text: str) -> str:
    """
    >>> normal_flat("кв. 12"), normal_flat("офис 7"), normal_flat("12")
    ('12', 'оф. 7', '12')
    """
    words = _GLUED.sub(r"\1 ", cleaned(text)).split()
    form = _FLAT_OF.get(words[0].lower().strip(".")) if len(words) > 1 else None
    return " ".join(words) if form is None else form + " ".join(words[1:])


def normal_address(parts: AddressParts) -> AddressParts:
    """Each part in its one form."""
    country = cleaned(parts.country)
    return AddressParts(
        postcode=cleaned(parts.postcode).replace(" ", "").upper()[:10],
        country=_COUNTRIES.get(country.lower(), country)[:60],
        region=normal_region(parts.region)[:120],
        city=normal_city(parts.city)[:120],
        street=normal_street(parts.street)[:200],
        house=normal_house(parts.house)[:30],
        flat=normal_flat(parts.flat)[:30],
        rest=cleaned(parts.rest)[:200],
    )
