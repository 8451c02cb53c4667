"""Orders, invoices, payments and exchange rates in the admin site: to be looked at."""

from accounts.models import ExchangeRate, Invoice, Order, OrderLine, Payment, Product
from cshub.users.admin_site import AuditedModelAdmin, tenant_admin


class ProductAdmin(AuditedModelAdmin):
    """What is sold by the piece."""

    list_display = ("name", "external_id", "unit")
    search_fields = ("name", "external_id")


class OrderAdmin(AuditedModelAdmin):
    """Orders."""

    list_display = ("external_id", "account", "ordered_on", "amount", "currency", "status")
    list_filter = ("status", "currency")
    list_select_related = ("account",)
    search_fields = ("external_id", "account__name")


class OrderLineAdmin(AuditedModelAdmin):
    """Lines of orders."""

    list_display = ("order", "number", "product", "quantity", "amount")
    list_select_related = ("order", "product")
    search_fields = ("order__external_id", "product__name")


class InvoiceAdmin(AuditedModelAdmin):
    """Invoices."""

    list_display = ("external_id", "account", "issued_on", "due_on", "amount", "currency")
    list_filter = ("currency",)
    list_select_related = ("account",)
    search_fields = ("external_id", "account__name")


class PaymentAdmin(AuditedModelAdmin):
    """Payments."""

    list_display = ("external_id", "invoice", "paid_on", "amount")
    list_select_related = ("invoice",)
    search_fields = ("external_id", "invoice__external_id")


class ExchangeRateAdmin(AuditedModelAdmin):
    """Exchange rates: written once, corrected by later ones."""

    list_display = ("valid_on", "currency", "base", "rate", "source", "recorded_at")
    list_filter = ("base", "currency")
    search_fields = ("currency", "source")


tenant_admin.register(Product, ProductAdmin)
tenant_admin.register(Order, OrderAdmin)
tenant_admin.register(OrderLine, OrderLineAdmin)
tenant_admin.register(Invoice, InvoiceAdmin)
tenant_admin.register(Payment, PaymentAdmin)
tenant_admin.register(ExchangeRate, ExchangeRateAdmin)
