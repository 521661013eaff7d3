"""Which sockets are open, for operators: to be seen, not edited."""

from django.contrib import admin
from django.http import HttpRequest

from realtime_app.models import SocketSlot


@admin.register(SocketSlot)
class SocketSlotAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not generic at run time
    """Sockets by user and process."""

    list_display = ("user", "number", "host", "renewed_at")
    list_select_related = ("user", "host")
    search_fields = ("user__username",)
    ordering = ("user_id", "number")

    @admin.display(description="process renewed at", ordering="host__renewed_at")
    def renewed_at(self, slot: SocketSlot) -> object:
        return slot.host.renewed_at

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SocketSlot | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SocketSlot | None = None) -> bool:
        return False
