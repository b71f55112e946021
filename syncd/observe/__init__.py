"""Listeners: metrics and log lines made of Outcomes and Calls. The engine knows none of them."""
