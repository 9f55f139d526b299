from dataclasses import replace
from datetime import timedelta

from amr_monitor.qa.exports.identity import NO_DATE, bids_label, dicom_uid, shifted, subject_of
from tests.storage.test_journal import RECORD

DATED = replace(RECORD, case_id="20261124-081503-a1b2c3", pseudonym="")


def test_the_pseudonym_is_the_subject() -> None:
    assert subject_of(replace(DATED, pseudonym="NDTH-017")) == "NDTH-017"
    assert bids_label("NDTH-017") == "NDTH017"


def test_without_a_pseudonym_nothing_of_the_day_is_told() -> None:
    subject = subject_of(DATED)
    assert "2026" not in subject
    assert "1124" not in subject
    assert subject == subject_of(DATED)
    assert subject != subject_of(replace(DATED, case_id="20261124-081503-a1b2c4"))


def test_a_pseudonym_without_a_letter_still_makes_a_label() -> None:
    assert bids_label("\u60a3\u8005").isalnum()
    assert bids_label("\u60a3\u8005") != bids_label("\u75c5\u4eba")


def test_uids_are_those_of_the_case_and_valid() -> None:
    study, series = dicom_uid(DATED, "study"), dicom_uid(DATED, "series")
    assert study == dicom_uid(DATED, "study")
    assert len({study, series, dicom_uid(replace(DATED, case_id="x"), "study")}) == 3
    for uid in (study, series):
        assert uid.startswith("2.25.")
        assert len(uid) <= 64


def test_only_the_order_of_things_is_left_of_time() -> None:
    assert shifted(0.0) == NO_DATE
    assert shifted(90.5) - shifted(0.0) == timedelta(seconds=90.5)
