"""Every recurring job on one page, an English sentence each."""

from celery.schedules import crontab

# Each tick only rings: it finds the tenants that have work and sends one message for each.
BEAT_SCHEDULE = {
    "Every 30 seconds, see which tenants have something due.": {
        "task": "cshub.operations.tasks.answer_due_work",
        "schedule": 30.0,
    },
    "Every night at 02:10, take one turn of the pipeline for every tenant.": {
        "task": "cshub.operations.tasks.advance_every_tenant",
        "schedule": crontab(hour=2, minute=10),
    },
    "Every hour, mail those whose morning it is which accounts of their book changed band.": {
        "task": "cshub.operations.tasks.tell_every_tenant",
        "schedule": crontab(minute=5),
    },
    "Every hour, fail what fell silent, forget what is no longer promised, make the coming months' partitions, and once a day compare accounts.": {
        "task": "cshub.operations.tasks.tidy_every_tenant",
        "schedule": crontab(minute=20),
    },
}
