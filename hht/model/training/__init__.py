"""A premises to train with: its time in a person's hands, its plan, its devices' displays and buttons, its log."""
