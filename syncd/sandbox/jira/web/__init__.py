"""HTTP without meaning: requests, answers, routes, log-ins, faults, limits. What a route does is in `rest/`."""
