"""What the packaged program starts: the same entry point as the `hht` command."""

from ui.__main__ import main

raise SystemExit(main())
