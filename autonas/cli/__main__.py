"""``python -m autonas.cli`` is the command ``autonas``."""

import sys

from autonas.cli.main import main

sys.exit(main())
