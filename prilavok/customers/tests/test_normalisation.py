import pytest
from hypothesis import given
from hypothesis import strategies as st

from prilavok.customers import rules

MOBILES = st.integers(9_000_000_000, 9_999_999_999).map(str)
WRITTEN = st.sampled_from(
    [
        "+7{}",
        "8{}",
        "7{}",
        "+7 ({0[0]}{0[1]}{0[2]}) {1}",
        "8-{0[0]}{0[1]}{0[2]}-{1}",
        "тел. +7 {}",
        "\u202a+7{}\u202c",
    ]
)


@given(MOBILES, WRITTEN)
def test_one_phone_is_one_phone_however_it_is_written(digits: str, pattern: str) -> None:
    text = pattern.format(digits, digits[3:]) if "{1}" in pattern else pattern.format(digits)

    assert rules.normal_phone(text) == f"+7{digits}"


@given(st.text(max_size=60))
def test_a_normal_phone_is_e164_and_stays_as_it_is(text: str) -> None:
    try:
        phone = rules.normal_phone(text)
    except rules.BadValue:
        return
    assert phone.startswith("+")
    assert phone[1:].isascii() and phone[1:].isdecimal()
    assert len(phone) <= 16
    assert rules.normal_phone(phone) == phone


@given(st.emails() | st.text(max_size=60) | st.text(alphabet="ab@.-+é ", max_size=30))
def test_a_normal_email_is_lower_case_and_stays_as_it_is(text: str) -> None:
    try:
        email = rules.normal_email(text)
    except rules.BadValue:
        return
    assert email == email.lower() == email.strip()
    assert email.count("@") == 1 and len(email) <= 260
    assert rules.normal_email(email) == email


@given(st.text(max_size=80))
def test_a_normal_card_has_digits_and_latin_capitals_only(text: str) -> None:
    try:
        card = rules.normal_card(text)
    except rules.BadValue:
        return
    assert card.isascii() and card.isalnum() and card == card.upper()
    assert rules.normal_card(card) == card


@pytest.mark.parametrize("latin", ["ABC123", "X1", "HOMEPACT"])
def test_cyrillic_look_alikes_make_the_same_card(latin: str) -> None:
    cyrillic = latin.translate(str.maketrans("ABEKMHOPCTYX", "АВЕКМНОРСТУХ"))

    assert rules.normal_card(cyrillic) == rules.normal_card(latin) == latin


@given(st.text(max_size=200))
def test_names_lose_what_cannot_be_seen(text: str) -> None:
    name = rules.cleaned(text)

    assert name == rules.cleaned(name)
    assert not any(c in name for c in "\u200b\u202e\ufeff\n\t\0")


@given(MOBILES)
def test_a_mask_shows_the_country_and_the_last_two_digits(digits: str) -> None:
    masked = rules.masked("phone", f"+7{digits}")

    assert digits[:-2] not in masked
    assert masked.endswith(digits[-2:])


@pytest.mark.parametrize("text", ["9" * 10_000, "a" * 10_000 + "@example.org", "\u202e" * 10_000])
def test_ten_thousand_characters_are_refused_at_once(text: str) -> None:
    for normal in (rules.normal_phone, rules.normal_email, rules.normal_card, rules.normal_id):
        with pytest.raises(rules.BadValue):
            normal(text)
