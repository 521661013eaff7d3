"""What an operator can do about a message that no broker took: have it sent, in order, or close it."""

import json
import logging

import pytest
from django.core.management import call_command

from events_app.models import Event, ParkedMessage, Stream
from events_app.operating.parked_messages import close_parked_message, send_parked_message_again
from events_app.operating.recovery import RecoveryRefused
from events_app.relay import Relay
from events_app.tests.recorders import write_notifications
from events_app.transports.memory import MemoryTransport

pytestmark = pytest.mark.django_db


def sequences(transport: MemoryTransport) -> list[int]:
    return [message.sequence for message in transport.arrived]


def poll_all(relay: Relay) -> None:
    while relay.poll():
        pass


def spoil(seq: int) -> object:
    """Make an event such that no message can be built of it; return what it was."""
    event = Event.objects.get(seq=seq)
    Event.objects.filter(pk=event.pk).update(data={"broken": True})
    return event.data


def park(*spoilt: int, count: int = 4) -> tuple[Relay, MemoryTransport, dict[int, object]]:
    """A stream of which these events were parked and the others sent, with the data that would mend them."""
    write_notifications(1, count)
    before = {seq: spoil(seq) for seq in spoilt}
    transport = MemoryTransport()
    relay = Relay(transport, holder="a")
    poll_all(relay)
    assert set(ParkedMessage.objects.values_list("seq", flat=True)) == set(spoilt)
    transport.arrived.clear()
    return relay, transport, before


def test_a_mended_message_is_sent_with_all_that_follows_it_in_order() -> None:
    relay, transport, before = park(2)
    Event.objects.filter(seq=2).update(data=before[2])
    send_parked_message_again(ParkedMessage.objects.get().pk)
    poll_all(relay)
    assert sequences(transport) == [2, 3, 4]
    assert not ParkedMessage.objects.exists()
    assert Stream.objects.get().published == 4


def test_what_is_refused_again_is_parked_again_with_the_later_ones_of_its_stream() -> None:
    relay, transport, _ = park(2, 3)
    send_parked_message_again(ParkedMessage.objects.get(seq=2).pk)
    assert not ParkedMessage.objects.exists()
    poll_all(relay)
    assert sequences(transport) == [4]
    assert set(ParkedMessage.objects.values_list("seq", flat=True)) == {2, 3}


def test_it_is_refused_while_the_stream_is_being_sent_and_after_its_event_was_trimmed() -> None:
    park(2)
    parked = ParkedMessage.objects.get()
    Stream.objects.update(published=3)
    with pytest.raises(RecoveryRefused, match="being sent: try again"):
        send_parked_message_again(parked.pk)
    Stream.objects.update(published=4, tail=2)
    with pytest.raises(RecoveryRefused, match="no longer in the log: close it"):
        send_parked_message_again(parked.pk)
    assert Stream.objects.get().published == 4
    assert ParkedMessage.objects.filter(pk=parked.pk).exists()


def test_closing_keeps_what_it_was_in_the_log_of_the_process(caplog: pytest.LogCaptureFixture) -> None:
    park(2)
    parked = ParkedMessage.objects.get()
    with caplog.at_level(logging.WARNING):
        close_parked_message(parked.pk)
    assert f"task-updates user:1/2: {parked.reason}" in caplog.text
    assert not ParkedMessage.objects.exists()
    with pytest.raises(RecoveryRefused, match="not parked any more"):
        close_parked_message(parked.pk)


def test_the_command_lists_sends_and_closes(capsys: pytest.CaptureFixture[str]) -> None:
    relay, transport, before = park(2, 3)
    with pytest.raises(SystemExit) as ended:
        call_command("parked_messages", "list", "--json")
    assert ended.value.code == 3
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["stream"], each["sequence"]) for each in listed] == [("user:1", 2), ("user:1", 3)]
    Event.objects.filter(seq=2).update(data=before[2])
    call_command("parked_messages", "send")
    poll_all(relay)
    assert sequences(transport) == [2, 4]
    call_command("parked_messages", "close")
    call_command("parked_messages", "list")
    assert "no parked messages" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        call_command("parked_messages", "send", "7")
    assert ended.value.code == 1
