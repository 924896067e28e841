"""The company itself: brands, shops, tills, people who work, their rights and their own settings."""

from typing import ClassVar, Self
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7
from prilavok.kernel.places import WHOLE, Point, degrees, read_place
from prilavok.kernel.sorting import NaturalKey

ROLE_LABELS = {
    "owner": _("Owner"),
    "administrator": _("Administrator"),
    "marketer": _("Marketer"),
    "operator": _("Operator"),
    "supervisor": _("Supervisor"),
    "cashier": _("Cashier"),
    "analyst": _("Analyst"),
    "integrator": _("Integrator"),
}


class Company(models.Model):
    """The one company of this installation."""

    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, default="RUB")
    timezone = models.CharField(max_length=60, default="Europe/Moscow")
    language = models.CharField(max_length=5, default="ru")
    site = models.URLField(max_length=500, blank=True, default="")  # the shop's own, where letters lead
    demo = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="company_only_one")]

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    """A name that customers know. People are the company's, not the brand's."""

    public_id = models.UUIDField(unique=True, default=uuid7)
    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Shop(models.Model):
    """A place that sells: a shop, a site, a marketplace window. Its zone decides what a day is."""

    class Kind(models.TextChoices):
        SHOP = "shop", _("Shop")
        ONLINE = "online", _("Online shop")

    public_id = models.UUIDField(unique=True, default=uuid7)
    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="shops")
    timezone = models.CharField(max_length=60)
    region = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SHOP)
    latitude = degrees(90)
    longitude = degrees(180)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    natural = models.GeneratedField(
        expression=NaturalKey("name"), output_field=models.TextField(), db_persist=True
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=WHOLE, name="company_shop_place_is_whole")]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> Point | None:
        """Where it stands on the globe."""
        return read_place(self.latitude, self.longitude)


class Till(models.Model):
    """A cash register of a shop."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="tills")
    code = models.CharField(max_length=60)
    natural = models.GeneratedField(
        expression=NaturalKey("code"), output_field=models.TextField(), db_persist=True
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "code"], name="company_till_code_in_shop")]

    def __str__(self) -> str:
        return self.code


class EmployeeManager(BaseUserManager["Employee"]):
    def get_by_natural_key(self, username: str | None) -> "Employee":
        return self.get(email__iexact=username)


class Employee(AbstractBaseUser):
    """Someone who works here and logs in by e-mail."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    public_id = models.UUIDField(unique=True, default=uuid7)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=5, default="ru", choices=[("ru", "Русский"), ("en", "English")])
    timezone = models.CharField(max_length=60, blank=True)
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    is_active = models.BooleanField(default=True)
    demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[EmployeeManager] = EmployeeManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="company_one_login_per_email")]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A named set of rights."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    permissions = ArrayField(models.CharField(max_length=80), default=list)
    built_in = models.BooleanField(default=False)
    second_factor = models.BooleanField(default=False, db_default=False)  # demanded of whoever has the role

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The role's name in the reader's language; a role of one's own is called as it was named."""
        return str(ROLE_LABELS.get(self.code, self.name))


class Grant(models.Model):
    """A role given to an employee, within some brands and shops or everywhere (both lists empty)."""

    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="grants")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants")
    brands = models.ManyToManyField(Brand, related_name="+", blank=True)
    shops = models.ManyToManyField(Shop, related_name="+", blank=True)
    given_by = models.BigIntegerField(null=True)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["employee", "role"], name="company_role_given_once")]

    def __str__(self) -> str:
        return f"{self.role} of #{self.employee_id}"


class ApiToken(models.Model):
    """A key for a till, a site or 1C. Only its hash is kept; it is shown once."""

    name = models.CharField(max_length=100)
    hash = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12)
    permissions = ArrayField(models.CharField(max_length=80), default=list)
    shops = models.ManyToManyField(Shop, related_name="+", blank=True)
    made_by = models.ForeignKey(Employee, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class LookQuerySet(models.QuerySet["Look"]):
    def of(self, profile_id: int) -> Self:
        return self.filter(profile_id=profile_id)


class Look(models.Model):
    """Someone looked at a person's data, or took it away. Kept as evidence; never edited."""

    class What(models.TextChoices):
        CARD = "card", _("Opened the card")
        CONTACTS = "contacts", _("Saw the contacts")
        LIST = "list", _("Saw a list")
        EXPORT = "export", _("Exported")
        API = "api", _("Read through the API")
        IDENTIFY = "identify", _("Recognised by an identifier")
        ARCHIVE = "archive", _("Took the archive of everything")
        PROOF = "proof", _("Took the proof of consents")

    actor_kind = models.CharField(max_length=20)
    actor_id = models.BigIntegerField(null=True)
    profile_id = models.BigIntegerField(null=True)
    what = models.CharField(max_length=20, choices=What.choices)
    rows = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()

    objects = LookQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], name="company_looks_by_time"),
            models.Index(fields=["profile_id", "-at"], name="company_looks_of_profile"),
            models.Index(fields=["actor_kind", "actor_id", "-at"], name="company_looks_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_kind} {self.actor_id} → {self.profile_id}"


class PasswordRequest(models.Model):
    """An employee who has forgotten the password asked for a letter."""

    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["employee", "-at"], name="company_password_requests")]

    def __str__(self) -> str:
        return f"#{self.employee_id} at {self.at}"


class SavedView(models.Model):
    """A list as somebody likes it: filters, order and columns under a name."""

    owner = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    query = models.JSONField(default=dict)  # what stands in the list's address: name → value or values
    shared = models.BooleanField(default=False)  # with everybody
    roles = ArrayField(models.CharField(max_length=40), default=list)  # codes of roles that it is shared with
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="company_view_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """The query of the list's address.

        >>> SavedView(query={"q": "анна", "columns": ["name", "card"]}).address
        'q=%D0%B0%D0%BD%D0%BD%D0%B0&columns=name&columns=card'
        """
        return urlencode(self.query, doseq=True)


class DefaultView(models.Model):
    """The view with which a list opens for an employee."""

    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=60)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["employee", "page"], name="company_default_view_once")]

    def __str__(self) -> str:
        return f"{self.page} of #{self.employee_id}"
