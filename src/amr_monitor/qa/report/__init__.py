"""The report of a case: for the patient's file, and for the surgeon's hand.

::

    history    a case as the journal kept it
    sweeps     its sweeps as columns and traces
    course     what became of marks, phases, states, losses
    words      the words of the report
    document   the content: sections, tables, figures, no form
    outcome, timeline, changes, signals, quality, origin, limits
               the sections
    drawing, overview, waterfall, averages, trends
               the figures
    page       the document as HTML
    print      the document as PDF
    maker      a case in the journal -> a report

Needs `amr-monitor[report]`; nobody else imports it at the start.
"""
