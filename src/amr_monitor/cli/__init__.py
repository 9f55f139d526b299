"""The command line: one command, one verb per job.

::

    program   main: arguments to exit status, every error in one line
    arguments the verbs and their options, and the help that teaches them
    verbs     what each verb does
    output    results for people, events for programs
"""

from amr_monitor.cli.program import main

__all__ = ["main"]
