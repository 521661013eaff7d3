from django.apps import AppConfig
from django.core.signals import request_started
from django.db.backends.signals import connection_created


class FoundationConfig(AppConfig):
    name = "foundation"

    def ready(self) -> None:
        from foundation.database.transactions import (  # noqa: PLC0415 - settings are complete now
            drop_replaced_connection,
            note_opened_file,
            trust_living_connection,
        )

        connection_created.connect(note_opened_file)
        request_started.connect(drop_replaced_connection)
        # After Django's own receiver, which has the first statement of each request ask whether the connection lives.
        request_started.connect(trust_living_connection)
