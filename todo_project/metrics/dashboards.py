"""The dashboards: what is drawn, by numbers of the table of metrics. `manage.py reference` writes them for Grafana."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

Queries = Mapping[str, str]
"""Expressions of PromQL by their legend; `{{label}}` in a legend is the value of a label."""


@dataclass(frozen=True)
class Panel:
    """One picture. `unit` is one of Grafana's: short, s, percentunit, reqps, h. `is_number`: the last value alone."""

    title: str
    unit: str
    queries: Queries
    is_number: bool = False


def _rate(metric: str, *labels: str) -> str:
    return f"sum by ({', '.join(labels)}) (rate({metric}[5m]))"


def _quantile(share: float, metric: str, *labels: str) -> str:
    return f"histogram_quantile({share}, sum by ({', '.join(('le', *labels))}) (rate({metric}_bucket[5m])))"


_OVERVIEW: Final = (
    Panel(
        "Waiting at each station",
        "short",
        {
            "events to publish": "todo_log_unpublished_events",
            "events to apply, by the slowest consumer": "max(todo_consumer_behind_events)",
            "streams to settle": "todo_log_unsettled_streams",
            "messages to send to people": "todo_deliveries_waiting",
        },
    ),
    Panel(
        "For how long, the oldest of each",
        "s",
        {
            "to publish": "todo_log_unpublished_oldest_seconds",
            "to apply": "max(todo_consumer_behind_oldest_seconds)",
            "to settle": "todo_log_unsettled_oldest_seconds",
        },
    ),
    Panel(
        "Somebody must decide",
        "short",
        {
            "blocked streams": "sum(todo_consumer_blocked_cursors)",
            "dead letters": "sum(todo_consumer_dead_letters)",
            "parked messages": "todo_log_parked_messages",
            "paused consumers": "sum(todo_consumer_paused)",
        },
        is_number=True,
    ),
    Panel(
        "People wait",
        "short",
        {"late reminders": "todo_reminders_late", "messages given up": "todo_deliveries_failed"},
        is_number=True,
    ),
    Panel("Live processes", "short", {"{{role}}": "sum by (role) (todo_role_processes)"}),
    Panel("Oldest heartbeat", "s", {"{{role}}": "max by (role) (todo_role_oldest_beat_seconds)"}),
    Panel(
        "Since the last backup",
        "h",
        {"hours": '(time() - todo_backup_last_success_timestamp_seconds{kind="backup"}) / 3600'},
        is_number=True,
    ),
    Panel(
        "Connections to the database", "short", {"{{state}}": "sum by (state) (todo_database_connections)"}
    ),
    Panel(
        "Releases that run",
        "short",
        {"{{version}} {{commit}}": "count by (version, commit) (todo_build_info)"},
    ),
)
_API: Final = (
    Panel("Requests by status", "reqps", {"{{status}}": _rate("todo_http_requests_total", "status")}),
    Panel(
        "Share of requests that fail",
        "percentunit",
        {
            "5xx": 'sum(rate(todo_http_requests_total{status="5xx"}[5m])) / sum(rate(todo_http_requests_total[5m]))'
        },
    ),
    Panel(
        "How long a request takes",
        "s",
        {f"p{share * 100:g}": _quantile(share, "todo_http_request_seconds") for share in (0.5, 0.95, 0.99)},
    ),
    Panel(
        "The slowest routes, p95",
        "s",
        {
            "{{method}} {{route}}": f"topk(10, {_quantile(0.95, 'todo_http_request_seconds', 'route', 'method')})"
        },
    ),
    Panel("Events recorded", "reqps", {"{{type}}": _rate("todo_events_recorded_total", "type")}),
    Panel(
        "What the code counts: failures, retries, refusals",
        "reqps",
        {"{{counter}}": f"topk(10, {_rate('todo_counts_total', 'counter')})"},
    ),
)
_CONSUMERS: Final = (
    Panel("Events behind", "short", {"{{consumer}}": "sum by (consumer) (todo_consumer_behind_events)"}),
    Panel("Streams behind", "short", {"{{consumer}}": "sum by (consumer) (todo_consumer_behind_streams)"}),
    Panel("Oldest of them", "s", {"{{consumer}}": "max by (consumer) (todo_consumer_behind_oldest_seconds)"}),
    Panel(
        "Oldest wake-up in hand",
        "s",
        {"{{consumer}}": "max by (consumer) (todo_consumer_oldest_hint_seconds)"},
    ),
    Panel(
        "Streams that are tried again later",
        "short",
        {
            "{{consumer}}": "sum by (consumer) (todo_consumer_waiting_cursors)",
            "relay": "todo_log_standing_aside_streams",
        },
    ),
    Panel(
        "Events applied",
        "reqps",
        {"{{consumer}} {{outcome}}": _rate("todo_events_applied_total", "consumer", "outcome")},
    ),
    Panel(
        "From an event to its effect, p99",
        "s",
        {"{{consumer}}": _quantile(0.99, "todo_event_delay_seconds", "consumer")},
    ),
    Panel(
        "One call of a handler, p95",
        "s",
        {"{{consumer}}": _quantile(0.95, "todo_apply_seconds", "consumer")},
    ),
    Panel(
        "Messages to the broker",
        "reqps",
        {"{{topic}} {{outcome}}": _rate("todo_events_published_total", "topic", "outcome")},
    ),
    Panel(
        "One request to the broker, p95",
        "s",
        {"{{transport}}": _quantile(0.95, "todo_publish_seconds", "transport")},
    ),
    Panel(
        "Streams to publish, rounds of relays",
        "short",
        {
            "streams": "todo_log_unpublished_streams",
            "rounds a second": "sum(rate(todo_relay_rounds_total[5m]))",
        },
    ),
)
_WORK: Final = (
    Panel("Reminders", "short", {"due": "todo_reminders_due", "late": "todo_reminders_late"}),
    Panel(
        "How late a reminder fires",
        "s",
        {f"p{share * 100:g}": _quantile(share, "todo_reminder_lateness_seconds") for share in (0.5, 0.99)},
    ),
    Panel(
        "Messages to people",
        "short",
        {"waiting": "todo_deliveries_waiting", "given up": "todo_deliveries_failed"},
    ),
    Panel(
        "Attempts to send",
        "reqps",
        {"{{channel}} {{outcome}}": _rate("todo_deliveries_total", "channel", "outcome")},
    ),
    Panel(
        "Since a sweep ended well",
        "s",
        {"{{sweep}}": "time() - max by (sweep) (todo_sweep_last_success_timestamp_seconds)"},
    ),
    Panel("How long a sweep takes, p95", "s", {"{{sweep}}": _quantile(0.95, "todo_sweep_seconds", "sweep")}),
    Panel(
        "Wake-ups that wait for a worker", "short", {"{{queue}}": "sum by (queue) (todo_queue_waiting_jobs)"}
    ),
)
_SOCKETS: Final = (
    Panel("Open sockets", "short", {"sockets": "sum(todo_sockets_open)"}),
    Panel("Frames sent", "reqps", {"{{kind}}": _rate("todo_socket_frames_total", "kind")}),
    Panel("Asked to load anew", "reqps", {"{{reason}}": _rate("todo_socket_resyncs_total", "reason")}),
    Panel(
        "From commit to the process of the sockets",
        "s",
        {f"p{share * 100:g}": _quantile(share, "todo_push_delay_seconds") for share in (0.5, 0.95)},
    ),
    Panel(
        "Pushes that were dropped",
        "reqps",
        {"dropped": 'sum(rate(todo_counts_total{counter="realtime.pushes_dropped"}[5m]))'},
    ),
)
_BROKERS: Final = (
    Panel(
        "Circuit breakers that are open",
        "short",
        {"{{app_id}} {{target}}": 'max by (app_id, target) (dapr_resiliency_cb_state{status="open"})'},
    ),
    Panel(
        "Sidecars that are ready",
        "short",
        {"sidecars": 'sum(kube_pod_container_status_ready{container="daprd"})'},
    ),
    Panel(
        "Requests of sidecars to the broker",
        "reqps",
        {
            "{{app_id}} success={{success}}": _rate(
                "dapr_component_pubsub_egress_bulk_count", "app_id", "success"
            )
        },
    ),
    Panel(
        "Messages handed to receivers",
        "reqps",
        {
            "{{app_id}} {{process_status}}": _rate(
                "dapr_component_pubsub_ingress_count", "app_id", "process_status"
            )
        },
    ),
    Panel(
        "Partitions with too few replicas",
        "short",
        {"{{pod}}": "sum by (pod) (kafka_server_replicamanager_underreplicatedpartitions)"},
    ),
)
DASHBOARDS: Final[Mapping[str, tuple[Panel, ...]]] = {
    "Overview": _OVERVIEW,
    "API": _API,
    "Consumers": _CONSUMERS,
    "Reminders and deliveries": _WORK,
    "Sockets": _SOCKETS,
    "Dapr and Kafka": _BROKERS,
}
"""Panels by the title of their dashboard."""


def all_expressions() -> Iterator[str]:
    """Yield every expression of every dashboard."""
    for panels in DASHBOARDS.values():
        for panel in panels:
            yield from panel.queries.values()
