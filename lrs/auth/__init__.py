"""Who may do what: stores (tenants), credentials and their scopes."""
