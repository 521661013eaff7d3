"""Hurrying a sweep: a hint that there are rows for it, for people who wait for the result.

It saves seconds at most: the loops find the rows whether anybody is woken or not.
"""

import logging
import urllib.error
import urllib.request
from functools import partial
from http.client import HTTPException
from typing import Final

from django.conf import settings
from django.db import transaction

from events_app.consumers import registry
from events_app.consumers.specs import SweepSpec
from events_app.transports.options import SIDECAR_HOST
from foundation.counters import count

WAKE_SECONDS: Final = 0.3
_EXPIRES_SECONDS: Final = 60

logger = logging.getLogger(__name__)


def hurry(sweep: str) -> None:
    """Wake a sweep in a worker where there is Redis, else in the receiver of sweeps where Dapr carries events.

    Else nothing happens. Whoever is away is logged and counted, not raised. With Dapr it takes WAKE_SECONDS at most;
    inside a transaction it waits for the commit. Repeating it is harmless.
    """
    transaction.on_commit(partial(_wake, registry.sweeps()[sweep].spec))


def _wake(sweep: SweepSpec) -> None:
    if settings.REDIS_URL:
        _wake_worker(sweep)
    elif settings.EVENT_TRANSPORT == "dapr":
        _wake_receiver(sweep.name)


def _wake_worker(sweep: SweepSpec) -> None:
    # Imported only where Redis is used.
    from celery import current_app  # noqa: PLC0415
    from kombu.exceptions import KombuError  # noqa: PLC0415

    try:
        current_app.send_task(sweep.job, queue=sweep.queue, expires=_EXPIRES_SECONDS)
    except (KombuError, OSError) as error:
        _note(sweep.name, error)


def _wake_receiver(sweep: str) -> None:
    """Call `POST /wake/<sweep>` of the app `<prefix>-sweeps`: https://docs.dapr.io/reference/api/service_invocation_api/."""
    options = settings.DAPR
    url = f"http://{SIDECAR_HOST}:{options.http_port}/v1.0/invoke/{options.app_prefix}-sweeps/method/wake/{sweep}"
    request = urllib.request.Request(url, data=b"", headers={"dapr-api-token": options.api_token})
    try:
        with urllib.request.urlopen(request, timeout=WAKE_SECONDS):  # noqa: S310 - loopback
            count("hurry.woken")
    except (OSError, HTTPException, urllib.error.URLError) as error:
        _note(sweep, error)


def _note(sweep: str, error: Exception) -> None:
    count("hurry.failed")
    logger.info("nobody to hurry the sweep %s: %s", sweep, error)
