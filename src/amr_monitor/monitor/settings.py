"""The rules of the case in numbers, each with its unit; all are ours (docs/glossary.md)."""

from dataclasses import dataclass, field

from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.model.stimulation import StimulationProtocol


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSettings:
    """When there is enough to compare with."""

    needed_sweeps: int = 60
    """Valid sweeps at one current and polarity before a baseline can be accepted."""
    needed_sweeps_at_dura: int = 30
    """The same once the dura is opened: what there is must do."""
    most_sweeps: int = 300
    """More are not kept."""
    auto_accept: bool = False
    """Accept without a person, as a replay does."""
    monitorable_snr: float = 6.0
    """Amplitude over noise RMS below which an intermittent response is not monitorable."""
    intermittent_rate: float = 0.9
    """A response in fewer of the sweeps is intermittent."""
    burst_pause_s: float = 30.0
    """A longer pause between its sweeps begins another burst."""
    burst_apart_s: float = 240.0
    """From the beginning of one burst to that of another, to show that the M wave is steady."""
    burst_m_tolerance: float = 0.15
    """Share by which their M waves may differ then."""
    current_spread_uv: float = 60.0
    """A wave before the response window above this, in a muscle that is not stimulated, and ..."""
    current_spread_share: float = 0.05
    """... above this share of the M wave, is told as spread of the current."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSettings:
    """When a muscle's state changes."""

    fresh_sweeps: int = 20
    """Valid sweeps of fresh evidence after a pause or an indeterminate stretch."""
    longest_pause_s: float = 60.0
    """A longer one makes evidence stale."""
    window_sweeps: int = 20
    """Valid sweeps over which rate times amplitude is taken."""
    attenuated_below: float = 0.40
    """Of baseline: present becomes attenuated."""
    present_above: float = 0.60
    """Of baseline: attenuated becomes present."""
    sustained_sweeps: int = 60
    """Fewest valid sweeps without response for a sustained loss."""
    sustained_s: float = 60.0
    """Shortest time without response for a sustained loss."""
    sustained_silent_runs: float = 3.0
    """Times the longest silent run of the baseline."""
    sustained_chance: float = 1e-6
    """Chance that a response with the baseline's rate skips so many sweeps."""
    held_sweeps: int = 60
    """Valid sweeps with response that turn reappeared into present."""
    persistent_sweeps: int = 60
    """Valid sweeps with response after decompression that make it persistent."""
    persistent_s: float = 180.0
    """And at least so long after decompression was complete."""
    recent_sweeps: int = 5
    """Sweeps over which quality is judged."""
    rejected_of_recent: int = 3
    """So many rejected among them: indeterminate."""
    accepted_to_end: int = 3
    """So many accepted in a row end it."""
    slow_fall_s: float = 300.0
    """A fall that takes longer is told as slow."""
    slow_fall_vessel_s: float = 600.0
    """Unless a vessel was moved within so long before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSettings:
    """How exactly marks are taken."""

    tolerance_s: float = 30.0
    """A loss up to so long before its mark is attributed to it, to be confirmed."""
    early_cause_s: float = 120.0
    """A loss before decompression is tagged with a dura or CSF mark so long before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StimulusSettings:
    """What is expected of the stimulator."""

    protocol: StimulationProtocol = field(default_factory=StimulationProtocol)
    current_tolerance: float = 0.05
    """Share of the reference current within which a current counts as the same."""
    artifact_step: float = 0.20
    """A step of the artifact that asks whether the current was changed."""
    silence_s: float = 10.0
    """Silence of a continuous stimulation that raises an alarm."""
    paused_s: float = 180.0
    """The same after the mark `stimulation_paused`."""
    continuous_stimuli: int = 180
    """So many without a pause make it continuous; a burst for the baseline has fewer."""
    continuous_again_stimuli: int = 10
    """The same once it was continuous before: after a pause it goes on."""
    continuous_gap_s: float = 5.0
    """A longer pause ends a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextSettings:
    """How far values from the room count."""

    fresh_s: float = 900.0
    """An older one says nothing of now."""
    relaxant_acts_s: float = 2400.0
    """A relaxant may act for so long after it was given."""
    recovered_tof_percent: float = 90.0
    """A TOF ratio of this or more says that it has worn off. [lit]"""
    tof_fall_percent: float = 20.0
    """A TOF ratio lower by so much than at baseline says that a relaxant acts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSettings:
    """Everything the engine needs to know."""

    detector: DetectorSettings = field(default_factory=DetectorSettings)
    baseline: BaselineSettings = BaselineSettings()
    states: StateSettings = StateSettings()
    marks: MarkSettings = MarkSettings()
    stimulus: StimulusSettings = StimulusSettings()
    context: ContextSettings = ContextSettings()
    alarm_delay_s: float = 10.0
    """A technical condition must last so long before it raises an alarm."""
    kept_reports: int = 600
    """Sweeps kept for display until they are taken."""
