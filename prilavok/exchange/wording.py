"""Reasons in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, str | Promise] = {
    # the row
    "too_many_cells": _(
        "The row has %(cells)s cells, the header has %(columns)s: an extra delimiter or a missing quote."
    ),
    "too_few_cells": _("The row has only %(cells)s cells of %(columns)s: it was cut off."),
    "quote_not_closed": _("A quote is opened and not closed, or something follows a closing quote."),
    "quote_or_huge_cell": _("A cell is longer than %(longest)s characters: probably a quote is not closed."),
    "zero_bytes": _("The row contains zero bytes: the file was damaged."),
    "broken_encoding": _("Some characters of the row can't be read: the file was saved in a wrong encoding."),
    "same_again_different": _("The same key stands in row %(row)s with other values."),
    # cells
    "missing": _("The value is missing."),
    "not_a_date": _("“%(value)s” is not a date. Write 21.11.2026 or 2026-11-21."),
    "no_such_day": _("There is no such day: “%(value)s”."),
    "no_such_time": _("There is no such time: “%(value)s”."),
    "future": _("The date lies in the future: %(value)s."),
    "before_tills": _("The date lies before 1990: no till printed this receipt then."),
    "too_old": _("The date lies before 1900: %(value)s."),
    "not_a_number": _("“%(value)s” is not a number. Write 1234.50 or 1234,50."),
    "ambiguous": _("“%(value)s” may mean thousands or thousandths. Write it with two decimals."),
    "absurd": _("The amount is absurdly large: “%(value)s”."),
    "too_precise": _("The amount has more than four decimals: “%(value)s”."),
    "no_point": _(
        "“%(value)s” are no coordinates: write latitude and longitude in degrees, such as 55.755864, 37.617698."
    ),
    "cost_below_nought": _("A cost is not below nought: “%(value)s”."),
    "negative": _(
        "The amount is negative: “%(value)s”. A return is a receipt of the kind “return” with positive amounts."
    ),
    "not_yes_or_no": _("“%(value)s” is neither yes nor no."),
    "not_a_sex": _("“%(value)s” is not a sex. Write m or f."),
    "mangled": _("A spreadsheet has spoilt the number: “%(value)s”. Save the column as text."),
    "unreadable_characters": _("The text contains characters that can't be read: “%(value)s”."),
    "too_long": _("The text is %(length)s characters long, at most %(longest)s are kept."),
    "unknown_zone": _("There is no such time zone: “%(value)s”. Write it as Europe/Moscow."),
    # things that are not known
    "unknown_shop": _("There is no shop with the code “%(value)s”. Load the shops first."),
    "unknown_card": _("No customer has the card “%(value)s”. Load the customers first."),
    "unknown_customer": _("There is no customer “%(value)s”. Load the customers first."),
    "several_customers": _(
        "Several customers are known by “%(value)s”: write the kind before it, as in “card:123”."
    ),
    "other_buyer": _("The card belongs to another customer than “%(value)s”."),
    "unknown_category": _("There is no category “%(value)s”. Load the categories first."),
    "unknown_parent": _("There is no category “%(value)s” to stand below."),
    "unknown_campaign": _("There is no campaign “%(value)s”. Load the campaigns first."),
    "unknown_coupon": _("There is no coupon series “%(value)s”. Load the coupons first."),
    "unknown_product": _("There is no product “%(value)s”. Load the products first."),
    "unknown_kind": _("“%(value)s” is no kind of receipt. Write sale or return."),
    "category_circle": _("The category would stand below itself."),
    "no_receipt": _("The customer has no receipt on that day."),
    "used_up": _("The customer's code of this coupon is used up already: it has no more uses."),
    "unknown_card_kind": _("There is no kind of cards with the code “%(value)s”."),
    "bad_card_number": _("This is no number of its kind: look at the prefix, the length, the check digit."),
    "other_card_kind": _("The base has this number as a card of another kind."),
    "unknown_series": _("There is no series of coupons with the code “%(value)s”."),
    "series_closed": _("The series is closed: it takes no new codes."),
    "personal_series": _("The series is personal: its codes are issued to customers, not loaded."),
    "bad_code": _("A code has 4 to 64 letters and digits; hyphens and spaces do not count."),
    "code_taken": _("Another series has this code already."),
    "other_terms": _("The base has this coupon with other terms or goods."),
    "window": _("The coupon ends before it starts."),
    "no_code": _("The code is missing or too long."),
    "ends_before_start": _("It ends before it starts."),
    # receipts
    "header_differs": _("The rows of one receipt differ in the shop, the time, the card or the kind."),
    "with_rejected": _("Another row of the same receipt was rejected: see row %(row)s."),
    "different": _("The base has this receipt with other content."),
    "repeated": _("The file has this receipt twice with different content."),
    "sums": _("The sums contradict each other: the discounts are larger than list price less payment."),
    "currency": _("The receipt is in another currency than the company's."),
    "empty": _("The receipt has no lines."),
    "sale_returns_nothing": _("A sale returns nothing: write “return” as its kind, or no original."),
    "original_unknown": _("The receipt that is being returned is not known."),
    "more_than_sold": _("More is returned than was sold."),
    # customers
    "bad_phone": _("That is not a phone number."),
    "bad_email": _("That is not an e-mail address."),
    "bad_card": _("That is not a card number."),
    "bad_identifier": _("That can't be an identifier."),
    "bad_birth_date": _("Nobody was born on such a day."),
    "nobody_named": _("The row names nobody: give a name, a contact or a card."),
    "identifier_taken": _("The card or the key belongs to another customer."),
    "unknown_status": _("There is no such status."),
    "own": "%(reason)s",
    "told": "%(reason)s",
    "other_kind": _("This key belongs to a person where the file has a company, or the other way round."),
    "bad_tag": _("Tags are separated by commas, at most 30 of at most 50 characters: “%(value)s”."),
    "own_taken": _("Another customer has this value already, and no two may share it."),
    "own_required": _("A field that must be filled in is empty."),
    "erased": _("The customer's data were erased at their request."),
    # companies
    "name_missing": _("A company that is not known yet needs a name."),
    "unknown_form": _(
        "“%(value)s” is no kind of company. Write legal entity, sole trader or state customer."
    ),
    "bad_inn": _(
        "This is not an INN: ten digits of a company, twelve of a sole trader, the last check the others."
    ),
    "bad_kpp": _("A KPP has nine characters such as 770801001; a sole trader has none."),
    "bad_ogrn": _("This is not an OGRN: thirteen digits of a company, fifteen of a sole trader."),
    "bad_bic": _("A BIC has nine digits and begins with 04 (with 00, 01 or 02 at the Treasury)."),
    "bad_account": _("An account has twenty digits, and their key must fit the BIC."),
    "several_companies": _("Several companies have this INN: the KPP or your key must tell which."),
    "unknown_company": _("No company has the INN “%(value)s”. Load it first, or put it into the same file."),
    "company_known": _("Another company has this INN and KPP."),
    # files
    "empty_file": _("The file is empty."),
    "no_header": _("The first row must name the columns."),
    "same_column_twice": _("Two columns have the same name: “%(name)s”."),
    "broken_book": _("The workbook can't be opened: it is damaged or has a password."),
    "columns_missing": _("The file lacks columns: %(columns)s. It has: %(header)s."),
    "file_gone": _("The file is no longer there."),
    "disk_full": _("The disk is full. Free some space and start it again: what is loaded stays as it is."),
    "stopped": _("The import was stopped in the middle. Start it again: what is loaded stays as it is."),
}

OTHER = _("The row was not taken (%(code)s).")

NOTES: dict[str, Promise] = {
    "placeholders": _(
        "%(lines)s rows name %(count)s products that the catalogue lacks; placeholders stand for them."
    ),
    "shops_added": _("%(count)s shops were not known and were added."),
    "regrouped": _("The lines of receipts were scattered over the file and were put together."),
    "repeated_rows": _("%(count)s rows repeat others word for word and were counted once."),
    "without_customer": _("%(count)s receipts name no customer."),
    "claimed": _(
        "Nobody answers for the contacts and cards of the file: they are claims. Cards that somebody else has too wait"
        " among the likely duplicates. Bring the file again and say by what they are confirmed, if they are."
    ),
    "held_back": _(
        "%(count)s consents were not taken: their addresses stand on the stop list, or the customers withdrew them."
    ),
    "unknown_cards": _(
        "%(count)s receipts name %(cards)s cards that nobody has; they were loaded without a customer."
    ),
}


def in_words(code: str, values: Mapping[str, Any]) -> str:
    """The reason as a sentence in the current language."""
    if code not in REASONS:
        return str(OTHER) % {"code": code}
    return str(REASONS[code]) % values if values else str(REASONS[code])


def note_in_words(note: Mapping[str, Any]) -> str:
    """A note of the report as a sentence in the current language."""
    return str(NOTES[note["code"]]) % note
