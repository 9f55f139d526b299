"""A live source over the Lab Streaming Layer: an EMG stream and, where there is one, markers.

::

    EMG stream     StreamReader -> Assembler -> LiveStimuli -> Lane -> read()
    marker stream  StreamReader -> stimuli and annotations -^

Threads only pull. Everything is judged by who calls `read`, one thing after
the other, so nothing is shared and nothing is locked.
"""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from amr_monitor.drivers.lsl_assembly import Assembler, Hole, Note, Piece, Stretch
from amr_monitor.drivers.lsl_context import ContextStream
from amr_monitor.drivers.lsl_health import StreamHealth
from amr_monitor.drivers.lsl_inlet import (
    Connected,
    Disconnected,
    Mailbox,
    Received,
    StreamReader,
)
from amr_monitor.drivers.lsl_lane import Lane
from amr_monitor.drivers.lsl_layout import EmgLayout, StreamDescription, layout_of
from amr_monitor.drivers.lsl_markers import MarkerText, MarkerTexts
from amr_monitor.drivers.lsl_network import Inlet, LslNetwork, Network, Wanted
from amr_monitor.drivers.lsl_opening import (
    LslSourceSettings,
    first_inlet,
    markers_of,
    most_alike,
)
from amr_monitor.drivers.lsl_stimuli import LiveStimuli
from amr_monitor.dsp.cutting import onset_column
from amr_monitor.model.errors import SourceFormatError, SourceLost
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import (
    Annotation,
    Origin,
    SourceChanged,
    SourceInfo,
    SourceItem,
    SourceWarning,
    WarningCourse,
)
from amr_monitor.model.stimulation import Stimulus, TriggerQuality
from amr_monitor.model.sweep import sweep_offsets
from amr_monitor.monitor.annotations import stimulus_from_text

MARKERS_PAUSE_S = 1.5
CONTEXT_PAUSE_S = 5.0
QUIET_S = 0.25
"""So long without samples, and what was held back for more of them is given."""

MARKERS_OUTSIDE = 5
"""So many markers of stimuli in a row that lie outside the samples are told."""

TEXT_GRID_S = 0.001
"""Annotations count on the grid of commands."""

LOWEST_GOOD_RATE_HZ = 2000.0


def _now() -> datetime:
    return datetime.now(UTC)


def open_lsl(
    settings: LslSourceSettings,
    *,
    network: Network | None = None,
    utc: Callable[[], datetime] = _now,
) -> "LslSource":
    """Find the EMG stream, and return it as a source.

    Parameters
    ----------
    settings : LslSourceSettings
    network : Network or None
        None takes the real one.
    utc : callable
        Gives the date and time at which it begins.

    Raises
    ------
    SourceError
        None is in reach, more than one is, or it cannot be used.
    """
    network = network or LslNetwork(config_file=settings.lsl.config_file)
    inlet, layout = first_inlet(network, settings)
    return LslSource(network, inlet, layout, settings, start_utc=utc())


