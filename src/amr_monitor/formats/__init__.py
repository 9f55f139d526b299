"""File formats: bytes to values and back, readers and writers.

Files are untrusted. Every count and length is checked against the size of the
file before anything is allocated, and what cannot be read ends in one
`SourceFormatError` that says what, where and how to mend it.
"""
