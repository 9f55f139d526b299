"""Pure functions and small stream objects on arrays (n_sweeps, n_channels, n_samples).

All DSP is per sweep: no filter state crosses sweeps, so live equals replay to
the last bit and a batch is one vectorised call. Nothing here knows a clock.
"""
