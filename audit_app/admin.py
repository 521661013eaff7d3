"""The audit trail for operators: read-only, searched by user or task."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from audit_app.models import AuditEntry, AuditHead
from events_app.admin import ReadOnlyAdmin
from events_app.contracts import PAYLOADS
from foundation.http.confirmation import AdminPage
from foundation.http.parameters import is_id


class TypeFilter(admin.SimpleListFilter):
    """Filters by the declared types, without reading the table."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: AdminPage) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(PAYLOADS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "user_id", "seq", "type", "task_id", "actor", "occurred_at", "request_id")
    list_filter = (TypeFilter,)
    search_fields = ("user_id",)  # shows the box; get_search_results reads it
    search_help_text = "Number of a user or of a task."
    ordering = ("-id",)
    exclude = ("data",)
    readonly_fields = ("content_as_text",)

    class Media:
        css = {"all": ["audit_app/admin.css"]}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """Match one number exactly: both columns have an index; a text search would read the whole table."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if not is_id(term):
            return queryset.none(), False
        return queryset.filter(Q(user_id=int(term)) | Q(task_id=int(term))), False

    def actor(self, entry: AuditEntry) -> str:
        return f"{entry.actor_type} {entry.actor_id}"

    @admin.display(description="Content")
    def content_as_text(self, entry: AuditEntry) -> str:
        return format_html('<pre class="wrapped">{}</pre>', entry.data)


@admin.register(AuditHead)
class AuditHeadAdmin(ReadOnlyAdmin):
    list_display = ("user_id", "entries", "seq", "hash")
    search_fields = ("user_id__exact",)
    ordering = ("user_id",)
