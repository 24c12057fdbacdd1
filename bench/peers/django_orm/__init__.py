"""The same writes as a plain Django view does them: the ORM, one transaction for each request."""
