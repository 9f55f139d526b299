"""The surgery that ships with the package: what `amr-monitor demo` replays.

`demo.edf` and its truth are made by `fixtures/generate.py`.
"""

from pathlib import Path

RECORDING_NAME = "demo.edf"


def bundled_recording() -> Path:
    """Return the path of the demo's recording; its truth lies beside it."""
    return Path(__file__).with_name(RECORDING_NAME)
