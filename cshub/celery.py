"""Background work: every task carries its tenant, and runs in it or not at all."""

import os
from typing import Any

from celery.exceptions import Reject
from celery.signals import task_postrun, task_prerun, worker_init
from tenant_schemas_celery.app import CeleryApp, get_schema_name_from_task
from tenant_schemas_celery.task import TenantTask

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cshub.settings")
os.environ.setdefault(
    "CELERY_SKIP_CHECKS", "1"
)  # all checks would load every page; `refuse_to_start` makes those that concern a worker


class StrictTenantTask(TenantTask):  # type: ignore[misc]
    """A task that runs in the tenant that sent it. In `public` it runs only if declared with `public=True`; for a tenant that is gone or closed it is rejected."""

    abstract = True
    public = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.request.id or self.request.called_directly:
            return super().__call__(*args, **kwargs)
        with self._context(get_schema_name_from_task(self, kwargs)):
            return super().__call__(*args, **kwargs)

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        """Send the task after commit, for the tenant that is active now."""
        from cshub.tenancy.context import on_commit

        on_commit(lambda: self.delay(*args, **kwargs))

    def apply_async_on_commit(self, *args: Any, **kwargs: Any) -> None:
        from cshub.tenancy.context import on_commit

        on_commit(lambda: self.apply_async(*args, **kwargs))

    def _context(self, schema: str | None) -> Any:
        from cshub.db.active import PUBLIC
        from cshub.tenancy.context import NoTenant, public_context, tenant_context, tenant_named
        from cshub.tenancy.models import Tenant

        if schema in {None, PUBLIC}:
            if not self.public:
                raise Reject(f"{self.name} needs a tenant and was sent without one.", requeue=False)
            return public_context()
        try:
            tenant = tenant_named(str(schema))
        except NoTenant as gone:
            raise Reject(str(gone), requeue=False) from gone
        if tenant.status != Tenant.Status.ACTIVE:
            raise Reject(f"The tenant {schema} is {tenant.status}.", requeue=False)
        return tenant_context(tenant)


app = CeleryApp("cshub", task_cls=StrictTenantTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# The library switches schemas in signal handlers, whose errors Celery logs and ignores. StrictTenantTask does it around the task itself.
task_prerun.disconnect(dispatch_uid="tenant_schemas_switch_schema")
task_postrun.disconnect(dispatch_uid="tenant_schemas_restore_schema")


@worker_init.connect  # type: ignore[untyped-decorator]
def refuse_to_start(**_: Any) -> None:
    """End a worker that must not start. Celery logs the errors of such handlers and goes on; an exit it lets through."""
    from django.core.checks import Tags
    from django.core.exceptions import ImproperlyConfigured

    from cshub.tenancy import checks

    try:
        checks.refuse_faults(tags=[Tags.models])
        checks.refuse_mixing_pooler()
    except ImproperlyConfigured as refusal:
        raise SystemExit(str(refusal)) from refusal
