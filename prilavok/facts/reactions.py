"""What facts do when others tell: they write it down in columns, with a cursor of their own beside the
data.
"""

from prilavok.facts.loading import loader, past
from prilavok.facts.refused import NEWS, PAST
from prilavok.kernel.journal import keeps_own_cursor

keeps_own_cursor(NEWS, loader)
keeps_own_cursor(PAST, past)
