"""Signed releases of this program: what is made by at least two maintainers, and how it is checked without a network.

The files are those of The Update Framework (TUF 1.0: ``root.json`` and ``targets.json``, Ed25519), so that its own
libraries read them; a folder or a stick brings them, and nothing here opens a connection or installs anything.
"""
