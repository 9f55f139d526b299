"""What `create_app` is given, typed, instead of an untyped state of the application."""

from dataclasses import dataclass

from amr_monitor.api.live import LiveHub
from amr_monitor.api.seams import CaseControl, EventStore
from amr_monitor.api.security import Gatekeeper
from amr_monitor.api.settings import ApiSettings
from amr_monitor.api.shadow import ShadowStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDependencies:
    """Everything that the routes stand on.

    Attributes
    ----------
    store : EventStore
        Committed events, as far as they may be told.
    control : CaseControl
        The way to the acquisition thread.
    hub : LiveHub
        What is live.
    settings : ApiSettings
    gatekeeper : Gatekeeper
        Who may do what.
    """

    store: EventStore
    control: CaseControl
    hub: LiveHub
    settings: ApiSettings
    gatekeeper: Gatekeeper

    @classmethod
    def compose(
        cls, *, store: EventStore, control: CaseControl, hub: LiveHub, settings: ApiSettings
    ) -> "ApiDependencies":
        """Return the dependencies with a gatekeeper made from the settings."""
        return cls(
            store=ShadowStore(store, hub),
            control=control,
            hub=hub,
            settings=settings,
            gatekeeper=Gatekeeper(settings),
        )
