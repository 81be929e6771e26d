"""Bearer tokens of OpenID Connect providers: keys, verification, and what the claims mean in a store."""
