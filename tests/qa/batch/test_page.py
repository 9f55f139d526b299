"""The list of the cases as text; tests/browser looks at it in a browser."""

import re
from pathlib import Path

from amr_monitor.qa.batch.page import page_html
from amr_monitor.qa.batch.parts import report_name
from tests.qa.batch.tables import a_case, some_results, three


def test_every_case_and_every_failure_stands_in_the_list(tmp_path: Path) -> None:
    text = three(tmp_path).read_text()
    assert "3 cases judged by amr-monitor 1.0.0" in text
    assert "<dt>not elicited</dt><dd>1</dd>" in text
    assert "cut.edf: it is cut &amp; gone" in text
    assert "not a certified medical device" in text


def test_a_name_of_a_file_is_text_and_nothing_else(tmp_path: Path) -> None:
    text = three(tmp_path).read_text()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_nothing_is_loaded_from_elsewhere_and_only_what_is_named_runs(tmp_path: Path) -> None:
    text = three(tmp_path).read_text()
    assert re.findall(r"(?:src|href)=\"([^\"]+)\"", text) == [
        f"{name}.{ending}"
        for name in ("cases", "changes", "sweeps", "errors")
        for ending in ("csv", "parquet")
    ]
    assert re.search(r"default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-", text)


def test_a_case_leads_to_its_report_where_there_is_one(tmp_path: Path) -> None:
    report = tmp_path / report_name("id-a.edf")
    report.parent.mkdir()
    report.touch()
    text = three(tmp_path).read_text()
    assert '<a href="reports/id-a.edf.html">id-a.edf</a>' in text
    assert "id-b.edf</a>" not in text


def test_without_failures_that_is_said() -> None:
    assert "Every recording has a verdict." in page_html(some_results(a_case("a")))


def test_a_list_that_says_the_same_is_not_written_again(tmp_path: Path) -> None:
    before = three(tmp_path).stat().st_mtime_ns
    assert three(tmp_path).stat().st_mtime_ns == before


def test_a_simulation_never_passes_for_a_patient() -> None:
    assert "SIMULATED" not in page_html(some_results(a_case("a")))
    text = page_html(some_results(a_case("a"), a_case("b", origin="simulated")))
    assert "1 of these cases are SIMULATED: no patients." in text


def test_the_origin_stands_beside_the_outcome() -> None:
    text = page_html(some_results(a_case("a", origin="simulated")))
    heads = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', text)
    assert heads[2:4] == ["Outcome", "Origin"]
    row = text.partition('<th scope="row">')[2]
    assert re.findall(r"<td[^>]*>(.*?)</td>", row)[2] == "simulated"
