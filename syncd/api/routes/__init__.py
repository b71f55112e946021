"""The routes of the API, one module per thing. Each has `routes(services)`, and says at each route whom it lets in."""
