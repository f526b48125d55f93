"""The one form fills itself: what to ask (pure), what the answers make of the form (pure), and the durable rounds. It opens no socket."""
