"""All recurring work of all domains, in one list. The worker runs it; times are UTC."""

from prilavok.kernel.jobs import Every

SCHEDULE: list[Every] = []
