"""The stage of the browser journeys: a running Gridward with a few days of work behind it, and people with browsers."""
