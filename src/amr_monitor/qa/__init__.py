"""Judging: what was told against what was true, and the whole chain with hardware in the loop.

::

    truth      the truth that stands beside a simulated surgery
    judging    truth + events -> verdicts that were false, missing or late
"""
