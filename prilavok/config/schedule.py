"""All recurring work of all domains, in one list. The worker runs it; times are UTC."""

from prilavok.campaigns import actions as campaigns
from prilavok.company import actions as company
from prilavok.customers import actions as customers
from prilavok.facts import actions as facts
from prilavok.kernel.jobs import Every
from prilavok.ledger import actions as ledger
from prilavok.loyalty import actions as loyalty
from prilavok.segments import actions as segments
from prilavok.tasks import actions as tasks

SCHEDULE: list[Every] = [
    Every("*/5 * * * *", segments.keep_up),
    Every("1-59/5 * * * *", segments.keep_rfm),
    Every("2-59/10 * * * *", segments.keep_indicators),
    Every("2-59/5 * * * *", ledger.keep_up),
    Every("17 * * * *", loyalty.forget_calculations),
    Every("* * * * *", campaigns.carry_on),
    Every("* * * * *", tasks.remind),
    Every("7 * * * *", loyalty.end_what_is_over),
    Every("40 2 * * *", company.forget_what_is_old),
    Every("45 2 * * *", customers.forget_deleted_files),
    Every("50 2 * * *", customers.forget_deleted_notes),
    Every("55 2 * * *", customers.forget_left_evaluations),
    Every("58 2 * * *", loyalty.forget_old_attempts),
    Every("35 * * * *", loyalty.expire_gift_cards),
    Every("0 3 * * *", loyalty.reward_friends),
    Every("5 3 * * *", loyalty.keep_tiers),
    Every("10 3 * * *", customers.look_for_duplicates),
    Every("50 3 * * *", facts.tidy),
]
