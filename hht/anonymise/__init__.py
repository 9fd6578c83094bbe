"""A recorded conversation without what tells whose it is: framed alike, as long, and it replays (`trace`)."""
