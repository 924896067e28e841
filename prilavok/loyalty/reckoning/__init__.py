"""How a basket is reckoned: pure Python, no database, no clock, no Django.

`calculate` takes a basket, a customer, a moment, the promotions that are live and the programme's policies, and says
what each line costs and why, what points may be spent and will be earned, and why each promotion did or did not fit.
The same question always has the same answer.
"""

from prilavok.loyalty.reckoning.basket import Basket, Customer, Line, Policies, Returns, Uses
from prilavok.loyalty.reckoning.calculating import (
    Answer,
    GiftLine,
    Given,
    PricedLine,
    Verdict,
    calculate,
    give,
)
from prilavok.loyalty.reckoning.choosing import OF_THE_GOODS
from prilavok.loyalty.reckoning.promotions import (
    OWN_PERIODS,
    PERIODS,
    AmountOff,
    Book,
    Bundle,
    Earn,
    EarnEach,
    FixedPrice,
    Gift,
    Goods,
    Limits,
    Multiple,
    Multiply,
    Need,
    Pair,
    PercentOff,
    Promotion,
    Tiers,
    When,
    Where,
    Who,
    period_start,
)
from prilavok.loyalty.reckoning.remaining import Rest, what_is_left

__all__ = [
    "OF_THE_GOODS",
    "OWN_PERIODS",
    "PERIODS",
    "AmountOff",
    "Answer",
    "Basket",
    "Book",
    "Bundle",
    "Customer",
    "Earn",
    "EarnEach",
    "FixedPrice",
    "Gift",
    "GiftLine",
    "Given",
    "Goods",
    "Limits",
    "Line",
    "Multiple",
    "Multiply",
    "Need",
    "Pair",
    "PercentOff",
    "Policies",
    "PricedLine",
    "Promotion",
    "Rest",
    "Returns",
    "Tiers",
    "Uses",
    "Verdict",
    "When",
    "Where",
    "Who",
    "calculate",
    "give",
    "period_start",
    "what_is_left",
]
