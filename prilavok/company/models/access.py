"""How employees prove who they are: second factors, and the log-ins that are open."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from prilavok.company.models.company import Employee, Role
from prilavok.kernel.ids import uuid7


class SecondFactor(models.Model):
    """An employee's second factor. The secret of the codes is sealed (kernel.vault); empty: no codes."""

    employee = models.OneToOneField(Employee, on_delete=models.CASCADE, primary_key=True, related_name="+")
    totp = models.CharField(max_length=200, blank=True, default="")
    totp_since = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)  # a code opens once
    wrong = models.PositiveSmallIntegerField(default=0)
    wrong_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"second factor of #{self.employee_id}"


class RecoveryCode(models.Model):
    """A code for the day when the phone is lost. Only its keyed digest is kept; it opens once."""

    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["employee", "digest"], name="company_recovery_code")]

    def __str__(self) -> str:
        return f"recovery code of #{self.employee_id}"


class Passkey(models.Model):
    """A key on the employee's device (WebAuthn): we keep its public part."""

    public_id = models.UUIDField(unique=True, default=uuid7)
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    credential = models.BinaryField(unique=True)
    public_key = models.BinaryField()  # COSE, as the device gave it
    used_times = models.BigIntegerField(default=0)  # as the device counts; a copy counts apart
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"passkey #{self.pk}"


class SignIn(models.Model):
    """A log-in of an employee: where from, with what, until when. Kept after its end."""

    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="+")
    session = models.CharField(max_length=40, unique=True, null=True)  # noqa: DJ001  none: it has ended
    device = models.CharField(max_length=300, blank=True, default="")
    ip = models.GenericIPAddressField(null=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["employee", "-seen_at"], name="company_signins")]

    def __str__(self) -> str:
        return f"log-in #{self.pk} of #{self.employee_id}"


class Provider(models.Model):
    """An outside log-in by OpenID Connect. Its secret is sealed (kernel.vault)."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    issuer = models.URLField(max_length=300)
    client_id = models.CharField(max_length=200)
    client_secret = models.CharField(max_length=1000, blank=True, default="")
    domains = ArrayField(models.CharField(max_length=200), default=list, blank=True)  # of e-mails; none: any
    newcomers = models.ForeignKey(Role, null=True, on_delete=models.SET_NULL, related_name="+")
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.code


class OutsideLogin(models.Model):
    """Who an employee is for a provider. Found by e-mail once, by this ever after."""

    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="+")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=255)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="company_outside_login_of_one")
        ]

    def __str__(self) -> str:
        return f"#{self.employee_id} at #{self.provider_id}"
