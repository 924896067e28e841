"""The company itself: brands, shops, people, rights, how they prove who they are, and their own settings."""

from prilavok.company.models.access import (
    OutsideLogin,
    Passkey,
    Provider,
    RecoveryCode,
    SecondFactor,
    SignIn,
)
from prilavok.company.models.company import (
    ROLE_LABELS,
    ApiToken,
    Brand,
    Company,
    DefaultView,
    Employee,
    EmployeeManager,
    Grant,
    Look,
    LookQuerySet,
    PasswordRequest,
    Role,
    SavedView,
    Shop,
    Till,
)
from prilavok.company.models.retention import RetentionRule, RetentionRun

__all__ = [
    "ROLE_LABELS",
    "ApiToken",
    "Brand",
    "Company",
    "DefaultView",
    "Employee",
    "EmployeeManager",
    "Grant",
    "Look",
    "LookQuerySet",
    "OutsideLogin",
    "Passkey",
    "PasswordRequest",
    "Provider",
    "RecoveryCode",
    "RetentionRule",
    "RetentionRun",
    "Role",
    "SavedView",
    "SecondFactor",
    "Shop",
    "SignIn",
    "Till",
]
