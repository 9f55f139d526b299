"""The nouns of the project: frozen values with invariants and no behaviour.

Everything here is standard library and numpy. Times are sample indices or
seconds of the recording, never a clock of the machine.
"""
