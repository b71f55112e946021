"""The pages for people: Jinja2 templates, no build step, nothing fetched from elsewhere."""
