"""A worker on the tests' database, as a process of its own: it claims what is due, works it off, and ends."""

from celery import current_app

import tests.events.server  # noqa: F401 - first of all: it says where this run of the tests keeps its rows
from cshub.operations import tasks
from cshub.tenancy.context import public_context

if __name__ == "__main__":
    current_app.conf.task_always_eager = current_app.conf.task_eager_propagates = True
    with public_context():
        tasks.answer_due_work.delay()
