"""Questions about facts that can be chained."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Case, F, Max, Model, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from cshub.db.folding import fold
from cshub.db.walls import WalledQuerySet

if TYPE_CHECKING:
    from typing import Self

    from accounts.models import Account, Interaction, Invoice, Payment, Renewal, RevenueMovement  # noqa: F401  # named in strings below
    from cshub.users.models import User


Fact = TypeVar("Fact", bound=Model, covariant=True)


class FactQuerySet(WalledQuerySet[Fact]):
    """Facts of any kind."""

    def visible_to(self, user: User) -> Self:
        """Everybody who may sign in sees every fact of the tenant; the book (`owned_by`) is a filter, not a wall."""
        return self.all() if user.is_active else self.none()


class AccountQuerySet(FactQuerySet["Account"]):
    """Accounts."""

    def with_arr(self) -> Self:
        """Each account with `arr`, `currency` and `next_renewal_on`; all three are None where there is no contract."""
        return self.annotate(
            arr=F("revenue__arr"), currency=F("revenue__currency"), next_renewal_on=F("revenue__next_renewal_on")
        )

    def present(self) -> Self:
        """Accounts that were not merged into another."""
        return self.exclude(status="merged")

    def customers(self) -> Self:
        """Accounts that pay or are about to: neither prospects nor churned."""
        return self.filter(status__in=["onboarding", "active"])

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def renewing_between(self, start: date, end: date) -> Self:
        """Accounts whose next renewal falls in [start, end)."""
        return self.filter(revenue__next_renewal_on__gte=start, revenue__next_renewal_on__lt=end)

    def beginning_with(self, words: str) -> Self:
        """Accounts whose name begins so, however it is spelled."""
        return self.filter(folded__startswith=fold(words))

    def holding(self, words: str) -> Self:
        """Accounts with every one of the words in their name or external ID, however it is spelled."""
        found = self
        for word in fold(words).split():
            found = found.filter(folded__contains=word)
        return found


class RevenueMovementQuerySet(FactQuerySet["RevenueMovement"]):
    """Revenue movements."""

    def known(self, as_of: datetime) -> Self:
        """What had been recorded by then: the second clock."""
        return self.filter(recorded_at__lte=as_of)

    def between(self, start: date, end: date) -> Self:
        """Movements that occurred in [start, end)."""
        return self.filter(occurred_on__gte=start, occurred_on__lt=end)


class RenewalQuerySet(FactQuerySet["Renewal"]):
    """Renewals."""

    def due_between(self, start: date, end: date) -> Self:
        """Renewals due in [start, end)."""
        return self.filter(due_on__gte=start, due_on__lt=end)

    def undecided(self, as_of: datetime) -> Self:
        return self.filter(Q(decision__isnull=True) | Q(decision__recorded_at__gt=as_of))


class InteractionQuerySet(FactQuerySet["Interaction"]):
    """Interactions."""

    def known(self, as_of: datetime) -> Self:
        return self.filter(recorded_at__lte=as_of)

    def between(self, start: datetime, end: datetime) -> Self:
        """Interactions that occurred in [start, end)."""
        return self.filter(occurred_at__gte=start, occurred_at__lt=end)


class InvoiceQuerySet(FactQuerySet["Invoice"]):
    """Invoices."""

    def with_state(self, as_of: datetime) -> Self:
        """Each invoice with `paid`, `last_paid_on` and `state` (paid, open, overdue) by the payments of that day, as known then.

        It is paid when its payments reach its amount; a credit note asks for nothing and is paid.
        """
        payments = self.model._meta.get_field("payments").related_model._default_manager
        known = payments.filter(invoice=OuterRef("pk"), paid_on__lte=as_of.date(), recorded_at__lte=as_of).order_by()
        by_invoice = known.values("invoice")
        return self.annotate(
            paid=Coalesce(Subquery(by_invoice.annotate(sum=Sum("amount")).values("sum")), Value(Decimal(0))),
            last_paid_on=Subquery(by_invoice.annotate(last=Max("paid_on")).values("last")),
            state=Case(
                When(paid__gte=F("amount"), then=Value("paid")),
                When(due_on__lt=as_of.date(), then=Value("overdue")),
                default=Value("open"),
            ),
        )

    def overdue(self, as_of: datetime) -> Self:
        """Not paid, and due before that day."""
        return self.with_state(as_of).filter(due_on__lt=as_of.date(), paid__lt=F("amount"))
