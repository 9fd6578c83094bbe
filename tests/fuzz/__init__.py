"""Bad input for everything that listens: ``python -m tests.fuzz``, or ``make fuzz``.

A target (`targets`) is one reader or one end of a conversation. Its inputs begin as messages of our own encoders
(`corpus/`, made by `seeds`), are spoilt by `mutation` from a seed, and `judge` says what may not happen: anything but
a refusal in words, 100 ms, 64 MB. `lengthy` has inputs of up to a mebibyte, whole and in pieces. What fails is made
small (`minimise`) and kept in ``corpus/found``, where a test plays it for ever. What reaches lines that nothing reached
before (`reach`) is kept in ``corpus/grown`` (`growth`), and `ledger` counts what has been done, and for whom.
"""
