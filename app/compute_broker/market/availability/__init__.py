"""Is a tier up? One small question per kind of server; never an inference, never a load.

``ask`` chooses the question; every other module speaks to one kind of server. Whatever a server answers,
or does not, becomes a state with a reason.
"""
