"""What several kinds of device have in common: firmware, messages, identity items, tenancy, PIN, tamper, display."""
