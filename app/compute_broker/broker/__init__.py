"""The loop: budget, policy, dispatch. The one room that knows all five others."""
