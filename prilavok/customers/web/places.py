"""What customers put into the page's frame and into their own slots: menu, palette, tabs, filters, timeline."""

from collections.abc import Collection
from datetime import date

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.company.ports import Whose, find_whose, whose
from prilavok.customers import actions, ports, queries, rules
from prilavok.customers.events import (
    AddressSuppressed,
    AlertEnded,
    AlertRaised,
    ConsentAsked,
    ConsentGiven,
    ConsentWithdrawn,
    ContactAdded,
    ContactCodeAsked,
    ContactFailed,
    ContactRemoved,
    CustomerChanged,
    CustomerErased,
    CustomerRegistered,
    CustomersMerged,
    FileAdded,
    FileRemoved,
    FrequencyChosen,
    IdentifierAdded,
    IdentifierClaimed,
    IdentifierRemoved,
    MergeUndone,
    NoteDeleted,
    NoteWritten,
    PersonalDataAsked,
    StatusChanged,
    SuppressionLifted,
    TopicChosen,
)
from prilavok.customers.models import (
    MARKETING,
    Alert,
    Channel,
    ContactKind,
    Frequency,
    PersonalRequest,
    Sex,
    Status,
    Suppression,
    Topic,
)
from prilavok.customers.ports import Deed, Panel, TimelineKind
from prilavok.customers.queries.files import numbers_of_files
from prilavok.customers.queries.lists import OWN_FILTERS
from prilavok.customers.queries.notes import numbers_of_notes
from prilavok.customers.queries.postal import numbers_of_addresses
from prilavok.customers.queries.preferences import numbers_of_choices
from prilavok.customers.web import references
from prilavok.kernel import clock, retention
from prilavok.kernel.actors import Actor
from prilavok.kernel.timeline import StoredEvent
from prilavok.ui import ports as ui
from prilavok.ui.templatetags import ui as ui_words

FOUND = 6  # customers in the palette
WHOSE = 200  # customers whose looks are searched for at once

_KEPT = (
    retention.KeptKind(
        "opt_ins",
        _("Consents that nobody confirmed"),
        _("confirmed ones, in the ledger of consents"),
        actions.count_old_opt_ins,
        actions.forget_old_opt_ins,
    ),
    retention.KeptKind(
        "requests",
        _("Words of requests about personal data that were done"),
        _("who asked for what, when, and who did it"),
        actions.count_old_requests,
        actions.forget_old_requests,
    ),
    retention.KeptKind(
        "bulk_changes",
        _("What stood before changes of many customers at once"),
        _("the changes; they can no longer be taken back"),
        actions.count_old_bulk_changes,
        actions.forget_old_bulk_changes,
        days=90,
    ),
)


