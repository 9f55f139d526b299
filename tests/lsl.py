"""LSL on this machine alone, in a session that no other process shares."""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

TEMPLATE = Path(__file__).with_name("lsl_api.cfg")
SESSION = "amr-monitor-tests"


def keep_to_own_session() -> str:
    """Have liblsl see streams of this process and its children alone; return the session.

    To be called before pylsl is imported. Processes started with this
    process's environment belong to the session.
    """
    session = f"{SESSION}-{os.getpid()}-{secrets.token_hex(4)}"
    folder = Path(tempfile.mkdtemp(prefix="amr-monitor-lsl-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    own = folder / TEMPLATE.name
    text = TEMPLATE.read_text(encoding="utf-8")
    own.write_text(text.replace(f"= {SESSION}\n", f"= {session}\n"), encoding="utf-8")
    os.environ["LSLAPICFG"] = str(own)
    return session
