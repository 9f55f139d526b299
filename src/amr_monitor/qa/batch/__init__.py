"""Every recording of a folder through the same engine as live, and what came out as tables.

::

    recordings          what under a folder is a recording, and a hash of its bytes
    job                 one recording -> its rows; never raises
    rows, columns       what the rows hold
    local, cluster      jobs on the cores of this machine, or on a Dask cluster
    parts               what is finished, kept so that it is not done again
    tables              parts -> Parquet and CSV
    work                all of it, from a folder to its results
    results             the results of a batch, read again
    comparison          against an earlier result: the gate before another version
    readers, agreement  against people who read the same cases
    page                the list of the cases
"""
