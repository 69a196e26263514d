"""What the past would have cost under another mode, without some tiers, or all on one: from the ledger."""
