from amr_monitor.drivers.foreign_settings import ForeignSettings


def test_nothing_need_be_set() -> None:
    plain = ForeignSettings()
    assert (plain.reader, plain.trigger_channel, plain.event_channel) == ("", "", "")
    assert plain.stimulus_events == ()
