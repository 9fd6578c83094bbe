"""What the terminal keeps: SQLite through sqlite-utils, sealed at rest. Knows no window and no protocols.

`Store` (store.py) opens one file for one trust (training or production), unlocked by a pass phrase; `Vault` seals every
personal value in it; `TraceRecorder` and `TraceReader` (trace_store.py) keep every byte that a link carried. Everything
that goes wrong is a `StoreError`: a sentence with a remedy. Import these modules after the first frame only.
"""
