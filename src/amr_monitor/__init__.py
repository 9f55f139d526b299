"""amr-monitor tells whether the abnormal muscle response is still there.

Decision support for the neurophysiologist during microvascular decompression
for hemifacial spasm. Not a certified medical device.
"""

__version__ = "0.1.0"
