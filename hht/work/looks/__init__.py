"""How the terminal looks on a fault visit: each look reads over real links, or asks a person, and says what it found in
the words of the knowledge (`hht.diagnosis`). Nothing here knows what is wrong.

    ways.py        the links and the person that looks are made with, and the home by the job
    probe.py       at the meter's optical port
    desk.py        what the supplier's desk reads over the WAN, and the centre's inventory
    radio.py       with the dongle: what is on the air, and whether the hub lets a terminal in
    looking.py     which function makes which look; the frames it took
"""
