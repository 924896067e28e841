"""Components that are drawn in Python take what a template would, and print nothing that was not escaped."""

from uuid import UUID

import pytest
from django.template import engines

from prilavok.ui.templatetags import kept


def drawn(text: str, **values: object) -> str:
    return engines["django"].from_string(text).render(values)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("<c-state>new</c-state>", '<span class="state state-muted" >new</span>'),
        ("<c-state :kind=\"how\" title=\"{{ said }}\">{{ said }}</c-state>",
         '<span class="state state-bad" title="&lt;b&gt;">&lt;b&gt;</span>'),
        ('<c-button quiet icon="" label="{{ said }}" />',
         '<button type="submit" class="btn btn-quiet" >&lt;b&gt;</button>'),
        ('<c-button href="?q={{ said }}" primary>Go</c-button>',
         '<a href="?q=&lt;b&gt;" class="btn btn-primary" >Go</a>'),
        ("<c-fact label=\"{{ said }}\">{{ said }}</c-fact>",
         "<div><dt>&lt;b&gt;</dt><dd >&lt;b&gt;</dd></div>"),
        ("<c-fact label=\"A\" :edit=\"nobody_said\" />", "<div><dt>A</dt><dd >—</dd></div>"),
        ('<c-empty href="/x/" action="{{ said }}">None yet</c-empty>',
         '<div class="empty-state" ><p>None yet</p><a class="btn btn-primary" href="/x/">&lt;b&gt;</a></div>'),
        ('<c-note kind="bad">{{ said }}</c-note>',
         '<div class="note note-bad" role="alert" >&lt;b&gt;</div>'),
        ("<c-facts id=\"x\"><c-state :kind=\"how\">y</c-state></c-facts>",
         '<dl class="facts" id="x"><span class="state state-bad" >y</span></dl>'),
    ],
)  # fmt: skip
def test_a_component_is_drawn(written: str, found: str) -> None:
    assert drawn(compiled(written), said="<b>", how="bad") == found


def compiled(written: str) -> str:
    """As the loader of templates does it."""
    from django_cotton.compiler_regex import CottonCompiler

    return str(CottonCompiler().process(written))


def test_a_value_is_corrected_and_asked_where_it_stands() -> None:
    whole = drawn(compiled('<c-fact label="Name" value="/v/" :edit="may" key="name">Anna</c-fact>'), may=True)

    assert 'hx-get="/v/why/"' in whole and 'data-value="name"' in whole and 'hx-get="/v/"' in whole


def test_an_id_is_put_into_an_address_afterwards() -> None:
    first, second = UUID(int=1), UUID(int=2)
    text = '{% kept "customers/tag_form.html" fresh card=card csrf_token="t" %}'

    known = len(kept._drawings)
    shown = [drawn(text, card=card) for card in (first, second)]

    assert [str(first) in shown[0], str(second) in shown[1], str(first) in shown[1]] == [True, True, False]
    assert len(kept._drawings) <= known + 1
