"""What `--help` says of the program and of each verb."""

DESCRIPTION = """\
Tells, sweep by sweep, whether the abnormal muscle response (AMR, lateral spread
response) is still there during microvascular decompression for hemifacial spasm.

Does not monitor hearing or facial nerve safety. Decision support, not a
certified medical device."""

EPILOG = """\
first steps:
  amr-monitor demo                                  see it work, in a browser
  amr-monitor replay surgery.edf                    the verdict on a recording
  amr-monitor replay surgery.edf --events out.jsonl every event, one a line
  amr-monitor run --config or.toml                  the daemon
  amr-monitor VERB --help                           more on one verb

exit status:
    0  done
    1  the answer is no (verify, hil, doctor, batch)
    2  wrong usage, input or settings: one line says what, where and how to mend it
   70  a fault of the program itself (or of the monitor within a replay)
  130, 143, 141  ended by Ctrl-C, by SIGTERM, because nobody reads the output

environment:
  AMR_MONITOR_CONFIG           config file where none is named by --config
  AMR_MONITOR_SECTION_KEY      one setting, e.g. AMR_MONITOR_STORAGE_FOLDER; wins over the file
  AMR_MONITOR_DEBUG=1          tracebacks with errors, as --debug
"""

DEMO = """\
Plays the bundled surgery, a simulation, in real time and serves the dashboard.
Ctrl-C ends it. Nothing is kept."""

RUN = """\
The daemon: takes samples from the source of the config, judges every sweep, keeps
every event in the journal and serves the dashboard until Ctrl-C or SIGTERM.

The source is a live amplifier over LSL (lsl:NAME, or lsl: for the only stream that fits),
a recording, played in real time, an EPWorks study while it is recorded
(epworks:FOLDER, experimental), or a simulated surgery (sim:SCENARIO).

At the end of the source the case is closed. Ended before that, the case stays open in
the journal, with everything that was told until then. Started again within half an hour
([storage] resume_within_min) with the same settings and stream, it goes on with that case."""

RUN_EPILOG = """\
examples:
  amr-monitor run --config examples/or.toml     every key is explained in there
  AMR_MONITOR_SOURCE_ADDRESS=lsl: amr-monitor run --config or.toml
  AMR_MONITOR_SOURCE_ADDRESS=sim:persistent amr-monitor run --config or.toml
"""

REPLAY = """\
Judges a recorded surgery and tells the outcome: EDF, EDF+ (C and D), BDF, BDF+, XDF,
the folder of an EPWorks study, tables of sweeps (CSV); docs/formats.md tells more.

The baseline is accepted by itself (at 60 valid sweeps, or at the mark `dura opened`
after at least 30), unless the recording carries `baseline accepted`. The same
recording and settings give the same case and the same events, byte for byte, at any
speed. The case is kept in the journal in place of an earlier replay of it."""

REPLAY_EPILOG = """\
examples:
  amr-monitor replay surgery.edf
  amr-monitor replay surgery.edf --side left           both sides were recorded
  amr-monitor replay surgery.edf --context room.vital  with anaesthesia, TOF and so on
  amr-monitor replay surgery.edf --events - | jq .type
  amr-monitor replay surgery.edf --serve --speed 10    look at it, ten times as fast
"""

SIMULATE = """\
Writes a simulated surgery as a recording, with the truth beside it (FILE.truth.json),
or sends it over LSL in real time, as an amplifier would (--lsl).
The same scenario, seed, minutes and rates give the same samples."""