def fill() -> None:
    ui.menu.fill(
        ui.MenuItem("customers", _("Customers"), "customers:list", permission="customers.see"), position=20
    )
    ui.menu.fill(
        ui.MenuItem(
            "duplicates",
            _("Duplicates"),
            "customers:duplicates",
            permission="customers.merge",
            counter=queries.waiting,
            section="customers",
        ),
        position=21,
    )
    ui.menu.fill(
        ui.MenuItem(
            "date_kinds",
            _("Personal dates"),
            "customers:date_kinds",
            permission="customers.kinds",
            section="settings",
            group="customers",
        ),
        position=93,
    )
    ui.menu.fill(
        ui.MenuItem(
            "kinds",
            _("Identifiers"),
            "customers:kinds",
            permission="customers.kinds",
            section="settings",
            group="customers",
        ),
        position=92,
    )
    ui.menu.fill(
        ui.MenuItem(
            "documents",
            _("Consents"),
            "customers:documents",
            permission="customers.documents",
            section="settings",
            group="customers",
        ),
        position=93,
    )
    ui.menu.fill(
        ui.MenuItem(
            "topics",
            _("Topics of offers"),
            "customers:topics",
            permission="customers.topics",
            section="settings",
            group="customers",
        ),
        position=93,
    )
    ui.menu.fill(
        ui.MenuItem(
            "tags",
            _("Tags"),
            "customers:tags",
            permission="customers.tags",
            section="settings",
            group="customers",
        ),
        position=91,
    )
    ui.menu.fill(
        ui.MenuItem(
            "own_fields",
            _("Own fields"),
            "customers:own_fields",
            permission="customers.own_fields",
            section="settings",
            group="customers",
        ),
        position=91,
    )
    ui.menu.fill(
        ui.MenuItem(
            "wishes",
            _("Requests"),
            "customers:wishes",
            permission="customers.erase",
            counter=queries.requests_waiting,
            section="customers",
        ),
        position=22,
    )
    ui.menu.fill(
        ui.MenuItem(
            "suppressions",
            _("Stop list"),
            "customers:suppressions",
            permission="customers.suppress",
            section="customers",
        ),
        position=23,
    )
    ui.commands.fill(
        ui.Command(_("Register a customer"), "customers:new", "customers.register", "user-plus"), position=40
    )
    ui.commands.fill(
        ui.Command(_("Register a company"), "customers:new_company", "customers.register", "building"),
        position=41,
    )
    ui.palette.fill(ui.PaletteSource(_search, _("Customers")), position=10)
    for position, kind in enumerate(_KEPT, start=20):
        retention.kinds.fill(kind, position=position)
    whose.answer(_whose)
    find_whose.answer(_find_whose)
    for target in references.TARGETS:
        ports.references.fill(target)
    for position, item in enumerate(OWN_FILTERS):
        ports.filters.fill(item, position=position)
    ports.panels.fill(Panel("timeline", _("Timeline"), "customers:timeline", "customers.see"), position=10)
    ports.panels.fill(
        Panel("indicators", _("Indicators"), "customers:indicators", "customers.see"), position=50
    )
    ports.panels.fill(Panel("contacts", _("Contacts"), "customers:contacts", "customers.see"), position=80)
    ports.panels.fill(
        Panel("addresses", _("Addresses and dates"), "customers:addresses", "customers.see"), position=82
    )
    ports.panels.fill(Panel("alerts", _("Alerts"), "customers:alerts", "customers.see"), position=51)
    ports.panels.fill(Panel("files", _("Files"), "customers:files", "customers.files"), position=86)
    ports.panels.fill(Panel("notes", _("Notes"), "customers:notes", "customers.see"), position=14)
    for position, deed in enumerate(_DEEDS):
        ports.deeds.fill(deed, position=10 * position)
    for key, label, count in _BELONGINGS:
        ports.belongings.fill(ports.Belongings(key, label, count), position=70)
    ports.panels.fill(Panel("person", _("Data"), "customers:person", "customers.see"), position=85)
    ports.panels.fill(Panel("own", _("Own fields"), "customers:own_values", "customers.see"), position=86)
    ports.panels.fill(Panel("merges", _("Who it is"), "customers:merges", "customers.see"), position=88)
    ports.panels.fill(Panel("history", _("History"), "customers:history", "customers.see"), position=90)
    ports.panels.fill(Panel("looks", _("Who looked"), "customers:looks", "company.see_looks"), position=95)
    for position, (events, icon, group, text) in enumerate(_KINDS):
        key = "consents" if events[0] in _OF_CONSENTS else "customers"
        ports.timeline.fill(TimelineKind(events, group, icon, text, key=key), position=80 + position)


def _whose(profile_ids: Collection[int], by: Actor) -> dict[int, Whose]:
    if not by.may("customers.see"):
        return {}
    return {
        profile: Whose(one.name or gettext("No name"), reverse("customers:card", args=[one.public_id]))
        for profile, one in queries.short(profile_ids, by).items()
    }


def _find_whose(text: str, by: Actor) -> list[int]:
    if not by.may("customers.see"):
        return []
    found = queries.page_of(queries.listed(by, text), size=WHOSE).items
    families = queries.families([profile.pk for profile in found])
    return sorted({member for family in families.values() for member in family})


def _search(by: Actor, text: str) -> list[ui.Hit]:
    if not by.may("customers.see") or len(text) < 2:
        return []
    found = queries.page_of(queries.listed(by, text), size=FOUND).items
    known = queries.short([profile.pk for profile in found], by)
    actions.note_contacts(known, by=by, at=clock.now())
    return [
        ui.Hit(
            known[profile.pk].name or gettext("No name"),
            " · ".join(part for part in (known[profile.pk].phone, known[profile.pk].email) if part),
            reverse("customers:card", args=[profile.public_id]),
            "building" if known[profile.pk].kind == "company" else "user",
        )
        for profile in found
    ]


