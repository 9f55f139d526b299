"""A case in which operators have typed what a page, a style or a typesetter could obey."""

from dataclasses import replace

from amr_monitor.model.case import AmrState, MarkName
from amr_monitor.model.events import AlarmPriority, AlarmRaised
from tests.reports import RECORD, FakeStore, changed, marked, opened

TYPED = (
    '<script>alert("x")</script><img src=x onerror=alert(1)>',
    '#panic("x") *bold* $sum_(k=1)^n k$ @ref <label> `raw` // gone',
    "\\frac{1 $broken math",
    '"; } </style><b>out',
    "{{ 7 * 7 }} {% raw %}",
    "\u9762\u808c\u75d9\u631b \u0437\u0430\u043c\u0435\u0442\u043a\u0430 \U0001f9e0",
    "x" * 300,
)
"""Each a note."""


def store() -> FakeStore:
    """Return a case with these in every place where a person types."""
    marks = [
        marked(n, 10.0 * n, MarkName.NOTE, text=text, by=text[:60])
        for n, text in enumerate(TYPED, start=1)
    ]
    alarm = AlarmRaised(
        sample_index=1,
        time_s=80.0,
        alarm_id="a",
        priority=AlarmPriority.LOW,
        latched=False,
        message=TYPED[1],
    )
    record = replace(RECORD, pseudonym=TYPED[3], source_name=TYPED[0])
    change = changed(90.0, AmrState.DISAPPEARED)
    return FakeStore([opened(), *marks, alarm, change], record=record)
