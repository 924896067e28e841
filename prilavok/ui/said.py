"""Words that the scripts of a page say."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def words() -> dict[str, str]:
    return {
        "undo": _("Undo"),
        "close": _("Close"),
        "clear": _("Clear"),
        "copied": _("Copied"),
        "doIt": _("Do it"),
        "done": _("Done"),
        "table": _("Table"),
        "picture": _("Picture"),
        "interval": _("interval"),
        "selected": _("Selected: {}"),
        "find": _("Find in the list"),
        "offline": _("No connection. What you typed is kept."),
        "failed": _("The server did not answer as expected. Try again; what you typed is kept."),
        "restored": _("What you typed before is back."),
        "required": _("Fill in this field."),
        "type": _("This does not look right. Check the spelling."),
        "low": _("Must be at least {}."),
        "high": _("Must be at most {}."),
        "long": _("Must be at most {} characters long."),
        "thousands": pgettext("thousands", "k"),
        "millions": pgettext("millions", "M"),
        "to": pgettext("interval", "to"),
    }
