"""The home area network as its devices live it: who may join, who hears whom, who may ask whom. No wire formats."""
