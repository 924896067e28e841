"""What is written differently and means the same comes out the same, and no text upsets it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prilavok.customers.matching import Record, blocking, names, normal
from prilavok.customers.matching.normal import normal as normalised

ODD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\u200b\u200d\u200e\u202e\u2066\ufeff\u00ad\u0301\ud800ёЁйЙİßﷺ№٠１+@.-'0 \t\0"),
    ),
    max_size=60,
)
SETTLED = (
    normal.cleaned,
    normal.normal_name,
    normal.normal_birth,
    normal.normal_phone,
    normal.normal_email,
    normal.normal_code,
    names.sound,
)


@pytest.mark.parametrize("normalise", SETTLED, ids=lambda function: function.__name__)
@given(text=ODD)
def test_what_is_normal_stays_as_it_is(normalise, text: str) -> None:
    once = normalise(text)
    assert once is None or normalise(once) == once


@given(texts=st.lists(ODD, min_size=16, max_size=16))
def test_no_text_upsets_it(texts: list[str]) -> None:
    last, first, middle, name, sex, birth, phone, email, *rest = texts
    street, house, city, region, postcode, document, inn, other = rest
    row = normalised(
        Record(
            1, last, first, middle, name, sex, birth, (phone, other), (email,), street, house, city, region, postcode,
            (document,), inn,
        )
    )  # fmt: skip
    assert all("\u200b" not in key and key.isprintable() for key in blocking.keys(row))


@pytest.mark.parametrize("piece", ["я", "щ", "\u202e", "٣", "1", "a@b ", "ﷺ", "ул. 1 "])
def test_ten_thousand_characters_are_cut(piece: str) -> None:
    text = piece * (10_000 // len(piece))
    row = normalised(
        Record(1, text, text, text, text, text, text, (text,), (text,), text, text, text, text, text)
    )
    keys = list(blocking.keys(row))

    assert len(keys) < 500
    assert all(len(key) < 1000 for key in keys)


@pytest.mark.parametrize(
    "spellings",
    [
        ("Ковалёва", "КОВАЛЕВА", "Kovaleva", "Kovalyova", "Kovaliova", "ко\u200bвалёва"),
        ("Юлия", "Yuliya", "Julia", "Iuliia", "Yulia"),
        ("Щербаков", "Shcherbakov", "Scherbakov"),
        ("Алексей", "Aleksey", "Alexei", "Aleksei", "Alexey"),
        ("Хабибуллин", "Khabibullin", "Habibulin"),
        ("Цветков", "Tsvetkov", "Cvetkov"),
        ("Дмитриев", "Dmitriev", "Dmitriyev"),
    ],
)
def test_names_in_any_alphabet_sound_the_same(spellings: tuple[str, ...]) -> None:
    assert len({names.sound(normal.normal_name(spelling)) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    "short, full",
    [("Аня", "Анна"), ("Саша", "Александр"), ("Саша", "Александра"), ("Лёша", "Алексей"), ("Bob", "Robert")],
)
def test_a_diminutive_stands_for_its_full_name(short: str, full: str) -> None:
    assert names.full_names(names.sound(short)) & names.full_names(names.sound(full))


@pytest.mark.parametrize("other", ["Иваныч", "Ивановна", "Ivanovich", "ИВАНОВИЧ"])
def test_forms_of_a_patronymic_name_one_father(other: str) -> None:
    assert names.father(names.sound(other)) == names.father(names.sound("Иванович"))


@pytest.mark.parametrize(
    "record",
    [
        Record(1, last="Ковалёва", first="Анна", middle="Сергеевна"),
        Record(1, name="Ковалёва Анна Сергеевна"),
        Record(1, name="Анна Сергеевна Ковалёва"),
        Record(1, last="Сергеевна", first="Анна", middle="Ковалёва"),
        Record(1, last="Ковалёва", first="Сергеевна", middle="Анна"),
    ],
)
def test_the_parts_of_a_name_find_their_places(record: Record) -> None:
    row = normalised(record)
    assert (row.last, row.first, row.middle) == ("ковалева", "анна", "сергеевна")


@pytest.mark.parametrize(
    "street, house",
    [
        ("ул. Ленина", "5-12"),
        ("Ленина ул., д. 5, кв. 12", ""),
        ("улица Ленина дом 5 квартира 12", ""),
        ("ulitsa Lenina, 5-12", ""),
        ("Lenina st., 5, apt 12", ""),
    ],
)
def test_an_address_is_its_name_and_numbers(street: str, house: str) -> None:
    row = normalised(Record(1, street=street, house=house))
    assert (row.street, row.house) == ("lenina", "5-12")


@pytest.mark.parametrize(
    "placeholder", ["01.01.1900", "1900-01-01", "01/01/1970", date(1900, 1, 1), "", "0", "31.12.1899"]
)
def test_a_made_up_birthday_is_unknown(placeholder: date | str) -> None:
    assert normalised(Record(1, birth=placeholder)).birth is None


def test_a_day_that_no_calendar_has_can_still_be_compared() -> None:
    assert normalised(Record(1, birth="19560431")).birth == "19560431"
