"""The alerts: what is wrong, by numbers of the table of metrics. Each has a page in `docs/operate/runbooks`.

The last ones name metrics of other exporters (todo_project/metrics/foreign.py); without these they never fire.

`manage.py reference` writes them as rules of Prometheus. https://sre.google/workbook/alerting-on-slos/ explains the two
about the error budget: at 14.4 times the rate that 99.9 % allows, a month of it is used up in two days, at 6 times in
five.
"""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True)
class Alert:
    """A rule of Prometheus. `page` wakes somebody, `ticket` waits for the morning."""

    expression: str
    minutes: int
    severity: Literal["page", "ticket"]
    summary: str


def _errors(window: str) -> str:
    return (
        f'sum(rate(todo_http_requests_total{{status="5xx"}}[{window}]))'
        f" / sum(rate(todo_http_requests_total[{window}]))"
    )


_BUDGET: Final = 0.001

ALERTS: Final = {
    "ApiErrorBudgetFast": Alert(
        f"{_errors('1h')} > {14.4 * _BUDGET:g} and {_errors('5m')} > {14.4 * _BUDGET:g}",
        2,
        "page",
        "So many requests fail that the month's error budget is gone in two days.",
    ),
    "ApiErrorBudgetSlow": Alert(
        f"{_errors('6h')} > {6 * _BUDGET:g} and {_errors('30m')} > {6 * _BUDGET:g}",
        15,
        "ticket",
        "So many requests fail that the month's error budget is gone in five days.",
    ),
    "ApiSlow": Alert(
        "histogram_quantile(0.95, sum by (le) (rate(todo_http_request_seconds_bucket[10m]))) > 0.3",
        10,
        "ticket",
        "One request in twenty takes longer than 0.3 seconds.",
    ),
    "LogNotPublished": Alert(
        "todo_log_unpublished_oldest_seconds > 60", 5, "page", "Changes do not reach the broker."
    ),
    "ConsumerBehind": Alert(
        "todo_consumer_behind_oldest_seconds > 120 unless on (consumer) todo_consumer_paused == 1",
        5,
        "page",
        "A consumer is more than two minutes behind.",
    ),
    "ConsumerBlocked": Alert(
        "todo_consumer_blocked_cursors > 0",
        1,
        "page",
        "A consumer stands still in some streams until somebody decides.",
    ),
    "DeadLetters": Alert(
        "todo_consumer_dead_letters > 0", 1, "ticket", "A consumer has passed events that it could not apply."
    ),
    "MessagesParked": Alert("todo_log_parked_messages > 0", 1, "ticket", "No broker takes some messages."),
    "RemindersLate": Alert("todo_reminders_late > 0", 2, "page", "Reminders are more than a minute late."),
    "DeliveriesFailing": Alert(
        'sum by (channel) (rate(todo_deliveries_total{outcome=~"trylater|refused"}[15m]))'
        " > 0.5 * sum by (channel) (rate(todo_deliveries_total[15m]))",
        15,
        "ticket",
        "Most messages of a channel cannot be sent.",
    ),
    "SweepStale": Alert(
        'time() - max by (sweep) (todo_sweep_last_success_timestamp_seconds{sweep=~"reminders|reconcile"}) > 60',
        5,
        "page",
        "A sweep on which people wait has not ended well for a minute.",
    ),
    "RoleMissing": Alert("todo_role_processes == 0", 2, "page", "No process of an expected role lives."),
    "PushesDropped": Alert(
        'increase(todo_counts_total{counter="realtime.pushes_dropped"}[10m]) > 100',
        5,
        "ticket",
        "Open pages hear of changes late, by the look at the log every two seconds.",
    ),
    "MetricsAbsent": Alert(
        "absent(todo_log_unpublished_events)", 5, "page", "Nobody knows how the platform is."
    ),
    "BackupStale": Alert(
        'time() - todo_backup_last_success_timestamp_seconds{kind="backup"} > 26 * 3600'
        " or absent(todo_backup_last_success_timestamp_seconds)",
        60,
        "ticket",
        "The last backup is older than a day.",
    ),
    "BackupUnproven": Alert(
        'time() - max by (cronjob) (kube_cronjob_status_last_successful_time{cronjob=~"todo.*verify"}) > 8 * 86400'
        ' or time() - max by (cronjob) (kube_cronjob_created{cronjob=~"todo.*verify"}) > 8 * 86400'
        ' unless max by (cronjob) (kube_cronjob_status_last_successful_time{cronjob=~"todo.*verify"})',
        60,
        "ticket",
        "No backup has been restored and checked for eight days.",
    ),
    "DatabaseConnections": Alert(
        'sum(todo_database_connections{state!="most"}) > 0.8 * max(todo_database_connections{state="most"})',
        5,
        "page",
        "More than four fifths of the database's connections are taken.",
    ),
    "SidecarDown": Alert(
        'kube_pod_container_status_ready{container="daprd",pod=~"todo.*"} == 0'
        ' and on (namespace, pod) kube_pod_status_phase{phase="Running"} == 1',
        3,
        "page",
        "A sidecar of Dapr is not ready: its role publishes or receives nothing.",
    ),
    "CircuitOpen": Alert(
        'max by (app_id, target) (dapr_resiliency_cb_state{app_id=~"todo.*",status="open"}) == 1',
        2,
        "ticket",
        "A sidecar has stopped calling something that fails.",
    ),
    "KafkaUnderReplicated": Alert(
        "kafka_server_replicamanager_underreplicatedpartitions > 0",
        10,
        "ticket",
        "Partitions have fewer replicas in sync than they should: the next broker that fails may stop writes.",
    ),
    "CertificateExpires": Alert(
        'certmanager_certificate_expiration_timestamp_seconds{name=~"todo.*"} - time() < 14 * 86400',
        60,
        "ticket",
        "A certificate expires within two weeks and was not renewed.",
    ),
}
