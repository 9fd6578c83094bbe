"""What terminal and desk say to each other. The terminal issues no service requests: it asks the desk, which does.

kinds.py      what can be asked, in the trade's words, and by which service request the desk sees to it
asks.py       one ask: of which device, with which values
messages.py   what goes over the line, in strict JSON, one message a line (sans I/O)
course.py     how an ask stands, read from its records alone; what a message of the desk's adds to them
spoken.py     without any data: the read-out for the phone, and the desk's reference typed in
"""
