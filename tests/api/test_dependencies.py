from amr_monitor.api.dependencies import ApiDependencies
from amr_monitor.api.settings import ApiSettings
from tests.api.fakes import OPERATOR, FakeHouse


def test_the_gatekeeper_follows_from_the_settings() -> None:
    house = FakeHouse()
    for settings in (ApiSettings(), ApiSettings(tokens=(OPERATOR,))):
        composed = ApiDependencies.compose(
            store=house.store, control=house, hub=house.hub, settings=settings
        )
        assert composed.gatekeeper.needs_token is bool(settings.tokens)
        assert composed.settings is settings
