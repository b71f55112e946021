"""What each route of Jira's REST API does. One module per part of the API; `table` is the list of all routes."""
