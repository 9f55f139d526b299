import ast
import importlib.util
import json
import re
import struct
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import numpy as np
import pytest
import yaml

from amr_monitor.api.app import create_app
from amr_monitor.api.messages import Heartbeat, Hello
from amr_monitor.api.settings import ApiSettings
from amr_monitor.codec import (
    EVENT_CLASSES,
    baseline_to_frame,
    entry_from_json,
    entry_to_json,
    from_json_value,
    sweep_to_frame,
    to_json_value,
)
from tests.api.fakes import MUSCLES, FakeHouse, a_baseline, a_report
from tests.browser.theatre import END, Theatre

DOCS = Path(__file__).parents[2] / "docs"
PROSE = (DOCS / "protocol.md").read_text(encoding="utf-8")
DOCUMENT: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "generate_protocol", DOCS / "generate_protocol.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def examples(kind: str) -> list[dict[str, Any]]:
    found = re.findall(rf"```json {kind}\n(.*?)```", PROSE, re.DOTALL)
    assert found
    return [json.loads(text) for text in found]


def validate(name: str, message: object) -> None:
    payload = DOCUMENT["components"]["messages"][name]["payload"]
    jsonschema.Draft7Validator(payload).validate(message)


def test_what_is_generated_is_what_the_classes_say() -> None:
    for path, text in generator().generated().items():
        assert path.read_text(encoding="utf-8") == text, (
            f"{path.name} is out of date: python docs/generate_protocol.py"
        )


def test_the_document_is_asyncapi_3_and_every_reference_leads_somewhere() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"info", "servers", "channels", "operations", "components"} <= set(DOCUMENT)
    for reference in re.findall(r"\$ref: '?#/([\w/]+)'?", (DOCS / "asyncapi.yaml").read_text()):
        target: Any = DOCUMENT
        for part in reference.split("/"):
            target = target[part]
        assert target
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in ("send", "receive")
    for message in DOCUMENT["components"]["messages"].values():
        jsonschema.Draft7Validator.check_schema(message["payload"])


def test_every_type_of_event_is_described() -> None:
    described = set(DOCUMENT["components"]["messages"])
    assert described == set(EVENT_CLASSES) | {"hello", "heartbeat", "sweep", "baseline"}
    channel = DOCUMENT["channels"]["live"]["messages"]
    assert set(channel) == described


def test_the_messages_of_a_whole_operation_fit_the_document() -> None:
    house = FakeHouse()
    Theatre(house).play_to(END)
    lines = house.store.lines("case-1")
    assert len(lines) > 20
    for line in lines:
        message = json.loads(line)
        validate(message["type"], message)
    for kind, frame in (
        ("sweep", sweep_to_frame(a_report(1), seq=3)),
        ("baseline", baseline_to_frame(a_baseline(), muscles=MUSCLES, seq=3)),
    ):
        (length,) = struct.unpack_from("<I", frame)
        validate(kind, json.loads(frame[4 : 4 + length]))


def test_the_examples_of_the_prose_are_real_messages() -> None:
    for hello in examples("hello"):
        validate("hello", hello)
        assert to_json_value(from_json_value(Hello, hello)) == hello
    for heartbeat in examples("heartbeat"):
        validate("heartbeat", heartbeat)
        assert to_json_value(from_json_value(Heartbeat, heartbeat)) == heartbeat
    for event in examples("event"):
        validate(event["type"], event)
        written = entry_to_json(entry_from_json(json.dumps(event)))
        assert written == json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def test_the_reader_of_frames_in_the_prose_reads_them() -> None:
    (source,) = [
        text
        for text in re.findall(r"```python\n(.*?)```", PROSE, re.DOTALL)
        if "def read_frame" in text
    ]
    names: dict[str, Any] = {}
    exec(compile(source, "protocol.md", "exec"), names)  # noqa: S102  # our own document
    header, samples = names["read_frame"](sweep_to_frame(a_report(4), seq=3))
    assert header["sweep_number"] == 4
    np.testing.assert_array_equal(samples, a_report(4).cleaned_uv)


def test_every_python_example_of_the_prose_can_be_read_by_python() -> None:
    for source in re.findall(r"```python\n(.*?)```", PROSE, re.DOTALL):
        ast.parse(source)


@pytest.mark.parametrize("row", re.findall(r"^\| (`(?:GET|POST).*?`) \|", PROSE, re.MULTILINE))
def test_every_command_of_the_prose_is_a_route(row: str) -> None:
    paths = create_app(FakeHouse().dependencies(ApiSettings())).openapi()["paths"]
    known = {re.sub(r"\{\w+\}", "{id}", path): methods for path, methods in paths.items()}
    for method, path in re.findall(r"(GET|POST) (/[\w/{}.-]+)", row):
        assert method.lower() in known[f"/api/v1{path}"]
