"""Gas prepayment in the hub (document 001, appendix C)."""
