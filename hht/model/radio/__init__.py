"""The HAN's radio: bands, what stands between two devices, who hears whom; and the wire where radio does not do."""
