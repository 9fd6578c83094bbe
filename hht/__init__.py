"""The core of the handheld terminal: no window, no serial port, no radio.

Rooms and walls are described in ARCHITECTURE.md; import contracts in pyproject.toml hold them.
"""

__version__ = "0.1.0"
