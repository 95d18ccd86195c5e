"""Who may use the server: sign-in, sessions, users, request checks, TLS."""