SIMULATE_EPILOG = """\
examples:
  amr-monitor simulate abrupt_loss --seed 7 --minutes 5 --edf surgery.edf
  amr-monitor simulate my_scenario.toml --bdf surgery.bdf
  amr-monitor simulate stream_faults --minutes 5 --no-trigger --xdf surgery.xdf
  amr-monitor simulate abrupt_loss --minutes 5 --epworks study
  amr-monitor simulate stream_faults --lsl --rate 5000 --minutes 5 --truth truth.json
  amr-monitor simulate gradual_loss --with cautery --minutes 6 --edf surgery.edf

scenarios (docs/simulator.md describes them):
  abrupt_loss, afterdischarge, alternating_polarity, artifact_tail, at_threshold,
  attenuated, blink_reflex, bolus, busy_room, cautery, channel_missing, clock_drift,
  clock_jump, current_changed, current_raised, current_spread, current_untold,
  disconnect, drill, early_loss, early_loss_csf, early_loss_returned, electrode_drift,
  electrode_pop, f_wave, foreign_stimuli, gradual_loss, invalid_samples, irrigation,
  late_markers, late_marks, late_wave_conducted, lead_electrode_off, loss_under_cautery,
  loss_under_irrigation, lost_samples, mains, mains_60, marker_faults, missed_pulses,
  missing_marks, neurotonic, new_source, no_mentalis, not_elicited, odd_chunks,
  other_rate, persistent, polarity_changed, rate_changed, relaxant, residual_relaxant,
  retraction, returned, silent_runs, slow_anaesthesia, slow_change, stall,
  stimulation_paused, stimulus_lost, stream_faults, tetanus, transient_return,
  trigger_faults, wrong_vessel
"""

CASES = """\
Lists the cases in the journal, the newest first, and what was deleted. Searched by the
day of the recording (of the opening, where the recording has no date), outcome, origin."""

CASES_EPILOG = """\
examples:
  amr-monitor cases --since 2026-01-01 --until 2026-03-31
  amr-monitor cases --outcome persistent --outcome disappeared --origin device
  amr-monitor cases --json --limit 20
"""

SHOW = """\
Tells one case: what it was, the hash of its last event, and every event in words. The
hash, written down elsewhere, proves later that nothing was altered or cut off."""
VERIFY = """\
Recomputes the chain of hashes of one case, and the hash of each record of its
recording. Exit status 0: it stands as it was written; 1: something was altered, taken
out or cut off."""

CONVERT = """\
Writes a recording that a driver reads as BDF+ of 24 bits, with the same stimuli and
texts. Every channel of an EDF or BDF file keeps its digital values; what comes in other
numbers is put on the steps of a live recording. Each stretch of a recording of another
kind becomes a file of its own (OUT.bdf, OUT-0002.bdf); replay them together."""

CONVERT_EPILOG = """\
examples:
  amr-monitor convert surgery.xdf surgery.bdf
  amr-monitor convert old.edf new.bdf
"""

RECOVER = """\
Makes a recording whole that was cut by a crash (its header says -1 records, or its end
is missing): EDF, EDF+, BDF, BDF+. Every whole record is kept; texts of a recording of
this program are put back. The original stays until the repaired file is verified.
`run` does the same by itself with what an earlier run left."""

RECOVER_EPILOG = """\
examples:
  amr-monitor recover segment-0003.bdf
  amr-monitor recover ~/.local/share/amr-monitor/recordings     all that need it
"""

STREAMS = """\
Lists the LSL streams in reach: rate, channels, type, host, and what the montage of the
config makes of each."""

STREAMS_EPILOG = """\
examples:
  amr-monitor streams
  amr-monitor streams --config or.toml --seconds 5     on a slow network
"""

HIL = """\
Hardware in the loop: starts a simulator and the daemon, sends the scenario over LSL in
real time, accepts the baseline as a person would, and judges every verdict against the
truth, the delays, lost events, processor and memory. Nothing is kept.

Exit status: 0 every bound holds, 1 one is broken, 2 wrong usage or input."""

HIL_EPILOG = """\
examples:
  amr-monitor hil abrupt_loss --minutes 3 --stimulus-rate 3
  amr-monitor hil stream_faults --json figures.json
  amr-monitor hil surgery.truth.json --external --stream MyAmp --config or.toml

With --external no simulator is started: a signal generator plays the surgery into a real
amplifier whose stream is judged. SCENARIO is then the truth file that `simulate` wrote
beside the surgery. Never with a patient connected.
"""

