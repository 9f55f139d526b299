"""The verb that looks whether a case would run."""

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.figures import beside, write_figures
from amr_monitor.cli.progress import ProgressBar, announce
from amr_monitor.cli.settings import chosen_settings, config_path
from amr_monitor.cli.status import DONE, NO
from amr_monitor.model.errors import ConfigError
from amr_monitor.qa.doctor import examined


def doctor(chosen: Chosen) -> int:
    """Tell whether tonight's case would run, and what to mend."""
    path = config_path(chosen.config)
    if path is None:
        raise ConfigError("doctor needs the settings of the case: --config FILE, as `run` does")
    settings = chosen_settings(path)
    announce(f"measuring for {chosen.seconds:g} s ...")
    with ProgressBar(chosen.seconds, "measuring", shown=True) as bar:
        report = examined(settings, seconds=chosen.seconds, on_progress=bar.reach)
    write_figures(chosen.json, report.as_json())
    print(report.as_text(), file=beside(chosen.json))
    return DONE if report.is_fit else NO