class LslSource:
    """Deliver what a stream sends, gaps and changes told, over any number of connections.

    Parameters
    ----------
    network : Network
    inlet : Inlet
        The EMG stream, open.
    layout : EmgLayout
        Of it.
    settings : LslSourceSettings
    start_utc : datetime
        Aware.
    """

    def __init__(
        self,
        network: Network,
        inlet: Inlet,
        layout: EmgLayout,
        settings: LslSourceSettings,
        *,
        start_utc: datetime,
    ) -> None:
        self._start_utc = start_utc
        self._network = network
        self._settings = settings
        self._first = inlet.description
        self._mailbox = Mailbox()
        self._lane = Lane()
        self._assembler = Assembler(layout)
        self._stimuli = self._new_stimuli(layout)
        self._texts = MarkerTexts()
        self._health = StreamHealth(inlet.description.words)
        self._info = self._newest_info = self._info_of(inlet.description, layout)
        self._change: SourceInfo | None = None
        self._is_usable = True
        self._is_first_connection = True
        self._emg_uid = inlet.description.uid
        self._came_s = network.now_s()
        self._is_closed = False
        self._said: set[str] = set()
        self._n_outside = 0
        self._n_came = 0
        self._sweep_ends: deque[int] = deque()
        self._emg = StreamReader(
            network=network,
            wanted=Wanted(
                stream_type=self._first.stream_type,
                name=self._first.name,
                source_id=settings.lsl.source_id,
            ),
            choose=self._choose_emg,
            mailbox=self._mailbox,
            name="emg",
            first=inlet,
        )
        self._room = ContextStream()
        self._readers = [self._emg]
        if settings.lsl.use_markers:
            self._readers.append(
                StreamReader(
                    network=network,
                    wanted=settings.wanted_markers,
                    choose=self._choose_markers,
                    mailbox=self._mailbox,
                    name="markers",
                    pause_s=MARKERS_PAUSE_S,
                )
            )
        self._room_reader: StreamReader | None = None
        if settings.lsl.use_context:
            self._room_reader = StreamReader(
                network=network,
                wanted=settings.wanted_context,
                choose=self._choose_markers,
                mailbox=self._mailbox,
                name="context",
                pause_s=CONTEXT_PAUSE_S,
            )
        for reader in self._all_readers:
            reader.start()

    @property
    def info(self) -> SourceInfo:
        """What this source was when it was opened."""
        return self._info

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        """Return what has come; empty after `timeout_s`; None once it is closed.

        Raises
        ------
        SourceLost
            A thread of it has failed.
        """
        until_s = self._network.now_s() + timeout_s
        while not self._is_closed:
            left_s = max(until_s - self._network.now_s(), 0.0)
            for message in self._mailbox.take(timeout_s=left_s):
                self._take(message)
            self._place_texts()
            items = self._lane.take(self._stimuli.hold_index)
            now_s = self._network.now_s()
            if not items and now_s - self._came_s >= QUIET_S:
                items = self._settled()
            if items:
                return items
            self._require_threads()
            if now_s >= until_s:
                return ()
        return None

    def close(self) -> None:
        """Let go of streams and threads."""
        self._is_closed = True
        self._mailbox.close()
        for reader in self._all_readers:
            reader.close()

    # ------------------------------------------------ messages

    def _take(self, message: Connected | Disconnected | Received) -> None:
        if message.reader is self._room_reader:
            self._take_of_room(message)
        elif message.reader is not self._emg:
            self._take_of_markers(message)
        elif isinstance(message, Received):
            self._came_s = self._network.now_s()
            if self._is_usable:
                pieces = self._assembler.push(message.pulled, arrived_s=message.arrived_s)
                # Texts of a long chunk's time are heard before its stimuli are given.
                self._place_texts()
                self._add(pieces)
            self._n_came += len(message.pulled.stamps_s)
            self._expect()
        elif isinstance(message, Disconnected):
            self._add(self._assembler.settle(is_over=True))
            self._warn("stream_gone", f"{self._first.words} is gone; it is looked for")
        elif self._is_first_connection:
            self._is_first_connection = False
            self._expect()
        else:
            self._reconnect(message.description)

    def _take_of_markers(self, message: Connected | Disconnected | Received) -> None:
        if isinstance(message, Received):
            self._texts.push(message.pulled, arrived_s=message.arrived_s)
        elif isinstance(message, Connected):
            self._texts.connect(message.description.uid)
            self._warn("markers_connected", f"markers come from {message.description.words}")
        else:
            self._warn("markers_gone", "the marker stream is gone; it is looked for")

    def _take_of_room(self, message: Connected | Disconnected | Received) -> None:
        if isinstance(message, Received):
            for text in self._room.push(message.pulled):
                self._annotate(text, self._assembler.end_index)
        elif isinstance(message, Connected):
            self._room.connect(message.description)  # what it tells counts when it comes
            words = message.description.words
            self._warn("context_connected", f"values from the room come from {words}")
        else:
            self._warn("context_gone", "the stream with values from the room is gone")
        for warning in self._room.take_warnings():
            self._warn("context_stream", warning)

    def _reconnect(self, description: StreamDescription) -> None:
        self._emg_uid = description.uid
        self._n_came = 0
        try:
            layout = self._layout(description)
            if layout.origin is not self._info.origin:
                told = "a simulation" if layout.origin is Origin.SIMULATED else "no simulation"
                raise SourceFormatError(f"{description.words} is {told}, unlike what it replaces")
        except SourceFormatError as fault:
            self._is_usable = False
            self._warn("stream_unusable", f"the stream is back and cannot be used: {fault}")
            return
        self._is_usable = True
        self._warn("stream_back", f"{description.words} is back")
        is_like = layout.is_like(self._assembler.layout)
        self._assembler.connect(layout)
        if not is_like:
            self._change = self._newest_info = self._info_of(description, layout)

    # ------------------------------------------------ samples

    def _add(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            if isinstance(piece, Note):
                self._warn(piece.code, piece.message, index=piece.sample_index)
            elif isinstance(piece, Hole):
                self._lane.add_stimuli(self._stimuli.gap(piece.sample_index))
                self._lane.add(
                    Gap(
                        sample_index=piece.sample_index,
                        resumes_at_s=piece.resumes_at_s,
                        reason=piece.reason,
                    )
                )
            else:
                self._add_stretch(piece)
        self._lane.add_warnings(self._stimuli.take_warnings())
        assembler = self._assembler
        self._lane.add_warnings(
            self._health.look(
                assembler.clock,
                nominal_hz=assembler.layout.rate_hz,
                index=assembler.end_index,
            )
        )

    def _add_stretch(self, stretch: Stretch) -> None:
        if self._change is not None:
            self._stimuli.end_warnings()
            self._lane.add_warnings(self._stimuli.take_warnings())
            self._lane.add(SourceChanged(sample_index=stretch.first_index, info=self._change))
            self._change = None
            self._stimuli = self._new_stimuli(self._assembler.layout)
            self._stimuli.gap(stretch.first_index)
        self._lane.add(SampleBlock(first_index=stretch.first_index, samples_uv=stretch.samples_uv))
        self._add_stimuli(self._stimuli.push(stretch))

    def _add_stimuli(self, stimuli: list[Stimulus]) -> None:
        self._lane.add_stimuli(stimuli)
        info = self._newest_info
        _, n_after = sweep_offsets(info.sampling_rate_hz, info.sweep_start_ms, info.sweep_end_ms)
        # One more: it tells that no stimulus lies behind the last.
        self._sweep_ends.extend(onset_column(each) + n_after + 1 for each in stimuli)

    def _expect(self) -> None:
        """Let the reader bring samples in stretches that end where a sweep ends."""
        end_index, n_waiting = self._assembler.end_index, self._assembler.clock.n_waiting
        while self._sweep_ends and self._sweep_ends[0] <= end_index:
            self._sweep_ends.popleft()
        ahead = self._n_came - n_waiting - end_index
        self._emg.expect(
            in_stretches=self._newest_info.trigger_quality is TriggerQuality.SAMPLE_LOCKED
            and not n_waiting,
            ends=tuple(end + ahead for end in self._sweep_ends),
        )

    def _settled(self) -> list[SourceItem]:
        """Return what was held back: nothing comes for now."""
        self._add(self._assembler.settle(is_over=False))
        self._lane.add_stimuli(self._stimuli.settle())
        return self._lane.take(self._assembler.end_index)

    # ------------------------------------------------ texts

    def _place_texts(self) -> None:
        """Put marker texts where they belong, once the samples of their time have come."""
        if not self._texts.has_any:
            return
        marker_s = self._marker_correction_s()
        emg_s = self._emg.correction_s(self._emg_uid)
        newest_s = self._assembler.newest_stamp_s
        if marker_s is not None and emg_s is not None and newest_s is not None:
            for text in self._texts.take(until_s=newest_s + emg_s - marker_s):
                position = self._assembler.position(text.stamp_s + marker_s - emg_s)
                self._place(text, position)
        for text in self._texts.take_overdue(self._network.now_s()):
            self._place(text, None)

    def _place(self, text: MarkerText, position: float | None) -> None:
        said = stimulus_from_text(text.text)
        if said is None:
            index = self._assembler.end_index if position is None else round(position)
            self._annotate(text.text, index)
        elif position is None:
            self._note_outside(is_outside=True)
        else:
            self._note_outside(is_outside=False)
            self._add_stimuli(self._stimuli.text(position, said))
            self._lane.add_warnings(self._stimuli.take_warnings())

    def _note_outside(self, *, is_outside: bool) -> None:
        """Tell, while it lasts, that stimuli cannot be placed by their markers."""
        was_told = self._n_outside >= MARKERS_OUTSIDE
        self._n_outside = self._n_outside + 1 if is_outside else 0
        if was_told != (self._n_outside >= MARKERS_OUTSIDE):
            self._warn(
                "markers_outside",
                "markers tell of stimuli at times without samples: in a gap, or by another clock "
                "than the EMG's; such stimuli are left out",
                course=WarningCourse.ENDS if was_told else WarningCourse.BEGINS,
            )

    def _annotate(self, text: str, index: int) -> None:
        rate_hz = self._assembler.layout.rate_hz
        step = max(1, round(rate_hz * TEXT_GRID_S))
        # Nobody can be told of it earlier than now.
        index = -(-max(index, self._lane.given_index) // step) * step
        time_s = self._assembler.end_s + (index - self._assembler.end_index) / rate_hz
        self._lane.add_text(Annotation(sample_index=index, time_s=round(time_s, 6), text=text))

    def _marker_correction_s(self) -> float | None:
        if len(self._readers) < 2 or not self._texts.uid:
            return None
        return self._readers[1].correction_s(self._texts.uid)

    # ------------------------------------------------ which stream

    def _choose_emg(
        self, found: Sequence[StreamDescription], last: StreamDescription | None
    ) -> StreamDescription | None:
        return most_alike(found, last or self._first)

    def _choose_markers(
        self, found: Sequence[StreamDescription], last: StreamDescription | None
    ) -> StreamDescription | None:
        return markers_of(self._first, found, last)

    # ------------------------------------------------ parts

    def _layout(self, description: StreamDescription) -> EmgLayout:
        return layout_of(description, self._settings.recording.montage, self._settings.lsl)

    def _new_stimuli(self, layout: EmgLayout) -> LiveStimuli:
        return LiveStimuli(
            name=self._first.words,
            rate_hz=layout.rate_hz,
            n_channels=len(layout.montage.channels),
            has_trigger=layout.trigger is not None,
            settings=self._settings.recording.trigger,
            marker_wait_s=self._settings.lsl.marker_wait_ms / 1000.0,
        )

    def _info_of(self, description: StreamDescription, layout: EmgLayout) -> SourceInfo:
        warnings = []
        if layout.rate_hz < LOWEST_GOOD_RATE_HZ:
            warnings.append(
                SourceWarning(
                    sample_index=0,
                    code="rate_low",
                    message=f"{description.words}: {layout.rate_hz:g} Hz is slow for EMG; "
                    "latencies are coarse",
                )
            )
        recording = self._settings.recording
        return SourceInfo(
            name=description.name,
            origin=layout.origin,
            montage=layout.montage,
            sampling_rate_hz=layout.rate_hz,
            trigger_quality=self._new_stimuli(layout).quality,
            start_utc=self._start_utc,
            side=layout.side,
            sweep_start_ms=recording.sweep_start_ms,
            sweep_end_ms=recording.sweep_end_ms,
            warnings=tuple(warnings),
        )

    def _warn(
        self,
        code: str,
        message: str,
        *,
        index: int | None = None,
        course: WarningCourse = WarningCourse.ONCE,
    ) -> None:
        index = self._assembler.end_index if index is None else index
        warning = SourceWarning(sample_index=index, code=code, message=message, course=course)
        self._lane.add_warnings([warning])

    def _warn_once(self, code: str, message: str) -> None:
        if code not in self._said:
            self._said.add(code)
            self._warn(code, message)

    @property
    def _all_readers(self) -> list[StreamReader]:
        return self._readers + ([] if self._room_reader is None else [self._room_reader])

    def _require_threads(self) -> None:
        room = self._room_reader
        if room is not None and room.fault is not None:
            self._warn_once("context_failed", f"reading values from the room failed: {room.fault}")
        for reader in self._readers:
            if reader.fault is not None:
                raise SourceLost(f"reading from LSL has failed: {reader.fault}; start again")
