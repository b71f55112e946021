"""How things look on the wire: in API v2 and v3, on Cloud and on Data Center, for the caller who asks."""
