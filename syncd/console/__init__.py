"""The pages for people, made on the server. They ask and do what the API does; they decide nothing."""