REPORT = """\
Writes the report of one case for the patient's file and the surgeon's hand: outcome and
its evidence, timeline, raster of every sweep, changes of state, baseline against the last
sweeps, quality, settings, hashes. One HTML file, or PDF where the name ends in .pdf.

Of a recording: `amr-monitor replay FILE` enters it as a case first. An open case gives a
preliminary report; one in shadow mode none. Needs the extra `report`."""

REPORT_EPILOG = """\
examples:
  amr-monitor report 20261124-081503-a1b2c3
  amr-monitor report 20261124 -o /media/usb/case.pdf
"""

EXPORT = """\
Writes one case as a folder, or as a zip file where the name ends so: recording, events
(JSON lines and a table), raw sweeps beside the verdicts, settings, and a manifest with
the SHA-256 of every file. A case that was altered is not exported.

With --format bids or dicom: the recorded EMG with stimuli, marks and verdicts as a BIDS
dataset of one subject (BIDS 1.11, EMG), or as DICOM Electromyogram Waveform objects
(Supplement 217). Names, dates and notes are left out; docs/exports.md tells what is in."""

EXPORT_EPILOG = """\
examples:
  amr-monitor export 20261124-081503-a1b2c3 -o case.zip
  amr-monitor export 20261124 -o /media/usb/case
  amr-monitor export 20261124 --format bids -o dataset
  amr-monitor export aa511ae4 --format dicom --recording surgery.edf -o objects
"""

IMPORT = """\
Enters a case that `export` wrote on another machine: every hash is proven first, of
files, events, sweeps and recording. What was altered is refused. The recording can be
replayed from the folder that is told."""

DELETE = """\
Removes one case for good: events, sweeps and recording. A tombstone stays: when, who,
why, and the hash of the last event. `cases`, `show` and `verify` tell of it."""

COHORT = """\
The analysis of Xu 2020 on one's own patients: who is compared and who is left out
(a flow chart), patients whose AMR disappeared against those whose AMR persisted,
with tests, effect sizes and 95 % intervals. docs/cohort.md explains the table.
Needs the extra `cohort`."""

COHORT_EPILOG = """\
examples:
  amr-monitor cohort patients.csv                            the tables as text
  amr-monitor cohort patients.csv -o cohort.html             with the flow chart, to print
  amr-monitor cohort patients.csv --outcomes results         outcomes as `batch` found them
  amr-monitor cohort results                                 what outcomes and sides tell alone

columns, of which case_id and outcome are needed: case_id, outcome, excluded_reason,
sex, side, age_years, duration_months, vessel, cured_immediate, cured_long_term,
complication_postoperative, complication_long_term
"""

BATCH = """\
Judges every recording below a folder (EDF, BDF, XDF, EPWorks studies, recorded and
exported cases) with the engine that runs live, and writes the results as CSV and
Parquet: one row a case, a change of state, a sweep; errors.csv says why a recording
has no verdict. A recording that is finished is done again only when it, the settings or
the version has changed; a batch that was stopped goes on where it was.

--compare tells whose verdict is another than in an earlier result, by how much.
--readers counts how far people agree who read the same cases: columns case_id (or
file), reader, outcome, perhaps t_disappeared_s. docs/validation.md tells more.

Exit status: 0 done; 1 a recording has no verdict, or with --compare a verdict changed;
2 wrong usage or input. Needs the extra `batch`."""

BATCH_EPILOG = """\
examples:
  amr-monitor batch recordings                             results in recordings/amr-results
  amr-monitor batch recordings -o now --compare before     the gate before a new version
  amr-monitor batch recordings --readers readers.csv       kappa, sensitivity, specificity
  amr-monitor batch recordings --scheduler tcp://127.0.0.1:8786
"""

DOCTOR = """\
Would tonight's case run? Looks at configuration, source, disk, database, clock,
certificate and port, and measures the timing of this machine. Whatever is not as it
should be is named, with what to do. The result certifies this machine for itself.

Exit status: 0 fit, 1 not fit, 2 the configuration cannot be used."""
