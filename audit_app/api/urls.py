from django.urls import URLPattern, URLResolver, re_path

from audit_app.api import views

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^api/audit/?$", views.AuditView.as_view(), name="audit"),
    re_path(r"^api/audit/verify/?$", views.VerifyView.as_view(), name="audit-verify"),
    re_path(r"^api/tasks/(?P<task_id>[0-9]+)/history/?$", views.HistoryView.as_view(), name="task-history"),
]
