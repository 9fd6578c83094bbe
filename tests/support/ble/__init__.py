"""A virtual radio: a probe's BLE bridge and bleak's way to it, on Bumble. All from HCI up is a real stack."""
