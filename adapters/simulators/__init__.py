"""Every department's system and the platform as real servers with their own words: for the demo and the tests alone.

Nothing of the hub imports this; the hub meets it over sockets and a drop folder only.

Which there are: `departments.KINDS`, one table. Every server: `GET /_health`, `GET /_journal`, `POST /_control` (`control.Order`). Those
with a desk: `POST /_decide` (`applications.Order`), `POST /_pay` (`applications.Payment`), `GET /_applications`. Those that report to
the hub: `POST /_resend` (`{}`: all again, under the same keys). Those that drop files: `POST /_drop` (`nightly.Drop`). Platform: `POST /_submit` (`province.Submission`), `POST /_idempotent` (`{"on": false}`).
"""

from adapters.simulators.running import Config, Running, start

__all__ = ["Config", "Running", "start"]
