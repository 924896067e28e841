"""Words of tasks in templates."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from prilavok.kernel import clock
from prilavok.tasks.models import Task
from prilavok.tasks.rules import Band
from prilavok.tasks.web import words
from prilavok.ui import icons, tables

register = template.Library()


@register.filter
def due(task: Task) -> SafeString | str:
    """By when; in colour and word when that has passed."""
    now = clock.now()
    told = words.due(task.due, now)
    if task.is_open and words.band_of(task, now) == Band.OVERDUE:
        return format_html("{} {}", told, tables.state(words.state(task, now)[1], "bad"))
    return told


@register.filter
def task_state(task: Task) -> SafeString:
    kind, word = words.state(task, clock.now())
    return tables.state(word, kind)


@register.filter
def task_icon(task: Task) -> SafeString:
    """The kind as a picture, read aloud as its word."""
    return icons.icon(words.ICONS[task.kind], task.get_kind_display())
