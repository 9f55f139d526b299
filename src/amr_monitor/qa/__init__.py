"""Judging: what was told against what was true, and the whole chain with hardware in the loop.

::

    truth, time_map     the truth that stands beside a simulated surgery, and its time
    judging, spans      truth + events -> verdicts that were false, missing or late
    judgement           what a judge found
    rehearsal           a surgery through the engine without real time
    hil, hil_figures, hil_report   simulator, daemon and client as processes of their own
    processes, listening, operator, watching   what such a run is made of
    doctor, checks, source_check   would tonight's case run?
    timing, clock, certificate     what is measured and read for it
"""
