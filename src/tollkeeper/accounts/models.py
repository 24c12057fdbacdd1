"""People, and the count of their tries to sign in."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower, Now

from tollkeeper.core.ids import new_id


class PersonManager(BaseUserManager["Person"]):
    """Finds people by e-mail address, whatever its capitals, through the index that keeps it unique."""

    def with_email(self, email: str) -> models.QuerySet[Person]:
        """The person of that address, or nobody. The address is normalised already."""
        return self.alias(compared=Lower("email")).filter(compared=email.lower())

    def get_by_natural_key(self, username: str | None) -> Person:
        """What Django's password check asks for."""
        return self.with_email(username or "").get()


class Person(AbstractBaseUser):
    """A customer or a member of staff; also a guest, who bought by typing an address and has never signed in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=10, default="en")
    language_chosen_at = models.DateTimeField(null=True, blank=True)
    """When the person last chose it; None where it is only that of the pages they first ordered from."""
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    """When the person first proved to own the address; None for a guest."""
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "accounts_person"
        constraints = (models.UniqueConstraint(Lower("email"), name="accounts_person_one_per_email_key"),)

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        """How a page greets the person."""
        return self.name.split(" ")[0] or self.email

    def has_perm(self, perm: str, obj: object | None = None) -> bool:
        """Staff may do everything until the room for roles is built; nobody else may do anything."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """See `has_perm`."""
        return self.is_active and self.is_staff


class Attempt(models.Model):
    """One try that counts against a limit. In the database, because several processes count together."""

    id = models.BigAutoField(primary_key=True)
    limit_name = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    """A keyed digest of an address or a network: enough to count, too little to read."""
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "accounts_attempt"
        indexes = (models.Index(fields=("limit_name", "subject", "at"), name="accounts_attempt_count_idx"),)


class SignIn(models.Model):
    """A browser in which a person is signed in. It ends with its session: signed out, revoked or expired."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    """What pages and forms name it by; the session's own key never leaves the cookie."""
    session = models.OneToOneField("sessions.Session", on_delete=models.CASCADE, related_name="signin_of")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    device = models.CharField(max_length=100)
    """What the browser says of itself, in a few words; "" where it says nothing known."""
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "accounts_sign_in"
