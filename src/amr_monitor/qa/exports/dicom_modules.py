"""The modules of a DICOM Electromyogram Waveform object (Supplement 217), without names and dates.

Every function returns attributes by their DICOM keyword; a sequence is a list
of such mappings. So nothing here needs pydicom, which `dicom` turns them with.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from amr_monitor import __version__
from amr_monitor.model.case import Muscle, Side
from amr_monitor.qa.exports.happenings import Happening
from amr_monitor.qa.exports.identity import dicom_uid, shifted, subject_of
from amr_monitor.qa.exports.recorded import RecordedCase, RecordedChannel

EMG_WAVEFORM_STORAGE = "1.2.840.10008.5.1.4.1.1.9.7.2"
MOST_POSITIONS = 8000
"""Of one annotation: an element of 4-byte numbers holds 16,383 in explicit VR."""

MUSCLES: Mapping[Muscle, tuple[int, str]] = {
    Muscle.ORBICULARIS_OCULI: (292, "Musculus orbicularis oculi"),
    Muscle.FRONTALIS: (288, "Musculus occipitofrontalis, Venter frontalis"),
    Muscle.MENTALIS: (344, "Musculus mentalis"),
}
"""CID 3031, Lead Location Near or in Muscle: ISO/IEEE 11073-10101, partition 7. One more is
the left one, two more the right one."""

Attributes = dict[str, Any]


def patient_to_equipment(case: RecordedCase, *, instance: int) -> Attributes:
    """Return SOP Common, Patient, Study, Series, Synchronization and Equipment."""
    record = case.record
    subject = subject_of(record)
    begins = shifted(0.0)
    found: Attributes = {
        "SpecificCharacterSet": "ISO_IR 192",
        "SOPClassUID": EMG_WAVEFORM_STORAGE,
        "SOPInstanceUID": dicom_uid(record, "instance", instance),
        "PatientName": "",
        "PatientID": subject,
        "PatientBirthDate": "",
        "PatientSex": "",
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": "amr-monitor: pseudonym, no names, no notes, dates shifted",
        "LongitudinalTemporalInformationModified": "MODIFIED",
        "StudyInstanceUID": dicom_uid(record, "study"),
        "StudyDate": f"{begins:%Y%m%d}",
        "StudyTime": f"{begins:%H%M%S}",
        "StudyID": "1",
        "StudyDescription": "Microvascular decompression for hemifacial spasm",
        "ReferringPhysicianName": "",
        "AccessionNumber": "",
        "Modality": "EMG",
        "SeriesInstanceUID": dicom_uid(record, "series"),
        "SeriesNumber": 1,
        "SeriesDescription": ("SIMULATED: " if case.is_simulated else "")
        + "EMG, abnormal muscle response",
        "SynchronizationFrameOfReferenceUID": dicom_uid(record, "synchronization"),
        "SynchronizationTrigger": "NO TRIGGER",
        "AcquisitionTimeSynchronized": "N",
        "Manufacturer": "amr-monitor",
        "ManufacturerModelName": "amr-monitor",
        "DeviceSerialNumber": "unknown",
        "SoftwareVersions": __version__,
    }
    if case.is_simulated:
        found["PatientComments"] = "SIMULATED: no patient"
    return found


def identification(*, instance: int, onset_s: float) -> Attributes:
    """Return Waveform Identification and an empty Acquisition Context."""
    begins = shifted(onset_s)
    return {
        "InstanceNumber": instance,
        "ContentDate": f"{begins:%Y%m%d}",
        "ContentTime": f"{begins:%H%M%S.%f}",
        "AcquisitionDateTime": f"{begins:%Y%m%d%H%M%S.%f}",
        "AcquisitionContextSequence": [],
    }


def multiplex_group(
    channels: Sequence[RecordedChannel], *, n_samples: int, rate_hz: float, n_bytes: int, label: str
) -> Attributes:
    """Return an item of the Waveform Sequence, without its samples.

    Parameters
    ----------
    channels : sequence of RecordedChannel
        All of one rate.
    n_samples : int
    rate_hz : float
    n_bytes : int
        Of a sample: 2 or 4.
    label : str
    """
    return {
        "WaveformOriginality": "ORIGINAL",
        "NumberOfWaveformChannels": len(channels),
        "NumberOfWaveformSamples": n_samples,
        "SamplingFrequency": rate_hz,
        "MultiplexGroupLabel": label,
        "ChannelDefinitionSequence": [
            _channel(channel, number, n_bytes) for number, channel in enumerate(channels, start=1)
        ],
        "WaveformBitsAllocated": 8 * n_bytes,
        "WaveformSampleInterpretation": "SS" if n_bytes == 2 else "SL",
    }


def annotations(happenings: Sequence[Happening], *, group: int) -> list[Attributes]:
    """Return the items of the Waveform Annotation Sequence.

    What is said in the same words is one annotation of many points. A sample
    is counted from 1; the part of a sample between it and a stimulus is lost.

    Parameters
    ----------
    happenings : sequence of Happening
        Counted from the first sample of the object.
    group : int
        Number of the multiplex group that is counted in.
    """
    positions: dict[str, list[int]] = {}
    for each in happenings:
        positions.setdefault(each.words, []).append(round(each.position) + 1)
    found = []
    for number, (words, where) in enumerate(positions.items(), start=1):
        for first in range(0, len(where), MOST_POSITIONS):
            some = where[first : first + MOST_POSITIONS]
            found.append(
                {
                    "UnformattedTextValue": words,
                    "AnnotationGroupNumber": number,
                    # 0: every channel of the group.
                    "ReferencedWaveformChannels": [group, 0],
                    "TemporalRangeType": "POINT" if len(some) == 1 else "MULTIPOINT",
                    "ReferencedSamplePositions": some,
                }
            )
    return found


def _channel(channel: RecordedChannel, number: int, n_bytes: int) -> Attributes:
    line = channel.line_uv
    if line is None or channel.muscle is None:
        raise ValueError(f"{channel.signal.label!r} is no muscle")
    code, meaning = MUSCLES[channel.muscle]
    if channel.side is not None:
        code += 1 if channel.side is Side.LEFT else 2
        meaning += f", {channel.side.value}"
    return {
        "WaveformChannelNumber": number,
        "ChannelLabel": channel.signal.label[:16],
        "ChannelSourceSequence": [_coded(f"7:{code}", "MDC", meaning)],
        "ChannelSensitivity": line.gain,
        "ChannelSensitivityUnitsSequence": [_coded("uV", "UCUM", "uV")],
        "ChannelSensitivityCorrectionFactor": 1.0,
        "ChannelBaseline": line.offset,
        "ChannelSampleSkew": 0.0,
        "WaveformBitsStored": 16 if n_bytes == 2 else 24,
    }


def _coded(value: str, scheme: str, meaning: str) -> Attributes:
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}
