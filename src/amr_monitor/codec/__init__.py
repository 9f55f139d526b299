"""Events as JSON and sweeps as binary frames: one codec for journal, websocket, files and LSL.

::

    values   dataclasses <-> plain JSON values, and their JSON schema
    entries  JournalEntry <-> one line of JSON
    frames   SweepReport, BaselineView <-> one binary frame
    pages    SweepReport -> what is kept of every sweep <-> pages of sixty
    sweep_records  SweepReport -> what is kept beside a verdict <-> header and bytes

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
    frame_to_bytes,
    sweep_header,
    sweep_to_frame,
)
from amr_monitor.codec.pages import (
    SWEEPS_A_PAGE,
    KeptSweep,
    PackedPage,
    PageForm,
    SamplePage,
    coarsened,
    form_of,
    kept_sweep,
    packed_page,
    page_form,
    page_samples,
    page_trend,
    shortened,
    trend_of,
    unpacked_page,
)
from amr_monitor.codec.sweep_records import (
    SweepRecord,
    SweepRecordHeader,
    sweep_record,
    sweep_record_from_row,
    sweep_record_to_row,
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
    "SWEEPS_A_PAGE",
    "BaselineHeader",
    "DisplayFrame",
    "JsonValue",
    "KeptSweep",
    "PackedPage",
    "PageForm",
    "SamplePage",
    "ShownMeasurement",
    "SweepHeader",
    "SweepRecord",
    "SweepRecordHeader",
    "baseline_to_frame",
    "coarsened",
    "entry_from_json",
    "entry_schema",
    "entry_to_json",
    "form_of",
    "frame_from_bytes",
    "frame_to_bytes",
    "from_json_text",
    "from_json_value",
    "json_schema",
    "kept_sweep",
    "packed_page",
    "page_form",
    "page_samples",
    "page_trend",
    "shortened",
    "sweep_header",
    "sweep_record",
    "sweep_record_from_row",
    "sweep_record_to_row",
    "sweep_to_frame",
    "to_json_text",
    "to_json_value",
    "trend_of",
    "unpacked_page",
]
