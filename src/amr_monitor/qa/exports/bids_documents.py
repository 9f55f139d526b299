"""The tables and JSON files of a BIDS dataset of EMG (BIDS 1.11)."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from amr_monitor import __version__
from amr_monitor.model.case import Outcome, Side
from amr_monitor.qa.exports.happenings import Happening
from amr_monitor.qa.exports.recorded import RecordedCase, RecordedChannel, Stretch

BIDS_VERSION = "1.11.1"
TASK = "mvd"
TASK_NAME = "microvascular decompression"
SPACE = "face"
UNKNOWN = "n/a"
NOT_TOLD = "n/a (the recording does not tell)"

GROUPS = {Outcome.DISAPPEARED: "A", Outcome.PERSISTENT: "B"}
"""Of Xu 2020."""

EVENT_COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "onset": {"Description": "Onset from the first sample of the recording", "Units": "s"},
    "duration": {
        "Description": "0: a moment. The pulse of a stimulus is shorter than a sample or two",
        "Units": "s",
    },
    "trial_type": {
        "Description": "What happened",
        "Levels": {
            "stimulus": "An electrical stimulus of the facial nerve",
            "mark": "A mark of the operator, as it stands after all amendments",
            "amr_state_changed": "The monitor's verdict on one muscle changed",
            "indeterminate_started": "From here the monitor cannot judge the muscle",
            "indeterminate_ended": "From here it can again",
        },
    },
    "sample": {"Description": "Onset in samples of the EMG, counted from 0; may be fractional"},
    "stimulus_class": {"Description": "amr: evidence for or against an AMR; any other is none"},
    "current_ma": {"Description": "Current of the stimulus", "Units": "mA"},
    "mark": {"Description": "Which mark; the text of a note is left out"},
    "vessel": {"Description": "The vessel that was moved off the nerve"},
    "muscle": {"Description": "Muscle that the verdict is about"},
    "amr_state": {"Description": "State of the AMR after a change; the last one where unjudged"},
    "certainty": {
        "Description": "How far the verdict is backed",
        "Levels": {
            "provisional": "Drawn, not told",
            "confirmed": "The evidence is beyond the bound",
            "sustained": "Confirmed, and held since",
        },
    },
}


def dataset_description(case: RecordedCase) -> dict[str, Any]:
    """Return `dataset_description.json`."""
    simulated = "Simulated EMG" if case.is_simulated else "Intraoperative EMG"
    return {
        "Name": f"{simulated} of the abnormal muscle response during microvascular decompression",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [
            {
                "Name": "amr-monitor",
                "Version": __version__,
                "Description": "amr-monitor export --format bids",
            }
        ],
    }


def readme(case: RecordedCase) -> str:
    """Return the README."""
    origin = (
        "SIMULATED: no patient. " if case.is_simulated else "Recorded during surgery on a patient. "
    )
    return (
        "# Abnormal muscle response during microvascular decompression\n\n"
        f"{origin}Facial EMG, the stimuli that evoked it, the operator's marks, and the verdicts"
        f" of amr-monitor {__version__} on whether the abnormal muscle response (AMR, lateral"
        " spread response) is there.\n\n"
        "Each run is a stretch without a hole; the digital values are those that were recorded."
        " The verdicts stand among the events as they were told at the time. They come from a"
        " program, not from a reader.\n\n"
        "Left out: dates (every run begins on 1985-01-01), names, patient and recording fields of"
        " the header, texts of notes, channels that are no muscle and no trigger.\n"
    )


def participants(subject: str, case: RecordedCase) -> str:
    """Return `participants.tsv`."""
    outcome, side = case.record.outcome, case.record.side
    return table(
        ("participant_id", "side", "outcome", "group"),
        [
            {
                "participant_id": f"sub-{subject}",
                "side": None if side is None else side.value,
                "outcome": None if outcome is None else outcome.value,
                "group": None if outcome is None else GROUPS.get(outcome),
            }
        ],
    )


def participants_columns() -> dict[str, Any]:
    """Return `participants.json`."""
    return {
        "side": {
            "Description": "Side of the spasm, of the electrodes and of the stimulation",
            "Levels": {side.value: side.value for side in Side},
        },
        "outcome": {
            "Description": "Outcome of the AMR over the operation, by amr-monitor",
            "Levels": {each.value: each.value.replace("_", " ") for each in Outcome},
        },
        "group": {
            "Description": "Group of Xu 2020 (doi 10.1038/s41598-020-75742-x)",
            "Levels": {"A": "AMR disappeared after decompression", "B": "AMR persistent"},
        },
    }


def sidecar(stretch: Stretch) -> dict[str, Any]:
    """Return `*_emg.json`."""
    fastest = max(channel.rate_hz for channel in stretch.emg)
    return {
        "TaskName": TASK_NAME,
        "TaskDescription": (
            "The facial nerve is stimulated while a surgeon moves a vessel off its root exit zone;"
            " the response in a muscle outside the stimulated branch is the AMR"
        ),
        "SamplingFrequency": fastest,
        "PowerLineFrequency": UNKNOWN,
        "RecordingType": "continuous",
        "RecordingDuration": round(stretch.n_samples / fastest, 6),
        "SoftwareFilters": UNKNOWN,
        "HardwareFilters": UNKNOWN,
        "EMGReference": NOT_TOLD,
        "EMGGround": NOT_TOLD,
        "EMGPlacementScheme": "Other",
        "EMGPlacementSchemeDescription": (
            "Electrodes in or over the muscles that channels.tsv names, as usual for monitoring"
            " during microvascular decompression; their positions were not measured"
        ),
        "EMGChannelCount": len(stretch.emg),
        "TriggerChannelCount": int(stretch.trigger is not None),
    }


def channels(stretch: Stretch) -> str:
    """Return `*_channels.tsv`, in the order of the file."""
    rows = [
        {
            "name": channel.signal.label,
            "type": "EMG",
            "units": channel.signal.dimension.replace("\u00b5", "u").replace("\u03bc", "u"),
            "description": "electromyogram",
            "sampling_frequency": channel.rate_hz,
            "signal_electrode": electrode_of(channel),
            "target_muscle": _muscle_words(channel),
        }
        for channel in stretch.emg
    ]
    if stretch.trigger is not None:
        rows.append(
            {
                "name": stretch.trigger.signal.label,
                "type": "TRIG",
                "units": None,
                "description": "pulse of the stimulator",
                "sampling_frequency": stretch.trigger.rate_hz,
                "signal_electrode": None,
                "target_muscle": None,
            }
        )
    return table(tuple(rows[0]), rows)


def electrodes(case: RecordedCase) -> str:
    """Return `*_electrodes.tsv`: which there are; where exactly was not measured."""
    columns = ("name", "x", "y", "z", "coordinate_system")
    names = {electrode_of(channel): None for each in case.stretches for channel in each.emg}
    return table(columns, [{"name": name, "coordinate_system": SPACE} for name in names])


def coordinate_system() -> dict[str, Any]:
    """Return `*_coordsystem.json`."""
    return {
        "EMGCoordinateSystem": "Other",
        "EMGCoordinateSystemDescription": (
            "The face, by muscle and side: electrodes are named, coordinates were not measured"
            " and are n/a"
        ),
        "EMGCoordinateUnits": "mm",
    }


def events(happenings: Iterable[Happening], stretch: Stretch) -> str:
    """Return `*_events.tsv`."""
    # The header of a file holds whole samples a record: its own rate places an onset in it.
    rate_hz = max(channel.rate_hz for channel in stretch.emg)
    rows = [
        {
            "onset": round(each.position / rate_hz, 6),
            "duration": 0,
            "trial_type": each.kind.value,
            "sample": round(each.position, 3),
            "stimulus_class": each.stimulus_class,
            "current_ma": each.current_ma,
            "mark": each.mark,
            "vessel": each.vessel,
            "muscle": each.muscle,
            "amr_state": each.state,
            "certainty": each.certainty,
        }
        for each in happenings
    ]
    return table(tuple(EVENT_COLUMNS), rows)


def electrode_of(channel: RecordedChannel) -> str:
    """Return a name for what a channel is taken with."""
    muscle = "" if channel.muscle is None else channel.muscle.value
    return f"{channel.side.value}_{muscle}" if channel.side is not None else muscle


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as BIDS writes them: tabs, and n/a for what is not known."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    return target.getvalue()


def json_text(document: Mapping[str, Any]) -> str:
    """Return a JSON file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _cell(value: Any) -> str:
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return UNKNOWN
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)


def _muscle_words(channel: RecordedChannel) -> str:
    muscle = "" if channel.muscle is None else channel.muscle.value.replace("_", " ")
    return f"{muscle}, {channel.side.value}" if channel.side is not None else muscle
