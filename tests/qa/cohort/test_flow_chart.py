from xml.etree import ElementTree

from amr_monitor.model.case import Outcome
from amr_monitor.qa.cohort.flow_chart import flow_chart, flow_sentence
from amr_monitor.qa.cohort.groups import parted
from amr_monitor.qa.cohort.patients import Patient, read_patients
from tests.qa.cohort.tables import PAPER, some

SVG = "{http://www.w3.org/2000/svg}"


def test_the_chart_says_figure_1_in_words_and_boxes() -> None:
    groups = parted(read_patients(PAPER).patients)
    picture = ElementTree.fromstring(flow_chart(groups))  # noqa: S314 - written right here
    assert picture.get("role") == "img"
    said = picture.findtext(f"{SVG}desc")
    assert said == flow_sentence(groups)
    assert said == (
        "Of 342 patients, 16 were left out (13 AMR disappeared before decompression, 3 lost to"
        " follow-up). 326 were compared: 305 in group A, whose AMR disappeared, and 21 in group B,"
        " whose AMR persisted."
    )
    texts = [each.text for each in picture.iter(f"{SVG}text")]
    assert "Patients: 342" in texts
    assert "13  AMR disappeared before decompression" in texts


def test_boxes_never_lie_on_each_other_nor_outside() -> None:
    patients = [
        Patient(case_id=f"p{i}", outcome=Outcome.PERSISTENT, excluded_reason=f"reason {i}")
        for i in range(12)
    ]
    for each in ([], patients, [*some(Outcome.DISAPPEARED, 2)], patients[:1]):
        picture = ElementTree.fromstring(flow_chart(parted(each)))  # noqa: S314
        _, _, wide, tall = map(float, str(picture.get("viewBox")).split())
        boxes = [
            [float(str(box.get(name))) for name in ("x", "y", "width", "height")]
            for box in picture.iter(f"{SVG}rect")
        ]
        for n, (x, y, w, h) in enumerate(boxes):
            assert 0 <= x
            assert x + w <= wide
            assert y + h <= tall
            for x2, y2, w2, h2 in boxes[n + 1 :]:
                assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_words_of_a_table_are_no_markup() -> None:
    patient = Patient(case_id="p", outcome=Outcome.PERSISTENT, excluded_reason="<b>&" + "x" * 70)
    chart = flow_chart(parted([patient]))
    assert "<b>" not in chart
    assert "…" in chart


def test_nobody_left_out_is_said() -> None:
    groups = parted(list(some(Outcome.DISAPPEARED, 2)))
    assert flow_sentence(groups).startswith("Of 2 patients none was left out. 2 were compared")
