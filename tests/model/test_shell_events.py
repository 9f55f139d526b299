import inspect

from amr_monitor.model import events, shell_events
from amr_monitor.model.shell_events import ShellEventBase


def test_every_shell_event_is_told_under_the_scope_of_the_shell_and_imported_with_the_others() -> (
    None
):
    kinds = [
        kind
        for _, kind in inspect.getmembers(shell_events, inspect.isclass)
        if issubclass(kind, ShellEventBase) and kind is not ShellEventBase
    ]
    assert kinds
    for kind in kinds:
        assert kind.scope == "shell"
        assert getattr(events, kind.__name__) is kind
