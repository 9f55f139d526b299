"""The sans-I/O engine: fed with samples, stimuli and commands, it answers with events."""
