"""Where samples come from: recordings, streams, and what paces them.

Every source keeps the contract of `model.source.SampleSource`; one suite of
tests holds them all to it (tests/contracts).
"""
