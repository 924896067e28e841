"""How customers are reckoned with: values made comparable, merges settled. Pure: no database, no clock, no Django."""

from prilavok.customers.rules.addresses import (
    ADDRESS_PARTS,
    AddressParts,
    normal_address,
    parsed_address,
)
from prilavok.customers.rules.legal import NUMBERS, company_name, is_inn, is_of_sole, numbers
from prilavok.customers.rules.nearest import nearest
from prilavok.customers.rules.normal import (
    LOOK_ALIKES,
    REGION_BY_CURRENCY,
    BadValue,
    age,
    cleaned,
    masked,
    masked_email,
    masked_name,
    masked_phone,
    name_key,
    normal_card,
    normal_email,
    normal_id,
    normal_phone,
    normal_shape,
    shown_phone,
    why_unreachable,
)
from prilavok.customers.rules.own_fields import OWN
from prilavok.customers.rules.shares import share_interval
from prilavok.customers.rules.survivorship import FIELDS, MODES, Told, settled

__all__ = [
    "ADDRESS_PARTS",
    "FIELDS",
    "LOOK_ALIKES",
    "MODES",
    "NUMBERS",
    "OWN",
    "REGION_BY_CURRENCY",
    "AddressParts",
    "BadValue",
    "Told",
    "age",
    "cleaned",
    "company_name",
    "is_inn",
    "is_of_sole",
    "masked",
    "masked_email",
    "masked_name",
    "masked_phone",
    "name_key",
    "nearest",
    "normal_address",
    "normal_card",
    "normal_email",
    "normal_id",
    "normal_phone",
    "normal_shape",
    "numbers",
    "parsed_address",
    "settled",
    "share_interval",
    "shown_phone",
    "why_unreachable",
]
