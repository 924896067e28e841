"""Everything that can be done with templates, mailings and messages; one transaction each."""

from prilavok.messaging.actions.codes import send_code
from prilavok.messaging.actions.confirming import send_confirmation
from prilavok.messaging.actions.forgetting import forget
from prilavok.messaging.actions.mailings import (
    NotNow,
    add_recipients,
    cancel_mailing,
    open_mailing,
    pause_mailing,
    plan_mailing,
    resume_mailing,
    start_mailing,
    suppress_rest,
)
from prilavok.messaging.actions.passwords import send_password_letter
from prilavok.messaging.actions.pausing import pause_sending, resume_sending
from prilavok.messaging.actions.retention import count_old_addresses, forget_old_addresses
from prilavok.messaging.actions.single import LetterRefused
from prilavok.messaging.actions.templates import (
    NoUnsubscribe,
    archive_template,
    check_draft,
    restore_template,
    save_starter,
    save_template,
)
from prilavok.messaging.actions.tracking import note_click, note_open, unsubscribe
from prilavok.messaging.actions.trials import send_test
from prilavok.messaging.actions.writing import MayNotBeWritten, why_not, write_letter

__all__ = [
    "LetterRefused",
    "MayNotBeWritten",
    "NoUnsubscribe",
    "NotNow",
    "add_recipients",
    "archive_template",
    "cancel_mailing",
    "check_draft",
    "count_old_addresses",
    "forget",
    "forget_old_addresses",
    "note_click",
    "note_open",
    "open_mailing",
    "pause_mailing",
    "pause_sending",
    "plan_mailing",
    "restore_template",
    "resume_mailing",
    "resume_sending",
    "save_starter",
    "save_template",
    "send_code",
    "send_confirmation",
    "send_password_letter",
    "send_test",
    "start_mailing",
    "suppress_rest",
    "unsubscribe",
    "why_not",
    "write_letter",
]
