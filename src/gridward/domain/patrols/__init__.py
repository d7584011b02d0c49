"""巡查: what should be walked, what was walked, and what can honestly be said of it. Pure."""
