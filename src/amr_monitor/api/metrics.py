"""Figures for Prometheus, in its text format."""

import math

import amr_monitor
from amr_monitor.api.dependencies import ApiDependencies


def metrics_text(dependencies: ApiDependencies) -> str:
    """Return every figure with its help and type."""
    hub, control = dependencies.hub, dependencies.control
    view = hub.view(cursor=0, limit=0)
    age_s = control.last_sample_age_s
    lines = [
        *_metric(
            "amr_monitor_info",
            "gauge",
            "Version of the software; always 1.",
            {f'{{version="{amr_monitor.__version__}"}}': 1},
        ),
        *_metric(
            "amr_monitor_last_sample_age_seconds",
            "gauge",
            "Seconds since samples last came.",
            {"": math.nan if age_s is None else round(age_s, 3)},
        ),
        *_metric(
            "amr_monitor_events_newest_seq",
            "gauge",
            "Number of the newest event of the running case.",
            {"": view.newest_seq},
        ),
        *_metric(
            "amr_monitor_sweeps_published_total",
            "counter",
            "Sweeps given to the display since the start.",
            {"": hub.n_sweeps},
        ),
        *_metric(
            "amr_monitor_clients", "gauge", "Websocket clients connected.", {"": hub.n_clients}
        ),
        *_metric(
            "amr_monitor_clients_too_slow_total",
            "counter",
            "Websocket clients closed for not keeping up with the events.",
            {"": hub.n_too_slow},
        ),
    ]
    if view.status is not None:
        status = view.status.status
        lines += _metric(
            "amr_monitor_failed",
            "gauge",
            "1 where the monitor hit a fault.",
            {"": int(status.failed)},
        )
        lines += _metric(
            "amr_monitor_alarms",
            "gauge",
            "Alarms that stand.",
            {"": len(status.alarms)},
        )
        lines += _metric(
            "amr_monitor_case_count",
            "gauge",
            "Counts of the running case.",
            {f'{{of="{name}"}}': count for name, count in sorted(status.counts.items())},
        )
    return "\n".join(lines) + "\n"


def _metric(name: str, kind: str, told: str, values: dict[str, float]) -> list[str]:
    return [
        f"# HELP {name} {told}",
        f"# TYPE {name} {kind}",
        *(
            f"{name}{labels} {'NaN' if math.isnan(value) else value}"
            for labels, value in values.items()
        ),
    ]
