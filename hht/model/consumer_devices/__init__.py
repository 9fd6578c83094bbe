"""What people at home see and press: in-home display, prepayment interface, consumer access device, bridge."""
