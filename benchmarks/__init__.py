"""How fast fastbal is, measured side by side with what it replaces."""