# ── The timeline in words ────────────────────────────────────────────────────────────────────────────────

FIELD_LABELS: dict[str, str | Promise] = {
    "last_name": _("last name"),
    "first_name": _("first name"),
    "middle_name": _("middle name"),
    "sex": _("sex"),
    "birth_date": _("birth date"),
    "email": _("e-mail"),
    "phone": _("phone"),
    "status": _("status"),
    "photo": _("photo"),
    "postal_address": _("address"),
    "personal_date": _("personal date"),
    "preferred_contact": _("preferred contact"),
    "tag": _("tag"),
    "verified_contact": _("proof of a contact"),
    "name": _("name"),
    "form": _("kind of company"),
    "full_name": _("full legal name"),
    "inn": _("INN"),
    "kpp": _("KPP"),
    "ogrn": _("OGRN"),
    "address": _("legal address"),
    "bank": _("bank"),
    "bic": _("BIC"),
    "account": _("account"),
}
SOURCE_LABELS: dict[str, str | Promise] = {
    "till": _("at the till"),
    "site": _("on the site"),
    "operator": _("by an operator"),
    "import": _("from a file"),
    "api": _("through the API"),
    "unsubscribe": _("by the link in a message"),
    "letter:page": _("by the link in a message"),
    "letter:one_click": _("by the button of the mail program"),
    "own_page": _("on their own page"),
    "questionnaire": _("by a paper form"),
}


RULE_LABELS: dict[str, str | Promise] = {
    "registration": _("at registration"),
    "operator": _("by hand, on the card"),
    "review": _("by hand, side by side"),
    "verified": _("both proved the same"),
    "api": _("through the API"),
    "site": _("on the site"),
    "till": _("at the till"),
    "own_page": _("on their own page"),
    "import": _("from a file"),
    "merge": _("by a merge of two records"),
    "unmerge": _("by undoing a merge"),
    "system": _("by Prilavok itself"),
    "code": _("by a code"),
    "opt_in": _("by the button in a letter"),
}
QUARANTINE_LABELS: dict[str, str | Promise] = {
    "shared": _("many people share it"),
    "office": _("the address of an office"),
    "by_hand": _("put here by hand"),
}


def field_label(name: str) -> str:
    """A field of a customer in words; one that nobody named is called as it is kept."""
    if name in FIELD_LABELS:
        return str(FIELD_LABELS[name])
    own = {rules.OWN + one.code: one.name for one in queries.recent_own_fields()}
    return own.get(name, name.removeprefix(rules.OWN))


def value_shown(field: str, value: str) -> str:
    """A value of the history, kept as text, as people read it."""
    if not value:
        return ""
    if field.startswith(rules.OWN):
        return queries.own_noted(field.removeprefix(rules.OWN), value)
    if field in _CHOICES:
        return str(dict(_CHOICES[field].choices).get(value, value))
    if field == "phone" and value.startswith("+"):
        return rules.shown_phone(value)
    return ui_words.day(date.fromisoformat(value)) if field in _DATES else value


_CHOICES: dict[str, type[Sex] | type[Status]] = {"sex": Sex, "status": Status}
_DATES = {"birth_date"}


def rule_label(rule: str) -> str:
    """A rule in words, other domains name their own; one that nobody named stays as it is."""
    if rule.startswith("file."):
        told = gettext("by a file; whoever brought it declared: %(origin)s")
        return told % {"origin": ports.ORIGINS.get(rule.split(".")[1], rule)}
    return str(RULE_LABELS.get(rule) or dict(ports.rules.items()).get(rule, rule))


def quarantine_label(reason: str) -> str:
    """Why a value tells nobody, in words; other domains name their own reasons."""
    named = {source.reason: source.label for source in ports.common_keys.items()}
    return str(QUARANTINE_LABELS.get(reason) or named.get(reason, reason))


def source_label(source: str) -> str:
    """Where something came from, in words; codes that nobody named stay as they are."""
    return str(SOURCE_LABELS.get(source, source))


