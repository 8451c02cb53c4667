"""The work: plans and their approval, the accounts that met them, and what people do."""

from playbooks.models.enrollment import Enrollment, Run
from playbooks.models.playbook import Approval, Playbook, PlaybookVersion
from playbooks.models.task import Task

__all__ = ["Approval", "Enrollment", "Playbook", "PlaybookVersion", "Run", "Task"]
