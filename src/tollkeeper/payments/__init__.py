"""The till: gateways speak to the outside, the ledger alone moves money, intake answers webhooks."""
