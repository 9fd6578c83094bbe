"""The Qt window: one screen is one module, a page and its view model. No rules of the trade."""
