"""The command line: one command, one verb a job.

::

    program     arguments to exit status, every fault in one line
    arguments   the verbs and their options
    help_texts  what --help says of each
    sessions    demo, run, replay
    simulation  simulate
    catalogue   cases, show, verify
    loop        hil
    doctoring   doctor
    figures     figures as JSON
    telling     what a person is told while a case goes on
    words       outcomes and events in words
    output      the file of events, tables of cases
"""

from amr_monitor.cli.program import main

__all__ = ["main"]
