"""Settings as the command line changes them."""

import os
from dataclasses import replace
from pathlib import Path

from amr_monitor.config import Settings, load_settings
from amr_monitor.model.case import Side

CONFIG_VARIABLE = "AMR_MONITOR_CONFIG"


def config_path(named: Path | None) -> Path | None:
    """Return the config file: the one that is named, or that of the environment."""
    variable = os.environ.get(CONFIG_VARIABLE)
    return named or (Path(variable) if variable else None)


def chosen_settings(
    path: Path | None, *, port: int | None = None, side: str | None = None
) -> Settings:
    """Return the settings with what the command line says.

    Raises
    ------
    ConfigError
    """
    settings = load_settings(path)
    if port is not None:
        settings = replace(settings, api=replace(settings.api, port=port))
    if side is not None:
        settings = replace(settings, montage=replace(settings.montage, side=Side(side)))
    return settings
