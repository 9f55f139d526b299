"""`python -m amr_monitor` is `amr-monitor`."""

import sys

from amr_monitor.cli import main

if __name__ == "__main__":
    sys.exit(main())
