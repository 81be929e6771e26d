"""Access control: stores (tenants), credentials and their scopes."""
