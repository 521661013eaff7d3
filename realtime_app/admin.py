"""Admin page of open sockets, read-only."""

from django.contrib import admin

from events_app.admin import ReadOnlyAdmin
from realtime_app.models import SocketSlot


@admin.register(SocketSlot)
class SocketSlotAdmin(ReadOnlyAdmin):
    """The open sockets by user, with their process."""

    list_display = ("user", "number", "host", "renewed_at")
    list_select_related = ("user", "host")
    search_fields = ("user__username",)
    ordering = ("user_id", "number")

    @admin.display(description="process renewed at", ordering="host__renewed_at")
    def renewed_at(self, slot: SocketSlot) -> object:
        return slot.host.renewed_at
