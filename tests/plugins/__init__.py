"""Plug-ins of third parties: what is refused, what is run, what happens when it fails, and the sample with its kit."""
