from dataclasses import replace

import pytest
from django.conf import settings as project_settings
from pytest_django import Settings

from events_app.consumers.specs import ConsumerSpec
from realtime_app.checks import check_channel_layer, check_consumer_wants_what_sockets_send

[OURS] = [spec for spec in project_settings.EVENT_CONSUMERS if spec.name == "realtime"]


def test_the_project_passes() -> None:
    assert check_consumer_wants_what_sockets_send() == []
    assert check_channel_layer() == []


@pytest.mark.parametrize("specs", [(), (OURS, OURS), (replace(OURS, wants=("task.created",)),)])
def test_a_consumer_that_wants_other_events_than_sockets_send_is_an_error(
    settings: Settings, specs: tuple[ConsumerSpec, ...]
) -> None:
    settings.EVENT_CONSUMERS = specs
    assert [error.id for error in check_consumer_wants_what_sockets_send()] == ["realtime_app.E001"]


def test_a_missing_channel_layer_is_an_error(settings: Settings) -> None:
    settings.CHANNEL_LAYERS = {}
    assert [error.id for error in check_channel_layer()] == ["realtime_app.E002"]
