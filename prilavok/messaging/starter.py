"""The letters that a newcomer begins with, and the simple editor's fields as MJML."""

import html
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from prilavok.company import queries as company
from prilavok.messaging.ports import Ready

ACCENT = "#0b6b57"


def blocks(ready: Ready = Ready.COUPON) -> dict[str, Any]:
    """The fields of a ready letter, in the author's language; it has a button when the shop's site is known."""
    site = company.company().site
    news = _(
        "Fresh deliveries come every morning, and this week the meat counter has the best prices of the month."
    )
    more = {
        Ready.COUPON: _("Show the code below at the till: it is yours alone."),
        Ready.POINTS: _(
            "The points come to your account with this letter and are good until {{ points_until }}."
        ),
    }
    headings = {Ready.POINTS: _("{{ first_name }}, {{ points_count }} points are yours")}
    return {
        "heading": headings.get(ready) or _("{{ first_name }}, we have missed you"),
        "body": f"{news}\n\n{more[ready]}" if ready in more else news,
        "coupon": ready is Ready.COUPON,
        "coupon_note": _("{{ coupon_name }} until {{ coupon_until }}"),
        "button": _("See what is new") if site else "",
        "button_url": site,
        "footer": _("You receive this letter because you agreed to news from {{ company }}."),
        "accent": ACCENT,
    }


def subject(ready: Ready = Ready.COUPON) -> str:
    return {
        Ready.COUPON: _("{{ first_name }}, a coupon for you"),
        Ready.POINTS: _("{{ first_name }}, {{ points_count }} points for you"),
        Ready.NEWS: _("{{ first_name }}, what is new this week"),
    }[ready]


def preheader(ready: Ready = Ready.COUPON) -> str:
    return {
        Ready.COUPON: _("It is valid in every shop of ours"),
        Ready.POINTS: _("They are good until {{ points_until }}"),
        Ready.NEWS: _("Best prices of the month"),
    }[ready]


def mjml(fields: Mapping[str, Any]) -> str:
    """The letter that the simple editor's fields describe."""
    accent = str(fields.get("accent") or ACCENT)
    parts = [_heading(fields), _body(fields), _coupon(fields, accent), _button(fields, accent)]
    return f"""<mjml>
  <mj-head>
    <mj-attributes>
      <mj-all font-family="Arial, Helvetica, sans-serif" />
      <mj-text font-size="16px" line-height="24px" color="#1f2933" />
    </mj-attributes>
  </mj-head>
  <mj-body background-color="#f2f4f5" width="600px">
    <mj-section background-color="{accent}" padding="12px 0">
      <mj-column><mj-text color="#ffffff" font-size="18px" font-weight="bold">{{{{ company }}}}</mj-text></mj-column>
    </mj-section>
    <mj-section background-color="#ffffff" padding="16px 0 24px">
      <mj-column>
{"".join(parts)}      </mj-column>
    </mj-section>
    <mj-section padding="8px 0 24px">
      <mj-column>
{_footer(fields)}      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""


def _heading(fields: Mapping[str, Any]) -> str:
    text = _lines(fields.get("heading"))
    return (
        f'        <mj-text font-size="24px" line-height="32px" font-weight="bold">{text}</mj-text>\n'
        if text
        else ""
    )


def _body(fields: Mapping[str, Any]) -> str:
    paragraphs = [
        part for part in str(fields.get("body") or "").replace("\r\n", "\n").split("\n\n") if part.strip()
    ]
    return "".join(f"        <mj-text>{_lines(part)}</mj-text>\n" for part in paragraphs)


def _coupon(fields: Mapping[str, Any], accent: str) -> str:
    if not fields.get("coupon"):
        return ""
    note = _lines(fields.get("coupon_note"))
    return (
        f'        <mj-text align="center" font-size="28px" line-height="40px" font-weight="bold" '
        f'letter-spacing="2px" color="{accent}" container-background-color="#eef5f3">{{{{ coupon_code }}}}</mj-text>\n'
        f'        <mj-text align="center" font-size="14px" color="#52606d">{note}</mj-text>\n'
    )


def _button(fields: Mapping[str, Any], accent: str) -> str:
    if not fields.get("button") or not fields.get("button_url"):
        return ""
    target = html.escape(str(fields["button_url"]), quote=True)
    return (
        f'        <mj-button href="{target}" background-color="{accent}" font-size="16px" border-radius="6px" '
        f'inner-padding="12px 24px">{_lines(fields["button"])}</mj-button>\n'
    )


def _footer(fields: Mapping[str, Any]) -> str:
    browser, leave = html.escape(_("Open in the browser")), html.escape(_("Unsubscribe"))
    return (
        f'        <mj-text font-size="12px" line-height="18px" color="#52606d" align="center">'
        f"{_lines(fields.get('footer'))}<br />\n"
        f'          <a href="{{{{ browser_url }}}}" style="color:#52606d">{browser}</a> ·\n'
        f'          <a href="{{{{ unsubscribe_url }}}}" style="color:#52606d">{leave}</a>\n'
        f"        </mj-text>\n"
    )


def _lines(text: object) -> str:
    """Typed text as markup: its macros stay, everything else is taken literally."""
    kept = str(text or "").strip().replace("\r\n", "\n")
    parts = kept.split("{{")
    shown = html.escape(parts[0], quote=False)
    for part in parts[1:]:
        macro, end, rest = part.partition("}}")
        shown += "{{" + macro + end + html.escape(rest, quote=False)
    return shown.replace("\n", "<br />")
