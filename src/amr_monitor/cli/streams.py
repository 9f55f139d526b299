"""The verb that lists LSL streams."""

import json

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.settings import chosen_settings, config_path
from amr_monitor.cli.status import DONE
from amr_monitor.drivers.lsl_network import LslNetwork
from amr_monitor.drivers.lsl_survey import SurveyedStream, survey


def streams(chosen: Chosen) -> int:
    """List the streams in reach and what the montage makes of each."""
    settings = chosen_settings(config_path(chosen.config), side=chosen.side)
    network = LslNetwork(config_file=settings.lsl.config_file)
    found = survey(network, settings.montage, settings.lsl, timeout_s=chosen.seconds)
    if chosen.json:
        print(json.dumps([_as_json(stream) for stream in found], indent=2))
        return DONE
    if not found:
        print(
            "no LSL stream is in reach; start the program of the amplifier, and see to network and "
            "firewall (docs/connecting.md)"
        )
    for stream in found:
        print("\n".join(lines_of(stream)))
    return DONE


def lines_of(stream: SurveyedStream) -> list[str]:
    """Return what is told of a stream."""
    told = stream.description
    rate = f"{told.rate_hz:g} Hz" if told.rate_hz else "no fixed rate"
    channels = "1 channel" if told.n_channels == 1 else f"{told.n_channels} channels"
    origin = f", {told.origin}" if told.origin else ""
    address = f'  address = "lsl:{told.name}"' if stream.is_usable else ""
    return [
        f"{told.name}  (type {told.stream_type or 'not told'}, {rate}, {channels}, "
        f"{told.channel_format}, host {told.host}, source_id {told.source_id or 'none'}{origin})",
        f"    {stream.use}",
        *([f"  {address}"] if address else []),
    ]


def _as_json(stream: SurveyedStream) -> dict[str, object]:
    told = stream.description
    return {
        "name": told.name,
        "type": told.stream_type,
        "rate_hz": told.rate_hz,
        "n_channels": told.n_channels,
        "format": told.channel_format,
        "host": told.host,
        "source_id": told.source_id,
        "origin": told.origin,
        "channels": [
            {"label": channel.label, "unit": channel.dimension} for channel in told.channels
        ],
        "use": stream.use,
        "is_usable": stream.is_usable,
    }
