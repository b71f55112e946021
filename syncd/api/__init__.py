"""The HTTP API: health, metrics, status. Asks what it is given; works on nothing itself."""
