"""A source, the monitor, the journal and the server put together: `run`, `replay`, `demo`.

::

    composition  what a run, a replay and the demo are made of
    sources      where their samples come from
    session      one case from opening to end: the acquisition thread
    commands     what people ask for, on its way to that thread
    ledger       events on their way to the journal
    watchdog     is the source still delivering?
    serving      the session with a server beside it
"""