def _registered(event: StoredEvent) -> str:
    source = source_label(event.body.get("source", ""))
    return gettext("Registered %(source)s") % {"source": source} if source else gettext("Registered")


def _changed(event: StoredEvent) -> str:
    fields = ", ".join(field_label(name) for name in event.body["fields"])
    return gettext("Data corrected: %(fields)s") % {"fields": fields}


def _status_changed(event: StoredEvent) -> str:
    labels = {status.value: str(status.label) for status in Status}
    return gettext("Status: %(old)s → %(new)s") % {
        "old": labels.get(event.body["old"], ""),
        "new": labels.get(event.body["new"], ""),
    }


def _contact(event: StoredEvent) -> str:
    kind = _label(ContactKind, event.body["kind"])
    words = {
        ContactAdded.type_name(): gettext("Contact added: %(kind)s"),
        ContactRemoved.type_name(): gettext("Contact removed: %(kind)s"),
        ContactFailed.type_name(): gettext("Contact does not work: %(kind)s"),
    }
    return words[event.type] % {"kind": kind}


def _identifier(event: StoredEvent) -> str:
    return gettext("Linked: %(kind)s") % {"kind": queries.kind_name(event.body["kind"])}


def _removed(event: StoredEvent) -> str:
    return gettext("Unlinked: %(kind)s") % {"kind": queries.kind_name(event.body["kind"])}


def _claimed(event: StoredEvent) -> str:
    return gettext("Said without proof: %(kind)s") % {"kind": queries.kind_name(event.body["kind"])}


def _asked(event: StoredEvent) -> str:
    kind = event.body["kind"]
    label = PersonalRequest.Kind(kind).label if kind in PersonalRequest.Kind.values else kind
    return gettext("Asks: %(what)s") % {"what": label}


def _erased(event: StoredEvent) -> str:
    return gettext("Erased at the customer's request")


def _merged(event: StoredEvent) -> str:
    rule = {"rule": rule_label(event.body["rule"])}
    if event.type == CustomersMerged.type_name():
        return gettext("Merged with another record: %(rule)s") % rule
    return gettext("The merge was undone: they are two")


def _consent(event: StoredEvent) -> str:
    source = source_label(event.body.get("source", ""))
    given, what = event.type == ConsentGiven.type_name(), {"channel": _consent_to(event)}
    if given and event.body.get("purpose", MARKETING) == MARKETING:
        told = gettext("Agreed to offers: %(channel)s") % what
    elif given:
        told = gettext("Agreed: %(channel)s") % what
    else:
        told = gettext("Withdrew the consent: %(channel)s") % what
    return f"{told}, {source}" if source else told


def _consent_to(event: StoredEvent) -> str:
    """The channel; of another purpose than advertising, which one it is, too."""
    purpose = event.body.get("purpose", MARKETING)
    channel = _label(Channel, event.body["channel"])
    if purpose == MARKETING:
        return channel
    return ", ".join(one for one in (queries.purpose_name(purpose), channel) if one)


def _preferred(event: StoredEvent) -> str:
    source = source_label(event.body.get("source", ""))
    if event.type == TopicChosen.type_name():
        named = Topic.objects.filter(pk=event.body["topic_id"]).values_list("name", flat=True).first() or ""
        wants, refused = gettext("Wants the topic “%(topic)s”"), gettext("Refused the topic “%(topic)s”")
        told = (wants if event.body["wanted"] else refused) % {"topic": named}
    else:
        told = gettext("Offers: %(frequency)s") % {
            "frequency": _label(Frequency, event.body["frequency"]).lower()
        }
    return f"{told}, {source}" if source else told


def _click_asked(event: StoredEvent) -> str:
    return gettext("Asked to confirm the consent by a click: %(channel)s") % {"channel": _consent_to(event)}


def _stopped(event: StoredEvent) -> str:
    told = {
        "kind": _label(ContactKind, event.body["kind"]),
        "reason": _label(Suppression.Reason, event.body["reason"]),
    }
    if event.type == AddressSuppressed.type_name():
        return gettext("On the stop list: %(kind)s, %(reason)s") % told
    return gettext("Off the stop list: %(kind)s") % told


