"""Events as JSON and sweeps as binary frames: one codec for journal, websocket, files and LSL.

::

    values   dataclasses <-> plain JSON values, and their JSON schema
    entries  JournalEntry <-> one line of JSON
    frames   SweepReport, BaselineView <-> one binary frame

docs/protocol.md tells the same in prose.
"""

from amr_monitor.codec.entries import (
    EVENT_CLASSES,
    LONGEST_ENTRY,
    entry_from_json,
    entry_schema,
    entry_to_json,
)
from amr_monitor.codec.frames import (
    LONGEST_FRAME,
    BaselineHeader,
    DisplayFrame,
    ShownMeasurement,
    SweepHeader,
    baseline_to_frame,
    frame_from_bytes,
    sweep_header,
    sweep_to_frame,
)
from amr_monitor.codec.values import (
    JsonValue,
    from_json_text,
    from_json_value,
    json_schema,
    to_json_text,
    to_json_value,
)

__all__ = [
    "EVENT_CLASSES",
    "LONGEST_ENTRY",
    "LONGEST_FRAME",
    "BaselineHeader",
    "DisplayFrame",
    "JsonValue",
    "ShownMeasurement",
    "SweepHeader",
    "baseline_to_frame",
    "entry_from_json",
    "entry_schema",
    "entry_to_json",
    "frame_from_bytes",
    "from_json_text",
    "from_json_value",
    "json_schema",
    "sweep_header",
    "sweep_to_frame",
    "to_json_text",
    "to_json_value",
]
