from django.urls import URLPattern, URLResolver, re_path

from audit_app.api import views

_TASKS = "api/tasks"
_OLDER_ROOTS = ("api/todos", "todos", r"api/(?P<user_id>[0-9]+)/tasks")


def _history(root: str) -> str:
    return rf"^{root}/(?P<task_id>[0-9]+)/history/?$"


urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^api/audit/?$", views.AuditView.as_view(), name="audit"),
    re_path(r"^api/audit/verify/?$", views.VerifyView.as_view(), name="audit-verify"),
    re_path(_history(_TASKS), views.HistoryView.as_view(), name="task-history"),
    *(
        re_path(_history(root), views.HistoryView.as_view(schema=None, plain_list=True))
        for root in _OLDER_ROOTS
    ),
]
