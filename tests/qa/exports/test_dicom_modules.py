import pytest

from amr_monitor.model.case import Muscle
from amr_monitor.qa.exports.dicom_modules import (
    EMG_WAVEFORM_STORAGE,
    MOST_POSITIONS,
    MUSCLES,
    annotations,
    identification,
    multiplex_group,
    patient_to_equipment,
)
from amr_monitor.qa.exports.happenings import Happening, Kind
from tests.qa.exports.cases import Home


def stimulus(position: float, current_ma: float = 8.0) -> Happening:
    return Happening(
        kind=Kind.STIMULUS, position=position, current_ma=current_ma, stimulus_class="amr"
    )


def test_every_muscle_has_its_code() -> None:
    assert set(MUSCLES) == set(Muscle)


def test_channels_are_coded_by_muscle_and_side_in_microvolts(disappeared: Home) -> None:
    with disappeared.opened() as case:
        (stretch,) = case.stretches
        group = multiplex_group(stretch.emg, n_samples=100, rate_hz=5000.0, n_bytes=2, label="EMG")
    lead = group["ChannelDefinitionSequence"][0]
    (source,) = lead["ChannelSourceSequence"]
    assert source == {
        "CodeValue": "7:293",
        "CodingSchemeDesignator": "MDC",
        "CodeMeaning": "Musculus orbicularis oculi, left",
    }
    assert lead["ChannelSensitivityUnitsSequence"][0]["CodeValue"] == "uV"
    assert (group["WaveformBitsAllocated"], group["WaveformSampleInterpretation"]) == (16, "SS")


def test_a_trigger_is_no_muscle(disappeared: Home) -> None:
    with disappeared.opened() as case:
        trigger = case.stretches[0].trigger
        assert trigger is not None
        with pytest.raises(ValueError, match="is no muscle"):
            multiplex_group([trigger], n_samples=1, rate_hz=1.0, n_bytes=2, label="")


def test_the_patient_is_a_pseudonym(disappeared: Home) -> None:
    with disappeared.opened() as case:
        found = patient_to_equipment(case, instance=1)
    assert found["SOPClassUID"] == EMG_WAVEFORM_STORAGE
    assert found["PatientName"] == found["PatientBirthDate"] == ""
    assert found["PatientIdentityRemoved"] == "YES"
    assert found["SeriesDescription"].startswith("SIMULATED")
    assert found["PatientComments"] == "SIMULATED: no patient"


def test_time_counts_from_a_day_that_stands_for_none() -> None:
    found = identification(instance=2, onset_s=61.5)
    assert found["AcquisitionDateTime"] == "19850101000101.500000"
    assert found["InstanceNumber"] == 2


def test_alike_stimuli_are_one_annotation_of_many_points() -> None:
    found = annotations([stimulus(0.0), stimulus(10.4), stimulus(20.0, 9.0)], group=1)
    assert [each["UnformattedTextValue"] for each in found] == [
        "stimulus amr 8 mA",
        "stimulus amr 9 mA",
    ]
    assert found[0]["ReferencedSamplePositions"] == [1, 11]
    assert [each["TemporalRangeType"] for each in found] == ["MULTIPOINT", "POINT"]


def test_an_element_never_holds_more_than_it_can() -> None:
    found = annotations([stimulus(float(n)) for n in range(2 * MOST_POSITIONS + 1)], group=1)
    sizes = [len(each["ReferencedSamplePositions"]) for each in found]
    assert sizes == [MOST_POSITIONS, MOST_POSITIONS, 1]
