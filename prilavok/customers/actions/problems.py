"""What can go wrong with customers, in words that say what to do."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from prilavok.customers.queries.own_fields import own_reason, recent_own_fields
from prilavok.customers.rules import OWN
from prilavok.kernel.errors import Problem


class BadContact(Problem):
    code = "bad_contact"
    message = _("This is neither a phone nor an e-mail. Write it like +7 916 123-45-67 or anna@example.org.")


class BadPhone(BadContact):
    code = "bad_phone"
    message = _("This is not a phone number. Write it with the code of the country: +7 916 123-45-67.")


class BadEmail(BadContact):
    code = "bad_email"
    message = _("This is not an e-mail address. Write it like anna@example.org.")


class ContactThere(Problem):
    code = "contact_there"
    status = 409
    message = _("This customer has this contact already.")


class EmptyAddress(Problem):
    code = "empty_address"
    message = _("Write the address in one line or by its parts: at least one of them.")
    too_many = _("A customer has %(most)s addresses at most. Remove one that is not needed any more.")


class UnknownAddressKind(Problem):
    code = "unknown_kind"
    message = _("There is no such kind of address: choose actual, home, delivery or legal.")


class UnknownDateKind(Problem):
    code = "unknown_kind"
    message = _("There is no such kind of date. Kinds stand in the settings.")


class BadDay(Problem):
    code = "bad_day"
    message = _("There is no such day.")


class EmptyText(Problem):
    code = "empty_text"
    message = _("Write something: 1 to %(longest)s characters.")


class UnknownSeverity(Problem):
    code = "unknown_severity"
    message = _("There is no such severity: choose critical, warning or info.")


class NotYourNote(Problem):
    code = "not_your_note"
    status = 403
    message = _("Only its author, and whoever may correct data of customers, may change a note.")


class EmptyFile(Problem):
    code = "empty_file"
    message = _("The file is empty. Choose another one.")


class FileTooLarge(Problem):
    code = "too_large"
    status = 413
    message = _("The file is larger than %(largest)s MB. Make it smaller or split it.")


class ProgramRefused(Problem):
    code = "program_refused"
    message = _("This is a program, not a document. Programs are not kept with customers.")


class TooManyFiles(Problem):
    code = "too_many_files"
    message = _("A customer has %(most)s files at most. Delete those that are not needed any more.")


class NotAPhoto(Problem):
    code = "not_a_photo"
    message = _("This is not a photo: its bytes are no JPEG, PNG, WebP or GIF picture. Choose another file.")
    too_many_pixels = _("The picture is larger than %(most)s megapixels. Make it smaller.")


class AlreadyProved(Problem):
    code = "already_proved"
    status = 409
    message = _("This contact is verified already.")


class CodesTooOften(Problem):
    code = "codes_too_often"
    status = 429
    message = _(
        "A code was sent just now, or %(most)s times today. Wait, or ask the customer for another contact."
    )


class NoSmsVendor(Problem):
    code = "no_sms_vendor"
    status = 409
    message = _("SMS are not connected yet: a phone cannot be verified by a code. An e-mail can.")


class CodeOver(Problem):
    code = "code_over"
    status = 409
    message = _("No code holds any more: it was not sent, 15 minutes or 5 tries are over. Send a new one.")


class BadCard(Problem):
    code = "bad_card"
    message = _("A card number has only digits and Latin letters, at most 64 of them.")


class BadIdentifier(Problem):
    code = "bad_identifier"
    message = _("An identifier has 1 to 200 characters.")


class BadBirthDate(Problem):
    code = "bad_birth_date"
    message = _("Nobody was born on this day: give a date between 1900 and today.")


class IdentifierTaken(Problem):
    code = "identifier_taken"
    status = 409
    message = _("Another customer has this number already. Find them by it, or give another number.")


class NobodyNamed(Problem):
    code = "nobody_named"
    message = _("Give at least one of: a name, a phone, an e-mail, a card.")


class NotForErased(Problem):
    code = "erased"
    status = 409
    message = _("The data of this customer were erased at their request; nothing can be added to them.")


class UnknownChannel(Problem):
    code = "unknown_channel"
    message = _("There is no such channel of consent: choose email or sms.")


class ChannelOfPurpose(Problem):
    code = "channel_of_purpose"
    message = _(
        "This consent is asked for each channel apart (name email or sms), or once without a channel: see its purpose."
    )


class UnknownPurpose(Problem):
    code = "unknown_purpose"
    message = _("There is no such purpose of consent, or it is asked no more.")


class BadPurpose(Problem):
    code = "bad_purpose"
    message = _(
        "A purpose needs a code of its own (2 to 20 small Latin letters, digits and _, a letter first) and a name in"
        " one language at least, of 100 characters; what customers read beside it has 300. There are 50 at most."
    )


class PurposeStays(Problem):
    code = "purpose_stays"
    status = 409
    message = _("Advertising and offers stay: mailings ask for this consent.")


class AlreadyPublished(Problem):
    code = "already_published"
    status = 409
    message = _("What was published never changes: people agreed to these words. Make a new version instead.")


class UnknownDocument(Problem):
    code = "unknown_document"
    message = _("There is no such document in force for this purpose.")


class NoAddress(Problem):
    code = "no_address"
    message = _(
        "A consent of this channel counts after a click in a letter, and no e-mail is known. Add one first."
    )


class UnknownStatus(Problem):
    code = "unknown_status"
    message = _("There is no such status: choose active or blocked.")


class UnknownSex(Problem):
    code = "unknown_sex"
    message = _("There is no such sex: choose f, m or nothing.")


class AlreadyOne(Problem):
    code = "already_one"
    status = 409
    message = _("These are one customer already.")


class NotOfOneKind(Problem):
    code = "not_of_one_kind"
    status = 409
    message = _("A company and a person cannot be merged. Link them as related instead.")


class AlreadyUndone(Problem):
    code = "already_undone"
    status = 409
    message = _("This merge was undone before.")


class UnknownMode(Problem):
    code = "unknown_mode"
    message = _("There is no such field or way to settle it.")


class UnknownKind(Problem):
    code = "unknown_kind"
    message = _("There is no such kind of identifier, or it is out of use. Kinds stand in the settings.")


class BadKind(Problem):
    code = "bad_kind"
    message = _("A code has 2 to 20 small Latin letters, digits and underscores.")


class BadShape(Problem):
    code = "bad_shape"
    message = _("The number does not have the form that its kind asks for: look at the settings of the kind.")


class BadCheckDigit(BadShape):
    code = "bad_check_digit"
    message = _("The last digit does not fit the others: one of them was typed wrongly.")


class BadLength(BadShape):
    code = "bad_length"
    message = _("The number is too short or too long for its kind.")


class NothingToTellBy(Problem):
    code = "nothing_to_tell_by"
    message = _("Give at least one identifier: a phone, an e-mail, a card, a cookie or another.")


class NotACompany(Problem):
    code = "not_a_company"
    status = 409
    message = _("This customer is a person: legal details are kept of companies only.")


class NotAPerson(Problem):
    code = "not_a_person"
    status = 409
    message = _("This customer is a company: correct its name and legal details instead.")


class NameMissing(Problem):
    code = "name_missing"
    message = _("Give the name of the company.")


class TooLong(Problem):
    code = "too_long"
    message = _("At most %(most)s characters.")


class UnknownForm(Problem):
    code = "unknown_form"
    message = _("There is no such kind of company: choose legal, sole or state.")


class CompanyKnown(Problem):
    """`customer` is the public id of the one that is known, empty where the actor may not see it."""

    code = "company_known"
    status = 409
    message = _("A company with this INN and KPP is known already: %(name)s.")
    more = ("customer",)


class BadInn(Problem):
    code = "bad_inn"
    message = _(
        "This is not an INN: a company has ten digits, a sole trader twelve; the last ones check the others."
    )


class BadKpp(Problem):
    code = "bad_kpp"
    message = _("A KPP has nine characters such as 770801001; a sole trader has none.")


class BadOgrn(Problem):
    code = "bad_ogrn"
    message = _(
        "This is not an OGRN: a company has thirteen digits, a sole trader fifteen; the last checks the others."
    )


class BadBic(Problem):
    code = "bad_bic"
    message = _("A BIC has nine digits and begins with 04 (with 00, 01 or 02 at the Treasury).")


class BadAccount(Problem):
    code = "bad_account"
    message = _(
        "An account has twenty digits, and their key must fit the BIC: one of both was typed wrongly."
    )


class BadField(Problem):
    code = "bad_own_field"
    message = _("The field cannot be made so: look at what is asked for here.")


class FieldTaken(Problem):
    code = "own_field_taken"
    status = 409
    message = _("There is an own field with this code already.")


class UnknownField(Problem):
    code = "unknown_own_field"
    status = 404
    message = _("There is no such own field.")


class BadBulk(Problem):
    code = "bad_bulk"
    message = _(
        "Many customers cannot be changed so: choose a tag, the sex, a status or a field that may repeat."
    )
    unknown_filter = _("There is no such filter, or you may not use it: nobody was changed by it.")


class BadTag(Problem):
    code = "bad_tag"
    message = _("A tag has 1 to 50 characters without commas and semicolons; at most 30 are put at once.")


class TagThere(Problem):
    code = "tag_there"
    status = 409
    message = _("There is a tag with this name already: merge the two, or choose another name.")


class SameTag(Problem):
    code = "same_tag"
    message = _("A tag cannot be merged into itself.")


class UnknownTag(Problem):
    code = "unknown_tag"
    status = 404
    message = _("There is no such tag here.")


class BadTopic(Problem):
    code = "bad_topic"
    message = _("A topic has a name of 1 to 80 characters and a note of at most 300.")


class TopicThere(Problem):
    code = "topic_there"
    status = 409
    message = _("There is a topic with this name already: choose another name.")


class UnknownTopic(Problem):
    code = "unknown_topic"
    message = _("There is no such topic.")


class UnknownFrequency(Problem):
    code = "unknown_frequency"
    message = _("How often at most is one of: any, week, month.")


class BadOwnValue(Problem):
    """A value does not fit its own field; `why` is the code of the reason."""

    code = "bad_own_value"
    why = ""

    @classmethod
    def of(
        cls,
        code: str,
        name: str,
        why: str,
        told: Mapping[str, Any] | None = None,
        options: Iterable[str] = (),
    ) -> "BadOwnValue":
        made = cls(own_reason(name, why, told or {}, options), field=f"own.{code}")
        made.why = why
        return made

    @classmethod
    def taken(cls, field: str) -> "BadOwnValue":
        """Another customer has the value; `field` as `own.code`."""
        names = {f"{OWN}{one.code}": one.name for one in recent_own_fields()}
        return cls.of(field.removeprefix(OWN), names.get(field, field), "taken")


PROBLEM_OF: dict[str, type[Problem]] = {
    problem.code: problem
    for problem in (
        BadInn,
        BadKpp,
        BadOgrn,
        BadBic,
        BadAccount,
        BadPhone,
        BadEmail,
        BadCard,
        BadIdentifier,
        BadBirthDate,
        UnknownSex,
        NobodyNamed,
        BadCheckDigit,
        BadLength,
    )
} | dict.fromkeys(("bad_digits", "bad_hex", "bad_mac"), BadShape)
