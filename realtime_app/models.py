"""The open sockets and their processes: these rows limit a user to SOCKETS_PER_USER across all processes."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from realtime_app.sockets.protocol import SOCKETS_PER_USER


class SocketHost(models.Model):
    """A process that holds sockets. If it stops renewing its row, others may take over its slots."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    renewed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.id)


class SocketSlot(models.Model):
    """One of a user's numbered slots for a socket, taken by a process."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    host = models.ForeignKey(SocketHost, on_delete=models.CASCADE, related_name="slots")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "number"], name="socket_slot_once"),
            models.CheckConstraint(name="socket_slot_exists", condition=Q(number__lt=SOCKETS_PER_USER)),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.number}"
