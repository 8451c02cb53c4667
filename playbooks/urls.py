"""Addresses of playbooks and tasks."""

from django.urls import path

from playbooks.views import playbooks, tasks

urlpatterns = [
    path("playbooks/", playbooks.playbooks, name="playbooks"),
    path("playbooks/new/", playbooks.playbook_create, name="playbook_create"),
    path("playbooks/starters/", playbooks.playbook_starters, name="playbook_starters"),
    path("playbooks/<uuid:pk>/", playbooks.playbook, name="playbook"),
    path("playbooks/<uuid:pk>/new_version/", playbooks.playbook_new_version, name="playbook_new_version"),
    path("playbooks/versions/<uuid:pk>/edit/", playbooks.playbook_edit, name="playbook_edit"),
    path("playbooks/versions/<uuid:pk>/submission/", playbooks.playbook_submit, name="playbook_submit"),
    path("playbooks/versions/<uuid:pk>/decision/", playbooks.playbook_decision, name="playbook_decision"),
    path("playbooks/versions/<uuid:pk>/state/", playbooks.playbook_state, name="playbook_state"),
    path("tasks/<uuid:pk>/completion/", tasks.task_complete, name="task_complete"),
    path("tasks/<uuid:pk>/start/", tasks.task_start, name="task_start"),
    path("tasks/<uuid:pk>/snooze/", tasks.task_snooze, name="task_snooze"),
    path("tasks/<uuid:pk>/owner/", tasks.task_reassign, name="task_reassign"),
    path("tasks/<uuid:pk>/cancellation/", tasks.task_cancel, name="task_cancel"),
]
