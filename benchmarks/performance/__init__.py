"""What is claimed about speed and memory, measured beside what others use for the same work."""
