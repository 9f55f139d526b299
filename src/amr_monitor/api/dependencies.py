"""What `create_app` is given, typed, instead of an untyped state of the application."""

from dataclasses import dataclass

from amr_monitor.api.live import LiveHub
from amr_monitor.api.review_seams import CaseDocuments, ReviewStore
from amr_monitor.api.seams import CaseControl, EventStore
from amr_monitor.api.security import Gatekeeper
from amr_monitor.api.settings import ApiSettings
from amr_monitor.api.shadow import ShadowStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDependencies:
    """Everything that the routes stand on.

    Attributes
    ----------
    store : ShadowStore
        Committed events, as far as they may be told.
    control : CaseControl
        The way to the acquisition thread.
    hub : LiveHub
        What is live.
    settings : ApiSettings
    gatekeeper : Gatekeeper
        Who may do what.
    review : ReviewStore or None
        Every sweep as it was shown; None where there is nothing but memory.
    documents : CaseDocuments or None
        What can be taken home; None where nothing can.
    """

    store: ShadowStore
    control: CaseControl
    hub: LiveHub
    settings: ApiSettings
    gatekeeper: Gatekeeper
    review: ReviewStore | None = None
    documents: CaseDocuments | None = None

    @classmethod
    def compose(
        cls,
        *,
        store: EventStore,
        control: CaseControl,
        hub: LiveHub,
        settings: ApiSettings,
        review: ReviewStore | None = None,
        documents: CaseDocuments | None = None,
    ) -> "ApiDependencies":
        """Return the dependencies with a gatekeeper made from the settings."""
        return cls(
            store=ShadowStore(store, hub),
            control=control,
            hub=hub,
            settings=settings,
            gatekeeper=Gatekeeper(settings),
            review=review,
            documents=documents,
        )
