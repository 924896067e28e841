"""Everything that can be done to the company: shops, people, rights, tokens, passwords, one's own settings."""

from prilavok.company.actions.own import (
    choose_settings,
    forget_view,
    note_look,
    remember_appearance,
    save_view,
)
from prilavok.company.actions.passwords import (
    change_password,
    choose_password,
    forget_password,
    give_password_link,
)
from prilavok.company.actions.people import (
    add_employee,
    give_role,
    make_roles,
    set_active,
    set_rights,
    take_role,
)
from prilavok.company.actions.places import NewShop, add_brand, add_shops, ensure_tills, name_company, till
from prilavok.company.actions.problems import (
    AlreadyOver,
    BadEmail,
    BadZone,
    EmailTaken,
    LastOwner,
    OutsideScope,
    UnknownRight,
    UnknownRole,
    WeakPassword,
    WrongPassword,
)
from prilavok.company.actions.tokens import make_token, revoke_token

__all__ = [
    "AlreadyOver",
    "BadEmail",
    "BadZone",
    "EmailTaken",
    "LastOwner",
    "NewShop",
    "OutsideScope",
    "UnknownRight",
    "UnknownRole",
    "WeakPassword",
    "WrongPassword",
    "add_brand",
    "add_employee",
    "add_shops",
    "change_password",
    "choose_password",
    "choose_settings",
    "ensure_tills",
    "forget_password",
    "forget_view",
    "give_password_link",
    "give_role",
    "make_roles",
    "make_token",
    "name_company",
    "note_look",
    "remember_appearance",
    "revoke_token",
    "save_view",
    "set_active",
    "set_rights",
    "take_role",
    "till",
]
