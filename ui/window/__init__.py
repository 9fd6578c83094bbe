"""The window: one screen is one module, a page (widgets) and its view model (plain Python). It knows no bytes and no
rules of the trade; everything it shows comes through `ui.window.bridge` from `ui.services`."""
