from amr_monitor.model.case import Outcome
from amr_monitor.qa.cohort.analysis import analysed
from amr_monitor.qa.cohort.patients import Patient, read_patients
from amr_monitor.qa.cohort.text import WIDTH, cohort_text
from tests.qa.cohort.tables import PAPER, some, table_of


def test_the_paper_reads_as_printed() -> None:
    lines = [
        " ".join(line.split()) for line in cohort_text(analysed(read_patients(PAPER))).split("\n")
    ]
    assert "342 patients in xu_2020_counts.csv" in lines
    assert "| 13 AMR disappeared before decompression".replace("| ", "| ") in lines
    assert "Age (years) 52.9 ± 6.85 55.3 ± 6.32 0.120" in lines
    assert "cured 271 (88.9 %) 6 (28.6 %)" in lines
    assert "Surgical outcome, long-term 0.068" in lines


def test_no_line_is_wider_than_a_terminal() -> None:
    assert max(map(len, cohort_text(analysed(read_patients(PAPER))).split("\n"))) <= WIDTH


def test_small_groups_read_without_what_is_no_number() -> None:
    for n_a, n_b in ((0, 0), (1, 0), (1, 1), (3, 1)):
        patients = [*some(Outcome.DISAPPEARED, n_a), *some(Outcome.PERSISTENT, n_b)]
        text = cohort_text(analysed(table_of(*patients, Patient(case_id="out"))))
        assert "nan" not in text.lower().replace("finance", "")
        assert "None" not in text
        assert "not tested" in text