def _label(
    choices: type[Channel] | type[ContactKind] | type[Frequency] | type[Suppression.Reason], value: str
) -> str:
    return str(choices(value).label) if value in choices.values else value


def _alert(event: StoredEvent) -> str:
    if event.type == AlertEnded.type_name():
        return gettext("Alert ended")
    severity = event.body["severity"]
    return gettext("Alert: %(severity)s") % {"severity": Alert.Severity(severity).label}


def _note(event: StoredEvent) -> str:
    return gettext("Note written") if event.type == NoteWritten.type_name() else gettext("Note deleted")


def _code(event: StoredEvent) -> str:
    return gettext("A code was asked for: %(kind)s") % {"kind": _label(ContactKind, event.body["kind"])}


def _file(event: StoredEvent) -> str:
    return gettext("File added") if event.type == FileAdded.type_name() else gettext("File deleted")


_DEEDS = (
    Deed(
        _("Write a note"),
        "customers:notes",
        "customers.note",
        "note",
        _("note remember"),
        "text",
        at_once=True,
    ),
    Deed(
        _("Raise an alert"), "customers:alerts", "customers.note", "alert-triangle", _("alert warn"), "text"
    ),
    Deed(_("Add a phone or an e-mail"), "customers:contacts", "customers.edit", "at", _("contact"), "value"),
    Deed(_("Add a card"), "customers:contacts", "customers.edit", "credit-card", _("link card"), "number"),
    Deed(_("Add an address"), "customers:addresses", "customers.edit", "map-pin", _("lives"), "line"),
    Deed(_("Add a date"), "customers:addresses", "customers.edit", "calendar", _("birthday wedding")),
    Deed(_("Keep a file"), "customers:files", "customers.files", "file", _("upload attach")),
    Deed(
        _("Merge with another record"), "customers:partners", "customers.merge", "git-merge", _("duplicate")
    ),
    Deed(_("See who changed what"), "customers:history", "customers.see", "history", _("history")),
    Deed(
        _("Give the address of the customer's own page"), "customers:own_link", "customers.consents", "link"
    ),
    Deed(_("Take the archive of everything"), "customers:archive", "customers.erase", "download"),
    Deed(_("Erase"), "customers:erase", "customers.erase", "trash", _("forget delete")),
)
_BELONGINGS = (
    ("files", _("Files"), numbers_of_files),
    ("addresses", _("Addresses"), numbers_of_addresses),
    ("notes", _("Notes"), numbers_of_notes),
    ("topics", _("Choices of topics"), numbers_of_choices),
)
_OF_CONSENTS = (ConsentGiven, ConsentAsked, AddressSuppressed, TopicChosen)
_DATA = _("Data")
_KINDS = (
    ((CustomerRegistered,), "user-plus", _DATA, _registered),
    ((CustomerChanged,), "edit", _DATA, _changed),
    ((StatusChanged,), "switch-horizontal", _DATA, _status_changed),
    ((ContactAdded, ContactRemoved, ContactFailed), "at", _DATA, _contact),
    ((IdentifierAdded,), "id", _DATA, _identifier),
    ((IdentifierRemoved,), "id", _DATA, _removed),
    ((IdentifierClaimed,), "help", _DATA, _claimed),
    ((PersonalDataAsked,), "hand-stop", _DATA, _asked),
    ((CustomerErased,), "trash", _DATA, _erased),
    ((AlertRaised, AlertEnded), "alert-triangle", _DATA, _alert),
    ((ContactCodeAsked,), "mail", _DATA, _code),
    ((FileAdded, FileRemoved), "file", _DATA, _file),
    ((NoteWritten, NoteDeleted), "note", _DATA, _note),
    ((CustomersMerged, MergeUndone), "git-merge", _DATA, _merged),
    ((ConsentGiven, ConsentWithdrawn), "shield-check", _("Consents"), _consent),
    ((ConsentAsked,), "mail", _("Consents"), _click_asked),
    ((AddressSuppressed, SuppressionLifted), "ban", _("Consents"), _stopped),
    ((TopicChosen, FrequencyChosen), "list-check", _("Consents"), _preferred),
)
