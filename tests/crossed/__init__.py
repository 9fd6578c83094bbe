"""Crossed meters: two flats, a load that somebody switches, and whether the watch tells whose meter counts it."""
